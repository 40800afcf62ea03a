"""How many devices there are of each sort, kept beside the devices so that no page has to count them.

A transaction nets its changes in memory and writes them last, in key order: written one by one as they
happen, two transactions that touch the same sorts in opposite orders would deadlock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from assetreg.db.base import Base, ByPlace, TermColumn, refers_to
from assetreg.db.device import Device
from assetreg.db.row_guard import stored
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


def note_changes(session: Session, _: Any, chosen: Iterable[Any] | None) -> None:
    """Before a flush: remembers which sorts lose and gain a device by it; ``chosen`` are the rows of a partial one."""
    net = _net(session)
    new, deleted = session.new, session.deleted
    for row in (*new, *session.dirty, *deleted) if chosen is None else chosen:
        if not isinstance(row, Device):
            continue
        if row in deleted:
            net[_before(row)] -= 1
        elif row in new:
            net[_now(row)] += 1
        elif session.is_modified(row):
            net[_before(row)] -= 1
            net[_now(row)] += 1


def mark(session: Session, transaction: SessionTransaction) -> None:
    """At a savepoint: remembers what is netted so far."""
    if transaction.nested:
        _marks(session)[transaction] = _net(session).copy()


def take_back(session: Session, ended: SessionTransaction) -> None:
    """After a rollback: what was netted since the savepoint, or since the start, never happened."""
    if ended.nested:
        session.info["tally"] = _marks(session).pop(ended)
    elif ended.parent is None:
        session.info.pop("tally", None)


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
    with session.unguarded("counts are netted from rows the guard has already passed") as connection:
        insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        statement = insert(DeviceCount)
        statement = statement.on_conflict_do_update(
            index_elements=list(SORT_COLUMNS), set_={"n": DeviceCount.n + statement.excluded.n}
        )
        connection.execute(statement, rows)


def _net(session: Session) -> Counter[Sort]:
    net: Counter[Sort] = session.info.setdefault("tally", Counter())
    return net


def _marks(session: Session) -> WeakKeyDictionary[SessionTransaction, Counter[Sort]]:
    marks: WeakKeyDictionary[SessionTransaction, Counter[Sort]]
    marks = session.info.setdefault("tally_marks", WeakKeyDictionary())
    return marks


def _now(row: Device) -> Sort:
    return sort_of({name: getattr(row, name) for name in _WATCHED})


def _before(row: Device) -> Sort:
    return sort_of(stored(row, _WATCHED))
