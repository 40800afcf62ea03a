"""Undoing an import: what it did is taken back event by event, newest first, a batch at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select

from assetreg.db.device import Device
from assetreg.db.history import Change, Event
from assetreg.db.intake import Import, ImportRow, take_turns
from assetreg.db.person import Person
from assetreg.db.reading_log import PersonalDataRead
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.domain.terms import Door, ImportState, RowVerdict
from assetreg.services import history, persons, undo
from assetreg.services.imports import holding, presets
from assetreg.services.imports.device_conflicts import FIELDS
from assetreg.services.imports.presets import OUTCOMES, PERSONS
from assetreg.services.persons import PersonInput
from assetreg.services.undo import Undone

BATCH = 500
MOST_KEPT = 500
"""So many are named of what an undoing leaves as it is; all of them are counted."""


def start(session: ScopedSession, import_id: int, *, holder: str, actor: Actor) -> Import:
    """Begins to undo an import that is done or was interrupted, or goes on with an undoing.

    Raises Denied, ImportBusy or ImportNotReady.
    """
    allowed = (ImportState.DONE, ImportState.APPLYING, ImportState.UNDOING)
    batch = holding.take(session, import_id, ImportState.UNDOING, allowed=allowed, holder=holder, at=actor.at)
    actor.require(presets.preset(batch.preset).act)
    if batch.preset == OUTCOMES.name:
        actor.require(Act.REVERSE_OUTCOMES)
    if "undo" not in batch.notes:
        act = history.begin(session, f"undo {batch.preset}", actor=replace(actor, door=Door.IMPORT))
        batch.notes = {**batch.notes, "undo": act.id, "kept": [], "kept_count": 0}
    return batch


def undo_events(session: ScopedSession, import_id: int, *, holder: str, actor: Actor) -> bool:
    """Takes back the next events; says whether there is more. Raises HoldLost."""
    take_turns(session)
    batch = holding.held(session, import_id, holder=holder, at=actor.at)
    if batch.preset == PERSONS.name:
        more = _undo_persons(session, batch)
    else:
        more = _undo_events(session, batch, actor=replace(actor, door=Door.IMPORT))
    if not more:
        batch.state = ImportState.UNDONE
        holding.let_go(batch, at=actor.at)
    return more


def remaining(session: ScopedSession, batch: Import) -> int:
    """How many events of the import are still to be taken back."""
    count = select(func.count(Event.id)).where(Event.change_id == batch.change_id)
    if batch.undo_mark is not None:
        count = count.where(Event.id < batch.undo_mark)
    return session.execute(count).scalar_one()


def _undo_events(session: ScopedSession, batch: Import, *, actor: Actor) -> bool:
    wanted = select(Event).where(Event.change_id == batch.change_id).order_by(Event.id.desc()).limit(BATCH)
    if batch.undo_mark is not None:
        wanted = wanted.where(Event.id < batch.undo_mark)
    events = list(session.execute(wanted).scalars())
    act = session.get_one(Change, batch.notes["undo"])
    own = frozenset({batch.change_id or 0, act.id})
    _hold_devices(session, events)
    with session.no_autoflush:
        undone = [undo.reverse(session, event, actor=actor, act=act, own=own) for event in events]
    session.flush()
    batch.undone += sum(each.taken_back for each in undone)
    _note_kept(batch, [_told(session, each) for each in undone if each.kept or each.happened])
    if events:
        batch.undo_mark = events[-1].id
    return len(events) == BATCH


def _hold_devices(session: ScopedSession, events: Sequence[Event]) -> None:
    """Locks the devices of the events in one statement and in the order of their ids."""
    ids = sorted({event.subject_id for event in events if event.subject == "device"})
    wanted = select(Device).where(Device.id.in_(ids)).order_by(Device.id).with_for_update()
    session.info["held_devices"] = list(session.execute(wanted).scalars())


def _told(session: ScopedSession, undone: Undone) -> dict[str, Any]:
    event = undone.event
    tag = None
    if event.subject == "device":
        tag = session.execute(select(Device.tag).where(Device.id == event.subject_id)).scalar_one_or_none()
    fields = list(dict.fromkeys(FIELDS.get(column, column) for column in undone.kept))
    return {"tag": tag, "columns": fields, "happened": undone.happened}


def _note_kept(batch: Import, kept: Sequence[dict[str, Any]]) -> None:
    if kept:
        named = [*batch.notes["kept"], *kept][:MOST_KEPT]
        batch.notes = {**batch.notes, "kept": named, "kept_count": batch.notes["kept_count"] + len(kept)}


def _undo_persons(session: ScopedSession, batch: Import) -> bool:
    """Persons have no history: a changed one gets back what the rows kept of it, a new one that nobody needs goes."""
    wanted = (
        select(ImportRow)
        .where(ImportRow.import_id == batch.id, ImportRow.verdict.in_([RowVerdict.CREATED, RowVerdict.UPDATED]))
        .where(ImportRow.number <= batch.resume_row)
        .order_by(ImportRow.number.desc())
        .limit(BATCH)
    )
    if batch.undo_mark is not None:
        wanted = wanted.where(ImportRow.number < batch.undo_mark)
    rows = list(session.execute(wanted).scalars())
    for row in rows:
        _undo_person(session, batch, row)
    if rows:
        batch.undo_mark = rows[-1].number
    return len(rows) == BATCH


def _undo_person(session: ScopedSession, batch: Import, row: ImportRow) -> None:
    before = row.before or {}
    person = session.get(Person, before.get("person"))
    if person is None or person.pseudonymised_at is not None:
        return
    if "changes" not in before:
        if _is_used(session, person):
            _note_kept(batch, [{"tag": row.label, "columns": [], "happened": "used"}])
            return
        session.delete(person)
    else:
        restored = {name: was for name, (was, now) in before["changes"].items() if getattr(person, name) == now}
        for name, value in restored.items():
            setattr(person, name, value)
        persons.update(person, PersonInput(person.name or "", person.email, person.external_id))
        kept = sorted(before["changes"].keys() - restored.keys())
        if kept:
            _note_kept(batch, [{"tag": row.label, "columns": kept, "happened": None}])
    batch.undone += 1
    session.flush()


def _is_used(session: ScopedSession, person: Person) -> bool:
    with session.unguarded("whether anyone needs the person, wherever it is; nothing else is told"):
        device = session.execute(select(Device.id).where(Device.person_id == person.id).limit(1)).scalar_one_or_none()
        event = session.execute(select(Event.id).where(Event.person_id == person.id).limit(1)).scalar_one_or_none()
        read = session.execute(
            select(PersonalDataRead.id).where(PersonalDataRead.person_id == person.id).limit(1)
        ).scalar_one_or_none()
    return any(each is not None for each in (device, event, read))
