"""The register extract of one person (GDPR article 15): everything that is kept, and where it was looked for.

Looked through are the person's own row, the devices they have had, every free text, the rows of files that are still
kept, host names, receivers of outcomes, and the log of who has read. What is looked for is in ``person_traces``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from assetreg.db.account import Account
from assetreg.db.device import Device
from assetreg.db.history import Event, FreeText
from assetreg.db.intake import Import, ImportRow, Upload
from assetreg.db.outcome import Outcome
from assetreg.db.person import Assignment, Person
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.domain.errors import Missing
from assetreg.domain.naming import Naming
from assetreg.domain.retention import ReadWhat
from assetreg.domain.sentences import Phrase
from assetreg.domain.terms import Term
from assetreg.outputs.sheet import About, Column, Sheet
from assetreg.services import person_list, reading_log
from assetreg.services.exports_about import about
from assetreg.services.person_list import PersonRow
from assetreg.services.person_traces import everywhere

AT_ONCE = 500
COLUMNS = (
    *(Column("part", "del"), Column("what", "uppgift"), Column("value", "innehåll")),
    *(Column("from", "från", "datetime"), Column("to", "till", "datetime")),
)


class ExtractPart(Term):
    """The parts of an extract, in their order."""

    PERSON = "person", "Personen", "The person"
    DEVICES = "devices", "Enheter som personen har eller har haft", "Devices the person has or has had"
    TEXTS = "texts", "Fritext som nämner personen", "Free text that names the person"
    FILES = "files", "Rader i inlästa filer", "Rows of imported files"
    FIELDS = "fields", "Datornamn och mottagare", "Host names and receivers"
    EVENTS = "events", "Vad registret har gjort med uppgifterna", "What the register has done with the data"
    READERS = "readers", "Vilka som har läst om personen", "Who has read about the person"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is kept: what it is, what it says, and since when or from when to when.

    ``what`` is a Phrase or a Term where the word is ours, else data: a tag, a file's name.
    """

    part: ExtractPart
    what: str
    value: str
    at: datetime | None = None
    until: datetime | None = None

    @property
    def swedish(self) -> str:
        return self.what.sv if isinstance(self.what, Term) else self.what


@dataclass(frozen=True, slots=True)
class Extract:
    person: PersonRow
    facts: tuple[Fact, ...]

    def of(self, part: ExtractPart) -> tuple[Fact, ...]:
        return tuple(fact for fact in self.facts if fact.part is part)

    def sheet(self) -> Sheet:
        rows = ([fact.part.sv, fact.swedish, fact.value, fact.at, fact.until] for fact in self.facts)
        return Sheet("Registerutdrag", COLUMNS, rows)

    def about(self, *, actor: Actor) -> About:
        facts = {"Person": self.person.name, "Ägare": self.person.owner, "Genomsökt": SEARCHED}
        return about("Registerutdrag", facts, actor=actor)


SEARCHED = (
    "Personregistret, enheter personen har haft, all fritext, rader i inlästa filer som finns kvar, datornamn, "
    "mottagare av utfall och läsloggen. Sökt är hela namnet, e-postadressen och numret. Enbart förnamn, smeknamn "
    "och felstavningar hittas inte, inte heller säkerhetskopior och filer som har hämtats ut."
)


def read(session: ScopedSession, person_id: int, *, actor: Actor) -> Extract:
    """Everything about the person, and a row in the log that it was taken out.

    Needs a writing session of the whole register: what names a person can stand in anybody's file. The caller has
    seen that the person is in the actor's scope. Raises Denied or Missing.
    """
    actor.require(Act.ADMINISTER)
    row = session.get(Person, person_id)
    shown = person_list.one(session, person_id, actor=actor)
    if row is None or shown is None:
        raise Missing
    facts = (*_kept(row, shown), *_devices(session, row), *_named(session, row), *_events(session, row))
    readers = tuple(_readers(session, row))
    reading_log.at_once(session, ReadWhat.EXTRACT, actor=actor, person=person_id)
    return Extract(shown, (*facts, *readers))


def _kept(row: Person, shown: PersonRow) -> Iterator[Fact]:
    values = {
        Phrase("Namn"): shown.name,
        Phrase("E-post"): shown.email,
        Phrase("Nummer"): shown.external_id,
        Phrase("Ägare"): shown.owner,
        Phrase("Förvaltning"): shown.department,
        Phrase("Enhet"): shown.unit,
        Phrase("Slutade"): shown.left_on.isoformat() if shown.left_on else None,
    }
    for what, value in values.items():
        if value:
            yield Fact(ExtractPart.PERSON, what, value)
    if row.created_at is not None:
        yield Fact(ExtractPart.PERSON, Phrase("I registret"), "", row.created_at, row.pseudonymised_at)


