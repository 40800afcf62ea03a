"""Registers from before refusals were data: what they say of old imports and jobs is still there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import JSON, BigInteger, Connection, Engine, Text, column, insert, select, table

from assetreg.db import migrations
from assetreg.db.intake import Import, ImportRow, Upload
from assetreg.db.job import Job
from assetreg.db.session import driver_url, make_engine
from assetreg.domain.stored_sentences import fault_from_json, from_json
from assetreg.domain.terms import Door, ImportState, JobState, RowVerdict

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
BRACES = "{value} är inget av de val {0} som finns: {{a}}, }{."
PLAIN = "Uppgiften saknas. Fyll i den."
MANY = range(50, 50 + 2_100)


def earlier(entity: Any) -> Any:
    """The table as it was, where a fault was text."""
    columns = [column(each.name, Text() if each.name == "fault" else each.type) for each in entity.__table__.columns]
    return table(entity.__tablename__, *columns)


def filled(connection: Connection) -> None:
    nought = dict.fromkeys(("rows", "resume_row", "created", "updated", "unchanged", "refused", "undone"), 0)
    upload = {"id": 1, "name": "lista.csv", "size": 1, "sha256": "0", "received_at": AT}
    connection.execute(insert(earlier(Upload)), [upload])
    common: dict[str, Any] = {"upload_id": 1, "preset": "devices", "door": Door.CLI, "state": ImportState.FAILED}
    common |= {"mapping": {}, "given": {}, "headers": [], "unread": [], "notes": {}, "created_at": AT, "changed_at": AT}
    batches = [common | nought | {"id": number, "fault": fault} for number, fault in ((1, BRACES), (2, None))]
    connection.execute(insert(earlier(Import)), batches)
    done: dict[str, Any] = {"kind": "import.stage", "arguments": {}, "done": 0, "attempts": 1, "created_at": AT}
    jobs = [done | {"id": 1, "state": JobState.FAILED, "fault": PLAIN}, done | {"id": 2, "state": JobState.DONE}]
    connection.execute(insert(earlier(Job)), [{"fault": None} | job for job in jobs])
    connection.execute(insert(earlier(ImportRow)), [*map(row, range(1, 50)), row(9_999, BRACES, PLAIN)])
    connection.execute(insert(earlier(ImportRow)), [row(number, PLAIN) for number in MANY])


def row(number: int, *reasons: str) -> dict[str, Any]:
    faults = [{"column": "serial", "value": "A{1}", "reason": reason, "unreadable": "1"} for reason in reasons]
    verdict = RowVerdict.REFUSED if reasons else RowVerdict.CREATED
    return {"id": number, "import_id": 1, "number": number, "cells": ["A{1}"], "verdict": verdict, "faults": faults}


@pytest.fixture
def upgraded(empty_database_url: str) -> Any:
    migrations.upgrade(empty_database_url, "0009")
    engine = make_engine(driver_url(empty_database_url)).execution_options(writes=True)
    with engine.begin() as connection:
        filled(connection)
    migrations.upgrade(empty_database_url, "0010")
    yield engine
    engine.dispose()


def read(engine: Engine, name: str, kept: str) -> dict[int, Any]:
    stored = table(name, column("id", BigInteger), column(kept, JSON))
    with engine.connect() as connection:
        return {row.id: row[1] for row in connection.execute(select(stored.c.id, stored.c[kept]))}


@pytest.mark.parametrize(("name", "expected"), [("import", BRACES), ("job", PLAIN)])
def test_old_fault_says_what_it_said(upgraded: Engine, name: str, expected: str) -> None:
    faults = read(upgraded, name, "fault")
    said = {number: fault_from_json(kept) for number, kept in faults.items()}
    assert {number: sentence and sentence.text() for number, sentence in said.items()} == {1: expected, 2: None}


def test_old_reasons_of_rows_say_what_they_said(upgraded: Engine) -> None:
    faults = read(upgraded, "import_row", "faults")
    assert len(faults) == 49 + len(MANY) + 1
    refused = {number: kept for number, kept in faults.items() if kept}
    said = {number: [from_json(each["reason"]).text() for each in kept] for number, kept in refused.items()}
    assert said == {number: [PLAIN] for number in MANY} | {9_999: [BRACES, PLAIN]}
    assert {(each["column"], each["value"], each["unreadable"]) for each in refused[9_999]} == {("serial", "A{1}", "1")}


def test_old_reason_without_values_is_translated_like_a_new_one(upgraded: Engine) -> None:
    (kept,) = read(upgraded, "import_row", "faults")[MANY[0]]
    assert from_json(kept["reason"]).text({PLAIN: "It is missing."}.__getitem__, "en") == "It is missing."
