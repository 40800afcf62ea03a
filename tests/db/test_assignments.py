"""Who had which device and when: told by the history when the table came, kept by the devices themselves since."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, text

from assetreg.db import migrations
from assetreg.db.person import Assignment, Person
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.terms import Stage
from tests.db import rows
from tests.db.rows import NOON


def had(database: Database) -> list[tuple[int, int, object, object]]:
    with database.reading(EVERYTHING) as session:
        found = session.execute(select(Assignment).order_by(Assignment.device_id, Assignment.id)).scalars()
        return [(row.person_id, row.device_id, row.started_at, row.ended_at) for row in found]


def test_device_tells_each_change_of_its_user_whatever_wrote_it(database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        own = rows.owner(session, "A")
        first, second = (rows.person(session, own, name).id for name in ("Kim", "Lo"))
        device = rows.device(session, own, person_id=first, changed_at=NOON)
        other = rows.device(session, own, changed_at=NOON)
        number, free = device.id, other.id
        device.person_id, device.changed_at = second, NOON + timedelta(days=1)
        session.flush()
        device.stage, device.changed_at = Stage.ON_LOAN, NOON + timedelta(days=2)
    with database.engine.begin() as connection:
        connection.execute(text(f"UPDATE device SET person_id = NULL WHERE id = {number}"))
        connection.execute(text(f"UPDATE device SET person_id = {first} WHERE id = {free}"))
        connection.commit()
    assert had(database) == [
        (first, number, NOON, NOON + timedelta(days=1)),
        (second, number, NOON + timedelta(days=1), NOON + timedelta(days=2)),
        (first, free, NOON, None),
    ]


def told(database: Database, changes: list[tuple[int, int, object]]) -> None:
    """Events of devices, as they stood before the table was there: device, seq, what changed."""
    columns = "subject, subject_id, seq, at, kind, door, person_id, owner_id, format, payload, prev, hash"
    with database.engine.execution_options(writes=True).begin() as connection:
        for device, seq, changed in changes:
            payload = json.dumps({"changes": changed}, separators=(",", ":"))
            at = f"2026-11-{seq:02} 12:00:00"
            values = f"'device', {device}, {seq}, '{at}', 'edited', 'cli', NULL, 1, 1, :payload, '', ''"
            connection.execute(text(f"INSERT INTO event ({columns}) VALUES ({values})"), {"payload": payload})


def old_register(database: Database) -> None:
    """Two persons and two devices of the first owner, in a register before the table."""
    with database.engine.execution_options(writes=True).begin() as connection:
        connection.execute(
            text(
                "INSERT INTO owner (id, code, name, type, in_totals, position) "
                "SELECT 1, 'X', 'X', 'kommun', true, 9 WHERE NOT EXISTS (SELECT 1 FROM owner WHERE id = 1)"
            )
        )
        for number in (1, 2):
            connection.execute(
                text(
                    "INSERT INTO person (id, name, salt, sort_key, search_key, owner_id) "
                    f"VALUES ({number}, 'P{number}', '', '', '', 1)"
                )
            )
            connection.execute(
                text(
                    "INSERT INTO device (id, tag, kind, stage, owner_id, created_at, changed_at, version, hand_edited, "
                    f"search_key, head_seq, head_hash) VALUES ({number}, 'T{number}', 'laptop', 'deployed', 1, "
                    "'2026-11-01 12:00:00', '2026-11-01 12:00:00', 1, '{}', '', 0, '')"
                )
            )


def test_history_from_before_the_table_is_read_into_it(empty_database_url: str, history_key: bytes) -> None:
    migrations.upgrade(empty_database_url, "0012")
    database = Database(empty_database_url, history_key=history_key)
    old_register(database)
    told(
        database,
        [
            (1, 1, {"person_id": [None, 1]}),
            (1, 2, {"person_id": [1, 2]}),
            (1, 3, {"os": [None, "x"]}),
            (1, 4, {"person_id": [2, None]}),
            (1, 5, {"person_id": [None, 1], "os": ["x", None]}),
            (2, 3, {"person_id": [None, 2]}),
        ],
    )
    migrations.upgrade(empty_database_url)
    days = [datetime(2026, 11, number, 12, tzinfo=UTC) for number in range(1, 6)]
    assert had(database) == [
        (1, 1, days[0], days[1]),
        (2, 1, days[1], days[3]),
        (1, 1, days[4], None),
        (2, 2, days[2], None),
    ]
    with database.reading(EVERYTHING) as session:
        assert all(row.created_at is not None for row in session.execute(select(Person)).scalars())
    database.close()
