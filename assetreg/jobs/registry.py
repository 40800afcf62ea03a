"""Which function does which kind of job."""

from __future__ import annotations

from collections.abc import Callable

from assetreg.jobs import daily
from assetreg.jobs.turn import Turn
from assetreg.services.imports import running
from assetreg.services.imports.running import Run


def stage(turn: Turn) -> None:
    running.stage(_run(turn), turn.arguments["import"])


def take_in(turn: Turn) -> None:
    """Reads the file and applies it; taken up again, it goes on with whichever it was at."""
    running.resume(_run(turn), turn.arguments["import"])


def apply(turn: Turn) -> None:
    running.apply(_run(turn), turn.arguments["import"])


def undo(turn: Turn) -> None:
    running.undo(_run(turn), turn.arguments["import"])


def _run(turn: Turn) -> Run:
    """A job that another worker left behind is the same holder's, so it need not wait for the hold to run out."""
    return Run(turn.database, turn.who, f"job {turn.task.id}", turn.progress)


KINDS: dict[str, Callable[[Turn], None]] = {
    "import.stage": stage,
    "import.apply": apply,
    "import.take_in": take_in,
    "import.undo": undo,
    "prune": daily.prune,
}
