"""Work in a process of its own, so that its memory and its processor time are nobody else's."""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Apart:
    """What the work gave, the processor seconds it used once everything was imported, and its largest memory."""

    value: Any
    cpu_s: float
    peak_mib: float


def apart(work: Callable[..., Any], *told: Any) -> Apart:
    """Does the work in a fresh interpreter; it and what it is told must be importable and picklable.

    Raises RuntimeError with the work's own words when it fails.
    """
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_work, args=(theirs, work, told))
    process.start()
    theirs.close()
    try:
        found = ours.recv()
    except EOFError:
        found = "it ended without a word"
    process.join()
    if not isinstance(found, Apart):
        raise RuntimeError(f"{work.__name__}: {found}")
    return found


def _work(answers: Connection, work: Callable[..., Any], told: tuple[Any, ...]) -> None:
    try:
        before = time.process_time()
        value = work(*told)
        used = time.process_time() - before
        answers.send(Apart(value, used, peak_mib()))
    except BaseException as failure:
        answers.send(f"{type(failure).__name__}: {failure}")
        raise


def peak_mib() -> float:
    """The largest memory that this process has had since it was begun."""
    told = Path("/proc/self/status")
    if told.exists():  # getrusage would tell of the process that started this one
        found = next(line for line in told.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:"))
        return int(found.split()[1]) * 1024 / MIB
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MIB
