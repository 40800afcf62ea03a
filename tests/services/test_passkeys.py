"""Passkeys against a register that trusts neither the browser nor the passkey."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from assetreg.db.account import Account
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, NOTHING, Actor, system
from assetreg.domain.errors import Missing
from assetreg.domain.terms import Door, Role
from assetreg.schemas.account import NewAccount
from assetreg.services import accounts, passkeys, passwords, second_factors
from assetreg.services.passkeys import PasskeyRefused, Site
from tests.soft_passkey import SoftPasskey

AT = datetime(2026, 11, 20, 11, tzinfo=UTC)
SYSTEM = system(Door.CLI, AT)
KEY = b"a key that is kept outside of the database"
SITE = Site("register.example.se", "https://register.example.se", "Sydnärke IT")


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def database(database_url: str, history_key: bytes) -> Iterator[Database]:
    opened = Database(database_url, history_key=history_key)
    yield opened
    opened.close()


def account(database: Database, name: str = "anna") -> int:
    with database.transaction(EVERYTHING) as session:
        command = NewAccount(name=name, role=Role.READER, password="ett gammalt paraply i hallen")
        return accounts.add(session, command, actor=SYSTEM).id


def soft(**stated: Any) -> SoftPasskey:
    return SoftPasskey(**{"host": SITE.host, "origin": SITE.origin, **stated})


def begin(database: Database, of: int) -> tuple[dict[str, Any], str]:
    with database.reading(NOTHING) as session:
        found = session.get_one(Account, of)
        return passkeys.new_options(session, found, site=SITE, key=KEY)


def keep(database: Database, of: int, credential: object, challenge: str, name: str = "Telefonen") -> None:
    actor = Actor(account=of, role=Role.READER, door=Door.WEB, at=AT)
    with database.transaction(EVERYTHING) as session:
        found = accounts.get(session, of)
        passkeys.add(session, found, credential, name=name, challenge=challenge, site=SITE, key=KEY, actor=actor)


def added(database: Database, of: int, **stated: Any) -> SoftPasskey:
    passkey = soft(**stated)
    options, challenge = begin(database, of)
    keep(database, of, passkey.make(options), challenge)
    return passkey


def options_for(database: Database, of: int | None = None) -> tuple[dict[str, Any], str]:
    with database.reading(NOTHING) as session:
        return passkeys.login_options(session, site=SITE, account=of)


def proved(database: Database, credential: object, challenge: str) -> int:
    with database.transaction(NOTHING) as session:
        return passkeys.proved(session, credential, challenge=challenge, site=SITE, at=AT + timedelta(hours=1))


def test_passkey_logs_in_as_its_owner_without_a_name(database: Database) -> None:
    anna, noise = account(database), account(database, "noise")
    first, second, other = added(database, anna), added(database, anna), added(database, noise)
    options, challenge = options_for(database)
    assert options.get("allowCredentials") == []
    assert options["userVerification"] == "required"
    for passkey, owner in ((first, anna), (other, noise), (second, anna)):
        options, challenge = options_for(database)
        assert proved(database, passkey.use(options), challenge) == owner
    with database.reading(NOTHING) as session:
        rows = passkeys.listed(session, anna)
    assert [row.used_at for row in rows] == [AT + timedelta(hours=1)] * 2


def test_options_say_nothing_of_who_it_is_to_strangers_and_name_ones_own(database: Database) -> None:
    anna = account(database)
    passkey = added(database, anna)
    made, _ = begin(database, anna)
    assert [each["id"] for each in made["excludeCredentials"]] == [passkey.name]
    assert made["authenticatorSelection"]["residentKey"] == "required"
    assert made["authenticatorSelection"]["userVerification"] == "required"
    assert "anna" not in made["user"]["id"]
    asked, _ = options_for(database, anna)
    assert [each["id"] for each in asked["allowCredentials"]] == [passkey.name]
    assert options_for(database)[1] != options_for(database)[1]


@pytest.mark.parametrize(
    "stated",
    [
        {"origin": "https://register.example.se.evil.example"},
        {"origin": "http://register.example.se"},
        {"host": "evil.example"},
        {"verifies": False},
    ],
)
def test_passkey_from_elsewhere_or_without_its_owner_is_refused(database: Database, stated: dict[str, Any]) -> None:
    anna = account(database)
    with pytest.raises(PasskeyRefused):
        added(database, anna, **stated)
    passkey = added(database, anna)
    for name, value in stated.items():
        setattr(passkey, name, value)
    options, challenge = options_for(database)
    with pytest.raises(PasskeyRefused):
        proved(database, passkey.use(options), challenge)


def test_answer_to_another_challenge_is_refused(database: Database) -> None:
    anna = account(database)
    options, _ = begin(database, anna)
    with pytest.raises(PasskeyRefused):
        keep(database, anna, soft().make(options), begin(database, anna)[1])
    passkey = added(database, anna)
    options, _ = options_for(database)
    with pytest.raises(PasskeyRefused):
        proved(database, passkey.use(options), options_for(database)[1])


def test_copied_passkey_is_known_by_its_count(database: Database) -> None:
    passkey = added(database, account(database), counts=5)
    copied = copy.copy(passkey)
    for _ in range(3):
        options, challenge = options_for(database)
        proved(database, passkey.use(options), challenge)
    options, challenge = options_for(database)
    with pytest.raises(PasskeyRefused):
        proved(database, copied.use(options), challenge)


def test_passkey_that_does_not_count_is_taken(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = account(database)
    passkey = added(database, anna)
    for _ in range(2):
        passkey.counts = -1
        options, challenge = options_for(database)
        assert proved(database, passkey.use(options), challenge) == anna


def test_another_key_and_another_owner_are_refused(database: Database) -> None:
    anna, bo = account(database), account(database, "bo")
    passkey, others = added(database, anna), added(database, bo)
    options, challenge = options_for(database)
    with pytest.raises(PasskeyRefused):
        proved(database, soft(number=passkey.number, counts=9).use(options), challenge)
    with pytest.raises(PasskeyRefused):
        proved(database, soft().use(options), challenge)
    passkey.handle = others.handle
    with pytest.raises(PasskeyRefused):
        proved(database, passkey.use(options), challenge)


def test_same_passkey_is_not_kept_twice(database: Database) -> None:
    anna, bo = account(database), account(database, "bo")
    passkey = added(database, anna)
    options, challenge = begin(database, bo)
    with pytest.raises(passkeys.PasskeyKnown):
        keep(database, bo, passkey.make(options), challenge)


def test_only_so_many_and_only_ones_own_are_taken_away(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passkeys, "MOST", 2)
    anna, bo = account(database), account(database, "bo")
    for _ in range(2):
        added(database, anna)
    with pytest.raises(passkeys.TooManyPasskeys):
        begin(database, anna)
    with database.reading(NOTHING) as session:
        first, second = passkeys.listed(session, anna)
    for of, mishap in ((bo, Missing), (anna, None)):
        with database.transaction(EVERYTHING) as session:
            row = accounts.get(session, of)
            if mishap:
                with pytest.raises(mishap):
                    second_factors.remove_passkey(session, row, first.id, actor=SYSTEM)
            else:
                second_factors.remove_passkey(session, row, first.id, actor=SYSTEM)
    with database.reading(NOTHING) as session:
        assert [row.id for row in passkeys.listed(session, anna)] == [second.id]


leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
rubbish = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=12), inner), max_leaves=8
)


@given(st.data())
def test_rubbish_is_refused_and_never_a_crash(shared_passkey: tuple[Database, int, SoftPasskey], data: Any) -> None:
    database, anna, passkey = shared_passkey
    made_for, made_challenge = begin(database, anna)
    asked, challenge = options_for(database)
    new, used = soft().make(made_for), passkey.use(asked)
    for document, act in (
        (new, lambda each: keep(database, anna, each, made_challenge)),
        (used, lambda each: proved(database, each, challenge)),
    ):
        with pytest.raises(PasskeyRefused):
            act(spoilt(document, data))


def spoilt(document: dict[str, Any], data: Any) -> Any:
    """The document with rubbish in place of all or one part of it; an owner that is left out is no fault."""
    part, value = data.draw(st.sampled_from([*document, *document["response"], "all"])), data.draw(rubbish)
    if part == "all":
        return value
    if part in document:
        return {**document, part: value}
    return {**document, "response": {**document["response"], part: "AAAA" if part == "userHandle" else value}}


@pytest.fixture(scope="module")
def shared_passkey(databases: Any, history_key: bytes) -> Iterator[tuple[Database, int, SoftPasskey]]:
    url = databases.migrated()
    opened = Database(url, history_key=history_key)
    anna = account(opened)
    yield opened, anna, added(opened, anna)
    opened.close()
    databases.discard(url)
