"""The persons file."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from assetreg.db.person import Person
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from tests.cast import SCHOOL, Cast, some_device
from tests.services.imports.lists import Importing, counts, listing, reasons

HEADERS = "namn;kommun;e-post;nummer;förvaltning;enhet"
NEW = f"Ada Björk;1860;ada.bjork@laxa.example;2001;;{SCHOOL}"


def people(database: Database) -> list[dict[str, Any]]:
    names = ("id", "name", "email", "external_id", "department_id", "unit_id", "search_key", "sort_key")
    with database.reading(EVERYTHING) as session:
        rows = session.execute(select(Person).order_by(Person.id)).scalars()
        return [{name: getattr(row, name) for name in names} for row in rows]


def test_person_is_added_found_again_and_changed(importing: Importing, database: Database, cast: Cast) -> None:
    assert counts(importing.document(importing.applied(listing(HEADERS, NEW), "persons"))) == {"created": 1}
    assert people(database)[-1]["unit_id"] == cast.units[SCHOOL]
    assert counts(importing.document(importing.applied(listing(HEADERS, NEW), "persons"))) == {"unchanged": 1}
    number = importing.applied(listing(HEADERS, NEW.replace("Ada Björk", "Ada Gran")), "persons")
    assert counts(importing.document(number)) == {"updated": 1}
    assert people(database)[-1]["name"] == "Ada Gran"
    assert "ada gran" in people(database)[-1]["search_key"]


def test_known_by_mail_and_by_name_when_alone(importing: Importing, database: Database) -> None:
    before = len(people(database))
    number = importing.applied(
        listing(HEADERS, "Kim Ekberg;1860;KIM.EK@laxa.example;;;", "Lo Al;Laxå;;;;", "Bo Asp;1860;;;;"), "persons"
    )
    document = importing.document(number)
    assert counts(document) == {"updated": 1, "unchanged": 1, "refused": 1}
    assert "Flera användare hos Laxå heter Bo Asp" in reasons(document)[4]
    assert len(people(database)) == before


def test_mail_of_another_number_is_refused(importing: Importing) -> None:
    number = importing.applied(
        listing(HEADERS, "Kim Ek;1860;kim.ek@laxa.example;9999;;", "X;1860;inte en;;;"), "persons"
    )
    told = reasons(importing.document(number))
    assert "tillhör en person med nummer 1001" in told[2]
    assert "ingen e-postadress" in told[3]


def test_undo_restores_the_changed_and_removes_the_unused(importing: Importing, database: Database) -> None:
    before = people(database)
    text = listing(HEADERS, NEW, "Ida Lind;1860;ida@laxa.example;;;", "Kim Ekberg;1860;kim.ek@laxa.example;;;Ny skola")
    number = importing.applied(text, "persons")
    with database.transaction(EVERYTHING) as session:
        some_device(session, stage="deployed", user="ida@laxa.example")
    undone = importing.undone(number)
    left = people(database)
    assert [each for each in left if each["name"] != "Ida Lind"] == before
    assert (undone.undone, undone.kept_count, undone.kept[0]["tag"]) == (2, 1, "Ida Lind")


def test_technician_of_one_school_adds_nobody_elsewhere(importing: Importing, cast: Cast) -> None:
    other = "Eva Lund;1860;eva@laxa.example;;;Kommunhuset"
    number = importing.by(cast.school).applied(listing(HEADERS, NEW, other), "persons")
    document = importing.by(cast.school).document(number)
    assert counts(document) == {"created": 1, "refused": 1}
    assert "inte behörighet till den plats" in reasons(document)[3]
