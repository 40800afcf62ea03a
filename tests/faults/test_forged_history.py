"""History forged by somebody with the database and not our program: ``assetreg check`` names what and where."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from assetreg.cli.main import assetreg
from assetreg.db import protection
from assetreg.db.session import Database
from assetreg.domain import history
from assetreg.domain.access import EVERYTHING
from assetreg.schemas.act import move_input
from assetreg.schemas.device import device_input
from assetreg.services import devices, moves
from assetreg.services.history import EVENT_COLUMNS
from tests.cast import REGISTER, SCHOOL, Cast, noise, some_device
from tests.faults.raw import TRIGGERS, Intruder, intruding

EDITED = "Händelsen har ändrats efter att den skrevs (händelse {})."
GAP = "En eller flera händelser saknas före den här (händelse {})."
CUT = "De sista händelserna saknas (händelse {})."
ADDED = "Händelsen kom till vid sidan av registret (händelse {})."
UNLINKED = "Händelsen följer inte på den före (händelse {})."
DERIVED = ("due_on", "retire_from", "Det som årets siffror")
HEAD = "Historikens slut stämmer inte med enhetens uppgift (händelse {})."


@dataclass(frozen=True)
class Victim:
    """A device with three events: registered, renamed PC-1, taken in use at a school; another beside it."""

    database: Database
    url: str
    tag: str
    id: int
    other: int

    @property
    def about(self) -> str:
        return f"device {self.id}"


Check = Callable[..., list[tuple[str, str]]]


@pytest.fixture
def victim(database: Database, cast: Cast) -> Victim:
    with database.transaction(EVERYTHING) as session:
        noise(session, 5)
    return lived(database)


def another(victim: Victim) -> Victim:
    return lived(victim.database)


def lived(database: Database) -> Victim:
    with database.transaction(EVERYTHING) as session:
        device = some_device(session)
        devices.edit(session, device, device_input({"hostname": "PC-1"}), actor=REGISTER)
        moves.move(session, device, move_input({"to": "deployed", "unit": SCHOOL}), actor=REGISTER)
        other = some_device(session)
        devices.edit(session, other, device_input({"hostname": "PC-1"}), actor=REGISTER)
    return Victim(database, database.url.render_as_string(hide_password=False), device.tag, device.id, other.id)


@pytest.fixture
def check(victim: Victim, history_key: bytes, monkeypatch: pytest.MonkeyPatch) -> Check:
    """``assetreg check``: what each difference is about, and its sentence."""
    monkeypatch.setenv("ASSETREG_DATABASE_URL", victim.url)
    monkeypatch.setenv("ASSETREG_HISTORY_KEY", history_key.decode())
    monkeypatch.setenv("ASSETREG_SECRET_KEY", "the secret key of every test, long enough")

    def run(*arguments: str) -> list[tuple[str, str]]:
        with victim.database.engine.execution_options(writes=True).connect() as connection:
            protection.install(connection)
            connection.commit()
        done = CliRunner().invoke(assetreg, ["check", "--json", *arguments])
        found = [(each["about"], each["difference"]) for each in json.loads(done.stdout)["differences"]]
        assert done.exit_code == (1 if found else 0)
        return found

    return run


def rehashed(event: dict[str, Any], prev: str, key: bytes) -> str:
    facts = {name: event[name] for name in EVENT_COLUMNS}
    if isinstance(facts["at"], str):
        facts["at"] = datetime.fromisoformat(facts["at"]).replace(tzinfo=UTC)
    if isinstance(facts["on"], str):
        facts["on"] = date.fromisoformat(facts["on"])
    return history.event_hash(key, history.EventFacts(**facts), prev=prev)


def reforge(intruder: Intruder, victim: Victim, key: bytes) -> None:
    """The second event tells another name, the chain is hashed anew to its end, and the device says the same."""
    prev = history.GENESIS
    for event in intruder.events(victim.id):
        event["payload"] = event["payload"].replace("PC-1", "PC-2")
        digest = rehashed(event, prev, key)
        intruder.set_event(event, payload=event["payload"], prev=prev, hash=digest)
        prev = digest
    intruder.set_device(victim.id, hostname="PC-2", head_hash=prev)


def edit(intruder: Intruder, victim: Victim) -> None:
    second = intruder.events(victim.id)[1]
    intruder.set_event(second, payload=second["payload"].replace("PC-1", "PC-2"))


def backdate(intruder: Intruder, victim: Victim) -> None:
    intruder.set_event(intruder.events(victim.id)[1], at="2020-01-01 00:00:00.000000")


def blame(intruder: Intruder, victim: Victim) -> None:
    [(account,)] = intruder.say("SELECT max(id) FROM account")
    intruder.set_event(intruder.events(victim.id)[1], actor_id=account)


def gap(intruder: Intruder, victim: Victim) -> None:
    intruder.say("DELETE FROM event WHERE id = %s", intruder.events(victim.id)[1]["id"])


def closed_gap(intruder: Intruder, victim: Victim) -> None:
    first, second, third = intruder.events(victim.id)
    intruder.say("DELETE FROM event WHERE id = %s", second["id"])
    intruder.set_event(third, seq=2, prev=first["hash"])
    intruder.set_device(victim.id, head_seq=2)


def cut_tail(intruder: Intruder, victim: Victim) -> None:
    intruder.say("DELETE FROM event WHERE id = %s", intruder.events(victim.id)[2]["id"])


def cut_tail_and_mend_head(intruder: Intruder, victim: Victim) -> None:
    first, *rest = intruder.events(victim.id)
    for event in rest:
        intruder.say("DELETE FROM event WHERE id = %s", event["id"])
    intruder.set_device(victim.id, head_seq=1, head_hash=first["hash"])


def wipe(intruder: Intruder, victim: Victim) -> None:
    intruder.say("DELETE FROM event WHERE subject = 'device' AND subject_id = %s", victim.id)


def add_copy(intruder: Intruder, victim: Victim) -> None:
    """The last event again as the next one, and the head moved to it."""
    last = intruder.events(victim.id)[-1]
    copied = last | {"id": last["id"] + 10_000, "seq": 4, "prev": last["hash"]}
    names = ", ".join(f'"{name}"' for name in copied)
    marks = ", ".join(["%s"] * len(copied))
    intruder.say(f"INSERT INTO event ({names}) VALUES ({marks})", *copied.values())
    intruder.set_device(victim.id, head_seq=4)


def swap_chains(intruder: Intruder, victim: Victim) -> None:
    """Two devices' second events change places, which say the same but belong to each."""
    mine, theirs = intruder.events(victim.id)[1], intruder.events(victim.other)[1]
    intruder.set_event(mine, seq=99)
    intruder.set_event(theirs, subject_id=victim.id)
    intruder.set_event(mine, subject_id=victim.other, seq=2)


