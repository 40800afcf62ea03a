"""Where an import or a background job names a person beside any row: what was given for all rows, what it was refused
with, the headers of a file that has none, and what an undoing left as it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from assetreg.db.intake import Import, ImportRow
from assetreg.db.job import Job
from assetreg.db.session import ScopedSession
from assetreg.domain.errors import Conflict
from assetreg.domain.naming import Naming
from assetreg.domain.stored_sentences import fault_to_json
from assetreg.domain.terms import ImportState, JobState, RowVerdict
from assetreg.services.imports.presets import PERSONS
from assetreg.services.imports.staging import reader_of

BATCH = 1000
OVER = (ImportState.DONE, ImportState.UNDONE, ImportState.FAILED)
ENDED = (JobState.DONE, JobState.FAILED)
CALLED = ("name", "email")
NAMING = frozenset({"name", "email", "external_id", "user", "hostname", "note", "receiver", "carrier", "reason"})
"""The columns in which somebody can be named by number; those that are not read can hold anything."""


@dataclass(slots=True)
class Traces:
    """The ids of what names a person: free texts, rows of files, and the imports whose files those rows are of.

    ``saying`` are the imports, and ``jobs`` the background jobs, that name a person themselves, beside any row.
    """

    texts: set[int] = field(default_factory=set)
    rows: set[int] = field(default_factory=set)
    imports: set[int] = field(default_factory=set)
    saying: set[int] = field(default_factory=set)
    jobs: set[int] = field(default_factory=set)


class ImportCleared(Conflict):
    code = "import_cleared"
    message = "Importen infördes aldrig, och dess rader är gallrade. Läs in filen på nytt om den fortfarande gäller."


def learn_earlier(session: ScopedSession, naming: Naming) -> None:
    """Teaches the naming what lists have changed the persons' names and addresses from."""
    rows = session.execute(
        select(ImportRow.before)
        .join(Import, Import.id == ImportRow.import_id)
        .where(Import.preset == PERSONS.name, ImportRow.verdict == RowVerdict.UPDATED)
        .execution_options(yield_per=BATCH)
    )
    for (before,) in rows:
        changes = (before or {}).get("changes", {})
        words = [word for name in CALLED for word in changes.get(name, ()) if word]
        if words:
            naming.also(before["person"], words)


def other_cells(batch: Import) -> frozenset[int]:
    """The positions of the cells that are read as something else than what a person is called."""
    positions = reader_of(batch).columns.positions.items()
    return frozenset(position for name, position in positions if name not in NAMING)


def find(session: ScopedSession, naming: Naming, found: Traces) -> None:
    """The imports and jobs that name one of the persons themselves; of a file that could not be read all may."""
    batches = session.execute(select(Import).where(Import.state.in_(OVER)).execution_options(yield_per=BATCH))
    for batch in batches.scalars():
        if any(map(naming.called, _texts([batch.given, batch.mapping, batch.notes]))):
            found.saying.add(batch.id)
        if batch.state is not ImportState.FAILED:
            continue
        if _told(naming, batch.fault) or any(map(naming.called, _texts([batch.headers, batch.unread]))):
            found.saying.add(batch.id)
            found.imports.add(batch.id)
    ended = select(Job).where(Job.state.in_(ENDED), Job.fault.is_not(None)).execution_options(yield_per=BATCH)
    found.jobs |= {job.id for job in session.execute(ended).scalars() if _told(naming, job.fault)}


def silence(batch: Import) -> None:
    """Takes away what an import that is over says of persons beside its rows; what it came to stays."""
    batch.given, batch.mapping = {}, {**batch.mapping, "set": {}, "values": {}}
    if batch.preset == PERSONS.name:
        batch.notes = {name: said for name, said in batch.notes.items() if name != "kept"}
    if batch.state is ImportState.FAILED:
        batch.fault, batch.headers, batch.unread = fault_to_json(ImportCleared()), [], []


def silence_all(session: ScopedSession, found: Traces) -> None:
    """The same for every import and job among the traces."""
    for batch in _rows(session, Import, found.saying):
        silence(batch)
    for job in _rows(session, Job, found.jobs):
        job.fault = fault_to_json(ImportCleared())
    session.flush()


def _rows(session: ScopedSession, table: Any, ids: Iterable[int]) -> Iterator[Any]:
    wanted = sorted(ids)
    for start in range(0, len(wanted), BATCH):
        some = select(table).where(table.id.in_(wanted[start : start + BATCH])).order_by(table.id)
        yield from session.execute(some.with_for_update()).scalars()


def _told(naming: Naming, fault: dict[str, Any] | None) -> bool:
    """Whether a refusal names one of the persons: as a value, or in a sentence of an older version."""
    return any(naming.called(text) or naming.any_of(text) for text in _texts(fault))


def _texts(document: Any) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    elif isinstance(document, list):
        for each in document:
            yield from _texts(each)
    elif isinstance(document, dict):
        for name, each in document.items():
            yield name
            yield from _texts(each)
