"""Whom a form may have meant: names that are near are told to those who may read them, and nobody else's."""

from __future__ import annotations

import re

import pytest

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.terms import Role
from tests.web.conftest import Login
from tests.web.device_fleet import Fleet, fleet, place
from tests.web.forms_filled import fill


@pytest.fixture
def devices(web_database: Database) -> Fleet:
    found = fleet(web_database)
    with web_database.transaction(EVERYTHING) as session:
        place(session, "1860", "Centralskolan", "Åsa Bergström", "Asta Ström", "Anna Ek")
        place(session, "1861", "Alléskolan", "Åsa Bergström", "Bo Bergman")
    return found


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("bergs", ["Åsa Bergström (åsa@1860.example)"]),
        ("asta bergstrom", []),
        ("asta strom", ["Asta Ström (asta@1860.example)"]),
        ("Anna Ek", ["Anna Ek (anna@1860.example)", "Anna Ek (anna@1860.example)"]),
        ("Cecilia Berg", []),
        ("%", []),
    ],
)
def test_near_names_of_the_same_kommun_are_told(login: Login, devices: Fleet, typed: str, meant: list[str]) -> None:
    path = f"/enheter/{devices.stock}/steg/lend"
    answer = fill(login(Role.TECHNICIAN), path, user=typed, due_back="2026-12-24")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    beside = re.search(r'id="e-user">.*?</p>', page, re.DOTALL)
    assert beside is not None
    told = re.search(r"Menar du (.*)\?", beside[0])
    assert (told[1].split(", ") if told else []) == meant
    assert "1861.example" not in page
