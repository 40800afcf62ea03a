"""One-time codes, recovery codes, and what takes them away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from assetreg.db.account import Login
from assetreg.db.history import Event
from assetreg.db.second_factor import Authenticator, LoginStep, RecoveryCode
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, NOTHING, Actor, system
from assetreg.domain.errors import Denied
from assetreg.domain.terms import Door, Role
from assetreg.schemas.account import NewAccount
from assetreg.services import accounts, authenticators, chains, login_steps, logins, passwords, recovery_codes, sealing
from assetreg.services import second_factors as factors
from assetreg.services.login_steps import Begun, StepOver

AT = datetime(2026, 11, 20, 11, tzinfo=UTC)
SYSTEM = system(Door.CLI, AT)
KEY = b"a key that is kept outside of the database"
HALF_MINUTE = timedelta(seconds=30)


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def database(database_url: str, history_key: bytes) -> Iterator[Database]:
    opened = Database(database_url, history_key=history_key)
    yield opened
    opened.close()


def add(database: Database, name: str = "anna") -> int:
    with database.transaction(EVERYTHING) as session:
        command = NewAccount(name=name, role=Role.ADMIN, password="ett gammalt paraply i hallen")
        return accounts.add(session, command, actor=SYSTEM).id


def oneself(account: int, at: datetime = AT) -> Actor:
    return Actor(account=account, role=Role.ADMIN, door=Door.WEB, at=at)


def turn_on(database: Database, account: int) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    """An app that is in use, and the recovery codes; the code of AT has been used."""
    with database.transaction(EVERYTHING) as session:
        row = accounts.get(session, account)
        app = pyotp.TOTP(authenticators.begin(session, row, key=KEY, at=AT))
        authenticators.confirm(session, row, app.at(AT), key=KEY, actor=oneself(account))
        return app, recovery_codes.make(session, row, key=KEY, actor=oneself(account))


def passes(database: Database, account: int, code: str, at: datetime) -> bool:
    with database.transaction(EVERYTHING) as session:
        return factors.passes(session, accounts.get(session, account), code, key=KEY, at=at)


def kinds(database: Database, account: int) -> list[str]:
    query = select(Event.kind).where(Event.subject == "account", Event.subject_id == account).order_by(Event.seq)
    with database.reading(EVERYTHING) as session:
        assert list(chains.faults(session)) == []
        return list(session.execute(query).scalars())


def test_app_counts_from_the_first_right_code(database: Database) -> None:
    account, noise = add(database), add(database, "noise")
    turn_on(database, noise)
    with database.transaction(EVERYTHING) as session:
        row = accounts.get(session, account)
        app = pyotp.TOTP(authenticators.begin(session, row, key=KEY, at=AT))
        with pytest.raises(authenticators.WrongCode):
            authenticators.confirm(session, row, "000000", key=KEY, actor=oneself(account))
    assert not passes(database, account, app.at(AT), AT)
    with database.reading(NOTHING) as session:
        assert not factors.needed(session, account)
        assert factors.needed(session, noise)
    with database.transaction(EVERYTHING) as session:
        authenticators.confirm(session, accounts.get(session, account), app.at(AT), key=KEY, actor=oneself(account))
    with database.reading(NOTHING) as session:
        assert factors.needed(session, account)
    assert kinds(database, account) == ["account_added", "authenticator_added"]


def test_code_is_good_once_and_no_older_one_after_it(database: Database) -> None:
    account = add(database)
    app, _ = turn_on(database, account)
    assert not passes(database, account, app.at(AT), AT)
    later = AT + 4 * HALF_MINUTE
    assert passes(database, account, f" {app.at(later)[:3]} {app.at(later)[3:]} ", later)
    assert not passes(database, account, app.at(later), later)
    assert not passes(database, account, app.at(later - HALF_MINUTE), later)
    assert passes(database, account, app.at(later + HALF_MINUTE), later)
    assert not passes(database, account, app.at(later), later + HALF_MINUTE)


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clock_may_be_half_a_minute_wrong(database: Database, *, steps: int, taken: bool) -> None:
    account = add(database)
    app, _ = turn_on(database, account)
    later = AT + timedelta(hours=1)
    assert passes(database, account, app.at(later + steps * HALF_MINUTE), later) is taken


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "None", "0" * 500, "\x00"])
def test_what_is_no_code_is_just_wrong(database: Database, code: str) -> None:
    account = add(database)
    turn_on(database, account)
    assert not passes(database, account, code, AT + timedelta(hours=1))


def test_code_sent_twice_at_once_logs_in_once(database: Database) -> None:
    account = add(database)
    app, codes = turn_on(database, account)
    later = AT + timedelta(hours=1)
    for code in (app.at(later), codes[0]):
        with ThreadPoolExecutor(4) as threads:
            assert sum(threads.map(lambda _, code=code: passes(database, account, code, later), range(4))) == 1


def test_secret_is_read_neither_from_the_database_nor_for_another_account(database: Database) -> None:
    account, other = add(database), add(database, "bo")
    app, codes = turn_on(database, account)
    turn_on(database, other)
    with database.transaction(EVERYTHING) as session:
        rows = {row.account_id: row for row in session.execute(select(Authenticator)).scalars()}
        stored = rows[account].secret
        assert app.secret not in stored
        assert sealing.opened(stored, key=KEY, about=f"authenticator {account}") == app.secret
        assert sealing.opened(stored, key=KEY[::-1], about=f"authenticator {account}") is None
        rows[other].secret = stored
        hashes = set(session.execute(select(RecoveryCode.code_hash)).scalars())
    assert not hashes & set(codes)
    later = AT + timedelta(hours=1)
    assert not passes(database, other, app.at(later), later)
    assert passes(database, account, app.at(later), later)


def test_recovery_code_is_good_once_however_it_is_typed_and_only_for_its_account(database: Database) -> None:
    account, other = add(database), add(database, "bo")
    _, codes = turn_on(database, account)
    turn_on(database, other)
    assert len(set(codes)) == 10
    assert not passes(database, other, codes[0], AT)
    assert passes(database, account, f" {codes[0].upper().replace('-', ' ')}", AT)
    assert not passes(database, account, codes[0], AT)
    with database.reading(NOTHING) as session:
        assert factors.held(session, account).codes_left == 9
    assert kinds(database, account)[-1] == "recovery_code_used"
    with database.transaction(EVERYTHING) as session:
        recovery_codes.make(session, accounts.get(session, account), key=KEY, actor=oneself(account))
    assert not passes(database, account, codes[1], AT)


def test_taking_the_last_factor_away_takes_the_recovery_codes_too(database: Database) -> None:
    account = add(database)
    _, codes = turn_on(database, account)
    with database.transaction(EVERYTHING) as session:
        factors.remove_app(session, accounts.get(session, account), actor=oneself(account))
    with database.reading(NOTHING) as session:
        assert (factors.needed(session, account), factors.held(session, account).codes_left) == (False, 0)
    assert not passes(database, account, codes[0], AT)


def test_reset_is_an_administrators_and_ends_every_log_in(database: Database) -> None:
    account, noise = add(database), add(database, "noise")
    turn_on(database, account)
    turn_on(database, noise)
    with database.transaction(EVERYTHING) as session:
        reader = accounts.add(session, NewAccount(name="läsare", role=Role.READER), actor=SYSTEM).id
        for each in (account, noise):
            logins.open_for(session, each, agent="", at=AT)
            login_steps.begin(session, Begun.SECOND_STEP, at=AT, account=each)
        actor = Actor(account=reader, role=Role.READER, door=Door.WEB, at=AT)
        with pytest.raises(Denied):
            factors.reset(session, accounts.get(session, account), actor=actor)
    with database.transaction(EVERYTHING) as session:
        factors.reset(session, accounts.get(session, account), actor=oneself(noise))
    with database.reading(EVERYTHING) as session:
        assert not factors.needed(session, account)
        assert factors.held(session, noise).codes_left == 10
        for table in (Login, LoginStep):
            assert set(session.execute(select(table.account_id)).scalars()) == {noise}
    assert kinds(database, account)[-1] == "second_factor_reset"
    with database.reading(EVERYTHING) as session:
        told = json.dumps(list(session.execute(select(Event.payload)).scalars()))
    assert "anna" not in told


def test_step_is_the_same_browsers_for_ten_minutes_and_can_be_taken_once(database: Database) -> None:
    account = add(database)
    with database.transaction(NOTHING) as session:
        token, noise = (login_steps.begin(session, Begun.SECOND_STEP, at=AT, account=account) for _ in range(2))
    with database.reading(NOTHING) as session:
        assert login_steps.found(session, token, Begun.SECOND_STEP, at=AT + timedelta(minutes=9)).account == account
        for wrong, kind, at in (
            (token, Begun.PASSKEY_LOGIN, AT),
            (token + "x", Begun.SECOND_STEP, AT),
            (None, Begun.SECOND_STEP, AT),
            (token, Begun.SECOND_STEP, AT + timedelta(minutes=10)),
        ):
            with pytest.raises(StepOver):
                login_steps.found(session, wrong, kind, at=at)

    def take(_: int) -> bool:
        try:
            with database.transaction(NOTHING) as session:
                login_steps.taken(session, token, Begun.SECOND_STEP, at=AT)
        except StepOver:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(take, range(4))) == 1
    with database.transaction(NOTHING) as session:
        login_steps.taken(session, noise, Begun.SECOND_STEP, at=AT)


def test_old_steps_are_cleared_away_by_new_ones(database: Database) -> None:
    with database.transaction(NOTHING) as session:
        for minutes in (0, 5, 11):
            login_steps.begin(session, Begun.PASSKEY_LOGIN, at=AT + timedelta(minutes=minutes))
        assert len(session.execute(select(LoginStep.id)).all()) == 2
