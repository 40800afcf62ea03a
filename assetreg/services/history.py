"""Writing history: one event at the end of its subject's chain, its free text apart."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Protocol

from sqlalchemy import select

from assetreg.db.base import Base
from assetreg.db.history import Change, Event, FreeText
from assetreg.db.session import ScopedSession
from assetreg.domain import history
from assetreg.domain.access import Actor

EVENT_COLUMNS = tuple(history.EventFacts.__dataclass_fields__)


class Subject(Protocol):
    """A row that has a history of its own."""

    id: int
    head_seq: int
    head_hash: str


def begin(session: ScopedSession, what: str, *, actor: Actor) -> Change:
    """The act that the events to come belong to."""
    change = Change(account_id=actor.account, door=actor.door, at=actor.at, what=what)
    session.add(change)
    session.flush()
    return change


def record(
    session: ScopedSession,
    subject: Subject,
    kind: str,
    payload: Mapping[str, object],
    *,
    actor: Actor,
    on: date | None = None,
    person: int | None = None,
    text: FreeText | None = None,
    reverses: int | None = None,
    change: Change | None = None,
) -> Event:
    """Adds the event and moves the subject's head to it; the subject must have its id.

    ``payload`` holds ids and facts, never a name. ``text`` must be flushed; the event keeps its salted hash.
    """
    facts = history.EventFacts(
        subject=subject_name(subject),
        subject_id=subject.id,
        seq=subject.head_seq + 1,
        at=actor.at,
        kind=kind,
        actor_id=actor.account,
        door=actor.door.value,
        person_id=person,
        owner_id=getattr(subject, "owner_id", None),
        department_id=getattr(subject, "department_id", None),
        unit_id=getattr(subject, "unit_id", None),
        on=on,
        reverses=reverses,
        change_id=change.id if change else None,
        text_hash=hash_of(text) if text else None,
        format=history.FORMAT,
        payload=history.canonical(payload),
    )
    digest = history.event_hash(session.info["history_key"], facts, prev=subject.head_hash)
    event = Event(
        **{name: getattr(facts, name) for name in EVENT_COLUMNS},
        text_id=text.id if text else None,
        prev=subject.head_hash,
        hash=digest,
    )
    subject.head_seq, subject.head_hash = facts.seq, digest
    session.add(event)
    return event


def subject_name(subject: object) -> str:
    """The name of the chain's family: the table of the subject."""
    if not isinstance(subject, Base):
        raise TypeError(subject)
    return str(subject.__tablename__)


def write_text(session: ScopedSession, body: str, *, beside: object) -> FreeText:
    """Keeps what a person wrote, belonging to the same place as the row it stands beside."""
    text = FreeText(
        owner_id=getattr(beside, "owner_id", None),
        department_id=getattr(beside, "department_id", None),
        unit_id=getattr(beside, "unit_id", None),
        body=body,
        salt=secrets.token_hex(16),
    )
    session.add(text)
    session.flush()
    return text


def hash_of(text: FreeText) -> str:
    return history.text_hash(bytes.fromhex(text.salt), text.body or "")


def read_text(session: ScopedSession, text_id: int | None) -> str | None:
    """What a free text says; None when there is none or it has been erased."""
    if text_id is None:
        return None
    return session.execute(select(FreeText.body).where(FreeText.id == text_id)).scalar_one_or_none()