def guess_key(intruder: Intruder, victim: Victim) -> None:
    reforge(intruder, victim, b"")


def plain_hash(intruder: Intruder, victim: Victim) -> None:
    """As one who has read that the chain is of SHA-256."""
    second = intruder.events(victim.id)[1]
    payload = second["payload"].replace("PC-1", "PC-2")
    digest = hmac.new(second["prev"].encode(), payload.encode(), hashlib.sha256).hexdigest()
    intruder.set_event(second, payload=payload, hash=digest)


def head_only(intruder: Intruder, victim: Victim) -> None:
    intruder.set_device(victim.id, head_hash="0" * 64)


FORGERIES: dict[Callable[[Intruder, Victim], None], str] = {
    edit: EDITED.format(2),
    backdate: EDITED.format(2),
    blame: EDITED.format(2),
    gap: GAP.format(3),
    closed_gap: EDITED.format(2),
    cut_tail: CUT.format(3),
    wipe: "Hela historiken saknas (3 händelser).",
    add_copy: EDITED.format(4),
    swap_chains: EDITED.format(2),
    guess_key: EDITED.format(1),
    plain_hash: EDITED.format(2),
    head_only: HEAD.format(3),
}


def test_every_forgery_without_the_key_is_named_with_its_device(victim: Victim, check: Check) -> None:
    """Each has a device of its own, beside devices that nobody touched."""
    victims = {forge: another(victim) for forge in FORGERIES}
    assert check() == []
    with intruding(victim.url) as intruder:
        intruder.drop_triggers()
        for forge, its_own in victims.items():
            forge(intruder, its_own)
    found = check()
    for forge, its_own in victims.items():
        assert (its_own.about, FORGERIES[forge]) in found, forge.__name__
    touched = {about for each in victims.values() for about in (each.about, each.tag, f"device {each.other}")}
    assert {about for about, _ in found} <= touched, "what nobody touched is not accused"


def test_tail_cut_off_and_the_head_mended_shows_in_what_the_device_still_says(victim: Victim, check: Check) -> None:
    with intruding(victim.url) as intruder:
        intruder.drop_triggers()
        cut_tail_and_mend_head(intruder, victim)
    found = check()
    assert (victim.tag, "hostname är PC-1, men ska vara –.") in found
    assert (victim.tag, "stage är deployed, men ska vara in_stock.") in found
    assert {about for about, _ in found} == {victim.tag}


def test_column_set_past_the_register_is_named(victim: Victim, check: Check) -> None:
    with intruding(victim.url) as intruder:
        intruder.set_device(victim.id, cost_centre="4711", purchased_on="2023-03-02", imei=None)
    assert {said for about, said in check() if about == victim.tag and not said.startswith(DERIVED)} == {
        "purchased_on är 2023-03-02, men ska vara 2023-03-01.",
        "cost_centre är 4711, men ska vara –.",
    }


