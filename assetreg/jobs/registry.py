"""Which function does which kind of job."""

from __future__ import annotations

from collections.abc import Callable

from assetreg.domain.terms import ImportState
from assetreg.jobs import daily
from assetreg.jobs.turn import Turn
from assetreg.services.imports import holding, running
from assetreg.services.imports.running import Run


def stage(turn: Turn) -> None:
    if not _is_past(turn, ImportState.STAGING):
        running.stage(_run(turn), turn.arguments["import"])


def take_in(turn: Turn) -> None:
    """Reads the file and applies it; taken up again, it goes on with whichever it was at."""
    if not _is_past(turn, ImportState.STAGING, ImportState.PREVIEWED, ImportState.APPLYING):
        running.resume(_run(turn), turn.arguments["import"])


def apply(turn: Turn) -> None:
    if not _is_past(turn, ImportState.PREVIEWED, ImportState.APPLYING):
        running.apply(_run(turn), turn.arguments["import"])


def undo(turn: Turn) -> None:
    if not _is_past(turn, ImportState.DONE, ImportState.APPLYING, ImportState.UNDOING):
        running.undo(_run(turn), turn.arguments["import"])


def _is_past(turn: Turn, *before: ImportState) -> bool:
    """Whether a worker that died did all of the work and only never said so."""
    scope, _ = turn.who()
    with turn.database.reading(scope) as session:
        return turn.task.is_repeated and holding.get(session, turn.arguments["import"]).state not in before


def _run(turn: Turn) -> Run:
    """A job that another worker left behind is the same work, so it need not wait for the hold to run out."""
    return Run(turn.database, turn.who, f"job {turn.task.id}{holding.HELD_BY}{turn.task.worker}", turn.progress)


KINDS: dict[str, Callable[[Turn], None]] = {
    "import.stage": stage,
    "import.apply": apply,
    "import.take_in": take_in,
    "import.undo": undo,
    "prune": daily.prune,
}
