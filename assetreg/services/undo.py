"""Taking back what events did: one reversing event for each, field by field, leaving what has changed since."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, DateTime, Numeric, select

from assetreg.db.base import Money, TermColumn
from assetreg.db.device import Device
from assetreg.db.history import Change, Event
from assetreg.db.indicator import IndicatorValue
from assetreg.db.outcome import Erasure, Outcome
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Actor
from assetreg.domain.terms import Stage
from assetreg.services import changes, history

REGISTERED, OUTCOME, UNDONE = "registered", "outcome", "undone"
OWN = frozenset({"label_attached"})
"""Events that say nothing against taking a new device away again."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of one event: ``taken_back`` when a reversing event was written.

    ``kept`` are the columns that had changed since; ``happened`` the kind of the event that keeps a new device.
    """

    event: Event
    taken_back: bool
    kept: tuple[str, ...] = ()
    happened: str | None = None


def reverse(session: ScopedSession, event: Event, *, actor: Actor, act: Change, own: Collection[int]) -> Undone:
    """Takes back one event of a device or an entered figure; the newest is taken back first.

    ``own`` are the changes (acts) that are being taken back and the taking back itself: what other acts have
    done to a new device since keeps it. The caller has locked the device.
    """
    if event.subject == IndicatorValue.__tablename__:
        return _figure(session, event, actor=actor, act=act)
    device = session.get(Device, event.subject_id)
    if device is None:
        return Undone(event, taken_back=False)
    pairs = _pairs(event)
    if event.kind == REGISTERED and pairs.get("stage", [None])[0] is None:
        return _void(session, device, event, actor=actor, act=act, own=own)
    if event.kind == REGISTERED and (kind := _since(session, device, event, own)):
        return Undone(event, taken_back=False, happened=kind)
    if event.kind == OUTCOME:
        return _outcome(session, device, event, actor=actor, act=act)
    return _restored(session, device, event, UNDONE, actor=actor, act=act)


def _void(
    session: ScopedSession, device: Device, event: Event, *, actor: Actor, act: Change, own: Collection[int]
) -> Undone:
    """A new device leaves the lists and counts, unless something has happened to it since."""
    if device.stage is Stage.VOIDED:
        return Undone(event, taken_back=False)
    kind = _since(session, device, event, own)
    if kind:
        return Undone(event, taken_back=False, happened=kind)
    values = {"stage": Stage.VOIDED}
    changes.change(session, device, values, "voided", actor=actor, act=act, reverses=event.seq)
    return Undone(event, taken_back=True)


def _since(session: ScopedSession, device: Device, event: Event, own: Collection[int]) -> str | None:
    """The kind of the first thing that others have done to the device since, unless that has been undone too."""
    rows = session.execute(
        select(Event.seq, Event.kind, Event.change_id, Event.reverses)
        .where(Event.subject == event.subject, Event.subject_id == device.id, Event.seq > event.seq)
        .order_by(Event.seq)
    ).all()
    taken_back = {row.reverses for row in rows if row.kind == UNDONE}
    for row in rows:
        if row.change_id not in own and row.kind not in (UNDONE, *OWN) and row.seq not in taken_back:
            return str(row.kind)
    return None


def _outcome(session: ScopedSession, device: Device, event: Event, *, actor: Actor, act: Change) -> Undone:
    facts = json.loads(event.payload)
    outcome = session.get(Outcome, facts["outcome"])
    if outcome is None or outcome.reversed_at is not None:
        return Undone(event, taken_back=False)
    if outcome.final and device.outcome_id != outcome.id:
        return Undone(event, taken_back=False, happened="outcome")
    outcome.reversed_on, outcome.reversed_at = actor.today, actor.at
    told = {"outcome": outcome.id, "type": outcome.type.value}
    undone = _restored(session, device, event, "outcome_reversed", actor=actor, act=act, facts=told)
    if outcome.erasure_id is not None and device.erasure_id != outcome.erasure_id:
        erasure = session.get(Erasure, outcome.erasure_id)
        if erasure is not None and erasure.reversed_at is None:
            erasure.reversed_at = actor.at
    return undone


def _restored(
    session: ScopedSession,
    device: Device,
    event: Event,
    kind: str,
    *,
    actor: Actor,
    act: Change,
    facts: Mapping[str, object] | None = None,
) -> Undone:
    """Each column as it was before the event, but for those that have another value by now."""
    values, kept = _split(device, _pairs(event))
    if values or facts:
        changes.change(session, device, values, kind, actor=actor, act=act, reverses=event.seq, facts=facts)
    return Undone(event, taken_back=bool(values or facts), kept=kept)


def _figure(session: ScopedSession, event: Event, *, actor: Actor, act: Change) -> Undone:
    """An entered figure as it was before; a new one says nothing any more, for its history stays."""
    wanted = select(IndicatorValue).where(IndicatorValue.id == event.subject_id).with_for_update()
    row = session.execute(wanted).scalar_one_or_none()
    if row is None:
        return Undone(event, taken_back=False)
    pairs = {name: pair for name, pair in _pairs(event).items() if name in ("value", "target", "unit", "source")}
    if event.kind != REGISTERED:
        pairs |= {name: pair for name, pair in _pairs(event).items() if name == "direction"}
    values, kept = _split(row, pairs)
    if not values:
        return Undone(event, taken_back=False, kept=kept)
    was = {name: getattr(row, name) for name in values}
    for name, value in values.items():
        setattr(row, name, value)
    payload = {"changes": {name: [was[name], value] for name, value in values.items()}}
    history.record(session, row, UNDONE, payload, actor=actor, reverses=event.seq, change=act)
    return Undone(event, taken_back=True, kept=kept)


def _split(row: Device | IndicatorValue, pairs: Mapping[str, list[Any]]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The columns to restore with their earlier values, and those that were changed since."""
    values, kept = {}, []
    for name, (before, after) in pairs.items():
        if getattr(row, name) == _typed(row, name, after):
            values[name] = _typed(row, name, before)
        else:
            kept.append(name)
    return values, tuple(sorted(kept))


def _pairs(event: Event) -> dict[str, list[Any]]:
    pairs: dict[str, list[Any]] = json.loads(event.payload).get("changes", {})
    return pairs


def _typed(row: Device | IndicatorValue, name: str, value: Any) -> Any:
    """The value of a payload as its column holds it."""
    if value is None:
        return None
    kind = getattr(type(row), name).type
    if isinstance(kind, TermColumn):
        return kind.by_value[value]
    if isinstance(kind, (Money, Numeric)):
        return Decimal(value)
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value
