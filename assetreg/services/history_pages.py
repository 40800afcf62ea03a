"""The history in pages: of one device the newest first, and of all devices the oldest first, to be followed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from assetreg.db import feed
from assetreg.db.device import Device
from assetreg.db.history import Event
from assetreg.db.organisation import Owner
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.domain.terms import Door
from assetreg.services import device_history, paging
from assetreg.services.device_history import HistoryLine
from assetreg.services.paging import Page


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of one device, for a program that follows what happens.

    ``fields`` are the columns that changed; ``tag`` is None where the device is another owner's now.
    """

    id: int
    seq: int
    at: datetime
    on: date | None
    kind: str
    door: Door
    tag: str | None
    owner: str | None
    actor: int | None
    change: int | None
    reverses: int | None
    fields: tuple[str, ...]
    stage: str | None


@dataclass(frozen=True, slots=True)
class Feed:
    """Events in the order of their numbers; ``after`` is the number to go on from, also where there were none."""

    rows: tuple[Happening, ...]
    after: int
    more: bool


def of_device(
    session: ScopedSession, device: Device, *, actor: Actor, cursor: str | None = None, limit: int = paging.PAGE
) -> Page[HistoryLine]:
    """The device's events, the newest first. Raises Denied or BadCursor."""
    actor.require(Act.READ_DEVICES)
    before = paging.decode(cursor, int)[0] if cursor else None
    found = device_history.lines(session, device, actor=actor, limit=limit + 1, before=before)
    shown = found[:limit]
    return Page(shown, paging.encode(shown[-1].seq) if len(found) > limit else None)


def following(session: ScopedSession, *, after: int, limit: int, actor: Actor) -> Feed:
    """What has happened to devices since the event numbered ``after``, as far as it is settled.

    On PostgreSQL numbers are drawn before transactions end, so the feed stops short of any number that a
    transaction under way may still take: whoever follows it misses nothing. Raises Denied.
    """
    actor.require(Act.READ_DEVICES)
    horizon = feed.horizon(session)
    rows = session.execute(
        select(
            *(Event.id, Event.seq, Event.at, Event.on, Event.kind, Event.door, Event.actor_id, Event.change_id),
            *(Event.reverses, Event.payload, Device.tag, Owner.code.label("owner")),
        )
        .select_from(Event)
        .outerjoin(Device, Device.id == Event.subject_id)
        .outerjoin(Owner, Owner.id == Event.owner_id)
        .where(Event.id > after, Event.id <= horizon, Event.subject == Device.__tablename__)
        .order_by(Event.id)
        .limit(limit + 1)
    ).all()
    shown = tuple(_happening(row) for row in rows[:limit])
    more = len(rows) > limit
    return Feed(shown, shown[-1].id if more else max(after, horizon), more)


def _happening(row: Any) -> Happening:
    changes = json.loads(row.payload).get("changes", {})
    stage = changes.get("stage")
    return Happening(
        id=row.id,
        seq=row.seq,
        at=row.at,
        on=row.on,
        kind=row.kind,
        door=row.door,
        tag=row.tag,
        owner=row.owner,
        actor=row.actor_id,
        change=row.change_id,
        reverses=row.reverses,
        fields=tuple(changes),
        stage=stage[1] if stage else None,
    )
