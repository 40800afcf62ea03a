from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from assetreg.db.account import Account, Login
from assetreg.db.history import Event
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, NOTHING, Actor, Scope, system
from assetreg.domain.errors import Denied
from assetreg.domain.terms import Door, Role
from assetreg.schemas.account import AccountChange, NewAccount, Preferences
from assetreg.services import account_list, account_scope, accounts, logins, passwords
from tests.db import rows

AT = datetime(2026, 11, 20, 11, tzinfo=UTC)
SYSTEM = system(Door.CLI, AT)
PASSWORD = "ett gammalt paraply i hallen"


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def database(database_url: str, history_key: bytes) -> Iterator[Database]:
    """A register without an account."""
    opened = Database(database_url, history_key=history_key)
    yield opened
    opened.close()


def add(database: Database, name: str, role: Role = Role.READER, *places: str, **stated: Any) -> int:
    command = NewAccount(name=name, role=role, password=PASSWORD, places=places, **stated)
    with database.transaction(EVERYTHING) as session:
        return accounts.add(session, command, actor=SYSTEM).id


def by(account: int, role: Role = Role.ADMIN) -> Actor:
    return Actor(account=account, role=role, door=Door.WEB, at=AT)


def events(database: Database, account: int) -> list[tuple[str, dict[str, Any]]]:
    with database.reading(EVERYTHING) as session:
        found = session.execute(
            select(Event.kind, Event.payload)
            .where(Event.subject == "account", Event.subject_id == account)
            .order_by(Event.seq)
        )
        return [(kind, json.loads(payload)) for kind, payload in found]


def test_every_change_is_an_event_without_name_or_password(database: Database) -> None:
    noise, found = add(database, "noise"), add(database, "anna", Role.READER, "1860", display_name="Anna R")
    with database.transaction(EVERYTHING) as session:
        account = accounts.find(session, " ANNA ")
        accounts.set_role(session, account, Role.PLANNER, actor=SYSTEM)
        accounts.set_scope(session, account, ("1861",), actor=SYSTEM)
        accounts.set_expiry(session, account, date(2027, 6, 30), actor=SYSTEM)
        accounts.set_password(session, account, "en helt annan mening här", actor=SYSTEM)
        accounts.disable(session, account, actor=SYSTEM)
        accounts.enable(session, account, actor=SYSTEM)
    kinds = [kind for kind, _ in events(database, found)]
    assert kinds == [
        "account_added",
        "role_changed",
        "scope_changed",
        "expiry_changed",
        "password_set",
        "account_disabled",
        "account_enabled",
    ]
    text = json.dumps(events(database, found)).casefold()
    assert not any(secret in text for secret in ("anna", "argon2", "mening", "paraply"))
    assert [kind for kind, _ in events(database, noise)] == ["account_added"]


def test_what_changes_nothing_is_no_event(database: Database) -> None:
    found = add(database, "anna", Role.READER, "1861", "1860")
    with database.transaction(EVERYTHING) as session:
        account = accounts.get(session, found)
        same = AccountChange(role=Role.READER, places=("1860", "1861", "1860"))
        accounts.change(session, account, same, actor=SYSTEM, version=1)
        accounts.enable(session, account, actor=SYSTEM)
    assert len(events(database, found)) == 1


def test_older_version_changes_nothing(database: Database) -> None:
    found = add(database, "anna")
    with database.transaction(EVERYTHING) as session:
        accounts.disable(session, accounts.get(session, found), actor=SYSTEM)
    wanted = AccountChange(role=Role.ADMIN)
    with database.transaction(EVERYTHING) as session:
        account = accounts.get(session, found)
        with pytest.raises(accounts.AccountChanged):
            accounts.change(session, account, wanted, actor=SYSTEM, version=1)
    with database.reading(NOTHING) as session:
        assert session.execute(select(Account.role)).scalar_one() is Role.READER


@pytest.mark.parametrize("name", ["anna", "ANNA", " Anna ", "ａnna"])
def test_name_is_taken_however_it_is_written(database: Database, name: str) -> None:
    add(database, "Anna")
    with pytest.raises(accounts.AccountExists):
        add(database, name)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_only_administrators_change_accounts(database: Database, role: Role) -> None:
    found, other = add(database, "anna"), add(database, "bertil", role)
    with database.transaction(EVERYTHING) as session:
        account, actor = accounts.get(session, found), by(other, role)
        for act in (accounts.disable, accounts.enable):
            with pytest.raises(Denied):
                act(session, account, actor=actor)
        with pytest.raises(Denied):
            accounts.set_role(session, account, Role.ADMIN, actor=actor)
        with pytest.raises(Denied):
            accounts.set_scope(session, account, (), actor=actor)
        with pytest.raises(Denied):
            accounts.set_password(session, account, "en helt annan mening här", actor=actor)
        with pytest.raises(Denied):
            accounts.add(session, NewAccount(name="ny", role=Role.READER), actor=actor)
        with pytest.raises(Denied):
            account_list.list_accounts(session, actor=actor)


def test_narrow_administrator_makes_no_wider_account(database: Database) -> None:
    narrow = add(database, "anna", Role.ADMIN, "1860")
    with pytest.raises(accounts.WholeScopeNeeded), database.transaction(EVERYTHING) as session:
        accounts.add(session, NewAccount(name="ny", role=Role.ADMIN), actor=by(narrow))


