"""The demo fleet in a register: the same from the same seed, true to the rules, with one of every trouble."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, inspect, select

from assetreg.db.account import Account
from assetreg.db.device import Device
from assetreg.db.history import Event
from assetreg.db.label import Label
from assetreg.db.organisation import Group, Owner
from assetreg.db.outcome import Outcome
from assetreg.db.person import Person
from assetreg.db.session import Database, ScopedSession
from assetreg.demo import RegisterNotEmpty, TooFewDevices, build
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.terms import Door, GroupType, Indicator, Kind, LabelState, OutcomeType, Precision, Role, Stage
from assetreg.services import figures, integrity, passwords
from assetreg.services.figures import YearQuestion
from tests.databases import Databases
from tests.demo.conftest import DEVICES, TODAY, Filled, fill

SECRET = {"head_hash"}


def devices(database: Database) -> list[dict[str, Any]]:
    """Every device with all its columns but the hashes, which hold salts."""
    names = [attribute.key for attribute in inspect(Device).column_attrs if attribute.key not in SECRET]
    with database.reading(EVERYTHING) as session:
        rows = session.execute(select(*(getattr(Device, name) for name in names)).order_by(Device.id))
        return [dict(row._mapping) for row in rows]


def count(session: ScopedSession, entity: Any, *conditions: Any) -> int:
    return session.execute(select(func.count(entity.id)).where(*conditions)).scalar_one()


def test_same_seed_makes_the_same_fleet_with_other_secrets(
    filled: Filled, databases: Databases, history_key: bytes
) -> None:
    again = fill(databases, history_key)
    try:
        assert devices(again.database) == devices(filled.database)
        assert replace(again.summary, logins=()) == replace(filled.summary, logins=())
        mine, theirs = ({login.password for login in each.summary.logins} for each in (filled, again))
        assert not mine & theirs
        assert not tokens(filled.database) & tokens(again.database)
    finally:
        again.database.close()


def tokens(database: Database) -> set[str]:
    with database.reading(EVERYTHING) as session:
        return set(session.execute(select(Label.token)).scalars())


def test_both_engines_get_the_same_fleet(filled: Filled, sqlite_databases: Databases, history_key: bytes) -> None:
    if filled.database.is_sqlite:
        pytest.skip("the other run compares")
    other = fill(sqlite_databases, history_key)
    try:
        assert devices(other.database) == devices(filled.database)
    finally:
        other.database.close()


def test_another_seed_makes_another_fleet(filled: Filled, databases: Databases, history_key: bytes) -> None:
    other = fill(databases, history_key, seed=2)
    try:
        assert [row["serial"] for row in devices(other.database)] != [row["serial"] for row in devices(filled.database)]
    finally:
        other.database.close()


def test_register_holds_the_number_asked_for(filled: Filled) -> None:
    with filled.database.reading(EVERYTHING) as session:
        assert count(session, Device) == filled.summary.devices == DEVICES
        assert count(session, Event) == filled.summary.events
        assert count(session, Outcome) == filled.summary.outcomes
        assert count(session, Person) == filled.summary.persons


def test_check_finds_nothing(filled: Filled) -> None:
    with filled.database.reading(EVERYTHING) as session:
        assert list(integrity.differences(session)) == []


def test_history_reads_as_if_it_had_happened(filled: Filled) -> None:
    with filled.database.reading(EVERYTHING) as session:
        rows = session.execute(
            select(Event.subject_id, Event.at, Event.on, Event.door)
            .where(Event.subject == "device")
            .order_by(Event.subject_id, Event.seq)
        ).all()
    last = None
    for row in rows:
        assert row.door is Door.DEMO
        assert row.at.date() < TODAY
        assert row.on is None or row.on <= row.at.date()
        if last is not None and last.subject_id == row.subject_id:
            assert last.at <= row.at
        last = row
    assert min(row.at for row in rows).date() < date(2020, 12, 1)


def test_a_register_in_use_is_left_alone(filled: Filled) -> None:
    before = devices(filled.database)
    with pytest.raises(RegisterNotEmpty):
        build(filled.database, seed=2, today=TODAY, devices=DEVICES)
    assert devices(filled.database) == before


def test_too_small_a_fleet_is_refused(filled: Filled) -> None:
    with pytest.raises(TooFewDevices):
        build(filled.database, today=TODAY, devices=99)


def test_every_role_can_log_in(filled: Filled) -> None:
    with filled.database.reading(EVERYTHING) as session:
        accounts = {row.name: row for row in session.execute(select(Account)).scalars()}
    assert {login.role for login in filled.summary.logins} == set(Role)
    for login in filled.summary.logins:
        account = accounts[login.name]
        assert account.role is login.role
        assert passwords.matches(login.password, account.password_hash)
    assert accounts["lekeberg"].whole is False
    assert accounts["revisor"].expires_on == date(2027, 11, 21)


def test_one_year_is_known_as_totals_only(filled: Filled) -> None:
    actor = system(Door.CLI, filled_at(filled))
    with filled.database.reading(EVERYTHING) as session:
        report = figures.report(session, YearQuestion(2023), actor=actor)
    for indicator, headline, target in ((Indicator.I1, 864, 1100), (Indicator.I2, 25, 50)):
        row = report.row(indicator)
        assert row is not None
        assert (row.figures.headline, row.figures.target, row.figures.totals_only) == (headline, target, True)


def filled_at(filled: Filled) -> Any:
    with filled.database.reading(EVERYTHING) as session:
        return session.execute(select(func.max(Event.at))).scalar_one()


def _stage(stage: Stage) -> Callable[[ScopedSession], int]:
    return lambda session: count(session, Device, Device.stage == stage)


def _outcome(*conditions: Any) -> Callable[[ScopedSession], int]:
    return lambda session: count(session, Outcome, *conditions)


def _device(*conditions: Any) -> Callable[[ScopedSession], int]:
    return lambda session: count(session, Device, *conditions)


def _event(kind: str) -> Callable[[ScopedSession], int]:
    return lambda session: count(session, Event, Event.kind == kind)


def _same_serial(session: ScopedSession) -> int:
    same = select(Device.serial_key).where(Device.serial_key.is_not(None)).group_by(Device.serial_key)
    return len(session.execute(same.having(func.count(Device.id) == 2)).all())


def _old_numbers(session: ScopedSession) -> int:
    rows = select(func.count(Device.id)).join(Owner, Owner.id == Device.owner_id)
    return session.execute(rows.where(Owner.code == "1860", Device.bare_tag.is_not(None))).scalar_one()


def _left_with_device(session: ScopedSession) -> int:
    rows = select(func.count(Device.id)).join(Person, Person.id == Device.person_id)
    return session.execute(rows.where(Person.left_on.is_not(None))).scalar_one()


TROUBLES = {
    "no purchase date": _device(Device.purchased_on.is_(None), Device.stage == Stage.DEPLOYED),
    "the same serial twice": _same_serial,
    "junk serial under an old number": _device(
        Device.serial.is_not(None), Device.serial_key.is_(None), Device.bare_tag.is_not(None)
    ),
    "older register's numbers": _old_numbers,
    "rejected by the partner": _outcome(Outcome.type == OutcomeType.RETURNED_REJECTED),
    "reversed and standing reversed": _outcome(Outcome.reversed_at.is_not(None), Outcome.year < 2026),
    "certificate to follow": _outcome(Outcome.erasure_pending),
    "stolen": _stage(Stage.STOLEN),
    "missing": _stage(Stage.MISSING),
    "dispatched and pending": _stage(Stage.DISPATCHED),
    "in repair": _stage(Stage.IN_REPAIR),
    "overdue loan": _device(Device.loan_until < TODAY, Device.stage == Stage.ON_LOAN),
    "loan that runs": _device(Device.loan_until >= TODAY, Device.stage == Stage.ON_LOAN),
    "ended without outcome": _device(Device.stage == Stage.DISPOSED, Device.outcome_id.is_(None)),
    "ordered": _stage(Stage.ORDERED),
    "handed over": _event("transferred"),
    "swapped": _device(Device.replaces_id.is_not(None)),
    "outcome reversed": _event("outcome_reversed"),
    "bought some month": _device(Device.purchased_precision == Precision.MONTH),
    "person who left": _left_with_device,
    "label replaced": lambda session: count(session, Label, Label.state == LabelState.REPLACED),
    "blank labels": lambda session: count(session, Label, Label.state == LabelState.BLANK),
    "void label": lambda session: count(session, Label, Label.state == LabelState.VOID),
    "class of this school year": lambda session: count(session, Group, Group.school_year == 2026),
    "cart": lambda session: count(session, Group, Group.type == GroupType.CART),
    "internal reuse": _outcome(Outcome.type == OutcomeType.INTERNAL_REUSE),
    "pupil's tablet in a class": _device(Device.kind == Kind.TABLET, Device.group_id.is_not(None)),
}


@pytest.mark.parametrize("trouble", sorted(TROUBLES))
def test_trouble_is_there(filled: Filled, trouble: str) -> None:
    with filled.database.reading(EVERYTHING) as session:
        assert TROUBLES[trouble](session) > 0


def test_swapped_devices_name_each_other(filled: Filled) -> None:
    with filled.database.reading(EVERYTHING) as session:
        rows = session.execute(select(Device.id, Device.replaces_id, Device.replaced_by_id)).all()
    pairs = {row.id: row.replaces_id for row in rows if row.replaces_id is not None}
    back = {row.replaced_by_id: row.id for row in rows if row.replaced_by_id is not None}
    assert pairs
    assert pairs == back


def test_found_device_is_in_use_again(filled: Filled) -> None:
    with filled.database.reading(EVERYTHING) as session:
        found = session.execute(
            select(Device.stage, Device.outcome_id)
            .join(Outcome, Outcome.device_id == Device.id)
            .where(Outcome.type == OutcomeType.LOST_OR_STOLEN, Outcome.reversed_at.is_not(None))
        ).all()
    assert [(row.stage, row.outcome_id) for row in found] == [(Stage.DEPLOYED, None)]