def test_deleted_device_leaves_a_history_that_is_named(victim: Victim, check: Check) -> None:
    with intruding(victim.url) as intruder:
        if intruder.engine == "postgres":
            intruder.say("SET session_replication_role = replica")
        intruder.say("DELETE FROM label WHERE device_id = %s", victim.id)
        intruder.say("DELETE FROM device WHERE id = %s", victim.id)
    assert (victim.about, ADDED.format(1)) in check()


def test_chain_forged_with_the_key_shows_only_against_the_anchor(
    victim: Victim, check: Check, history_key: bytes, tmp_path: Path
) -> None:
    anchor = tmp_path / "rot.txt"
    assert check("--anchor", str(anchor)) == []
    with intruding(victim.url) as intruder:
        intruder.drop_triggers()
        reforge(intruder, victim, history_key)
    assert [said for _, said in check() if "search_key" not in said] == []
    at = anchor.read_text().split()[0]
    assert ("anchor", f"Historiken före {at} har ändrats.") in check("--anchor", str(anchor))
    assert len(anchor.read_text().splitlines()) == 1, "a forged history is not anchored"


def test_device_taken_back_to_an_earlier_day_shows_only_against_the_anchor(
    victim: Victim, check: Check, tmp_path: Path
) -> None:
    """Its last events gone and every column set back: what is left is true, only not all."""
    with victim.database.transaction(EVERYTHING) as session:
        devices.edit(session, devices.lock(session, victim.tag), device_input({"os": "Windows 11"}), actor=REGISTER)
    anchor = tmp_path / "rot.txt"
    assert check("--anchor", str(anchor)) == []
    with intruding(victim.url) as intruder:
        intruder.drop_triggers()
        *_, third, fourth = intruder.events(victim.id)
        intruder.say("DELETE FROM event WHERE id = %s", fourth["id"])
        intruder.set_device(victim.id, head_seq=3, head_hash=third["hash"], os=None, support_ends_on=None)
    assert check() == []
    assert [about for about, _ in check("--anchor", str(anchor))] == ["anchor"]


def test_anchor_holds_while_history_goes_on(victim: Victim, check: Check, tmp_path: Path) -> None:
    anchor = tmp_path / "rot.txt"
    for name in ("PC-2", "PC-3"):
        assert check("--anchor", str(anchor)) == []
        with victim.database.transaction(EVERYTHING) as session:
            devices.edit(session, devices.lock(session, victim.tag), device_input({"hostname": name}), actor=REGISTER)
    assert check("--anchor", str(anchor)) == []
    assert len(anchor.read_text().splitlines()) == 3


def test_triggers_that_are_dropped_are_named_by_every_command(victim: Victim, check: Check, database: Database) -> None:
    with intruding(victim.url) as intruder:
        intruder.drop_triggers()
        engine = intruder.engine
    done = CliRunner().invoke(assetreg, ["check"])
    assert done.exit_code == 1
    assert all(name in done.stderr for name in TRIGGERS[engine])
    assert "assetreg upgrade" in done.stderr
    assert CliRunner().invoke(assetreg, ["upgrade"]).exit_code == 0
    assert CliRunner().invoke(assetreg, ["check"]).exit_code == 0
    with pytest.raises(Exception, match=protection.REFUSAL), intruding(victim.url) as intruder:
        edit(intruder, victim)


def replace_event(intruder: Intruder, victim: Victim) -> None:
    second = intruder.events(victim.id)[1] | {"payload": "{}"}
    names = ", ".join(f'"{name}"' for name in second)
    marks = ", ".join(["%s"] * len(second))
    intruder.say(f"INSERT OR REPLACE INTO event ({names}) VALUES ({marks})", *second.values())


def test_replaced_event_is_refused_by_the_database_and_named_by_check(victim: Victim, check: Check) -> None:
    """The driver as it comes does not fire what stands before a DELETE when it replaces a row."""
    if not victim.database.is_sqlite:
        pytest.skip("PostgreSQL knows no INSERT OR REPLACE")
    with intruding(victim.url) as intruder:
        assert intruder.say("PRAGMA recursive_triggers") == [(0,)]
        with pytest.raises(sqlite3.IntegrityError, match=protection.REFUSAL):
            replace_event(intruder, victim)
    assert check() == []
    with intruding(victim.url) as intruder:
        intruder.say("DROP TRIGGER event_refuses_replace")
        replace_event(intruder, victim)
    assert (victim.about, EDITED.format(2)) in check()


def test_table_copied_without_its_triggers_is_not_started_on(victim: Victim, check: Check) -> None:
    with intruding(victim.url) as intruder:
        intruder.say("ALTER TABLE event RENAME TO event_before")
        intruder.say("CREATE TABLE event AS SELECT * FROM event_before")
        engine = intruder.engine
    done = CliRunner().invoke(assetreg, ["due"])
    assert done.exit_code == 1
    assert all(name in done.stderr for name in TRIGGERS[engine]), done.stderr