def _devices(session: ScopedSession, row: Person) -> Iterator[Fact]:
    for had in person_list.held(session, row.id):
        yield Fact(ExtractPart.DEVICES, had.tag or "", had.model, had.started_at, had.ended_at)


def _named(session: ScopedSession, row: Person) -> Iterator[Fact]:
    if row.pseudonymised_at is not None:
        return
    traces = everywhere(session, Naming([row]))
    yield from _texts(session, row.id, sorted(traces.texts))
    yield from _rows(session, sorted(traces.rows))
    yield from _fields(session, row)


def _texts(session: ScopedSession, person: int, ids: Sequence[int]) -> Iterator[Fact]:
    """The texts, and where they stand when that is at a device the person has had."""
    told = (
        select(Event.text_id, Event.at, Device.tag, Device.note_id)
        .select_from(Assignment)
        .join(Device, Device.id == Assignment.device_id)
        .join(Event, Event.subject_id == Device.id)
        .where(Assignment.person_id == person, Event.subject == Device.__tablename__)
    )
    places: dict[int | None, tuple[str, datetime | None]] = {}
    for text, at, tag, note in session.execute(told):
        places.setdefault(note, (tag, None))
        places[text] = (tag, at)
    for some in _batches(ids):
        for text, body in session.execute(select(FreeText.id, FreeText.body).where(FreeText.id.in_(some))):
            where, since = places.get(text, ("", None))
            yield Fact(ExtractPart.TEXTS, where, body or "", since)


def _rows(session: ScopedSession, ids: Sequence[int]) -> Iterator[Fact]:
    for some in _batches(ids):
        rows = session.execute(
            select(ImportRow.number, ImportRow.cells, Import.headers, Import.created_at, Upload.name)
            .select_from(ImportRow)
            .join(Import, Import.id == ImportRow.import_id)
            .join(Upload, Upload.id == Import.upload_id)
            .where(ImportRow.id.in_(some))
            .order_by(ImportRow.id)
        )
        for row in rows:
            said = (f"{head}: {cell}" for head, cell in zip(row.headers, row.cells, strict=False) if cell)
            yield Fact(ExtractPart.FILES, f"{row.name}, rad {row.number}", ", ".join(said), row.created_at)


def _fields(session: ScopedSession, row: Person) -> Iterator[Fact]:
    words = [word for word in (row.name, row.external_id, (row.email or "").partition("@")[0]) if word]
    hosts = or_(*(Device.hostname.icontains(word, autoescape=True) for word in words))
    for tag, hostname in session.execute(select(Device.tag, Device.hostname).where(hosts).limit(AT_ONCE)):
        yield Fact(ExtractPart.FIELDS, tag, hostname or "")
    names = [word for word in (row.name, row.email) if word]
    received = or_(*(Outcome.receiver.icontains(word, autoescape=True) for word in names))
    outcomes = select(Device.tag, Outcome.receiver, Outcome.registered_at).join(Device, Device.id == Outcome.device_id)
    for tag, receiver, at in session.execute(outcomes.where(received).limit(AT_ONCE)) if names else ():
        yield Fact(ExtractPart.FIELDS, tag, receiver or "", at)


EVENTS = {"left": Phrase("Slutdatum ändrat"), "pseudonymised": Phrase("Pseudonymiserad")}


def _events(session: ScopedSession, row: Person) -> Iterator[Fact]:
    told = (
        select(Event.kind, Event.at, Account.display_name)
        .select_from(Event)
        .outerjoin(Account, Account.id == Event.actor_id)
        .where(Event.subject == Person.__tablename__, Event.subject_id == row.id)
        .order_by(Event.seq)
    )
    for kind, at, by in session.execute(told):
        yield Fact(ExtractPart.EVENTS, EVENTS.get(kind, kind), by or "Registret", at)


def _readers(session: ScopedSession, row: Person) -> Iterator[Fact]:
    for at, account, what in reading_log.readers_of(session, row.id):
        yield Fact(ExtractPart.READERS, what, account or "Kommandoraden", at)


def _batches(ids: Sequence[int]) -> Iterator[Any]:
    for start in range(0, len(ids), AT_ONCE):
        yield list(ids[start : start + AT_ONCE])
