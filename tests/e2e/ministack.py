"""An emulated AWS for one test run or one demo: MiniStack on a free port of this machine, with IAM enforced, over TLS.

TLS is not for show: the data bucket refuses whatever comes without it, here as in AWS. The certificate is made for each
start and nobody else trusts it.
"""

import contextlib
import ctypes
import datetime
import ipaddress
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

REGION = "eu-west-1"
# MiniStack takes the account from the access key id, and `test` is the secret of every account's root user.
ROOT_SECRET = "test"
START_SECONDS = 60
PR_SET_PDEATHSIG = 1


class MiniStack:
    """Runs MiniStack while a `with` block lasts. Everything it writes lies under `folder`."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / "ministack.log"
        self.folder = folder
        self.process = None

    def __enter__(self):
        self.scratch = Path(tempfile.mkdtemp(prefix="run-", dir=self.folder))
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        with _undisturbed():
            if self.process is not None:
                _end(self.process)
            shutil.rmtree(self.scratch, ignore_errors=True)

    def client(self, service: str, account: str):
        """A boto3 client that acts as the root user of `account`."""
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=account,
            aws_secret_access_key=ROOT_SECRET,
            verify=str(self.authority),
            config=Config(retries={"total_max_attempts": 2}, s3={"addressing_style": "path"}),
        )

    def _start(self):
        self.authority, certificate, key = _certificate(self.scratch)
        port = free_port()
        self.url = f"https://127.0.0.1:{port}"
        # Only what this program names: the functions inherit the environment, and Lambda's has nothing of this machine.
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environment |= {
            "AUTH": "true",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "IOT_MTLS_ENABLED": "0",
            "USE_SSL": "1",
            "MINISTACK_SSL_CERT": str(certificate),
            "MINISTACK_SSL_KEY": str(key),
            "TMPDIR": str(self.scratch),
            # AWS waits a minute before it tries an event again; a test cannot.
            "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.2",
            # The functions inherit these: where AWS is, and whose certificate to believe.
            "AWS_ENDPOINT_URL": self.url,
            "SSL_CERT_FILE": str(self.authority),
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", "from ministack.app import main; main()"],
                env=environment,
                cwd=self.scratch,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        self._wait()

    def _wait(self):
        context = _trust(self.authority)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"MiniStack ended at its start with code {self.process.returncode}; see {self.log}")
            try:
                with urllib.request.urlopen(f"{self.url}/_ministack/health", context=context, timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"MiniStack was not ready within {START_SECONDS} seconds; see {self.log}")


def exit_on_signals():
    """Makes SIGTERM and SIGHUP end this program as Ctrl-C does: through every `finally`."""

    def interrupt(*_):
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)


@contextlib.contextmanager
def _undisturbed():
    """Lets a second Ctrl-C wait until the end is done."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(process: subprocess.Popen):
    # MiniStack leads its own process group, and the functions it started are in it. Nothing of it is worth saving.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _end_with_parent():
    # Should this program be killed outright, MiniStack still ends (Linux only).
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _trust(authority: Path):
    return ssl.create_default_context(cafile=authority)


def _certificate(folder: Path) -> tuple[Path, Path, Path]:
    """Makes an authority and its certificate for 127.0.0.1; returns the paths of authority, certificate and key."""
    now = datetime.datetime.now(datetime.UTC)

    def build(subject, issuer, public_key):
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=7))
        )

    def named(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    authority_key = ec.generate_private_key(ec.SECP256R1())
    key = ec.generate_private_key(ec.SECP256R1())
    authority_name = named("Rowferry test authority")
    authority = (
        build(authority_name, authority_name, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    addresses = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]
    certificate = (
        build(named("127.0.0.1"), authority_name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(addresses), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    paths = folder / "authority.pem", folder / "certificate.pem", folder / "key.pem"
    pem = serialization.Encoding.PEM
    paths[0].write_bytes(authority.public_bytes(pem))
    paths[1].write_bytes(certificate.public_bytes(pem))
    paths[2].touch(mode=0o600)
    paths[2].write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return paths


def _key_usage(signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
