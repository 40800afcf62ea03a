"""Forgetting one person at once, because an administrator has decided so."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from assetreg.db.device import Device
from assetreg.db.intake import Import, Upload
from assetreg.db.person import Person
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING, Act, Actor
from assetreg.domain.errors import Conflict, Invalid
from assetreg.domain.naming import Naming
from assetreg.services import persons
from assetreg.services.person_list import NOT_HELD
from assetreg.services.person_traces import everywhere
from assetreg.services.person_words import Traces
from assetreg.services.persons import Forgotten
from assetreg.services.pruning.idle_persons import clear

MOST_NAMED = 10


class StillAssigned(Conflict):
    code = "person_still_assigned"
    message = "Personen har fortfarande enheter: {tags}. Ta hem dem eller ge dem till någon annan först."


class ReasonMissing(Invalid):
    code = "reason_missing"
    message = "Skriv varför personen ska glömmas nu, så att det går att förstå efteråt."


class ReasonNames(Invalid):
    code = "reason_names_person"
    message = "Skriv skälet utan personens namn, e-post eller nummer. Det är just de uppgifterna som tas bort."


class NotConfirmed(Invalid):
    code = "not_confirmed"
    message = "Bekräfta att personen ska glömmas. Det går inte att ångra."


class PersonChanged(Conflict):
    code = "person_changed"
    message = "Personens uppgifter har ändrats sedan du öppnade sidan. Läs om den och gör om."


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What forgetting a person would clear beside the person: texts, rows of files, and files that go whole."""

    texts: int
    rows: int
    files: tuple[str, ...]
    held: tuple[str, ...]


def foresee(session: ScopedSession, row: Person) -> Foreseen:
    """Needs the session of the whole register: what names a person can stand in anybody's file."""
    traces = everywhere(session, Naming([row]))
    return Foreseen(
        texts=len(traces.texts),
        rows=len(traces.rows),
        files=tuple(_file_names(session, traces)),
        held=tuple(held_by(session, row)),
    )


def held_by(session: ScopedSession, row: Person) -> list[str]:
    """The tags of the devices that the person has now, wherever they are; a few of them."""
    wanted = select(Device.tag).where(Device.person_id == row.id, Device.stage.not_in(NOT_HELD))
    return list(session.execute(wanted.order_by(Device.tag).limit(MOST_NAMED)).scalars())


def pseudonymise(
    database: Database, person_id: int, *, reason: str, actor: Actor, version: int | None = None
) -> dict[str, int]:
    """Forgets the person and clears every text, row and file that names them; gives how many of each.

    What names the person is looked for before anything is locked, so what is written meanwhile is not found. The
    caller has seen that the person is in the actor's scope. Raises Denied, Missing, Forgotten, StillAssigned,
    PersonChanged, ReasonMissing or ReasonNames.
    """
    actor.require(Act.ADMINISTER)
    with database.reading(EVERYTHING) as session:
        row = persons.get(session, person_id)
        if row.pseudonymised_at is not None:
            raise Forgotten
        naming = Naming([row])
        _check_reason(naming, reason)
        traces = everywhere(session, naming)
    with database.transaction(EVERYTHING) as session:
        row = persons.get(session, person_id)
        _check(session, row, version)
        persons.forget(session, row, actor=actor, reason=reason)
        return clear(session, traces)


def _check(session: ScopedSession, row: Person, version: int | None) -> None:
    if row.pseudonymised_at is not None:
        raise Forgotten
    held = held_by(session, row)
    if held:
        raise StillAssigned(tags=held)
    if version is not None and version != row.head_seq:
        raise PersonChanged


def _check_reason(naming: Naming, reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing(field="reason")
    if naming.any_of(reason):
        raise ReasonNames(field="reason")


def _file_names(session: ScopedSession, traces: Traces) -> list[str]:
    if not traces.imports:
        return []
    wanted = (
        select(Upload.name)
        .select_from(Upload)
        .join(Import, Import.upload_id == Upload.id)
        .where(Import.id.in_(sorted(traces.imports)))
        .order_by(Upload.id.desc())
        .limit(MOST_NAMED)
    )
    return list(session.execute(wanted).scalars())
