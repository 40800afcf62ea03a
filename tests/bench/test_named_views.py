"""A page of a named view visits no more rows in a large register than in a small one, and sorts none of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from argon2 import PasswordHasher

from assetreg.services import device_list, passwords
from assetreg.services.paging import encode
from tests.bench.clocks import Cpu
from tests.bench.floor import watch
from tests.bench.growing import grow
from tests.bench.pages import VIEWS, served
from tests.bench.registers import Register, fill
from tests.databases import SqliteDatabases, name_of

DEVICES, TIMES = 150, (30, 90)
NOISE = 1.25
FULL = 51
"""Rows of a full page, and the one that says whether there are more."""


@pytest.fixture(scope="module")
def grown(sqlite_databases: SqliteDatabases) -> Iterator[list[Register]]:
    """The same fleet so many times over, so that every view has a full page in each."""
    small = sqlite_databases.migrated()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        patched.setattr(device_list, "COUNTED", 10)
        fill(small, DEVICES)
        found = []
        for times in TIMES:
            url = sqlite_databases.copy(small)
            grow(url, times)
            found.append(Register("sqlite", url, DEVICES * times, Cpu(), None))
        yield found
    for each in found:
        sqlite_databases.discard(each.url)


def asked(register: Register, address: str) -> list[tuple[str, Any]]:
    """The statements of a page that read devices."""
    with served(register) as (browser, engine):
        seen = watch(browser, engine, address)
    return [(statement, values) for statement, values in seen.statements if "FROM device " in statement]


def steps(register: Register, statements: list[tuple[str, Any]]) -> tuple[int, int, list[str]]:
    """What SQLite's machine does for them, the rows they give, and how it goes about it."""
    counted = 0

    def note() -> int:
        nonlocal counted
        counted += 1
        return 0

    with closing(sqlite3.connect(name_of(register.url))) as connection:
        plan = [row[3] for each in statements for row in connection.execute(f"EXPLAIN QUERY PLAN {each[0]}", each[1])]
        connection.set_progress_handler(note, 1)
        rows = sum(len(connection.execute(*each).fetchall()) for each in statements)
    return counted, rows, plan


@pytest.mark.parametrize("view", [*VIEWS, "list, deep page"])
def test_named_view_is_one_index_range(grown: list[Register], view: str) -> None:
    found = []
    for register in grown:
        statements = asked(register, f"/enheter?{VIEWS.get(view, VIEWS['list, page 1'])}")
        if view not in VIEWS:
            with closing(sqlite3.connect(name_of(register.url))) as connection:
                middle = "SELECT tag FROM device WHERE stage = 'deployed' ORDER BY tag LIMIT 1 OFFSET 500"
                tag = connection.execute(middle).fetchone()[0]
            statements = asked(register, f"/enheter?cursor={encode(None, tag)}")
        found.append(steps(register, statements))
    (few, rows, _), (many, same, plan) = found
    assert rows == same
    assert rows >= FULL
    assert many <= NOISE * few, plan
    assert not [line for line in plan if "ORDER BY" in line], plan
