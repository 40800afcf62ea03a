"""Facts that the yearly figures count beside outcomes, kept as the history of each device says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Index, SmallInteger, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from assetreg.db.base import Base, ByPlace, Identified, TermColumn, refers_to
from assetreg.db.guarded import GuardedSession
from assetreg.db.history import Event
from assetreg.domain.figure_facts import Belief, FactOf, beliefs, matters, step_of
from assetreg.domain.terms import Kind

AT_ONCE = 500


class FigureFact(Identified, Base):
    """A device bought, or dispatched and waiting for its outcome, with the owner of the day.

    ``since_on`` (and its ``year``) is the day of the purchase or the dispatch; the owner had the device from
    ``from_on`` to ``until_on``. The register held it to be so from ``known_from`` to ``known_until``, which is empty
    while it does.
    A fact belongs to its owner alone: below that, figures are not told.
    """

    __tablename__ = "figure_fact"
    __table_args__ = (
        Index(None, "device_id"),
        Index("ix_figure_fact_year", "fact", "year", "owner_id", "kind", "since_on", "known_until", "known_from"),
        Index("ix_figure_fact_open", "fact", "until_on", "known_until", "owner_id", "kind", "since_on", "known_from"),
    )
    owned = ByPlace()

    device_id: Mapped[int] = mapped_column(refers_to("device.id"))
    owner_id: Mapped[int] = mapped_column(refers_to("owner.id"))
    department_id: Mapped[int | None] = mapped_column(refers_to("department.id"))
    unit_id: Mapped[int | None] = mapped_column(refers_to("unit.id"))
    fact: Mapped[FactOf] = mapped_column(TermColumn(FactOf))
    kind: Mapped[Kind] = mapped_column(TermColumn(Kind))
    year: Mapped[int] = mapped_column(SmallInteger)
    since_on: Mapped[date]
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    known_from: Mapped[datetime]
    known_until: Mapped[datetime | None]


TOLD = ("device_id", "owner_id", "fact", "kind", "year", "since_on", "from_on", "until_on", "known_from", "known_until")


def note_events(session: GuardedSession, events: Iterable[Mapping[str, Any]]) -> None:
    """Remembers whose facts the events can change, until the transaction settles them."""
    touched: set[int] = session.info.setdefault("figure_facts", set())
    touched.update(
        event["subject_id"]
        for event in events
        if event["subject"] == "device" and matters(event["payload"], event["reverses"])
    )


def settle(session: GuardedSession) -> None:
    """Brings the facts to what the events of this transaction make of them; called before the commit and the count."""
    touched: set[int] = session.info.get("figure_facts", set())
    if not touched:
        return
    with session.unguarded("facts follow from the events of devices that the guard has passed") as connection:
        ids = sorted(touched)
        for first in range(0, len(ids), AT_ONCE):
            _write(connection, ids[first : first + AT_ONCE])


def right(connection: Connection, device_ids: Sequence[int]) -> set[tuple[Any, ...]]:
    """The facts of the devices as their events say, each as the values of ``TOLD``."""
    events = connection.execute(
        select(Event.subject_id, Event.seq, Event.at, Event.on, Event.kind, Event.reverses, Event.payload)
        .where(Event.subject == "device", Event.subject_id.in_(device_ids))
        .order_by(Event.subject_id, Event.seq)
    )
    steps: dict[int, list[Any]] = {}
    for device_id, seq, at, on, kind, reverses, payload in events:
        if matters(payload, reverses):
            step = step_of(seq, at=at, on=on, kind=kind, reverses=reverses, payload=payload)
            steps.setdefault(device_id, []).append(step)
    return {_values(device_id, each) for device_id, told in steps.items() for each in beliefs(told)}


def stored(connection: Connection, device_ids: Sequence[int]) -> set[tuple[Any, ...]]:
    columns = [getattr(FigureFact, name) for name in TOLD]
    rows = connection.execute(select(*columns).where(FigureFact.device_id.in_(device_ids)))
    return {tuple(row) for row in rows}


def _write(connection: Connection, device_ids: Sequence[int]) -> None:
    wanted, known = right(connection, device_ids), stored(connection, device_ids)
    gone = sorted({row[0] for row in known - wanted})
    if gone:
        connection.execute(delete(FigureFact).where(FigureFact.device_id.in_(gone)))
    fresh = [row for row in wanted if row[0] in set(gone) or row not in known]
    if fresh:
        connection.execute(insert(FigureFact), list(_rows(fresh)))


def _rows(facts: Iterable[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    for fact in sorted(facts, key=lambda each: (each[0], each[5], each[6], each[8])):
        yield {**dict(zip(TOLD, fact, strict=True)), "department_id": None, "unit_id": None}


def _values(device_id: int, belief: Belief) -> tuple[Any, ...]:
    fact = belief.fact
    told = (device_id, fact.owner_id, fact.of, fact.kind, fact.since.year, fact.since, fact.start, fact.until)
    return (*told, belief.since, belief.until)
