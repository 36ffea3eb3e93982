"""make invoke: runs one function on one event, on this machine.

With Docker it is `sam local invoke`; without, the same binary under Lambda's runtime interface emulator, which aws-sam-cli
brings. Either way DATA_BUCKET and RUNS_TABLE, where the function needs them, the region and the credentials come from
this program's environment; without Docker, so does every other setting.
"""

import argparse
import json
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from pathlib import Path

import samcli

from deploy import ROOT
from ministack import exit_on_signals, free_port

START_SECONDS = 10
ANSWER_SECONDS = 900
ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
IN_EVERY_INVOCATION = {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769", "AWS_LAMBDA_FUNCTION_TIMEOUT": str(ANSWER_SECONDS)}


def main():
    exit_on_signals()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=Path, required=True, help="folder of the functions' binaries")
    parser.add_argument("function", help="for example load-extract")
    parser.add_argument("event", type=Path, help="file with the event's JSON")
    arguments = parser.parse_args()
    binary = arguments.binaries / arguments.function
    if not binary.is_file():
        sys.exit(f"there is no function `{arguments.function}` in {arguments.binaries}")
    if not arguments.event.is_file():
        sys.exit(f"there is no event {arguments.event}")
    if docker_answers():
        sys.exit(under_docker(arguments.function, binary, arguments.event))
    sys.exit(under_emulator(arguments.function, binary, arguments.event))


def docker_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], check=False, capture_output=True).returncode == 0


def under_docker(function: str, binary: Path, event: Path) -> int:
    """Builds what `sam build` builds, around the binary that is there, and lets SAM invoke it in Lambda's own image."""
    logical_id = "".join(word.capitalize() for word in function.split("-")) + "Function"
    sam = Path(sys.executable).with_name("sam")
    environment = os.environ | {"BINARIES": str(binary.parent.resolve())}
    built = subprocess.run([sam, "build", logical_id], cwd=ROOT, env=environment, check=False)
    if built.returncode != 0:
        return built.returncode
    return subprocess.run(
        [sam, "local", "invoke", logical_id, "--event", event.resolve()], cwd=ROOT, check=False
    ).returncode


def under_emulator(function: str, binary: Path, event: Path) -> int:
    """Runs the binary under the runtime interface emulator; prints the answer; 1 when the invocation failed."""
    rapid = Path(samcli.__file__).parent / "local" / "rapid"
    emulator = rapid / f"aws-lambda-rie-{ARCHITECTURES[platform.machine().lower()]}"
    port, runtime_port = free_port(), free_port()
    process = subprocess.Popen(
        [
            emulator,
            "--runtime-interface-emulator-address",
            f"127.0.0.1:{port}",
            "--runtime-api-address",
            f"127.0.0.1:{runtime_port}",
            "--log-level",
            "error",
            binary.resolve(),
        ],
        env=os.environ | IN_EVERY_INVOCATION | {"AWS_LAMBDA_FUNCTION_NAME": function},
        stdout=sys.stderr,
    )
    try:
        wait_for(port, process)
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations", data=event.read_bytes()
        )
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:
            text = response.read()
    finally:
        process.terminate()
        process.wait()
    print(indented(text))
    answer = json.loads(text)
    return 1 if isinstance(answer, dict) and "errorType" in answer else 0


def indented(text: bytes) -> str:
    """JSON over several lines, its numbers with every digit, as no float of Python's keeps them."""
    mark = uuid.uuid4().hex
    marked = json.dumps(json.loads(text, parse_float=mark.__add__), indent=2, ensure_ascii=False)
    return re.sub(f'"{mark}([^"]+)"', r"\1", marked)


def wait_for(port: int, process: subprocess.Popen):
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    sys.exit("Lambda's runtime interface emulator did not start")


if __name__ == "__main__":
    main()
