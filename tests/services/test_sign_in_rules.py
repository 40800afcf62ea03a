from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from assetreg.db.history import Event
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, Actor, system
from assetreg.domain.errors import Denied, InvalidInput, Missing
from assetreg.domain.sign_in import ClaimKind
from assetreg.domain.terms import Door, Role
from assetreg.schemas.account import NewAccount
from assetreg.schemas.sign_in import rule_input
from assetreg.services import account_scope, accounts, chains, sign_in_rules

AT = datetime(2026, 11, 20, 11, tzinfo=UTC)
SYSTEM = system(Door.CLI, AT)
STATED = {"claim": "app_role", "value": "Tekniker.Laxa", "role": "technician", "sees": "some", "owners": ["1860"]}


@pytest.fixture
def database(database_url: str, history_key: bytes) -> Iterator[Database]:
    opened = Database(database_url, history_key=history_key)
    yield opened
    opened.close()


def add(database: Database, **stated: Any) -> int:
    with database.transaction(EVERYTHING) as session:
        return sign_in_rules.add(session, rule_input({**STATED, **stated}), actor=SYSTEM).id


def listed(database: Database) -> list[tuple[str, Role, tuple[str, ...], int]]:
    with database.reading(EVERYTHING) as session:
        rows = sign_in_rules.listed(session, actor=SYSTEM)
    return [(row.value, row.role, row.places, row.position) for row in rows]


def kinds(database: Database, rule: int) -> list[tuple[str, dict[str, Any]]]:
    query = select(Event.kind, Event.payload).where(Event.subject == "sign_in_rule", Event.subject_id == rule)
    with database.reading(EVERYTHING) as session:
        assert list(chains.faults(session)) == []
        return [(kind, json.loads(payload)) for kind, payload in session.execute(query.order_by(Event.seq))]


def test_rules_come_in_their_order_with_their_places(database: Database) -> None:
    add(database, value="Sist")
    add(database, value="Först", position="5", owners=["1882", "1861"])
    add(database, claim="group", value=" ABC-1 ", sees="all", owners=[], role="admin")
    assert listed(database) == [
        ("Först", Role.TECHNICIAN, ("1861", "1882"), 5),
        ("Sist", Role.TECHNICIAN, ("1860",), 10),
        ("abc-1", Role.ADMIN, (), 20),
    ]
    with database.reading(EVERYTHING) as session:
        found = {rule.value: rule for rule in sign_in_rules.rules(session)}
    assert (found["abc-1"].whole, found["abc-1"].places) == (True, frozenset())
    assert (found["Först"].whole, len(found["Först"].places)) == (False, 2)


def test_each_change_is_an_event_and_what_changes_nothing_is_none(database: Database) -> None:
    noise, number = add(database, value="Noise"), add(database)
    for stated in (STATED, {**STATED, "owners": ["1861"]}, {**STATED, "owners": ["1861"]}):
        with database.transaction(EVERYTHING) as session:
            rule = sign_in_rules.get(session, number)
            sign_in_rules.change(session, rule, rule_input(stated), actor=SYSTEM)
    with database.transaction(EVERYTHING) as session:
        sign_in_rules.remove(session, sign_in_rules.get(session, number), actor=SYSTEM)
    told = kinds(database, number)
    assert [kind for kind, _ in told] == ["sign_in_rule_added", "sign_in_rule_changed", "sign_in_rule_removed"]
    assert told[1][1]["before"]["places"] != told[1][1]["after"]["places"]
    assert [value for value, *_ in listed(database)] == ["Noise"]
    assert len(kinds(database, noise)) == 1


def test_removed_rule_is_gone_and_its_value_free(database: Database) -> None:
    number = add(database)
    with pytest.raises(sign_in_rules.RuleExists):
        add(database)
    with database.transaction(EVERYTHING) as session:
        sign_in_rules.remove(session, sign_in_rules.get(session, number), actor=SYSTEM)
    with database.reading(EVERYTHING) as session:
        with pytest.raises(Missing):
            sign_in_rules.one(session, number, actor=SYSTEM)
        with pytest.raises(sign_in_rules.UnknownRule):
            sign_in_rules.find(session, ClaimKind.APP_ROLE, "Tekniker.Laxa")
    assert add(database) != number


def test_older_version_and_anothers_value_change_nothing(database: Database) -> None:
    add(database, value="Annan")
    number = add(database)
    before = listed(database)
    for mishap, stated, version in (
        (sign_in_rules.RuleChanged, STATED, 0),
        (sign_in_rules.RuleExists, {**STATED, "value": "Annan"}, 1),
    ):
        with database.transaction(EVERYTHING) as session:
            rule = sign_in_rules.get(session, number)
            with pytest.raises(mishap):
                sign_in_rules.change(session, rule, rule_input(stated), actor=SYSTEM, version=version)
    assert listed(database) == before


def test_only_administrators_of_everything_write_rules(database: Database) -> None:
    number = add(database)
    with database.transaction(EVERYTHING) as session:
        planner = accounts.add(session, NewAccount(name="anna", role=Role.PLANNER), actor=SYSTEM).id
        narrow = accounts.add(session, NewAccount(name="bo", role=Role.ADMIN, places=("1860",)), actor=SYSTEM).id
    for account, role in ((planner, Role.PLANNER), (narrow, Role.ADMIN)):
        actor = Actor(account=account, role=role, door=Door.WEB, at=AT)
        with database.transaction(EVERYTHING) as session:
            rule = sign_in_rules.get(session, number)
            wider = rule_input({**STATED, "value": "Ny", "sees": "all", "owners": []})
            with pytest.raises(Denied):
                sign_in_rules.add(session, wider, actor=actor)
            with pytest.raises(Denied):
                sign_in_rules.change(session, rule, wider, actor=actor)
            with pytest.raises(Denied):
                sign_in_rules.remove(session, rule, actor=actor)
    assert len(listed(database)) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"owners": []}, "owners"),
        ({"sees": "", "owners": []}, "owners"),
        ({"sees": "all"}, "owners"),
        ({"value": " "}, "value"),
        ({"claim": "email"}, "claim"),
        ({"role": ""}, "role"),
        ({"role": "auditor"}, "expires"),
        ({"position": "0"}, "position"),
        ({"position": "10000"}, "position"),
        ({"position": "first"}, "position"),
        ({"expires": "2027"}, "expires"),
    ],
)
def test_rule_that_says_too_little_is_refused_beside_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        rule_input({**STATED, **changes})
    assert list(caught.value.by_field()) == [field]


def test_unknown_place_is_refused_and_nothing_is_added(database: Database) -> None:
    with pytest.raises(account_scope.UnknownAccountPlace):
        add(database, owners=["1860", "9999"])
    assert listed(database) == []


def test_auditors_rule_ends(database: Database) -> None:
    add(database, role="auditor", expires="2027-06-30")
    with database.reading(EVERYTHING) as session:
        (row,) = sign_in_rules.listed(session, actor=SYSTEM)
    assert row.ends_on == date(2027, 6, 30)
