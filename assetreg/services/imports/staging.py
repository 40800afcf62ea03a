"""Reading a file in: its rows are kept and judged outside the register, a batch at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from assetreg.db.intake import Import, Upload, add_rows, take_turns
from assetreg.db.session import ScopedSession
from assetreg.domain.access import STOCKHOLM, Actor
from assetreg.domain.errors import Refusal
from assetreg.domain.stored_sentences import fault_to_json
from assetreg.domain.terms import Door, ImportState, RowVerdict
from assetreg.services import foreign_serials
from assetreg.services.imports import holding, presets
from assetreg.services.imports.judging import rehearse
from assetreg.services.imports.reading import MOST_NAMED, Item, Reader, mapping_of, stored_mapping
from assetreg.services.imports.refusals import ColumnsMissing, FileDateAhead, NoRows, SheetColumnsMissing, SheetsAlike
from assetreg.services.imports.work import Work
from assetreg.sources.mapping_file import FileMapping
from assetreg.sources.refusals import FileRefused
from assetreg.sources.rows import RowFault, TableRow
from assetreg.sources.tabular import Table

LONGEST_LABEL = 120


def begin(
    session: ScopedSession,
    upload: Upload,
    preset: str,
    *,
    actor: Actor,
    mapping: FileMapping | None = None,
    given: Mapping[str, str] | None = None,
    file_date: date | None = None,
) -> Import:
    """A new import of a file. ``given`` fills what rows leave out.

    ``file_date`` is the day that the list is from: fields edited by hand on it or later are not overwritten.
    Without one it is the day the file was received. Raises Denied, UnknownPreset, UnknownColumn
    or FileDateAhead.
    """
    kind = presets.preset(preset)
    actor.require(kind.act)
    if file_date is not None and file_date > actor.today:
        raise FileDateAhead(field="file_date", on=file_date, today=actor.today)
    mapping = mapping or FileMapping()
    named = [name for name in mapping.columns.values() if name]
    for name in (*named, *mapping.values, *mapping.constants, *(given or {})):
        kind.column(name)
    batch = Import(
        account_id=session.scope.account,
        upload_id=upload.id,
        preset=kind.name,
        door=actor.door if actor.door is not Door.IMPORT else Door.CLI,
        state=ImportState.STAGING,
        file_date=file_date,
        mapping=stored_mapping(mapping),
        given=dict(given or {}),
        headers=[],
        unread=[],
        notes={},
        created_at=actor.at,
        changed_at=actor.at,
        **dict.fromkeys(("rows", "resume_row", "created", "updated", "unchanged", "refused", "undone"), 0),
    )
    session.add(batch)
    session.flush()
    return batch


def open_file(
    session: ScopedSession, import_id: int, tables: Sequence[Table], *, holder: str, actor: Actor
) -> tuple[Table, Reader]:
    """Takes on the reading of the file: the table of it whose headers fit. Raises FileRefused, ImportBusy."""
    allowed = (ImportState.STAGING,)
    batch = holding.take(session, import_id, ImportState.STAGING, allowed=allowed, holder=holder, at=actor.at)
    table = _fitting(batch, tables)
    batch.headers = list(table.headers)
    reader = reader_of(batch)
    batch.unread = reader.unread
    others = [each.sheet for each in tables if each.sheet != table.sheet]
    if others:
        batch.notes = {**batch.notes, "sheet": table.sheet, "other_sheets": others}
    return table, reader


def _fitting(batch: Import, tables: Sequence[Table]) -> Table:
    """The one table with the columns that rows need; of a workbook's sheets the others may hold anything."""
    refusals = [_misfit(batch, table, tables) for table in tables]
    fitting = [table for table, refusal in zip(tables, refusals, strict=True) if refusal is None]
    if len(fitting) > 1:
        raise SheetsAlike(sheets=[table.sheet for table in fitting])
    for table in fitting:
        return table
    raise next(refusal for refusal in refusals if refusal is not None)


