"""Processor time, of this process and of the database server that works for it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

ROUNDS = 7
ROUND_S = 0.15


class Cpu:
    """Reads processor seconds; ``postmaster`` is the server whose processes are counted with our own."""

    def __init__(self, postmaster: int | None = None) -> None:
        self.postmaster = postmaster

    def __call__(self) -> float:
        return time.process_time() + self.server()

    def server(self) -> float:
        """The server's share of it; an engine within our process has none."""
        return server_seconds(self.postmaster) if self.postmaster else 0.0

    @property
    def tick(self) -> float:
        """The least difference that is told apart, in seconds."""
        return 1 / os.sysconf("SC_CLK_TCK") if self.postmaster else 1e-6


def server_seconds(postmaster: int) -> float:
    """What the server has used: its processes that run, and those that have ended."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        fields = _fields(stat)
        if fields and int(stat.parent.name) == postmaster:
            ticks += sum(map(int, fields[11:15]))
        elif fields and int(fields[1]) == postmaster:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def each(cpu: Cpu, works: Sequence[Callable[[], object]], *, rounds: int = ROUNDS) -> list[list[float]]:
    """Processor seconds that each piece of work costs, in every round; in a round each has its turn.

    So what slows the machine down for a while slows all of them. A turn lasts long enough for the clock.
    """
    for work in works:
        work()
    turns = [_turns(cpu, work) for work in works]
    found: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, times, kept in zip(works, turns, found, strict=True):
            kept.append(_once(cpu, work, times))
    return found


def one(cpu: Cpu, work: Callable[[], object], *, rounds: int = ROUNDS) -> float:
    """The median of the processor seconds that a piece of work costs."""
    return median(each(cpu, [work], rounds=rounds)[0])


def ratio(measured: Sequence[float], floor: Sequence[float]) -> float:
    """The median over the rounds of measured over floor."""
    return median(a / b for a, b in zip(measured, floor, strict=True))


def _turns(cpu: Cpu, work: Callable[[], object]) -> int:
    """How often to do the work in one turn."""
    wanted = max(ROUND_S, 30 * cpu.tick)
    taken = max(_once(cpu, work, 1), cpu.tick / 10, 1e-6)
    if taken < wanted / 20:
        taken = max(_once(cpu, work, 10), 1e-6)
    return max(1, min(2_000, round(wanted / taken)))


def _once(cpu: Cpu, work: Callable[[], object], times: int) -> float:
    before = cpu()
    for _ in range(times):
        work()
    return (cpu() - before) / times


def _fields(stat: Path) -> list[str]:
    """The fields of a process after its name, which may hold anything; empty for one that has just ended."""
    try:
        return stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []
