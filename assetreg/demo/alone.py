"""Two starts at once in a folder: one fills the register while the other waits, and each has a port of its own."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

ASKED_EVERY_S = 0.2


@contextmanager
def alone(folder: Path, *, waits: Callable[[], object]) -> Iterator[None]:
    """Holds the folder inside; ``waits`` is called once if another process holds it first.

    The lock is the operating system's, so it ends with the process that holds it, however that ends.
    """
    with (folder / "demo.lock").open("a+b") as file:
        if not _taken(file):
            waits()
            while not _taken(file):
                time.sleep(ASKED_EVERY_S)
        yield


def _taken(file: BinaryIO) -> bool:
    try:
        if sys.platform == "win32":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def claim(folder: Path, port: int) -> bool:
    """Takes the port for as long as this process or the server it becomes lives; False where another start has it.

    A port is free to the eye until the server listens, which is seconds after it was chosen.
    """
    descriptor = os.open(folder / "demo-ports.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if sys.platform == "win32":
            os.lseek(descriptor, port, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        os.close(descriptor)
        return False
    os.set_inheritable(descriptor, True)
    return True
