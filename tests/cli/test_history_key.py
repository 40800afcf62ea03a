"""The history key is the register's own, or nothing is written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import func, select

from assetreg.db.catalogue import Setting
from assetreg.db.history import Event
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.services import history_key
from assetreg.services.history_key import STORED_AS, WrongHistoryKey
from tests.cli.conftest import KEYS, Run
from tests.web.fleet import make

OTHER = "en helt annan nyckel, som någon klistrade in av misstag"
OWN = KEYS["ASSETREG_HISTORY_KEY"].encode()
LIST = "serienummer;typ;kommun\nPF3ABC01;laptop;1860\n"


@contextmanager
def opened(key: bytes = OWN) -> Iterator[Database]:
    database = Database(os.environ["ASSETREG_DATABASE_URL"], history_key=key)
    try:
        yield database
    finally:
        database.close()


def events() -> int:
    with opened() as database, database.reading(EVERYTHING) as session:
        return session.execute(select(func.count(Event.id))).scalar_one()


def kept() -> bool:
    with opened() as database, database.reading(EVERYTHING) as session:
        return session.get(Setting, STORED_AS) is not None


def older_register() -> None:
    """A register with a history, from before check values were kept."""
    with opened() as database, database.transaction(EVERYTHING) as session:
        make(session, "1860", 3)


@pytest.mark.parametrize("before", ["new", "older"])
def test_other_key_is_refused_by_every_command_before_anything_is_written(
    assetreg: Run, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    if before == "older":
        older_register()
    else:
        assert assetreg("upgrade").exit == 0
    found = events()
    monkeypatch.setenv("ASSETREG_HISTORY_KEY", OTHER)
    stated = ("user", "add", "anna", "--role", "admin", "--password-stdin")
    for command in (("import", "devices", "-"), ("check",), ("due",), ("upgrade",), stated):
        answer = assetreg(*command, stdin=LIST)
        assert answer.exit == 1
        assert "ASSETREG_HISTORY_KEY är inte den" in answer.err
    assert events() == found
    assert kept() is (before == "new")
    monkeypatch.setenv("ASSETREG_HISTORY_KEY", OWN.decode())
    assert assetreg("import", "devices", "-", stdin=LIST).exit == 0
    assert assetreg("check").exit == 0


def test_older_register_gets_its_check_value_from_the_first_start(assetreg: Run) -> None:
    older_register()
    assert assetreg("due").exit == 0
    assert kept()
    with opened(OTHER.encode()) as database, database.reading(EVERYTHING) as session, pytest.raises(WrongHistoryKey):
        history_key.refuse_other(session, OTHER.encode())


def test_one_forged_event_does_not_make_the_right_key_wrong(assetreg: Run) -> None:
    with opened(OTHER.encode()) as forger, forger.transaction(EVERYTHING) as session:
        make(session, "1861", 1)
    older_register()
    assert assetreg("due").exit == 0
    assert assetreg("check").exit == 1


def test_key_cannot_be_read_from_what_is_kept(assetreg: Run) -> None:
    assetreg("upgrade")
    with opened() as database, database.reading(EVERYTHING) as session:
        row = session.get_one(Setting, STORED_AS)
    assert OWN.decode() not in str(row.value)
    assert len(row.value["value"]) == 64


def test_two_first_starts_with_different_keys_cannot_both_be_let_in(assetreg: Run) -> None:
    with opened() as database, opened(OTHER.encode()) as other:
        history_key.settle(database)
        with pytest.raises(WrongHistoryKey):
            history_key.settle(other)


def test_pages_are_not_ready_with_another_key(assetreg: Run) -> None:
    from assetreg.app import create_app
    from assetreg.config import Settings

    assetreg("upgrade")
    stated = {**os.environ, "ASSETREG_HISTORY_KEY": OTHER}
    with opened(OTHER.encode()) as database:
        answer = create_app(Settings.from_env(stated), database=database).test_client().get("/readyz")
    assert answer.status_code == 503
    assert "inte den" in answer.get_data(as_text=True)
