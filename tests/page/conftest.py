"""What the page's tests share: exports as `rowferry` writes them, on disk and over HTTP, and a Chromium."""

import functools
import os
import shutil
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

import catalog

ROOT = Path(__file__).resolve().parents[2]

# What a policy refuses is told, too.
TELL = """document.addEventListener('securitypolicyviolation',
  (event) => console.error('refused', event.violatedDirective, event.blockedURI))"""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def exports(tmp_path_factory) -> Path:
    """A folder with the page of each export, as the Rust side writes it; beneath a prefix, as in a bucket."""
    folder = tmp_path_factory.mktemp("exports")
    for name, make in catalog.ALL.items():
        catalog.write(make(), folder / f"{name}.json")
        subprocess.run(
            [os.environ["ROWFERRY_CATALOG_PAGE"], folder / f"{name}.json", folder / "catalog" / name], check=True
        )
    return folder


@pytest.fixture(scope="session")
def served(exports):
    """The folder's address over HTTP."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=exports))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"), args=["--no-sandbox"]
        )
        yield browser
        browser.close()


class Reader:
    """Somebody who reads a page. Whatever goes wrong in it is kept in `trouble`."""

    def __init__(self, context, base: str):
        self.base, self.trouble = base, []
        context.add_init_script(TELL)
        self.page = context.new_page()
        self.page.on("console", lambda message: self.trouble.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.trouble.append(f"error: {error}"))
        self.page.on("dialog", self._dialog)
        self.page.on("request", self._request)

    def _dialog(self, dialog):
        self.trouble.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request):
        if not request.url.startswith(self.base):
            self.trouble.append(f"request: {request.url}")

    def open(self, export: str, address: str = ""):
        self.page.goto(f"{self.base}/catalog/{export}/index.html{address}")
        return self.page


@pytest.fixture
def read(request, chromium, exports, served):
    """Opens an export: from disk, or over HTTP where a test says so. Any trouble fails the test."""
    readers = []

    def read(export: str, address: str = "", over: str = "disk", **options):
        options = {"viewport": {"width": 1280, "height": 900}} | options
        reader = Reader(chromium.new_context(**options), served if over == "http" else exports.as_uri())
        readers.append(reader)
        return reader.open(export, address)

    yield read
    trouble = [each for reader in readers for each in reader.trouble]
    for reader in readers:
        reader.page.context.close()
    expected = request.node.get_closest_marker("trouble")
    assert bool(trouble) == bool(expected), trouble


def pytest_configure(config):
    config.addinivalue_line("markers", "trouble: the page has to complain")