def _misfit(batch: Import, table: Table, tables: Sequence[Table]) -> Refusal | None:
    try:
        missing = _reader(batch, table.headers).missing_columns()
    except FileRefused as refusal:
        return refusal
    if missing is None:
        return None
    named = [name for name in table.headers if name][:MOST_NAMED]
    if len(tables) == 1:
        return ColumnsMissing(columns=missing, headers=named)
    sheets = [each.sheet for each in tables]
    return SheetColumnsMissing(sheets=sheets, sheet=table.sheet, columns=missing, headers=named)


def stage_rows(
    session: ScopedSession,
    import_id: int,
    rows: Sequence[TableRow | RowFault],
    *,
    reader: Reader,
    holder: str,
    actor: Actor,
) -> int:
    """Keeps and judges the next rows; gives how many there are so far. Rows that are kept already are passed over."""
    take_turns(session)
    batch = holding.held(session, import_id, holder=holder, at=actor.at)
    items = [reader.item(row) for row in rows if row.number > batch.resume_row]
    if not items:
        return batch.rows
    work = Work(session, batch, reader, actor, file_date_of(batch))
    rehearse(work, items)
    foreign_serials.record(session, [asked for item in items for asked in item.foreign], actor=by_import(actor))
    add_rows(session, [_row(batch, item) for item in items])
    batch.rows += len(items)
    batch.resume_row = items[-1].number
    count(batch, items)
    note_added(batch, work)
    return batch.rows


def finish(session: ScopedSession, import_id: int, *, holder: str, actor: Actor) -> Import:
    """Every row is read: the import can be looked at and applied. Raises NoRows."""
    batch = holding.held(session, import_id, holder=holder, at=actor.at)
    if not batch.rows:
        raise NoRows(name=session.get_one(Upload, batch.upload_id).name)
    batch.state, batch.resume_row = ImportState.PREVIEWED, 0
    holding.let_go(batch, at=actor.at)
    return batch


def fail(session: ScopedSession, import_id: int, refusal: Refusal, *, actor: Actor) -> None:
    """The file as a whole cannot be read."""
    batch = holding.lock(session, import_id)
    batch.state, batch.fault = ImportState.FAILED, fault_to_json(refusal)
    holding.let_go(batch, at=actor.at)


def reader_of(batch: Import) -> Reader:
    """What reads the rows of an import."""
    return _reader(batch, batch.headers)


def _reader(batch: Import, headers: Sequence[str]) -> Reader:
    return Reader(presets.preset(batch.preset), headers, mapping=mapping_of(batch.mapping), given=batch.given)


def by_import(actor: Actor) -> Actor:
    """Whoever reads a file in, wherever it was sent from."""
    return replace(actor, door=Door.IMPORT)


def file_date_of(batch: Import) -> date:
    """The day that the list is from, by the calendar in Sweden."""
    return batch.file_date or batch.created_at.astimezone(STOCKHOLM).date()


def count(batch: Import, items: Sequence[Item]) -> None:
    for item in items:
        name = str(item.verdict)
        setattr(batch, name, getattr(batch, name) + 1)


def note_added(batch: Import, work: Work) -> None:
    """Keeps what the rows add: in the preview what they would, once it is applied what they did."""
    if work.added:
        known = dict.fromkeys(batch.notes.get("added", ()))
        batch.notes = {**batch.notes, "added": list(known | work.added)}


def _row(batch: Import, item: Item) -> dict[str, Any]:
    twins = [twin.number for twin in item.twins if twin.verdict is not RowVerdict.REFUSED]
    return {
        "account_id": batch.account_id,
        "import_id": batch.id,
        "number": item.number,
        "cells": item.cells,
        "verdict": item.verdict,
        "faults": item.faults,
        "label": item.label[:LONGEST_LABEL] or None,
        "device_id": item.device_id,
        "first_key": item.keys[0],
        "second_key": item.keys[1],
        "twin": twins[0] if twins else None,
        "before": item.before if item.before and "was" in item.before else None,
    }
