"""The benchmark measures what it says it measures; how fast anything is, is no test's business."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from argon2 import PasswordHasher

from assetreg.services import passwords
from tests.bench import clocks, exports, imports, pages, questions
from tests.bench.apart import Apart
from tests.bench.clocks import Cpu
from tests.bench.floor import Seen
from tests.bench.growing import grow
from tests.bench.registers import Register, fill
from tests.bench.table import Line, Table, at_least, at_most, machine
from tests.databases import SqliteDatabases, name_of

DEVICES, ROWS = 120, 40


@pytest.fixture(scope="module")
def register(sqlite_databases: SqliteDatabases) -> Any:
    url = sqlite_databases.migrated()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        fill(url, DEVICES)
        yield Register("sqlite", url, DEVICES, Cpu(), None)
    sqlite_databases.discard(url)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """One turn of everything, and no process of its own."""

    def here(work: Callable[..., Any], *told: Any) -> Apart:
        return Apart(work(*told), 1.0, 1.0)

    monkeypatch.setattr(clocks, "ROUND_S", 0.0)
    for module in (imports, exports):
        monkeypatch.setattr(module, "apart", here)


def measured(register: Register) -> list[Line]:
    found = pages.measure(register, register, rounds=1)
    asked = questions.measure(register, rounds=1)
    return [
        *pages.lines(register, found),
        *questions.lines(register, asked, asked),
        *exports.measure(register),
        *imports.measure(register, ROWS),
    ]


@pytest.mark.usefixtures("quick")
def test_every_line_is_a_number_and_the_table_shows_them_all(register: Register) -> None:
    lines = measured(register)
    assert len(lines) > 25
    for line in lines:
        assert math.isfinite(line.measured), line
        assert line.measured > 0, line
        assert line.ratio is None or (math.isfinite(line.ratio) and line.ratio > 0), line
    assert {line.what for line in lines} >= {"device", "list, deep page", "yearly figures", "search: two letters"}
    assert f"import of {ROWS} rows" in {line.what for line in lines}
    table = Table(machine(), lines)
    assert sum(line.startswith("| sqlite") for line in table.as_markdown().splitlines()) == len(lines)
    assert len(json.loads(table.as_json())["lines"]) == len(lines)


def test_register_is_grown_with_numbers_of_its_own_and_pages_that_lead_to_them(register: Register) -> None:
    with closing(sqlite3.connect(name_of(register.url))) as connection:
        before = _counts(connection)
        sought = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        grow(register.url, 3)
        after = _counts(connection)
        assert {name: after[name] / before[name] for name in before} == dict.fromkeys(before, 3.0)
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == sought
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        tag, serial = connection.execute(
            "SELECT tag, serial FROM device WHERE serial <> '' ORDER BY id DESC"
        ).fetchone()
        found = "SELECT tag FROM device JOIN device_search ON device_search.rowid = id WHERE device_search MATCH ?"
        assert connection.execute(found, (f'"{serial.lower()}"',)).fetchall() == [(tag,)]


def test_promise_is_kept_up_to_its_limit_and_not_past_it() -> None:
    assert at_most(2.0, 2.0)["kept"] is True
    assert at_most(2.0, 2.01)["kept"] is False
    assert at_least(2_500, 2_499)["kept"] is False
    kept, broken = (
        Line("sqlite", 1, "a", 1.0, "ms", **at_most(2, 1.0)),
        Line("sqlite", 1, "b", 3, "ms", **at_most(2, 3)),
    )
    table = Table({}, [kept, broken])
    assert table.broken == [broken]
    assert "1 of 2 promises hold." in table.as_markdown()


def test_floor_asks_each_table_once_and_nothing_of_the_log_in() -> None:
    seen = Seen()
    asked = ["SELECT 1 FROM login", "SELECT 2 FROM device", "INSERT INTO event VALUES (1)", "SELECT 3 FROM device"]
    seen.statements = [(statement, ()) for statement in [*asked, 'SELECT 4 FROM "unit"']]
    assert [statement for statement, _ in seen.rows()] == ["SELECT 2 FROM device", 'SELECT 4 FROM "unit"']


def test_ratio_is_the_median_of_the_rounds() -> None:
    assert clocks.ratio([2.0, 9.0, 4.0], [1.0, 1.0, 2.0]) == 2.0


def _counts(connection: sqlite3.Connection) -> dict[str, int]:
    asked = {
        "device": "SELECT count(*) FROM device",
        "tags": "SELECT count(DISTINCT tag) FROM device",
        "label": "SELECT count(DISTINCT token) FROM label WHERE device_id IS NOT NULL",
        "event": "SELECT count(*) FROM event WHERE subject IN ('device', 'person')",
        "fact": "SELECT count(DISTINCT device_id) FROM figure_fact",
        "counted": "SELECT sum(n) FROM device_count",
    }
    return {name: connection.execute(statement).fetchone()[0] for name, statement in asked.items()}
