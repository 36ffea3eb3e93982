"""The figures that profiles are held against in Rust are what the plain computation in Python makes today."""

import runpy
from pathlib import Path

from conftest import ROOT

GOLDEN = ROOT / "tests" / "golden" / "profile"


def test_the_golden_profile_is_what_plain_python_computes(tmp_path: Path):
    reference = runpy.run_path(str(ROOT / "tests" / "e2e" / "profile_reference.py"))
    reference["main"].__globals__["GOLDEN"] = tmp_path
    reference["main"]()
    for name in ("items.json", "profile.json"):
        assert (tmp_path / name).read_bytes() == (GOLDEN / name).read_bytes(), name
