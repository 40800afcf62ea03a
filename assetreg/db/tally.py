"""How many devices there are of each sort, kept beside the devices so that no page has to count them.

A transaction nets its changes in memory and writes them last, in key order: written one by one as they
happen, two transactions that touch the same sorts in opposite orders would deadlock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from assetreg.db.base import Base, ByPlace, TermColumn, refers_to
from assetreg.db.device import Device
from assetreg.domain.terms import Kind, Stage

Sort = tuple[int, int, int, str, str, int]


class DeviceCount(Base):
    """The number of devices of one sort; 0 stands for no department, no unit, no due year."""

    __tablename__ = "device_count"
    owned = ByPlace()

    owner_id: Mapped[int] = mapped_column(refers_to("owner.id"), primary_key=True)
    department_id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Kind] = mapped_column(TermColumn(Kind), primary_key=True)
    stage: Mapped[Stage] = mapped_column(TermColumn(Stage), primary_key=True)
    due_year: Mapped[int] = mapped_column(primary_key=True)
    n: Mapped[int]


SORT_COLUMNS = ("owner_id", "department_id", "unit_id", "kind", "stage", "due_year")
_WATCHED = ("owner_id", "department_id", "unit_id", "kind", "stage", "due_on")


def sort_of(values: dict[str, Any]) -> Sort:
    """The sort a device belongs to, from its own columns."""
    return (
        values["owner_id"],
        values["department_id"] or 0,
        values["unit_id"] or 0,
        str(values["kind"]),
        str(values["stage"]),
        values["due_on"].year if values["due_on"] else 0,
    )


def note_changes(session: Session, *_: Any) -> None:
    """Before a flush: remembers which sorts lose and gain a device by it."""
    net = _net(session)
    for row in session.new:
        if isinstance(row, Device):
            net[sort_of(_now(row))] += 1
    for row in session.dirty:
        if isinstance(row, Device) and session.is_modified(row):
            net[sort_of(_before(row))] -= 1
            net[sort_of(_now(row))] += 1


def note_bulk(session: Session, before: Iterable[dict[str, Any]], after: Iterable[dict[str, Any]]) -> None:
    """The same for rows written past the session."""
    net = _net(session)
    net.subtract(sort_of(values) for values in before)
    net.update(sort_of(values) for values in after)


def settle(session: Any) -> None:
    """Writes what the transaction has netted; called last before the commit."""
    net: Counter[Sort] = session.info.pop("tally", Counter())
    rows = [dict(zip((*SORT_COLUMNS, "n"), (*sort, n), strict=True)) for sort, n in sorted(net.items()) if n]
    if not rows:
        return
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(DeviceCount)
    statement = statement.on_conflict_do_update(
        index_elements=list(SORT_COLUMNS), set_={"n": DeviceCount.n + statement.excluded.n}
    )
    with session.unguarded("counts are netted from rows the guard has already passed") as connection:
        for row in rows:
            connection.execute(statement, row)


def _net(session: Session) -> Counter[Sort]:
    net: Counter[Sort] = session.info.setdefault("tally", Counter())
    return net


def _now(row: Device) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _WATCHED}


def _before(row: Device) -> dict[str, Any]:
    state = inspect(row)
    values = {}
    for name in _WATCHED:
        deleted = state.attrs[name].history.deleted
        values[name] = deleted[0] if deleted else getattr(row, name)
    return values
