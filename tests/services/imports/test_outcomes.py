"""A partner's report: each line once, each device at most one final outcome."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from assetreg.db.outcome import Outcome
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.errors import Denied
from assetreg.domain.terms import OutcomeType, Stage
from tests.cast import Cast, noise, payloads, some_device, some_device_in
from tests.services.imports.lists import Importing, counts, device, fleet, listing, reasons

HEADERS = "serienummer;utfall;datum;partner;rapport;raderingsintyg;vikt_kg;mottagare"
REUSE = "PF3ABC01;Externt återbruk;2026-10-01;Partnern;R-1;C-1;1,25;Köparen"


def outcomes_of(database: Database, serial: str) -> list[Outcome]:
    with database.reading(EVERYTHING) as session:
        wanted = select(Outcome).where(Outcome.device_id == device(database, serial).id).order_by(Outcome.id)
        return list(session.execute(wanted).scalars())


@pytest.fixture
def three(database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        noise(session, 3)
        some_device_in(session, Stage.DEPLOYED, serial="PF3ABC01")
        some_device_in(session, Stage.DISPATCHED, serial="PF3ABC02", asset_tag="22")
        some_device(session, serial="PF3ABC03", kind="monitor")


@pytest.mark.usefixtures("three")
def test_line_ends_the_device_and_leads_back_to_its_row(importing: Importing, database: Database) -> None:
    number = importing.applied(listing(HEADERS, REUSE, "PF3ABC03;återvinning;2026-10-02;Partnern;R-1;;;"), "outcomes")
    assert counts(importing.document(number)) == {"created": 2}
    [made] = outcomes_of(database, "PF3ABC01")
    assert (made.type, made.on, made.weight_kg, made.receiver) == (
        OutcomeType.EXTERNAL_REUSE,
        date(2026, 10, 1),
        Decimal("1.25"),
        "Köparen",
    )
    assert (made.import_id, made.report_row) == (number, 2)
    assert outcomes_of(database, "PF3ABC03")[0].report_row == 3
    ended = device(database, "PF3ABC01")
    assert (ended.stage, ended.person_id, ended.outcome_id) == (Stage.DISPOSED, None, made.id)
    with database.reading(EVERYTHING) as session:
        assert payloads(session, ended)[-1]["skipped"] == ["returned", "wiped", "ready_for_disposal", "dispatched"]


@pytest.mark.usefixtures("three")
def test_same_report_again_changes_nothing(importing: Importing, database: Database) -> None:
    text = listing(HEADERS, REUSE, REUSE.replace("01;E", "02;E"), "PF3ABC03;internal_reuse;2026-10-02;;;;;")
    assert counts(importing.document(importing.applied(text, "outcomes"))) == {"created": 3}
    before = fleet(database)
    for _ in range(2):
        assert counts(importing.document(importing.applied(text, "outcomes"))) == {"unchanged": 3}
    assert fleet(database) == before


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (REUSE.replace("R-1", "R-2"), "Enheten är redan avslutad: externt återbruk 2026-10-01 (rapport R-1)"),
        (REUSE.replace("1,25", "1,5"), "weight_kg: Utfallet är redan registrerat"),
        (REUSE.replace("2026-10-01", "2026-10-02"), "date: Utfallet är redan registrerat"),
        ("PF3ABC09;landfill;2026-10-01;;;;;", "serial: PF3ABC09 finns inte i registret"),
        ("PF3ABC02;landfill;2023-01-01;;;;;", "före inköpsdatumet 2023-03-01"),
        ("PF3ABC02;landfill;2026-12-24;;;;;", "date: 2026-12-24 har inte varit än"),
        ("PF3ABC02;gåva;2026-10-01;;;C;;", "decision: Utfallet gåva kräver en beslutsreferens"),
        ("PF3ABC02;landfill;;;;;;", "date: Uppgiften saknas"),
    ],
)
def test_line_that_cannot_be_is_refused_and_leaves_no_trace(
    importing: Importing, database: Database, line: str, reason: str
) -> None:
    importing.applied(listing(HEADERS, REUSE), "outcomes")
    before = fleet(database)
    number = importing.applied(listing(HEADERS, line), "outcomes")
    document = importing.document(number)
    assert counts(document) == {"refused": 1}
    assert reason in " ".join(f"{each['column']}: {each['reason']}" for each in document["errors"])
    assert fleet(database) == before


@pytest.mark.usefixtures("three")
def test_two_lines_about_a_device_must_agree(importing: Importing, database: Database) -> None:
    text = listing(HEADERS, REUSE, REUSE, REUSE.replace("Externt återbruk", "Återvinning"))
    for number in (importing.staged(text, "outcomes"), importing.applied(text, "outcomes")):
        document = importing.document(number)
        assert counts(document) == {"created": 1, "unchanged": 1, "refused": 1}
        assert "Rad 2 i filen" in reasons(document)[4]


@pytest.mark.usefixtures("three")
def test_undone_report_can_be_read_in_again(importing: Importing, database: Database, cast: Cast) -> None:
    before = fleet(database)
    text = listing(HEADERS, REUSE, REUSE.replace("01;E", "02;E"))
    number = importing.applied(text, "outcomes")
    importing.undone(number)
    assert fleet(database) == before
    assert all(each.reversed_at for each in outcomes_of(database, "PF3ABC01"))
    assert counts(importing.document(importing.applied(text, "outcomes"))) == {"created": 2}


def test_technician_may_not_read_in_a_report(importing: Importing, cast: Cast) -> None:
    with pytest.raises(Denied):
        importing.by(cast.technician).staged(listing(HEADERS, REUSE), "outcomes")
