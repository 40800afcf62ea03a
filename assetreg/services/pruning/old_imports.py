"""Files that were read in long ago: their rows and what they held. What an import came to stays, and who did it.

The partners' reports of outcomes are what the yearly figures rest on, so the file itself is kept longer; of its rows
the cells that can name a person are emptied at the time of other files.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from assetreg.db.intake import Import, ImportRow, Upload, UploadPart
from assetreg.db.retention import remove
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Actor
from assetreg.domain.retention import Kept
from assetreg.domain.terms import ImportState
from assetreg.services import person_words
from assetreg.services.imports import holding
from assetreg.services.imports.presets import OUTCOMES
from assetreg.services.imports.staging import reader_of
from assetreg.services.pruning.idle_persons import remove_file
from assetreg.services.retention import Times
from assetreg.sources.columns import fold

BATCH = 1000
PERSONAL = frozenset({"receiver", "carrier", "reason"})
"""The columns of a partner's report in which somebody can be named; those that are not read can hold anything."""

EMPTIED = "emptied"
UNFINISHED = (ImportState.STAGING, ImportState.PREVIEWED)


def due(times: Times, *, at: datetime) -> list[ColumnElement[bool]]:
    """The imports whose rows and file have passed their time, and that still have any of them."""
    usual, evidence = (times.cutoff(kept, at=at) for kept in (Kept.IMPORTS, Kept.EVIDENCE))
    rows = select(ImportRow.id).where(ImportRow.import_id == Import.id).correlate(Import)
    parts = select(UploadPart.id).where(UploadPart.upload_id == Import.upload_id).correlate(Import)
    return [
        or_(
            and_(Import.preset != OUTCOMES.name, Import.changed_at < usual),
            and_(Import.preset == OUTCOMES.name, Import.changed_at < evidence),
        ),
        or_(exists(rows), exists(parts)),
        or_(Import.held_until.is_(None), Import.held_until <= at),
    ]


def due_uploads(times: Times, *, at: datetime) -> list[ColumnElement[bool]]:
    """Files that were received and never read."""
    read = select(Import.id).where(Import.upload_id == Upload.id)
    parts = select(UploadPart.id).where(UploadPart.upload_id == Upload.id)
    return [Upload.received_at < times.cutoff(Kept.IMPORTS, at=at), ~exists(read), exists(parts)]


def count(session: ScopedSession, times: Times, *, at: datetime) -> dict[str, int]:
    imports = select(func.count(Import.id)).where(*due(times, at=at))
    uploads = select(func.count(Upload.id)).where(*due_uploads(times, at=at))
    rows = select(func.count(ImportRow.id)).join(Import, Import.id == ImportRow.import_id).where(*due(times, at=at))
    files = session.execute(imports).scalar_one() + session.execute(uploads).scalar_one()
    reports = select(Import.id, Import.notes).where(*_due_reports(times, at=at))
    waiting = sum(EMPTIED not in row.notes for row in session.execute(reports))
    return {"files": files, "rows": session.execute(rows).scalar_one(), "reports": waiting}


def clear_next(session: ScopedSession, times: Times, *, actor: Actor) -> dict[str, int] | None:
    """Takes away the next rows, or the file of an import that has none left; None when there is nothing to take."""
    wanted = select(Import).where(*due(times, at=actor.at)).order_by(Import.id).limit(1)
    batch = session.execute(wanted.with_for_update(of=Import, skip_locked=True)).scalar_one_or_none()
    if batch is None:
        return _clear_upload(session, times, at=actor.at)
    rows = select(ImportRow.id).where(ImportRow.import_id == batch.id).order_by(ImportRow.id).limit(BATCH)
    ids = list(session.execute(rows).scalars())
    removed = remove(session, ImportRow, ids)
    if len(ids) == BATCH:
        return {"rows": removed}
    _close(batch, actor)
    others = select(Import.id).where(Import.upload_id == batch.upload_id, Import.id != batch.id)
    still = others.where(~and_(*due(times, at=actor.at)), exists(select(ImportRow.id).where(_row_of_import())))
    shared = session.execute(still.limit(1)).scalar_one_or_none() is not None
    return {"rows": removed, "files": 0 if shared else bool(remove_file(session, batch.upload_id))}


def empty_next(session: ScopedSession, times: Times, *, actor: Actor) -> dict[str, int] | None:
    """Empties the cells that can name somebody in the rows of the next partner's report; None when all are done."""
    reports = select(Import).where(*_due_reports(times, at=actor.at)).order_by(Import.id)
    rows = session.execute(reports.with_for_update(skip_locked=True)).scalars()
    batch = next((each for each in rows if EMPTIED not in each.notes), None)
    if batch is None:
        return None
    mark = batch.notes.get("emptying", 0)
    of_batch = select(ImportRow).where(ImportRow.import_id == batch.id, ImportRow.number > mark)
    found = list(session.execute(of_batch.order_by(ImportRow.number).limit(BATCH)).scalars())
    kept = _harmless(batch)
    for row in found:
        _empty(row, kept)
    done = {EMPTIED: actor.today.isoformat()} if len(found) < BATCH else {"emptying": found[-1].number}
    batch.notes = {**{name: said for name, said in batch.notes.items() if name != "emptying"}, **done}
    session.flush()
    return {"emptied": len(found)}


def _due_reports(times: Times, *, at: datetime) -> list[Any]:
    over = Import.state.not_in((*UNFINISHED, ImportState.APPLYING, ImportState.UNDOING))
    return [Import.preset == OUTCOMES.name, Import.changed_at < times.cutoff(Kept.IMPORTS, at=at), over]


def _row_of_import() -> ColumnElement[bool]:
    return ImportRow.import_id == Import.id


def _clear_upload(session: ScopedSession, times: Times, *, at: datetime) -> dict[str, int] | None:
    wanted = select(Upload.id).where(*due_uploads(times, at=at)).order_by(Upload.id).limit(1)
    upload = session.execute(wanted).scalar_one_or_none()
    if upload is None:
        return None
    remove_file(session, upload)
    return {"files": 1}


def _close(batch: Import, actor: Actor) -> None:
    """An import without its rows cannot be applied any more; what it says of persons by name goes too."""
    if batch.state in UNFINISHED:
        batch.state = ImportState.FAILED
        holding.let_go(batch, at=actor.at)
    person_words.silence(batch)


def _harmless(batch: Import) -> frozenset[int]:
    """The positions of the cells that stay."""
    positions = reader_of(batch).columns.positions.items()
    return frozenset(position for name, position in positions if name not in PERSONAL)


def _empty(row: ImportRow, kept: Sequence[int] | frozenset[int]) -> None:
    row.cells = [cell if position in kept else None for position, cell in enumerate(row.cells)]
    shown = ({**fault, "value": ""} if fold(str(fault["column"])) in PERSONAL else fault for fault in row.faults)
    row.faults, row.before = list(shown), None
