"""`assetreg prune` and `assetreg person`, as somebody types them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assetreg.config import Settings
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.services import persons, places
from assetreg.services.persons import PersonInput
from tests.cli.conftest import Run

NAMES = ("Zacharina Qvistgren", "Lo Al", "Lo Al")


@pytest.fixture
def register(assetreg: Run) -> Iterator[Database]:
    """Three persons of two owners; Zacharina was added two years ago and never had a device."""
    database = Settings.from_env().database()
    with database.transaction(EVERYTHING) as session:
        for number, (name, owner) in enumerate(zip(NAMES, ("1860", "1860", "1861"), strict=True)):
            told = PersonInput(name, f"p{number}@example.se", str(number))
            row = persons.add(session, places.owner(session, owner).id, told)
            row.created_at = datetime.now(UTC) - timedelta(days=1 if number else 730)
    yield database
    database.close()


def test_dry_run_counts_and_changes_nothing_and_the_real_one_forgets(assetreg: Run, register: Database) -> None:
    asked = assetreg("prune", "--dry-run", "--json")
    assert (asked.exit, asked.document["dry_run"], asked.document["counts"]["persons"]) == (0, True, 1)
    assert "Skulle gallras:\n       1  personer" in assetreg("prune", "--dry-run").out
    done = assetreg("prune", "--json").document
    assert (done["counts"]["persons"], done["compacted"]) == (1, True if register.is_sqlite else None)
    assert assetreg("prune").out == "Inget har passerat sin tid.\n"
    assert [row["name"] for row in assetreg("person", "list", "--json").document] == ["Lo Al", "Lo Al"]
    assert assetreg("check").exit == 0


def test_people_are_listed_by_what_is_typed(assetreg: Run, register: Database) -> None:
    (found,) = assetreg("person", "list", "qvist", "--json").document
    assert (found["name"], found["owner"], found["devices"]) == (NAMES[0], "1860", 0)
    assert "Zacharina Qvistgren  p0@example.se" in assetreg("person", "list", "p0@").out
    assert assetreg("person", "list", "ingen").out == "Ingen person passar in.\n"


def test_name_of_two_is_asked_about_and_an_unknown_one_refused(assetreg: Run, register: Database) -> None:
    both = assetreg("person", "left", "lo al")
    assert both.exit == 1
    assert "p1@example.se" in both.err
    assert assetreg("person", "left", "lo al", "--owner", "1861", "--on", "2026-01-31").exit == 0
    (row,) = [each for each in assetreg("person", "list", "lo", "--json").document if each["owner"] == "1861"]
    assert row["left_on"] == "2026-01-31"
    assert "Ingen person" in assetreg("person", "extract", "Ingen Alls").err


def test_extract_is_printed_written_and_remembered(assetreg: Run, register: Database, tmp_path: Path) -> None:
    told = assetreg("person", "extract", "p0@example.se")
    assert "Personen: Namn  Zacharina Qvistgren" in told.out
    assert "Genomsökt: " in told.out
    file = tmp_path / "utdrag.json"
    assert assetreg("person", "extract", "0", "--format", "json", "-o", str(file)).exit == 0
    assert NAMES[0] in str(json.loads(file.read_text())["rows"])
    facts = assetreg("person", "extract", "0", "--json").document["facts"]
    assert [fact["value"] for fact in facts if fact["part"] == "readers"].count("Kommandoraden") >= 2
    unwritable = assetreg("person", "extract", "0", "-o", str(tmp_path / "finns inte" / "a.csv"))
    assert unwritable.exit == 1


def test_person_is_forgotten_with_a_reason_that_does_not_name_them(assetreg: Run, register: Database) -> None:
    assert assetreg("person", "forget", NAMES[0]).exit == 2
    assert assetreg("person", "forget", NAMES[0], "--reason", "p0@example.se bad om det").exit == 1
    assert assetreg("person", "forget", NAMES[0], "--reason", "Bad om det").exit == 0
    assert "Ingen person" in assetreg("person", "forget", NAMES[0], "--reason", "Bad om det").err
