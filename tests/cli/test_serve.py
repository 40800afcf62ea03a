"""The production server itself, as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from assetreg.cli.serve import RESTARTS_EVERY_S, Child
from tests.cli.conftest import Run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows is served by waitress")
ROOT = Path(__file__).resolve().parent.parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(port: int, path: str, **headers: str) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def is_up(port: int) -> bool:
    try:
        return get(port, "/healthz")[0] == 200
    except OSError:
        return False


@pytest.fixture
def server(bare: Run, unmade: dict[str, str], tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`assetreg serve` from another folder and an empty home, until it answers."""
    assert bare("upgrade").exit == 0
    port = free_port()
    command = [sys.executable, "-m", "assetreg", "serve", "--port", str(port), "--json"]
    home = tmp_path / "home"
    home.mkdir()
    stated = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(home), **unmade}
    with (tmp_path / "said").open("w") as said:
        process = subprocess.Popen(command, cwd=home, env=stated, text=True, stdout=subprocess.PIPE, stderr=said)
        try:
            deadline = time.monotonic() + 30
            while not is_up(port):
                assert process.poll() is None, (tmp_path / "said").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.1)
            yield process, port
        finally:
            process.kill()
            process.communicate()


def test_server_answers_and_ends_when_told(server: tuple[subprocess.Popen[str], int], tmp_path: Path) -> None:
    process, port = server
    assert get(port, "/readyz") == (200, b"ok\n")
    status, page = get(port, "/t/ABCDEFGH")
    assert status == 200
    assert b"<h1>" in page
    proxied = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "6.6.6.6"}
    assert get(port, "/t/ABCDEFGH", **proxied) == (status, page)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert json.loads(out) == {"address": f"http://127.0.0.1:{port}"}
    assert list((tmp_path / "home").iterdir()) == []
    assert "Traceback" not in (tmp_path / "said").read_text()


def test_register_that_is_not_there_is_not_served(bare: Run) -> None:
    from click.testing import CliRunner

    from assetreg.cli.frame import Doors
    from assetreg.cli.main import assetreg

    served: list[object] = []
    done = CliRunner().invoke(assetreg, ["serve"], obj=Doors(create_app=served.append))
    assert done.exit_code == 1
    assert "assetreg upgrade" in done.stderr
    assert served == []


@pytest.mark.parametrize(
    ("host", "code"), [("127.0.0.1", "port_taken"), ("ingen.invalid", "host_unknown"), ("192.0.2.7", "host_elsewhere")]
)
def test_address_that_cannot_be_listened_on_is_told_before_anyone_is_told_to_open_it(
    bare: Run, unmade: dict[str, str], host: str, code: str
) -> None:
    from click.testing import CliRunner

    from assetreg.cli.frame import Doors
    from assetreg.cli.main import assetreg

    assert bare("upgrade").exit == 0
    served: list[object] = []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = ["serve", "--host", host, "--port", port, "--json"]
        done = CliRunner().invoke(assetreg, command, obj=Doors(create_app=served.append))
    assert done.exit_code == 1
    assert json.loads(done.stdout)["refused"][0]["code"] == code
    assert "Öppna" not in done.output
    assert served == []


def test_worker_that_was_told_to_end_says_so_in_one_document(bare: Run) -> None:
    from click.testing import CliRunner

    from assetreg.cli.frame import Doors
    from assetreg.cli.main import assetreg

    assert bare("upgrade").exit == 0
    done = CliRunner().invoke(assetreg, ["worker", "--json"], obj=Doors(run_worker=lambda _: None))
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"worker": "stopped"})
    asked = ["worker", "--child-of", str(os.getppid())]
    child = CliRunner().invoke(assetreg, asked, obj=Doors(run_worker=lambda _: None))
    assert child.stdout == ""


def test_worker_whose_server_was_killed_while_it_started_ends_at_once(bare: Run, unmade: dict[str, str]) -> None:
    assert bare("upgrade").exit == 0
    gone = subprocess.Popen([sys.executable, "-c", "pass"])
    gone.wait()
    command = [sys.executable, "-m", "assetreg", "worker", "--child-of", str(gone.pid)]
    stated = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **unmade}
    ended = subprocess.run(command, env=stated, timeout=60, capture_output=True, check=False)
    assert ended.returncode in (0, -signal.SIGTERM)


def test_background_worker_is_started_again_but_not_at_once() -> None:
    child = Child([sys.executable, "-c", "pass"])
    child.keep()
    first = child.process
    assert first is not None
    first.wait()
    child.keep()
    assert child.process is first
    child.started -= RESTARTS_EVERY_S + 1
    child.keep()
    assert child.process is not first
    child.stop()
    assert child.process is not None
    assert child.process.poll() is not None
