"""What the cells of a previewed list would change: the register's own value, by row and by place in the row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from assetreg.db.catalogue import Model, Supplier
from assetreg.db.intake import ImportRow
from assetreg.db.organisation import Department, Group, Room, Unit
from assetreg.db.session import ScopedSession
from assetreg.domain.sentences import Phrase
from assetreg.domain.terms import Kind, RowVerdict, Term
from assetreg.services.device_values import DATES
from assetreg.services.imports import holding
from assetreg.services.imports.reporting import ShownRow
from assetreg.services.imports.staging import reader_of

EMPTY = Phrase("tomt")
_NAMED: dict[str, Any] = {
    "department_id": Department.name,
    "unit_id": Unit.name,
    "room_id": Room.name,
    "group_id": Group.name,
    "supplier_id": Supplier.name,
}
_UNTOLD = {"person_id": Phrase("en annan användare"), "note_id": Phrase("en annan text")}
"""What the preview says no more of: who it was, and what somebody wrote."""
_COLUMNS = {
    **{stored: stated for stated, stored in DATES.items()},
    **{stored: stored.removesuffix("_id") for stored in _NAMED},
    "person_id": "user",
    "note_id": "note",
    "price": "price_sek",
}


def before(session: ScopedSession, import_id: int, rows: Sequence[ShownRow]) -> dict[int, dict[int, str]]:
    """By number of the row and position of the cell, what the device has now where the row says something else.

    The queries are as many for one row as for all. A Term or a Phrase is to be put in the reader's words.
    """
    updated = [row.number for row in rows if row.verdict is RowVerdict.UPDATED]
    if not updated:
        return {}
    batch = holding.get(session, import_id)
    positions = reader_of(batch).columns.positions
    asked = select(ImportRow.number, ImportRow.before).where(
        ImportRow.import_id == import_id, ImportRow.number.in_(updated)
    )
    was = {number: (kept or {}).get("was", {}) for number, kept in session.execute(asked)}
    named = _names(session, was.values())
    return {
        number: {at: text for column, text in _told(values, named).items() if (at := positions.get(column)) is not None}
        for number, values in was.items()
    }


def _told(values: Mapping[str, Any], named: Mapping[str, Mapping[int, str]]) -> dict[str, str]:
    told = {_COLUMNS.get(stored, stored): _text(stored, value, named) for stored, value in values.items()}
    if "model_id" in told:
        maker, model = named["model_id"].get(values["model_id"], ""), named["model"].get(values["model_id"], "")
        told |= {"manufacturer": maker or EMPTY, "model": model or EMPTY}
    return told


def _text(stored: str, value: Any, named: Mapping[str, Mapping[int, str]]) -> str:
    if value is None:
        return EMPTY
    if stored in _UNTOLD:
        return _UNTOLD[stored]
    if stored == "kind":
        return _kind(value)
    return named[stored].get(value, "") or EMPTY if stored in named else str(value)


def _kind(value: str) -> Term:
    return next(kind for kind in Kind if kind.value == value)


def _names(session: ScopedSession, changed: Iterable[Mapping[str, Any]]) -> dict[str, dict[int, str]]:
    """The names of what the devices point at now, with a query for each kind of it."""
    ids: dict[str, set[int]] = {stored: set() for stored in (*_NAMED, "model_id")}
    for values in changed:
        for stored in values.keys() & ids.keys():
            ids[stored].add(values[stored])
    found = {stored: _named(session, column, ids[stored] - {None}) for stored, column in _NAMED.items()}
    models = ids["model_id"] - {None}
    return found | {
        "model_id": _named(session, Model.manufacturer, models),
        "model": _named(session, Model.name, models),
    }


def _named(session: ScopedSession, column: Any, ids: Iterable[int]) -> dict[int, str]:
    wanted = sorted(ids)
    if not wanted:
        return {}
    rows = session.execute(select(column.class_.id, column).where(column.class_.id.in_(wanted)))
    return {row[0]: row[1] or "" for row in rows}
