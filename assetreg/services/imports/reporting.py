"""What an import comes to: figures, the rows that were refused, and what the page shows of the others."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from assetreg.db.account import Account
from assetreg.db.device import Device
from assetreg.db.intake import Import, ImportRow, Upload
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.domain.cells import guard_formula, text_of
from assetreg.domain.sentences import Sentence
from assetreg.domain.stored_sentences import fault_from_json, from_json
from assetreg.domain.terms import ImportState, RowVerdict
from assetreg.services.imports import holding, presets
from assetreg.services.imports.presets import LISTED_COLUMN, REASON_COLUMN
from assetreg.services.imports.reading import LISTED
from assetreg.services.imports.staging import file_date_of
from assetreg.services.paging import PAGE, Page, decode, encode
from assetreg.sources.columns import fold

COUNTED = ("rows", "created", "updated", "unchanged", "refused")
AT_ONCE = 500
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Summary:
    """An import as lists and pages show it; ``state`` says interrupted where nobody works on it any more."""

    id: int
    upload_id: int
    preset: presets.Preset
    state: ImportState
    phase: ImportState
    name: str
    size: int
    sha256: str
    by: str
    at: datetime
    rows: int
    row: int
    created: int
    updated: int
    unchanged: int
    refused: int
    undone: int
    fault: Sentence | None
    headers: tuple[str, ...]
    unread: tuple[str, ...]
    sheet: str
    other_sheets: tuple[str, ...]
    added: tuple[str, ...]
    kept: tuple[dict[str, Any], ...]
    kept_count: int


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of the file with its verdict; ``tag`` is the device it is about, where there is one."""

    number: int
    verdict: RowVerdict
    cells: tuple[str, ...]
    label: str
    tag: str | None


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One fault of one row; the column by the name that the contract's JSON gives it."""

    row: int
    column: str
    value: str
    reason: Sentence


def summary(session: ScopedSession, import_id: int, *, at: datetime) -> Summary:
    """Raises Missing, also for one outside the scope."""
    batch = holding.get(session, import_id)
    upload = session.get_one(Upload, batch.upload_id)
    account = session.get(Account, batch.account_id) if batch.account_id is not None else None
    return _summary(batch, upload, account.display_name if account else "", at=at)


def may_read(found: Summary, actor: Actor) -> bool:
    """Whether the rows of the file are for the actor's eyes: a list that names persons is not for every role."""
    return actor.may(Act.READ_PERSONS) or not found.preset.names_persons


def listed(session: ScopedSession, *, at: datetime, cursor: str | None = None) -> Page[Summary]:
    """The imports that the caller sees, the latest first."""
    wanted = (
        select(Import, Upload, Account.display_name)
        .join(Upload, Upload.id == Import.upload_id)
        .outerjoin(Account, Account.id == Import.account_id)
        .order_by(Import.id.desc())
        .limit(PAGE + 1)
    )
    if cursor:
        wanted = wanted.where(Import.id < decode(cursor, int)[0])
    found = [_summary(batch, upload, name or "", at=at) for batch, upload, name in session.execute(wanted)]
    following = encode(found[PAGE - 1].id) if len(found) > PAGE else None
    return Page(found[:PAGE], following)


def refused(session: ScopedSession, import_id: int, *, limit: int | None = None) -> Iterator[RefusedRow]:
    """Every fault in the order of the file."""
    told = 0
    for row in _rows(session, import_id, RowVerdict.REFUSED):
        for fault in row.faults:
            yield RefusedRow(row.number, fault["column"], fault["value"], from_json(fault["reason"]))
            told += 1
            if limit is not None and told >= limit:
                return


def document(session: ScopedSession, import_id: int) -> dict[str, Any]:
    """The report as the command line and the API give it, in Swedish."""
    batch = holding.get(session, import_id)
    counts = {name: getattr(batch, name) for name in COUNTED}
    faults = refused(session, import_id)
    errors = [
        {"row": each.row, "column": each.column, "value": each.value, "reason": each.reason.text()} for each in faults
    ]
    return {**counts, "errors": errors}


def errors_file(session: ScopedSession, import_id: int) -> Iterator[bytes]:
    """The refused rows as CSV with the file's own headers, to be mended and read in again.

    Two columns are added, the day that the list was from and last the reason.
    """
    batch = holding.get(session, import_id)
    added = (LISTED, REASON_COLUMN)
    kept = [position for position, header in enumerate(batch.headers) if fold(header) not in added]
    listed = next((position for position, header in enumerate(batch.headers) if fold(header) == LISTED), None)
    whole = file_date_of(batch).isoformat()
    headers = (batch.headers[position] for position in kept)
    yield ("\ufeff" + _line([*headers, LISTED_COLUMN, REASON_COLUMN])).encode()
    for row in _rows(session, import_id, RowVerdict.REFUSED):
        cells = [row.cells[position] if position < len(row.cells) else None for position in kept]
        own = row.cells[listed] if listed is not None and listed < len(row.cells) else None
        reason = " ".join(dict.fromkeys(from_json(fault["reason"]).text() for fault in row.faults))
        beyond = row.cells[len(batch.headers) :]
        line = [*map(_text, cells), _text(own) or whole, reason, *map(_text, beyond)]
        yield _line(line).encode(errors="replace")


def first_rows(session: ScopedSession, import_id: int) -> list[ShownRow]:
    """The first rows that are not refused, with the devices they are about."""
    wanted = (
        select(ImportRow, Device.tag)
        .outerjoin(Device, Device.id == ImportRow.device_id)
        .where(ImportRow.import_id == import_id, ImportRow.verdict != RowVerdict.REFUSED)
        .order_by(ImportRow.number)
        .limit(SHOWN)
    )
    return [
        ShownRow(row.number, row.verdict, tuple(_text(cell) for cell in row.cells), row.label or "", tag)
        for row, tag in session.execute(wanted)
        if row.verdict is not None
    ]


def _rows(session: ScopedSession, import_id: int, verdict: RowVerdict) -> Iterator[ImportRow]:
    last = 0
    while True:
        rows = session.execute(
            select(ImportRow)
            .where(ImportRow.import_id == import_id, ImportRow.verdict == verdict, ImportRow.number > last)
            .order_by(ImportRow.number)
            .limit(AT_ONCE)
        ).scalars()
        found = list(rows)
        yield from found
        if len(found) < AT_ONCE:
            return
        last = found[-1].number


def _summary(batch: Import, upload: Upload, by: str, *, at: datetime) -> Summary:
    notes = batch.notes
    return Summary(
        id=batch.id,
        upload_id=upload.id,
        preset=presets.preset(batch.preset),
        state=holding.state_at(batch, at),
        phase=batch.state,
        name=upload.name,
        size=upload.size,
        sha256=upload.sha256,
        by=by,
        at=batch.created_at,
        row=batch.resume_row,
        undone=batch.undone,
        fault=fault_from_json(batch.fault),
        headers=tuple(batch.headers),
        unread=tuple(batch.unread),
        sheet=notes.get("sheet", ""),
        other_sheets=tuple(notes.get("other_sheets", ())),
        added=tuple(notes.get("added", ())),
        kept=tuple(notes.get("kept", ())),
        kept_count=notes.get("kept_count", 0),
        **{name: getattr(batch, name) for name in COUNTED},
    )


def _line(cells: list[str]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerow([guard_formula(cell) for cell in cells])
    return out.getvalue()


def _text(cell: Any) -> str:
    """The cell as it is read again; a number is written as Swedish lists write it."""
    text = cell if isinstance(cell, str) else text_of(cell)
    return text.replace(".", ",") if isinstance(cell, float) else text