def test_scope_is_everything_or_the_places_given(database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        owner = rows.owner(session, "5555")
        other = rows.owner(session, "6666")
        department = rows.department(session, owner, "Barn och utbildning")
        unit = rows.unit(session, department, "Norra skolan")
        namesake = rows.unit(session, rows.department(session, other, "Skola"), "Norra skolan")
        ids = owner.id, other.id, department.id, unit.id, namesake.id
    stated: dict[tuple[str, ...], Callable[[int], Scope]] = {
        (): Scope.whole,
        ("5555",): lambda a: Scope(owners=frozenset({ids[0]}), touched=frozenset({ids[0]}), account=a),
        ("5555/Barn och utbildning", "6666"): lambda a: Scope(
            owners=frozenset({ids[1]}), departments=frozenset({ids[2]}), touched=frozenset(ids[:2]), account=a
        ),
        ("5555/Norra skolan",): lambda a: Scope(units=frozenset({ids[3]}), touched=frozenset({ids[0]}), account=a),
        ("6666 / Norra skolan",): lambda a: Scope(units=frozenset({ids[4]}), touched=frozenset({ids[1]}), account=a),
    }
    for number, (places, expected) in enumerate(stated.items()):
        found = add(database, f"konto{number}", Role.READER, *places)
        with database.reading(NOTHING) as session:
            account = session.get_one(Account, found)
            assert account_scope.scope_of(session, account) == expected(found)


@pytest.mark.parametrize("place", ["9999", "", "/", "1860/", "1860/Ingenstans", "Laxå", "1860;1861"])
def test_unknown_place_is_refused_and_nothing_is_added(database: Database, place: str) -> None:
    if place == "1860/":
        add(database, "anna", Role.READER, place)
        return
    with pytest.raises(account_scope.UnknownAccountPlace, match="1814"):
        add(database, "anna", Role.READER, place)
    with database.reading(NOTHING) as session:
        assert session.execute(select(Account.id)).all() == []


def test_narrowing_to_an_owner_never_adds_to_the_scope() -> None:
    places = (
        account_scope.PlaceIds(1),
        account_scope.PlaceIds(2, department=20),
        account_scope.PlaceIds(2, department=21, unit=210),
    )
    whole = account_scope.from_places(places, account=7)
    for owner in (1, 2, 3):
        narrow = account_scope.narrowed(whole, places, owner=owner)
        assert narrow.owners <= whole.owners
        assert narrow.departments <= whole.departments
        assert narrow.units <= whole.units
        assert narrow.touched == whole.touched & {owner}
        assert not narrow.everything
    assert account_scope.narrowed(whole, places, owner=2).departments == {20}
    assert account_scope.narrowed(Scope.whole(7), (), owner=2).owners == {2}


def test_list_shows_accounts_by_name_with_their_places(database: Database) -> None:
    add(database, "bertil", Role.ADMIN)
    add(database, "anna", Role.READER, "1861", "1860", expires_on=date(2027, 1, 1))
    with database.reading(EVERYTHING) as session:
        found = account_list.list_accounts(session, actor=SYSTEM)
    assert [(row.name, row.role, row.places, row.expires_on) for row in found] == [
        ("anna", Role.READER, ("1860", "1861"), date(2027, 1, 1)),
        ("bertil", Role.ADMIN, (), None),
    ]


def test_hash_made_with_other_costs_is_made_anew_at_log_in(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    found = add(database, "anna")
    limits = logins.Limits(timedelta(hours=12), timedelta(days=7))

    def log_in() -> str:
        with database.reading(NOTHING) as session:
            tried = logins.candidate(session, "anna", address="10.0.0.1", secret=b"x", at=AT)
        assert passwords.matches(PASSWORD, tried.password_hash)
        fresh = logins.fresh_hash(PASSWORD, tried)
        with database.transaction(NOTHING) as session:
            logins.succeeded(session, tried, agent="", at=AT, limits=limits, fresh_hash=fresh)
            return str(session.get_one(Account, found).password_hash)

    before = log_in()
    assert log_in() == before
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    assert ",t=2," in log_in()


def test_password_changed_while_one_was_compared_lets_nobody_in(database: Database) -> None:
    found = add(database, "anna")
    limits = logins.Limits(timedelta(hours=12), timedelta(days=7))
    with database.reading(NOTHING) as session:
        tried = logins.candidate(session, "anna", address="10.0.0.1", secret=b"x", at=AT)
    with database.transaction(EVERYTHING) as session:
        accounts.set_password(session, accounts.get(session, found), "en helt annan mening här", actor=SYSTEM)
    with pytest.raises(logins.WrongLogin), database.transaction(NOTHING) as session:
        logins.succeeded(session, tried, agent="", at=AT, limits=limits)
    with database.reading(NOTHING) as session:
        assert session.execute(select(Login.id)).all() == []


def test_old_log_ins_are_cleared_away_by_new_ones(database: Database) -> None:
    found, noise = add(database, "anna"), add(database, "bertil")
    limits = logins.Limits(timedelta(hours=12), timedelta(days=7))
    with database.transaction(NOTHING) as session:
        logins.open_for(session, noise, agent="", at=AT - timedelta(days=8))
        logins.open_for(session, noise, agent="", at=AT - timedelta(days=6))
    with database.reading(NOTHING) as session:
        tried = logins.candidate(session, "anna", address="10.0.0.1", secret=b"x", at=AT)
    with database.transaction(NOTHING) as session:
        logins.succeeded(session, tried, agent="", at=AT, limits=limits)
    with database.reading(NOTHING) as session:
        kept = session.execute(select(Login.account_id).order_by(Login.id)).scalars().all()
    assert list(kept) == [noise, found]


def test_preferences_leave_no_trace_in_the_history(database: Database) -> None:
    found = add(database, "anna")
    with database.transaction(NOTHING) as session:
        accounts.prefer(session, accounts.get(session, found), Preferences(language="en", theme="dark"))
    with database.reading(NOTHING) as session:
        assert session.execute(select(Account.language, Account.theme)).one() == ("en", "dark")
    assert len(events(database, found)) == 1
