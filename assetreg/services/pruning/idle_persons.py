"""Persons who have had no device for so long, or who left so long ago, that nobody needs to know who they were."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from assetreg.db.device import Device
from assetreg.db.intake import Import, ImportRow, Upload, UploadPart
from assetreg.db.person import Assignment, Person
from assetreg.db.retention import erase_texts, remove
from assetreg.db.session import ScopedSession
from assetreg.domain.access import STOCKHOLM, Actor
from assetreg.domain.naming import Naming
from assetreg.domain.retention import Kept
from assetreg.services import person_words, persons
from assetreg.services.imports.presets import OUTCOMES
from assetreg.services.person_list import NOT_HELD
from assetreg.services.person_traces import near
from assetreg.services.person_words import Traces
from assetreg.services.retention import Times

BATCH = 1000


def due(times: Times, *, at: datetime) -> list[ColumnElement[bool]]:
    """The persons whose time has passed. Whoever has a device that is not gone is never among them."""
    idle, left = (times.cutoff(kept, at=at) for kept in (Kept.PERSON_IDLE, Kept.PERSON_LEFT))
    gone = left.astimezone(STOCKHOLM).date()
    return [
        Person.pseudonymised_at.is_(None),
        ~exists(select(Device.id).where(Device.person_id == Person.id, Device.stage.not_in(NOT_HELD))),
        or_(
            and_(_unused_since(idle), or_(Person.created_at.is_(None), Person.created_at < idle)),
            and_(_unused_since(left), Person.left_on.is_not(None), Person.left_on < gone),
        ),
    ]


def count(session: ScopedSession, times: Times, *, at: datetime) -> int:
    return session.execute(select(func.count(Person.id)).where(*due(times, at=at))).scalar_one()


def next_ones(session: ScopedSession, times: Times, *, at: datetime, after: int) -> tuple[list[int], Traces]:
    """The next persons whose time has passed, and where else they are named. Only reads, so nobody waits for it."""
    wanted = select(Person).where(Person.id > after, *due(times, at=at)).order_by(Person.id).limit(BATCH)
    found = list(session.execute(wanted).scalars())
    if not found:
        return [], Traces()
    return [person.id for person in found], near(session, Naming(found))


def pseudonymise(
    session: ScopedSession, ids: Sequence[int], traces: Traces, times: Times, *, actor: Actor
) -> dict[str, int]:
    """Forgets those of the persons who still may be, and clears where they were named; counts by what it was.

    A person whom somebody is just giving a device is left to the next run.
    """
    wanted = select(Person).where(Person.id.in_(ids), *due(times, at=actor.at)).order_by(Person.id)
    locked = wanted.with_for_update(skip_locked=True, of=Person).execution_options(populate_existing=True)
    rows = list(session.execute(locked).scalars())
    for row in rows:
        persons.forget(session, row, actor=actor)
    return {"persons": len(rows), **(clear(session, traces) if rows else {})}


def clear(session: ScopedSession, traces: Traces) -> dict[str, int]:
    """Erases texts and rows that name a person, and the files those rows are of, but for the partners' reports."""
    person_words.silence_all(session, traces)
    texts = erase_texts(session, sorted(traces.texts))
    rows = remove(session, ImportRow, sorted(traces.rows))
    named = (
        select(Upload.id)
        .select_from(Upload)
        .join(Import, Import.upload_id == Upload.id)
        .where(Import.id.in_(sorted(traces.imports)), Import.preset != OUTCOMES.name)
    )
    files = 0
    for upload in list(session.execute(named).scalars()) if traces.imports else []:
        files += bool(remove_file(session, upload))
    return {"texts": texts, "rows": rows, "files": files}


def remove_file(session: ScopedSession, upload: int) -> int:
    """Takes away what a file held; its name, size and hash stay. Gives the number of parts."""
    parts = select(UploadPart.id).where(UploadPart.upload_id == upload)
    return remove(session, UploadPart, list(session.execute(parts).scalars()))


def _unused_since(moment: datetime) -> Any:
    """Whoever has had nothing since then; a device that is gone counts until the day it went."""
    had = select(Assignment.id).where(Assignment.person_id == Person.id, Assignment.ended_at >= moment)
    went = select(Device.id).where(Device.person_id == Person.id, Device.changed_at >= moment)
    return and_(~exists(had), ~exists(went))
