"""The proxies of the recipes, with their own configuration, on ports of this machine; left out where they are not."""

from __future__ import annotations

import re
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import Message
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.in_service.machine import EXAMPLES

HOST = "register.kommun.example"
NGINX = """
daemon off;
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{site}
}}
"""


def write_certificate(folder: Path) -> None:
    """``cert.pem``, ``key.pem`` and both in ``both.pem``, for the recipe's name."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    private = key.private_bytes(serialization.Encoding.PEM, form, plain)
    public = made.public_bytes(serialization.Encoding.PEM)
    for file, body in (("cert.pem", public), ("key.pem", private), ("both.pem", public + private)):
        (folder / file).write_bytes(body)


class Answer(NamedTuple):
    status: int
    text: str
    headers: Message


class Front:
    """What a visitor reaches: the proxy's two ports."""

    def __init__(self, *, http: int, https: int) -> None:
        self.http = http
        self.https = https

    def ask(
        self, path: str, *, method: str = "GET", body: str | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Over TLS, to the recipe's name."""
        trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trusting.check_hostname = False
        trusting.verify_mode = ssl.CERT_NONE
        return self._ask(
            HTTPSConnection("127.0.0.1", self.https, timeout=20, context=trusting), method, path, body, headers
        )

    def ask_in_the_open(self, path: str) -> Answer:
        return self._ask(HTTPConnection("127.0.0.1", self.http, timeout=20), "GET", path, None, None)

    @staticmethod
    def _ask(
        connection: HTTPConnection, method: str, path: str, body: str | None, headers: Mapping[str, str] | None
    ) -> Answer:
        try:
            connection.request(method, path, body=body, headers={"Host": HOST, **(headers or {})})
            answer = connection.getresponse()
            return Answer(answer.status, answer.read().decode(), answer.headers)
        finally:
            connection.close()


def nginx_command(program: str, folder: Path, front: Front, *, node: int) -> list[str]:
    site = (EXAMPLES / "nginx.conf").read_text(encoding="utf-8")
    site = site.replace("listen 80;", f"listen 127.0.0.1:{front.http};")
    site = site.replace("listen 443 ssl;", f"listen 127.0.0.1:{front.https} ssl;")
    site = site.replace("/etc/assetreg/tls/fullchain.pem", f"{folder}/cert.pem")
    site = site.replace("/etc/assetreg/tls/privkey.pem", f"{folder}/key.pem").replace(":8000", f":{node}")
    (folder / "conf").write_text(NGINX.format(folder=folder, site=site), encoding="utf-8")
    return [program, "-c", f"{folder}/conf", "-p", str(folder), "-e", "stderr"]


def haproxy_command(program: str, folder: Path, front: Front, *, nodes: Sequence[int]) -> list[str]:
    text = (EXAMPLES / "haproxy.cfg").read_text(encoding="utf-8")
    text = text.replace("bind :80\n", f"bind 127.0.0.1:{front.http}\n")
    text = text.replace("bind :443 ", f"bind 127.0.0.1:{front.https} ")
    text = text.replace("/etc/assetreg/tls/register.pem", f"{folder}/both.pem")
    text = re.sub(r"^    log /dev/log local0\n", "", text, flags=re.MULTILINE)
    servers = "".join(f"    server nod{number} 127.0.0.1:{node}\n" for number, node in enumerate(nodes, start=1))
    text = re.sub(r"(    server nod\d+ \S+\n)+", servers, text)
    (folder / "conf").write_text(text, encoding="utf-8")
    return [program, "-db", "-f", f"{folder}/conf"]


@contextmanager
def running(command: list[str], front: Front) -> Iterator[None]:
    said = Path(command[command.index("-c" if "-c" in command else "-f") + 1]).with_name("said")
    with said.open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 15
        while True:
            try:
                front.ask_in_the_open("/healthz")
                break
            except OSError:
                waits = process.poll() is None and time.monotonic() < deadline
                assert waits, said.read_text(encoding="utf-8")
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(timeout=15)
