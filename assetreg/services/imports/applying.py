"""Applying what was staged: every row judged anew, a batch and its resume mark in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, select

from assetreg.db.history import Change
from assetreg.db.intake import Import, ImportRow, set_verdicts, take_turns
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Actor
from assetreg.domain.terms import ImportState, RowVerdict
from assetreg.services import foreign_serials, history
from assetreg.services.imports import holding, presets
from assetreg.services.imports.judging import perform
from assetreg.services.imports.reading import UNREADABLE, Item
from assetreg.services.imports.staging import LONGEST_LABEL, by_import, count, file_date_of, note_added, reader_of
from assetreg.services.imports.work import Work

WHOLE = 5_000
"""An import of at most so many rows is applied in one transaction."""

BATCH = 1_000
CHUNK = 1_000
READ = ("number", "cells", "faults", "verdict", "first_key", "second_key", "twin")
Staged = Row[Any]
COUNTED = ("created", "updated", "unchanged", "refused")


def start(session: ScopedSession, import_id: int, *, holder: str, actor: Actor) -> Import:
    """Begins to apply a staged import, or goes on with one that was interrupted.

    Raises Denied, ImportBusy or ImportNotReady.
    """
    allowed = (ImportState.PREVIEWED, ImportState.APPLYING)
    batch = holding.take(session, import_id, ImportState.APPLYING, allowed=allowed, holder=holder, at=actor.at)
    actor.require(presets.preset(batch.preset).act)
    if batch.change_id is None:
        batch.change_id = history.begin(session, f"import {batch.preset}", actor=by_import(actor)).id
        batch.notes = {name: told for name, told in batch.notes.items() if name != "added"}
        for name in COUNTED:
            setattr(batch, name, 0)
    return batch


def apply_rows(session: ScopedSession, import_id: int, *, holder: str, actor: Actor) -> bool:
    """Applies the next batch; says whether there is more. Raises HoldLost."""
    take_turns(session)
    batch = holding.held(session, import_id, holder=holder, at=actor.at)
    rows = _next_rows(session, batch)
    act = session.get_one(Change, batch.change_id)
    work = Work(session, batch, reader_of(batch), by_import(actor), file_date_of(batch), act=act)
    for chunk in _chunks(rows):
        _apply(work, chunk)
    note_added(batch, work)
    is_last = len(rows) < (WHOLE if batch.rows <= WHOLE else BATCH)
    if is_last:
        batch.state = ImportState.DONE
        holding.let_go(batch, at=actor.at)
    return not is_last


def _apply(work: Work, rows: Sequence[Staged]) -> None:
    batch = work.batch
    items = [_item(work, row) for row in rows]
    perform(work, items, twinned=[item for item, row in zip(items, rows, strict=True) if row.twin is not None])
    count(batch, items)
    late = [asked for item in items if item.passed for asked in item.foreign]
    foreign_serials.record(work.session, late, actor=work.actor)
    set_verdicts(work.session, batch.id, [_verdict(item) for item in items])
    batch.resume_row = items[-1].number


def _item(work: Work, row: Staged) -> Item:
    if any(UNREADABLE in fault for fault in row.faults):
        return Item(row.number, row.cells, faults=row.faults, refused=True, verdict=RowVerdict.REFUSED)
    item = work.reader.read(row.number, row.cells)
    item.keys = (row.first_key, row.second_key)
    item.passed = row.verdict is not RowVerdict.REFUSED
    return item


def _verdict(item: Item) -> dict[str, Any]:
    return {
        "number": item.number,
        "verdict": item.verdict,
        "faults": item.faults,
        "label": item.label[:LONGEST_LABEL] or None,
        "device_id": item.device_id,
        "before": item.before,
    }


def _next_rows(session: ScopedSession, batch: Import) -> Sequence[Staged]:
    rows = session.execute(
        select(*(getattr(ImportRow, name) for name in READ))
        .where(ImportRow.import_id == batch.id, ImportRow.number > batch.resume_row)
        .order_by(ImportRow.number)
        .limit(WHOLE if batch.rows <= WHOLE else BATCH)
    )
    return rows.all()


def _chunks(rows: Sequence[Staged]) -> Iterator[Sequence[Staged]]:
    for start_at in range(0, len(rows), CHUNK):
        yield rows[start_at : start_at + CHUNK]
