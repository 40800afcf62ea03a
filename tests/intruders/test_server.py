"""The production server as it stands on the network: bytes that are no proper requests, and guesses over processes."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.cli.conftest import Run, bare, environment, unmade  # noqa: F401
from tests.cli.test_serve import get, server  # noqa: F401
from tests.databases import SqliteDatabases

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows is served by waitress")

PASSWORD = "ett gammalt paraply i hallen"
SECRET = "assetreg_secret-that-no-log-may-hold"
Served = tuple["subprocess.Popen[str]", int]
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="session")
def databases(sqlite_databases: SqliteDatabases) -> SqliteDatabases:
    """The server is the same in front of either engine; SQLite has the one lock that a flood could sit on."""
    return sqlite_databases


def raw(port: int, sent: bytes) -> list[bytes]:
    """The status of everything the server answers before it closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        said = b""
        try:
            while piece := connection.recv(65_536):
                said += piece
        except (TimeoutError, ConnectionResetError):
            pass
    return re.findall(rb"^HTTP/1\.[01] (\d{3})", said, re.MULTILINE)


HOST = b"Host: 127.0.0.1\r\n"
SMUGGLED = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
LENGTHS = {
    "both": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
    "two lengths": b"Content-Length: 0\r\nContent-Length: 40\r\n",
    "signed": b"Content-Length: +0\r\n",
    "listed": b"Content-Length: 0, 40\r\n",
    "no number": b"Content-Length: 0x10\r\n",
    "odd coding": b"Transfer-Encoding: xchunked\r\n",
    "coding with a blank": b"Transfer-Encoding : chunked\r\n",
    "coding twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    "coding with a tab": b"Transfer-Encoding:\x0bchunked\r\n",
    "folded": b"X-Odd: a\r\n Transfer-Encoding: chunked\r\n",
    "bare line feed": b"X-Odd: a\nTransfer-Encoding: chunked\r\n",
    "nul": b"X-Odd: a\0b\r\n",
}
MALFORMED = {
    "long line": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "long header": b"GET /healthz HTTP/1.1\r\n" + HOST + b"X-Odd: " + b"a" * 100_000 + b"\r\n\r\n",
    "many headers": b"GET /healthz HTTP/1.1\r\n" + HOST + b"".join(b"X-%d: a\r\n" % n for n in range(500)) + b"\r\n",
    "no version": b"GET /healthz\r\n\r\n",
    "another version": b"GET /healthz HTTP/9.9\r\n" + HOST + b"\r\n",
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64,
    "method of blanks": b" GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n",
    "secret with a blank": b"GET /healthz HTTP/1.1\r\n" + HOST + b"Authorization : " + SECRET.encode() + b"\r\n\r\n",
    "bad chunk": b"POST /logga-in HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n",
    "endless chunk": b"POST /api/v1/devices HTTP/1.1\r\n"
    + HOST
    + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
}
FORGED = (
    b"GET /logga-in HTTP/1.1\r\n"
    + HOST
    + b"SCRIPT_NAME: /evil\r\nPATH_INFO: /healthz\r\nX_Forwarded_Host: evil.example\r\n"
    b"REMOTE_USER: admin\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
)


def test_bytes_that_are_no_request_reach_nothing_and_leave_no_secret(server: Served, tmp_path: Path) -> None:  # noqa: F811
    process, port = server
    for name, lengths in LENGTHS.items():
        sent = b"POST /logga-in HTTP/1.1\r\n" + HOST + lengths + b"\r\n0\r\n\r\n" + SMUGGLED
        found = raw(port, sent)
        assert b"200" not in found, f"{name}: {found}"
        assert len(found) <= 1 or name == "both", f"{name}: {found}"
    for name, sent in MALFORMED.items():
        found = raw(port, sent)
        assert not [status for status in found if status.startswith((b"2", b"3"))], f"{name}: {found}"
    assert raw(port, FORGED) == [b"200"]
    for path in (
        "/static/css/../../../../../../../../../dev/zero",
        "/static/x/%2e%2e/%2e%2e/pyproject.toml",
        "/static/%00",
    ):
        assert get(port, path)[0] == 404
    assert process.poll() is None
    assert get(port, "/healthz") == (200, b"ok\n")
    said = (tmp_path / "said").read_text()
    assert SECRET not in said
    assert "Traceback" not in said


def post(port: int, name: str, password: str, source: str = "127.0.0.1") -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30, source_address=(source, 0))
    try:
        connection.request("POST", "/logga-in", urlencode({"name": name, "password": password}), FORM)
        answer = connection.getresponse()
        answer.read()
        return answer.status, (answer.getheader("Set-Cookie") or "").partition(";")[0]
    finally:
        connection.close()


@pytest.mark.long
def test_guesses_are_slowed_whichever_process_they_meet(server: Served) -> None:  # noqa: F811
    _, port = server
    answers = [post(port, "anna", f"gissning nummer {number}")[0] for number in range(9)]
    assert answers == [422] * 5 + [429] * 4
    assert post(port, "bertil", "gissning")[0] == 422


FLOOD_S = 10
LONGEST_PAGE_S = 8.0
"""On a machine that does other things too; without a limit on log-ins a page took half a minute there."""


@pytest.mark.long
def test_flood_of_log_ins_from_many_addresses_leaves_the_server_answering(
    server: Served,  # noqa: F811
    bare: Run,  # noqa: F811
) -> None:
    _, port = server
    assert bare("user", "add", "anna", "--role", "reader", "--password-stdin", stdin=PASSWORD).exit == 0
    status, cookie = post(port, "anna", PASSWORD)
    assert status == 303
    over, seen = threading.Event(), Counter[int]()

    def guess(number: int) -> None:
        tried = 0
        while not over.is_set():
            tried += 1
            seen[post(port, f"guess{number}-{tried}", "gissning", f"127.0.{number}.{1 + tried % 250}")[0]] += 1

    flood = [threading.Thread(target=guess, args=(number,)) for number in range(1, 31)]
    for each in flood:
        each.start()
    took, ends = [], time.monotonic() + FLOOD_S
    while time.monotonic() < ends:
        begun = time.monotonic()
        assert get(port, "/konto", Cookie=cookie)[0] == 200
        took.append(time.monotonic() - begun)
    over.set()
    for each in flood:
        each.join()
    assert set(seen) <= {422, 429, 503}
    assert seen[503] > seen[422]
    assert max(took) < LONGEST_PAGE_S
