"""The command line as a process of its own that can be killed at any moment, and what it leaves behind."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

BEGUN = "Register: "
"""What every command says on stderr when it has read its settings and goes on to its work."""
PATIENCE_S = 120
REFUSES_ROWS = "import"
"""The command that ends with 1 when all is done but some rows."""

SMALL_BATCHES = """
from assetreg.services.imports import applying, running, undoing
from assetreg.services.pruning import idle_persons, old_imports, old_texts
applying.WHOLE = applying.BATCH = 25
applying.CHUNK = 10
running.STAGED_AT_ONCE = 25
undoing.BATCH = 25
idle_persons.BATCH = old_texts.BATCH = old_imports.BATCH = 5
from assetreg.__main__ import main
main()
"""
"""The same command line with batches that a short list fills many of."""


@dataclass(frozen=True)
class Program:
    """How ``assetreg`` is started on one register."""

    url: str
    history_key: bytes
    small_batches: bool = False

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        way = ["-c", SMALL_BATCHES] if self.small_batches else ["-m", "assetreg"]
        stated = {
            "ASSETREG_DATABASE_URL": self.url,
            "ASSETREG_HISTORY_KEY": self.history_key.decode(),
            "ASSETREG_SECRET_KEY": "the secret key of every test, long enough",
            "PYTHONWARNINGS": "ignore",
        }
        return subprocess.Popen(
            [sys.executable, *way, *arguments],
            env={**os.environ, **stated},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        """To its end: the exit code and what it said on stderr."""
        with self.start(*arguments) as process:
            said = process.communicate(timeout=PATIENCE_S)[1]
        return process.returncode, said

    def work_time(self, *arguments: str) -> float:
        """Seconds from where it has begun until it has ended by itself, well."""
        with begun(self.start(*arguments)) as process:
            since = time.monotonic()
            code = process.wait(PATIENCE_S)
            assert code == 0 or (code == 1 and arguments[0] == REFUSES_ROWS), read_rest(process)
        return time.monotonic() - since

    def killed(self, after_s: float, *arguments: str) -> bool:
        """Started and killed so long after it has begun; False when it had ended before."""
        with begun(self.start(*arguments)) as process:
            time.sleep(after_s)
            process.kill()
            code = process.wait(PATIENCE_S)
            assert code in (0, 1, -9), read_rest(process)
        return code == -9


@contextmanager
def begun(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """The process from where it has begun its work; nothing of it is left afterwards."""
    try:
        wait_for_line(process, BEGUN)
        yield process
    finally:
        process.kill()
        process.wait(PATIENCE_S)
        stderr_of(process).close()


def wait_for_line(process: subprocess.Popen[str], start: str) -> None:
    said = []
    for line in stderr_of(process):
        if line.startswith(start):
            return
        said.append(line)
    raise AssertionError("".join(said))


def stderr_of(process: subprocess.Popen[str]) -> IO[str]:
    if process.stderr is None:
        raise TypeError(process)
    return process.stderr


def read_rest(process: subprocess.Popen[str]) -> str:
    return stderr_of(process).read()


@dataclass
class Moments:
    """Random moments of a process that takes about so many seconds, one in each of ``count`` equal parts of it.

    How long it takes depends on what else the machine does, so the guess is made better as it goes.
    """

    seconds: float
    count: int
    share: float = 0.0

    def __iter__(self) -> Iterator[float]:
        for number in random.sample(range(self.count), self.count):
            self.share = (number + random.random()) / self.count
            yield self.seconds * self.share

    def told(self, *, over: bool, begun: bool = True) -> None:
        """Whether at the moment that was last given all was done already, or nothing yet."""
        if over:
            self.seconds *= 0.8
        elif not begun or self.share > 0.7:
            self.seconds *= 1.25


def patiently(holds: Callable[[], bool], *, seconds: float = 30) -> None:
    """Raises AssertionError when it never holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)
