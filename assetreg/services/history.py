"""Writing history: one event at the end of its subject's chain, its free text apart."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from sqlalchemy import select

from assetreg.db import bulk
from assetreg.db.base import Base
from assetreg.db.history import Change, Event, FreeText
from assetreg.db.numbers import draw_id
from assetreg.db.session import ScopedSession
from assetreg.domain import history
from assetreg.domain.access import Actor
from assetreg.domain.history import EventFacts
from assetreg.services.remembered import remembered

EVENT_COLUMNS = tuple(EventFacts.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Text:
    """What a person wrote and the salt that its hash is made with."""

    id: int
    body: str
    salt: str


class Subject(Protocol):
    """A row that has a history of its own."""

    id: int
    head_seq: int
    head_hash: str


def begin(session: ScopedSession, what: str, *, actor: Actor) -> Change:
    """The act that the events to come belong to."""
    row = {
        "id": draw_id(session, Change),
        "account_id": actor.account,
        "door": actor.door,
        "at": actor.at,
        "what": what,
    }
    bulk.gather(session, Change, row)
    return Change(**row)


def record(
    session: ScopedSession,
    subject: Subject,
    kind: str,
    payload: Mapping[str, Any],
    *,
    actor: Actor,
    on: date | None = None,
    person: int | None = None,
    text: Text | None = None,
    reverses: int | None = None,
    change: Change | None = None,
    department: int | None = None,
) -> EventFacts:
    """Adds the event, which the next flush writes, and moves the subject's head to it; the subject must have its id.

    ``payload`` holds ids and facts, never a person's name. Of ``text`` the event keeps the salted hash.
    ``department`` is where the subject lies, for one that does not say it itself.
    """
    facts = EventFacts(
        subject=subject_name(subject),
        subject_id=subject.id,
        seq=subject.head_seq + 1,
        at=actor.at,
        kind=kind,
        actor_id=actor.account,
        door=actor.door.value,
        person_id=person,
        owner_id=getattr(subject, "owner_id", None),
        department_id=department or getattr(subject, "department_id", None),
        unit_id=getattr(subject, "unit_id", None),
        on=on,
        reverses=reverses,
        change_id=change.id if change else None,
        text_hash=hash_of(text) if text else None,
        format=history.FORMAT,
        payload=history.canonical(payload),
    )
    digest = history.event_hash(session.info["history_key"], facts, prev=subject.head_hash)
    row = {name: getattr(facts, name) for name in EVENT_COLUMNS}
    row |= {"text_id": text.id if text else None, "prev": subject.head_hash, "hash": digest}
    bulk.gather(session, Event, row)
    subject.head_seq, subject.head_hash = facts.seq, digest
    _note_stage(session, facts, payload)
    return facts


def stage_days(session: ScopedSession) -> dict[int, date | None]:
    """The stated day of the last step of each device that this session has taken a step, by the device's id."""
    return remembered(session, "stage days")


def _note_stage(session: ScopedSession, facts: EventFacts, payload: Mapping[str, Any]) -> None:
    """What takes a step back leaves the last day to be read anew."""
    if facts.subject != "device":
        return
    if facts.reverses is not None:
        stage_days(session).pop(facts.subject_id, None)
    elif "stage" in payload.get("changes", ()):
        stage_days(session)[facts.subject_id] = facts.on


def plain(values: Mapping[str, object]) -> dict[str, object]:
    """The values as a payload holds them."""
    found: dict[str, object] = json.loads(history.canonical(values))
    return found


def subject_name(subject: object) -> str:
    """The name of the chain's family: the table of the subject."""
    if not isinstance(subject, Base):
        raise TypeError(subject)
    return str(subject.__tablename__)


def write_text(session: ScopedSession, body: str, *, beside: object) -> Text:
    """Keeps what a person wrote, belonging to the same place as the row it stands beside."""
    text = Text(draw_id(session, FreeText), body, secrets.token_hex(16))
    place = {name: getattr(beside, name, None) for name in ("owner_id", "department_id", "unit_id")}
    bulk.gather(session, FreeText, {"id": text.id, **place, "body": text.body, "salt": text.salt})
    return text


def hash_of(text: Text) -> str:
    return history.text_hash(bytes.fromhex(text.salt), text.body)


def read_text(session: ScopedSession, text_id: int | None) -> str | None:
    """What a free text says; None when there is none or it has been erased."""
    if text_id is None:
        return None
    bulk.write_first(session)
    return session.execute(select(FreeText.body).where(FreeText.id == text_id)).scalar_one_or_none()
