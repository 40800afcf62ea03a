"""``assetreg check``: recomputes every derived fact with the pure rules, and verifies the whole history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from assetreg.db import figure_fact, protection
from assetreg.db.device import Device
from assetreg.db.label import Label
from assetreg.db.outcome import Outcome
from assetreg.db.session import ScopedSession
from assetreg.db.tally import SORT_COLUMNS, DeviceCount
from assetreg.domain import identifiers
from assetreg.domain.access import EVERYTHING
from assetreg.domain.sentences import Sentence
from assetreg.domain.terms import LabelState, Stage
from assetreg.services import chains, changes, reference, told
from assetreg.services.progress import Progress, silent

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as it should be: what it is about, and a sentence that says what differs."""

    about: str
    sentence: Sentence


def differences(session: ScopedSession, *, progress: Progress = silent) -> Iterator[Difference]:
    """Every difference in the register; none for a whole one. Needs the session of the whole register.

    In a session that has read nothing yet all of it is seen as at one moment, so that people can go on working.
    """
    if session.scope != EVERYTHING:
        raise ValueError("only the whole register can be checked")
    if not session.in_transaction():
        with session.unguarded("a moment belongs to no owner") as connection:
            protection.see_one_moment(connection)
    yield from _protection(session)
    yield from _devices(session, progress)
    yield from _counts(session)
    yield from _outcomes(session)
    yield from _labels(session)
    for subject, fault in chains.faults(session, progress=progress):
        yield Difference(subject, fault)


def _protection(session: ScopedSession) -> Iterator[Difference]:
    with session.unguarded("triggers belong to no owner") as connection:
        missing = protection.missing(connection)
    for name in missing:
        yield Difference(
            "event", Sentence("Skyddet {name} saknas. Kör assetreg upgrade så sätts det på plats.", {"name": name})
        )


def _devices(session: ScopedSession, progress: Progress) -> Iterator[Difference]:
    """The stored facts and keys of every device against what the rules make of its columns."""
    rows = reference.read(session)
    last, done = 0, 0
    while True:
        found = session.execute(select(Device).where(Device.id > last).order_by(Device.id).limit(BATCH))
        batch = list(found.scalars())
        if not batch:
            return
        for device in batch:
            yield from _facts(session, device, rows)
        yield from _figure_facts(session, batch)
        for device, name, stored, right in told.differing(session, batch):
            yield _column(device, name, stored=stored, right=right)
        last, done = batch[-1].id, done + len(batch)
        progress("enheter", done)
        for device in batch:
            session.expunge(device)


def _facts(session: ScopedSession, device: Device, rows: reference.Reference) -> Iterator[Difference]:
    facts = reference.derive(device, rows)
    expected: dict[str, Any] = {name: getattr(facts, name) for name in reference.STORED_FACTS}
    expected["serial_key"] = identifiers.serial_key(device.serial) if device.serial else None
    expected["search_key"] = changes.search_key(session, device)
    for name, value in expected.items():
        if getattr(device, name) != value:
            yield _column(device, name, stored=getattr(device, name), right=value)


def _column(device: Device, name: str, *, stored: object, right: object) -> Difference:
    values = {"name": name, "stored": stored, "right": right}
    return Difference(device.tag, Sentence("{name} är {stored}, men ska vara {right}.", values))


def _figure_facts(session: ScopedSession, devices: Sequence[Device]) -> Iterator[Difference]:
    """What the figures count of each device against what its history says."""
    ids = [device.id for device in devices]
    with session.unguarded("the whole register is checked") as connection:
        right, stored = figure_fact.right(connection, ids), figure_fact.stored(connection, ids)
    wrong = {fact[0] for fact in right ^ stored}
    for device in devices:
        if device.id in wrong:
            yield Difference(device.tag, Sentence("Det som årets siffror räknar stämmer inte med historiken.", {}))


def _counts(session: ScopedSession) -> Iterator[Difference]:
    """The kept counts against a recount."""
    year = func.extract("year", Device.due_on)
    columns = (Device.owner_id, Device.department_id, Device.unit_id, Device.kind, Device.stage, year)
    counted: Counter[tuple[Any, ...]] = Counter()
    for *sort, n in session.execute(select(*columns, func.count(Device.id)).group_by(*columns)):
        owner_id, department_id, unit_id, kind, stage, due = sort
        counted[owner_id, department_id or 0, unit_id or 0, str(kind), str(stage), int(due or 0)] += n
    kept: Counter[tuple[Any, ...]] = Counter()
    for *sort, n in session.execute(select(*(getattr(DeviceCount, name) for name in SORT_COLUMNS), DeviceCount.n)):
        kept[tuple(str(part) if isinstance(part, str) else part for part in sort)] += n
    for key in sorted(set(counted) | set(kept)):
        if counted[key] != kept[key]:
            values = {"stored": kept[key], "right": counted[key]}
            about = " ".join(str(part) for part in key)
            yield Difference(about, Sentence("Antalet är {stored}, men ska vara {right}.", values))


def _outcomes(session: ScopedSession) -> Iterator[Difference]:
    """Each device's outcome against its stage and against the outcomes that hold."""
    standing = select(Outcome.id, Outcome.device_id).where(Outcome.final, Outcome.reversed_at.is_(None)).subquery()
    rows = session.execute(
        select(Device.tag, Device.stage, Device.outcome_id, standing.c.id)
        .outerjoin(standing, standing.c.device_id == Device.id)
        .where((Device.outcome_id.is_not(None)) | (standing.c.id.is_not(None)))
    )
    for tag, stage, stored, right in rows:
        if stored != right:
            values = {"stored": stored, "right": right}
            yield Difference(tag, Sentence("Utfallet är {stored}, men ska vara {right}.", values))
        elif stage is not Stage.DISPOSED:
            yield Difference(tag, Sentence("Enheten har ett utfall, men dess status är {stage}.", {"stage": stage}))


def _labels(session: ScopedSession) -> Iterator[Difference]:
    """Labels that do not lie where their device lies."""
    rows = session.execute(
        select(Label.token, Device.tag)
        .join(Device, Device.id == Label.device_id)
        .where(Label.state == LabelState.ATTACHED, Label.owner_id != Device.owner_id)
    )
    for token, tag in rows:
        yield Difference(tag, Sentence("Etiketten {token} hör till en annan ägare.", {"token": token}))
