"""``check`` finds nothing in a register that only the services have touched, and names whatever else has."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, text

from assetreg.db import protection
from assetreg.db.history import Event
from assetreg.db.session import Database
from assetreg.domain import history
from assetreg.domain.access import EVERYTHING
from assetreg.domain.terms import Kind, Stage
from assetreg.schemas.act import move_input, transfer_input
from assetreg.schemas.device import device_input
from assetreg.schemas.outcome import outcome_input, reversal_input
from assetreg.services import anchors, devices, integrity, moves, outcomes, ownership
from assetreg.services.history import EVENT_COLUMNS
from tests.cast import NOON, REGISTER, SCHOOL, TODAY

FLEET = [("laptop", "5CG1234567"), ("tablet", "DMPX12345678"), ("server", "CZ20480123"), ("monitor", "CN0ABC123456")]


@pytest.fixture
def tags(database: Database) -> list[str]:
    """Four devices, each with a life of its own; the noise around the one that is tampered with."""
    with database.transaction(EVERYTHING) as session:
        found = [
            devices.register(
                session,
                device_input({"serial": serial, "kind": kind, "owner": "1860", "purchased": "2024-02-29"}),
                actor=REGISTER,
            )
            for kind, serial in FLEET
        ]
        moves.move(session, found[0], move_input({"to": "deployed", "unit": SCHOOL}), actor=REGISTER)
        ownership.hand_over(session, found[1], transfer_input({"owner": "1861", "reason": "Delas"}), actor=REGISTER)
        gone = outcomes.register(
            session,
            found[2],
            outcome_input({"outcome": "gift", "decision": "D1", "valuation_sek": "0", "erasure_certificate": "C1"}),
            actor=REGISTER,
        )
        outcomes.reverse(session, gone.outcome, reversal_input({"reason": "Fel enhet"}), actor=REGISTER)
        return [device.tag for device in found]


def found(database: Database) -> list[tuple[str, str]]:
    with database.reading(EVERYTHING) as session:
        return [(each.about, each.sentence.text()) for each in integrity.differences(session)]


@contextmanager
def unprotected(database: Database) -> Iterator[Connection]:
    """The database in the hands of somebody who has got past its own protection."""
    with database.engine.execution_options(writes=True).connect() as connection:
        for name in (*protection._SQLITE, *protection._POSTGRES):
            if connection.dialect.name == "sqlite":
                connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
            else:
                connection.execute(text(f"DROP TRIGGER IF EXISTS {name} ON event"))
        yield connection
        protection.install(connection)
        connection.commit()


def test_nothing_differs_after_the_services(database: Database, tags: list[str]) -> None:
    assert found(database) == []


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("due_on", "2031-01-01", "due_on är 2031-01-01, men ska vara 2028-02-29."),
        ("retire_from", "2031-01-01", "retire_from är 2031-01-01, men ska vara 2027-08-29."),
        ("support_ends_on", "2031-01-01", "support_ends_on är 2031-01-01, men ska vara –."),
        ("indicator", "I2", "indicator är mobila enheter, men ska vara datorer och serverutrustning."),
        ("serial_key", "ANNAT", "serial_key är ANNAT, men ska vara 5CG1234567."),
    ],
)
def test_a_stored_fact_that_was_changed_is_named(
    database: Database, tags: list[str], column: str, value: str, sentence: str
) -> None:
    with unprotected(database) as connection:
        connection.execute(
            text(f"UPDATE device SET {column} = :value WHERE tag = :tag"), {"value": value, "tag": tags[0]}
        )
    differences = found(database)
    assert (tags[0], sentence) in differences
    assert {about for about, _ in differences if about in tags} == {tags[0]}


def test_a_count_that_was_changed_is_named_by_its_sort(database: Database, tags: list[str]) -> None:
    with unprotected(database) as connection:
        connection.execute(text("UPDATE device_count SET n = n + 7 WHERE kind = 'monitor' AND n = 1"))
    assert [sentence for _, sentence in found(database)] == ["Antalet är 8, men ska vara 1."]


def test_a_missing_trigger_is_named(database: Database, tags: list[str]) -> None:
    with database.engine.execution_options(writes=True).connect() as connection:
        name = "event_refuses_update" if connection.dialect.name == "sqlite" else "event_refuses_change"
        on = "" if connection.dialect.name == "sqlite" else " ON event"
        connection.execute(text(f"DROP TRIGGER {name}{on}"))
        connection.commit()
    assert found(database) == [("event", f"Skyddet {name} saknas. Kör assetreg upgrade så sätts det på plats.")]


def edit_payload(connection: Connection, subject: int) -> None:
    connection.execute(
        text("UPDATE event SET payload = '{}' WHERE subject = 'device' AND subject_id = :id AND seq = 1"),
        {"id": subject},
    )


def make_gap(connection: Connection, subject: int) -> None:
    connection.execute(
        text("DELETE FROM event WHERE subject = 'device' AND subject_id = :id AND seq = 1"), {"id": subject}
    )


def cut_tail(connection: Connection, subject: int) -> None:
    connection.execute(
        text("DELETE FROM event WHERE subject = 'device' AND subject_id = :id AND seq = 2"), {"id": subject}
    )


def wipe_history(connection: Connection, subject: int) -> None:
    connection.execute(text("DELETE FROM event WHERE subject = 'device' AND subject_id = :id"), {"id": subject})


def move_head_back(connection: Connection, subject: int) -> None:
    first = text("SELECT hash FROM event WHERE subject = 'device' AND subject_id = :id AND seq = 1")
    digest = connection.execute(first, {"id": subject}).scalar_one()
    connection.execute(
        text("UPDATE device SET head_seq = 1, head_hash = :hash WHERE id = :id"), {"hash": digest, "id": subject}
    )


@pytest.mark.parametrize(
    ("forge", "words"),
    [
        (edit_payload, "ändrats efter att den skrevs"),
        (make_gap, "saknas före den här"),
        (cut_tail, "De sista händelserna saknas"),
        (wipe_history, "Hela historiken saknas"),
        (move_head_back, "vid sidan av registret"),
    ],
)
def test_a_forged_history_is_named_with_its_device(
    database: Database, tags: list[str], forge: Callable[[Connection, int], None], words: str
) -> None:
    with database.reading(EVERYTHING) as session:
        subject = devices.get(session, tags[1]).id
    with unprotected(database) as connection:
        forge(connection, subject)
    differences = found(database)
    abouts = {about for about, _ in differences}
    assert f"device {subject}" in abouts
    assert abouts <= {f"device {subject}", tags[1]}, "what is counted of a device follows from its history"
    assert any(words in sentence for _, sentence in differences)


def test_a_free_text_that_was_rewritten_is_named_and_an_erased_one_is_not(database: Database, tags: list[str]) -> None:
    with unprotected(database) as connection:
        connection.execute(text("UPDATE free_text SET body = NULL WHERE body = 'Fel enhet'"))
    assert found(database) == []
    with unprotected(database) as connection:
        connection.execute(text("UPDATE free_text SET body = 'Något annat' WHERE body = 'Delas'"))
    assert [sentence for _, sentence in found(database)] == ["Texten till händelse 2 har ändrats."]


def test_a_deleted_device_leaves_events_that_are_named(database: Database, tags: list[str]) -> None:
    with database.reading(EVERYTHING) as session:
        subject = devices.get(session, tags[3]).id
    with unprotected(database) as connection:
        for table in ("label", "figure_fact"):
            connection.execute(text(f"DELETE FROM {table} WHERE device_id = :id"), {"id": subject})
        connection.execute(text("DELETE FROM device WHERE id = :id"), {"id": subject})
    assert (f"device {subject}", "Händelsen kom till vid sidan av registret (händelse 1).") in found(database)


def test_a_chain_forged_with_the_key_shows_only_against_the_anchor(
    database: Database, tags: list[str], history_key: bytes
) -> None:
    with database.reading(EVERYTHING) as session:
        line = anchors.line(session, at=NOON)
        assert list(anchors.compare(session, [line])) == []
        subject = devices.get(session, tags[3]).id
        event = session.execute(
            select(Event).where(Event.subject == "device", Event.subject_id == subject)
        ).scalar_one()
        facts = {name: getattr(event, name) for name in EVENT_COLUMNS}
    told = json.loads(facts["payload"])
    told["changes"]["cost_centre"] = [None, "4711"]
    facts["payload"] = json.dumps(told, separators=(",", ":"))
    forged = history.event_hash(history_key, history.EventFacts(**facts), prev=history.GENESIS)
    with unprotected(database) as connection:
        values = {"payload": facts["payload"], "hash": forged, "id": subject}
        connection.execute(
            text("UPDATE event SET payload = :payload, hash = :hash WHERE subject = 'device' AND subject_id = :id"),
            values,
        )
        connection.execute(text("UPDATE device SET head_hash = :hash, cost_centre = '4711' WHERE id = :id"), values)
    assert found(database) == []
    with database.reading(EVERYTHING) as session:
        assert [each.sentence.text() for each in anchors.compare(session, [line])] == [
            f"Historiken före {NOON.isoformat(timespec='seconds')} har ändrats."
        ]


def test_an_anchor_still_holds_when_history_has_gone_on(database: Database, tags: list[str]) -> None:
    with database.reading(EVERYTHING) as session:
        line = anchors.line(session, at=NOON)
    with database.transaction(EVERYTHING) as session:
        device = devices.lock(session, tags[0])
        moves.move(session, device, move_input({"to": "returned"}), actor=REGISTER)
    with database.reading(EVERYTHING) as session:
        assert list(anchors.compare(session, [line, anchors.line(session, at=NOON)])) == []


STATED = st.fixed_dictionaries(
    {
        "kind": st.sampled_from([kind.value for kind in Kind]),
        "owner": st.sampled_from(["1814", "1860", "1861", "1882", "GEM"]),
        "stage": st.sampled_from([Stage.ORDERED.value, Stage.IN_STOCK.value, Stage.DEPLOYED.value]),
    },
    optional={
        "purchased": st.dates(date(2000, 1, 1), TODAY).map(str) | st.sampled_from(["2021-05", "2019"]),
        "os": st.sampled_from(["Windows 11 Enterprise", "Windows 10", "iPadOS", "Plan 9", "Windows Server 2019"]),
        "os_version": st.sampled_from(["10.0.22631.3007", "22H2", "17.5.1", "4"]),
        "price_sek": st.sampled_from(["8 300,50", "0", "12000"]),
    },
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(fleet=st.lists(STATED, min_size=1, max_size=6), days=st.sampled_from([0, 400]))
def test_stored_facts_are_the_rules_today_and_400_days_on(
    database: Database, fleet: list[dict[str, str]], days: int
) -> None:
    """The register is read as it would be that many days later; nothing it stores has gone stale by then."""
    later = type(REGISTER)(REGISTER.account, REGISTER.role, REGISTER.door, NOON + timedelta(days=days))
    with database.transaction(EVERYTHING) as session:
        devices.register_many(session, [device_input(stated) for stated in fleet], actor=REGISTER)
    with database.transaction(EVERYTHING) as session:
        devices.register(session, device_input({"kind": "laptop", "owner": "1860"}), actor=later)
    with database.reading(EVERYTHING) as session:
        assert list(integrity.differences(session)) == []
