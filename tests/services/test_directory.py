"""Logging in with the municipality's account: what is made, what is changed, and who is turned away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from assetreg.db.account import Account
from assetreg.db.history import Event
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, NOTHING, system
from assetreg.domain.sign_in import ClaimKind, GroupsLeftOut, Identity
from assetreg.domain.terms import Door, Role
from assetreg.schemas.account import NewAccount
from assetreg.schemas.sign_in import RuleInput
from assetreg.services import accounts, chains, directory, logins, sign_in_rules

AT = datetime(2026, 11, 20, 11, tzinfo=UTC)
SYSTEM = system(Door.CLI, AT)
LIMITS = logins.Limits(timedelta(hours=48), timedelta(days=7))
ANNA = Identity("https://login.example", "oid-1", "Anna.R@Kommun.example", "Anna Ring", frozenset({"Läsare"}))


@pytest.fixture
def database(database_url: str, history_key: bytes) -> Iterator[Database]:
    """A register with an account and a rule that have nothing to do with it."""
    opened = Database(database_url, history_key=history_key)
    with opened.transaction(EVERYTHING) as session:
        accounts.add(session, NewAccount(name="noise", role=Role.ADMIN), actor=SYSTEM)
    rule(opened, "Ingen", Role.ADMIN)
    yield opened
    opened.close()


def rule(database: Database, value: str, role: Role = Role.READER, *places: str, **stated: Any) -> int:
    usual = {"claim": ClaimKind.APP_ROLE, "value": value, "role": role, "whole": not places, "places": places}
    with database.transaction(EVERYTHING) as session:
        return sign_in_rules.add(session, RuleInput(**{**usual, **stated}), actor=SYSTEM).id


def remove(database: Database, number: int) -> None:
    with database.transaction(EVERYTHING) as session:
        sign_in_rules.remove(session, sign_in_rules.get(session, number), actor=SYSTEM)


def enter(database: Database, who: Identity, *, at: datetime = AT) -> str:
    with database.transaction(EVERYTHING) as session:
        return directory.enter(session, who, agent="Firefox", at=at, limits=LIMITS)


def visitor(database: Database, token: str, *, at: datetime = AT) -> logins.Visitor | None:
    with database.reading(NOTHING) as session:
        return logins.visitor(session, token, at=at, limits=LIMITS)


def known(database: Database, token: str) -> logins.Visitor:
    found = visitor(database, token)
    assert found is not None
    return found


def events(database: Database, account: int) -> list[tuple[str, dict[str, Any]]]:
    query = select(Event.kind, Event.payload).where(Event.subject == "account", Event.subject_id == account)
    with database.reading(EVERYTHING) as session:
        return [(kind, json.loads(payload)) for kind, payload in session.execute(query.order_by(Event.seq))]


def test_account_is_made_the_first_time_and_found_again(database: Database) -> None:
    number = rule(database, "Läsare", Role.READER, "1860")
    first, second = (known(database, enter(database, ANNA)) for _ in range(2))
    assert (first.account, first.name, first.display_name) == (second.account, "anna.r@kommun.example", "Anna Ring")
    assert (first.role, first.directory, first.scope.everything) == (Role.READER, True, False)
    assert len(first.places) == 1
    kinds = events(database, first.account)
    assert [kind for kind, _ in kinds] == ["account_added"]
    assert kinds[0][1]["rules"] == [number]
    assert "Anna" not in json.dumps(kinds)
    with database.reading(EVERYTHING) as session:
        assert list(chains.faults(session)) == []


def test_person_is_known_by_subject_and_never_by_name(database: Database) -> None:
    rule(database, "Läsare")
    with database.transaction(EVERYTHING) as session:
        local = accounts.add(session, NewAccount(name="anna.r@kommun.example", role=Role.ADMIN), actor=SYSTEM).id
    first = known(database, enter(database, ANNA))
    other = known(database, enter(database, replace(ANNA, subject="oid-2")))
    elsewhere = known(database, enter(database, replace(ANNA, issuer="https://other.example")))
    assert len({local, first.account, other.account, elsewhere.account}) == 4
    assert first.role is Role.READER
    married = known(database, enter(database, replace(ANNA, login_name="anna.b@kommun.example", display_name="Anna B")))
    assert (married.account, married.display_name) == (first.account, "Anna B")


def test_rules_are_read_anew_and_each_difference_is_an_event(database: Database) -> None:
    rule(database, "Läsare", Role.READER, "1860")
    rule(database, "Tekniker", Role.TECHNICIAN, "1861", "1882", position=1)
    before = enter(database, ANNA)
    known(database, before)
    after = known(database, enter(database, replace(ANNA, app_roles=frozenset({"Läsare", "Tekniker"}))))
    assert (after.role, len(after.places)) == (Role.TECHNICIAN, 2)
    assert visitor(database, before) is None
    told = events(database, after.account)
    assert [kind for kind, _ in told] == ["account_added", "role_changed", "scope_changed"]
    assert told[1][1]["after"] == "technician"
    assert known(database, enter(database, replace(ANNA, app_roles=frozenset({"Tekniker"})))).role is Role.TECHNICIAN
    assert len(events(database, after.account)) == 3


def test_nobody_without_a_rule_gets_in_or_gets_an_account(database: Database) -> None:
    rule(database, "Tekniker")
    with pytest.raises(directory.NoRuleFits, match="Entra ID"):
        enter(database, ANNA)
    with database.reading(NOTHING) as session:
        assert session.execute(select(func.count(Account.id))).scalar_one() == 1


def test_whoever_is_turned_away_is_logged_out_everywhere(database: Database) -> None:
    number = rule(database, "Läsare")
    anna, noise = enter(database, ANNA), enter(database, replace(ANNA, subject="oid-2"))
    remove(database, number)
    assert visitor(database, anna) is not None
    with pytest.raises(directory.NoRuleFits):
        enter(database, ANNA)
    with database.transaction(EVERYTHING) as session:
        directory.shut_out(session, ANNA)
    assert visitor(database, anna) is None
    assert visitor(database, noise) is not None


def test_groups_left_out_are_refused_only_where_a_rule_needs_them(database: Database) -> None:
    rule(database, "Läsare")
    many = replace(ANNA, groups_left_out=True)
    assert known(database, enter(database, many)).role is Role.READER
    rule(database, "g-1", Role.ADMIN, claim=ClaimKind.GROUP)
    with pytest.raises(GroupsLeftOut):
        enter(database, many)


def test_closed_account_stays_closed_and_its_sessions_end_at_once(database: Database) -> None:
    rule(database, "Läsare")
    anna, noise = enter(database, ANNA), enter(database, replace(ANNA, subject="oid-2"))
    with database.transaction(EVERYTHING) as session:
        accounts.disable(session, accounts.get(session, known(database, anna).account), actor=SYSTEM)
    assert visitor(database, anna) is None
    assert visitor(database, noise) is not None
    with pytest.raises(directory.DirectoryAccountClosed):
        enter(database, ANNA)


def test_auditor_is_let_in_through_the_last_day(database: Database) -> None:
    number = rule(database, "Läsare", Role.AUDITOR, ends_on=date(2026, 11, 21))
    token = enter(database, ANNA)
    assert visitor(database, token, at=AT + timedelta(days=1, hours=11)) is not None
    after = AT + timedelta(days=1, hours=13)
    assert visitor(database, token, at=after) is None
    with pytest.raises(directory.NoRuleFits):
        enter(database, ANNA, at=after)
    remove(database, number)
    rule(database, "Läsare", Role.AUDITOR, ends_on=date(2026, 12, 31))
    assert visitor(database, enter(database, ANNA, at=after), at=after) is not None


def test_account_has_no_password_and_its_role_is_not_set_by_hand(database: Database) -> None:
    rule(database, "Läsare")
    found = known(database, enter(database, ANNA)).account
    acts: list[Any] = [
        lambda session, account: accounts.set_password(session, account, "en helt annan mening här", actor=SYSTEM),
        lambda session, account: accounts.set_role(session, account, Role.ADMIN, actor=SYSTEM),
        lambda session, account: accounts.set_scope(session, account, ("1860",), actor=SYSTEM),
        lambda session, account: accounts.set_expiry(session, account, date(2030, 1, 1), actor=SYSTEM),
    ]
    for act in acts:
        with pytest.raises((accounts.NoPassword, accounts.FromDirectory)), database.transaction(EVERYTHING) as session:
            act(session, accounts.get(session, found))
    with database.reading(NOTHING) as session:
        tried = logins.candidate(session, "anna.r@kommun.example", address="10.0.0.1", secret=b"x", at=AT)
    assert tried.password_hash is None


@pytest.mark.parametrize("name", ["", "x" * 120, "noise", "Åsa Öberg"])
def test_any_login_name_gives_an_account(database: Database, name: str) -> None:
    rule(database, "Läsare")
    found = known(database, enter(database, replace(ANNA, login_name=name, display_name="")))
    assert 0 < len(found.name) <= 80
    assert found.name != "noise"


def test_two_first_log_ins_at_once_make_one_account(database: Database) -> None:
    rule(database, "Läsare")
    with ThreadPoolExecutor(4) as threads:
        tokens = list(threads.map(lambda _: enter(database, ANNA), range(4)))
    assert len({known(database, token).account for token in tokens}) == 1


def test_session_is_ended_by_the_name_the_directory_has_for_it(database: Database) -> None:
    rule(database, "Läsare")
    one, two = (enter(database, replace(ANNA, session=f"s-{n}")) for n in (1, 2))
    with database.reading(NOTHING) as session:
        assert logins.known_sid(session, "https://other.example", "s-1") == []
        assert logins.known_sid(session, ANNA.issuer, "") == []
        ids = logins.known_sid(session, ANNA.issuer, "s-1")
    with database.transaction(NOTHING) as session:
        logins.end_each(session, ids)
    assert visitor(database, one) is None
    assert visitor(database, two) is not None
