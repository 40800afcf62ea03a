from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from assetreg.db.device import Device
from assetreg.db.intake import ImportRow, Upload
from assetreg.db.organisation import Owner
from assetreg.db.person import Person
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING, Actor, Scope, system
from assetreg.domain.errors import Denied
from assetreg.domain.outcome_facts import FINAL
from assetreg.domain.terms import Door, Indicator, OutcomeType, Role, RowVerdict
from assetreg.outputs import formats
from assetreg.schemas.device import device_input
from assetreg.schemas.outcome import outcome_input
from assetreg.services import devices, exports, figures, outcomes, places
from assetreg.services.device_list import DeviceFilter
from assetreg.services.exports import ExportQuestion, UnknownExport, UnknownPart
from assetreg.services.figures import YearQuestion
from assetreg.services.imports import staging
from assetreg.sources import tabular
from tests.db import rows

CLERK = system(Door.CLI, datetime(2026, 11, 21, 9, tzinfo=UTC))
FORMULA = '=HYPERLINK("http://x.example","klicka")'


def fill(session: ScopedSession) -> list[Device]:
    """A handful of devices with everything that a cell can hold, and noise at another owner."""
    owner = places.owner(session, "1860")
    places.ensure(session, owner, department="Skola", unit="Centralskolan", room="A1", group="7B")
    for number, email in enumerate((None, "anna.b@example.se")):
        name = f"Anna Berg{number or ''}"
        person = Person(owner_id=owner.id, name=name, email=email, salt="00", sort_key=name.lower(), search_key=name)
        session.add(person)
    session.flush()
    stated: list[dict[str, Any]] = [
        {
            "serial": "0012345",
            "kind": "laptop",
            "asset_tag": "77",
            "manufacturer": "HP",
            "model": "EliteBook",
            "department": "Skola",
            "unit": "Centralskolan",
            "room": "A1",
            "group": "7B",
            "stage": "deployed",
            "purchased": "2023-03",
            "price_sek": "8300,50",
            "user": "Anna Berg",
            "note": FORMULA,
            "ordered": "2023-01-15",
            "delivered": "2023-02-02",
            "in_service": "2023-02-10",
            "os": "Windows 11",
            "supplier": "-Leverantören",
            "order_number": "PO-1",
            "warranty_until": "2027-03-01",
            "mac": "001A2B3C4D5E",
        },
        {"serial": "Default string", "kind": "desktop", "hostname": "LX-0001", "cost_centre": "0100"},
        {"serial": "6377021234567890", "kind": "phone", "imei": "490154203237518", "purchased": "2022"},
        {"kind": "monitor", "asset_tag": "A-78", "purchased": "2024-02-29", "note": "'=redan med apostrof"},
    ]
    commands = [device_input({"owner": "1860", **each}) for each in stated]
    commands.append(device_input({"owner": "1861", "kind": "laptop", "serial": "ANNANS1", "purchased": "2020-01-01"}))
    return devices.register_many(session, commands, actor=CLERK)


def end(session: ScopedSession, device: Device, **stated: str) -> None:
    usual = {"outcome": "external_reuse", "date": "2025-05-05", "partner": "Partnern AB", "report": "R9"}
    outcomes.register(session, device, outcome_input({**usual, **stated}), actor=CLERK)


def written(session: ScopedSession, question: ExportQuestion, ending: str, actor: Actor = CLERK) -> bytes:
    made = exports.build(session, question, actor=actor)
    out = io.BytesIO()
    formats.write(ending, made.sheet, out, about=made.about)
    return out.getvalue()


def csv_rows(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_workbook_holds_real_dates_and_numbers_and_says_what_it_is_about(database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        end(session, fill(session)[0], weight_kg="2,125", proceeds_sek="350", erasure_certificate="C-1")
        body = written(session, ExportQuestion("aterbruk", year=2025, owner="1860"), "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(body))
    sheet, about = book.worksheets
    head = [cell.value for cell in sheet[1]]
    assert head[:3] == ["år", "indikator", "i huvudtalet"]
    first = dict(zip(head, sheet[2], strict=True))
    assert first["datum"].data_type == "d"
    assert str(first["datum"].value) == "2025-05-05 00:00:00"
    assert (first["vikt_kg"].value, first["intäkt"].value, first["år"].value) == (2.125, 350, 2025)
    assert (first["serienummer"].value, first["serienummer"].data_type) == ("0012345", "s")
    assert (first["utfall"].value, first["raderingsintyg"].value) == ("Externt återbruk", "C-1")
    assert sheet.max_row == 2
    facts = {row[0].value: row[1].value for row in about.rows}
    assert facts == {
        "Innehåll": "Utfallen bakom årets siffror",
        "Ägare": "Laxå",
        "År": "2025",
        "Regelversion": "1",
        "Urval": "Allt",
        "Hämtad": "2026-11-21 10:00",
    }


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_formulas_in_texts_are_texts_in_the_file(database: Database, ending: str) -> None:
    with database.transaction(EVERYTHING) as session:
        fill(session)
        body = written(session, ExportQuestion("devices"), ending)
    if ending == "csv":
        first = next(row for row in csv_rows(body) if row["serienummer"] == "0012345")
        assert (first["anmärkning"], first["leverantör"]) == (f"'{FORMULA}", "'-Leverantören")
        return
    sheet = openpyxl.load_workbook(io.BytesIO(body)).worksheets[0]
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value is not None]
    assert FORMULA in [cell.value for cell in cells]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_devices_that_are_taken_out_and_read_in_again_are_unchanged(database: Database, ending: str) -> None:
    with database.transaction(EVERYTHING) as session:
        end(session, fill(session)[4])
        before = snapshot(session)
        body = written(session, ExportQuestion("devices"), ending)
    verdicts = read_in(database, body, f"enheter.{ending}")
    assert [(verdict, faults) for verdict, faults in verdicts] == [(RowVerdict.UNCHANGED, [])] * 5
    with database.reading(EVERYTHING) as session:
        assert snapshot(session) == before


def snapshot(session: ScopedSession) -> list[tuple[object, ...]]:
    columns = [getattr(Device, column.key) for column in Device.__mapper__.column_attrs]
    return [tuple(row) for row in session.execute(select(*columns).order_by(Device.id))]


def read_in(database: Database, body: bytes, name: str) -> list[tuple[RowVerdict | None, list[Any]]]:
    """The verdict of each row of the devices file, without writing any."""
    with database.transaction(EVERYTHING) as session:
        upload = Upload(account_id=None, name=name, size=len(body), sha256="0" * 64, received_at=CLERK.at)
        session.add(upload)
        session.flush()
        batch = staging.begin(session, upload, "devices", actor=CLERK)
        tables = tabular.open_tables(io.BytesIO(body), name=name)
        table, reader = staging.open_file(session, batch.id, tables, holder="test", actor=CLERK)
        staging.stage_rows(session, batch.id, list(table), reader=reader, holder="test", actor=CLERK)
        rows_read = session.execute(select(ImportRow.verdict, ImportRow.faults).order_by(ImportRow.number))
        return [(row[0], row[1]) for row in rows_read]


def test_rows_of_the_outcomes_file_are_as_many_as_the_figures_say(database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        owner = session.get_one(Owner, 2)
        for kind in OutcomeType:
            device = rows.device(session, owner, indicator=Indicator.I1)
            stated = {"year": 2025, "on": date(2025, 6, 1), "indicator": Indicator.I1}
            rows.outcome(session, device, type=kind, final=kind in FINAL, **stated)
        report = figures.report(session, YearQuestion(2025), actor=CLERK)
        total = report.row(Indicator.I1)
        lines = csv_rows(written(session, ExportQuestion("aterbruk", year=2025), "csv"))
        assert total is not None
        assert sum(line["i huvudtalet"] == "ja" for line in lines) == total.figures.headline == 5
        assert len(lines) == 11
        for part in figures.PARTS:
            found = csv_rows(written(session, ExportQuestion("aterbruk", year=2025, part=part), "csv"))
            assert len(found) == getattr(total.figures, part)


def test_figures_file_says_what_is_missing_with_nothing(database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        end(session, fill(session)[0])
        table = json.loads(written(session, ExportQuestion("indicators", year=2025), "json"))
    first = table["rows"][0]
    assert (first["id"], first["owner"], first["owner_name"]) == ("I1", None, "Alla")
    assert (first["headline"], first["reuse_rate"], first["target"], first["take_back_rate"]) == (
        1,
        "100.0",
        None,
        None,
    )
    assert [row["owner"] for row in table["rows"][:6]] == [None, "1814", "1860", "1861", "1882", "GEM"]
    assert table["about"]["Regelversion"] == "1"


def test_due_file_is_the_window_with_the_most_urgent_first(database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        fill(session)
        lines = csv_rows(written(session, ExportQuestion("due"), "csv"))
        coming = csv_rows(written(session, ExportQuestion("due", year=2027), "csv"))
    assert [(line["byts senast"], int(line["dagar kvar"]) < 0) for line in lines] == [
        ("2023-01-01", True),
        ("2025-01-01", True),
    ]
    assert [(line["inköpsdatum"], line["byts senast"]) for line in coming] == [("2023-03", "2027-03-01")]


def test_history_file_names_no_person(database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        end(session, fill(session)[0])
        body = written(session, ExportQuestion("history", owner="1860"), "csv")
    assert "Anna" not in body.decode()
    lines = csv_rows(body)
    assert [line["händelse"] for line in lines] == ["Registrerad"] * 4 + ["Utfall: externt återbruk"]
    assert len({line["kontrollsumma"] for line in lines}) == 5


def test_auditor_gets_the_devices_without_users_and_notes(database: Database) -> None:
    auditor = Actor(account=None, role=Role.AUDITOR, door=Door.WEB, at=CLERK.at)
    with database.transaction(EVERYTHING) as session:
        fill(session)
        body = written(session, ExportQuestion("devices"), "csv", actor=auditor)
    assert "Anna" not in body.decode()
    assert {"användare", "anmärkning"}.isdisjoint(csv_rows(body)[0])


def test_person_whose_name_others_have_is_written_so_that_it_can_be_found(database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        first = fill(session)[0]
        owner = places.owner(session, "1860")
        twin = session.get_one(Person, first.person_id)
        twin.email = "anna.a@example.se"
        session.add(
            Person(
                owner_id=owner.id,
                name=twin.name,
                email="x@example.se",
                salt="00",
                sort_key=twin.sort_key,
                search_key="",
            )
        )
        session.flush()
        lines = csv_rows(written(session, ExportQuestion("devices"), "csv"))
    assert [line["användare"] for line in lines if line["användare"]] == ["anna.a@example.se"]


def test_reader_of_one_owner_gets_its_rows_and_no_total(database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        made = fill(session)
        end(session, made[0])
        end(session, made[4])
    scope = Scope(owners=frozenset({2}), touched=frozenset({2}))
    reader = Actor(account=None, role=Role.READER, door=Door.WEB, at=CLERK.at)
    with database.reading(scope) as session:
        seen = {
            what: csv_rows(written(session, ExportQuestion(what, year=2025), "csv", actor=reader))
            for what in ("aterbruk", "indicators")
        }
        assert len(csv_rows(written(session, ExportQuestion("devices"), "csv", actor=reader))) == 4
        assert {line["kommunkod"] for lines in seen.values() for line in lines} == {"1860"}
        assert [line["serienummer"] for line in seen["aterbruk"]] == ["0012345"]


def test_long_lists_are_written_whole(database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        owner = session.get_one(Owner, 2)
        session.add_all([rows.new_device(owner) for _ in range(2100)])
        session.flush()
        lines = csv_rows(written(session, ExportQuestion("devices", devices=DeviceFilter()), "csv"))
    tags = [line["inventarienummer"] for line in lines]
    assert len(set(tags)) == len(tags) == 2100
    assert tags == sorted(tags)


@pytest.mark.parametrize(
    ("question", "refusal"),
    [
        (ExportQuestion("lösenord"), UnknownExport),
        (ExportQuestion("aterbruk", part="allt"), UnknownPart),
        (ExportQuestion("devices", owner="9999"), places.UnknownOwner),
    ],
)
def test_unknown_export_is_refused_by_name(
    database: Database, question: ExportQuestion, refusal: type[Exception]
) -> None:
    with database.reading(EVERYTHING) as session, pytest.raises(refusal):
        exports.build(session, question, actor=CLERK)


def test_money_keeps_its_ore(database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        fill(session)
        table = json.loads(written(session, ExportQuestion("devices"), "json"))
        first = next(row for row in table["rows"] if row["serial"] == "0012345")
    assert Decimal(first["price_sek"]) == Decimal("8300.50")
    assert (first["purchased"], first["kind"], first["owner"]) == ("2023-03", "Bärbar dator", "Laxå")


def test_role_that_may_not_export_is_denied(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from assetreg.domain import access

    monkeypatch.setitem(access.ALLOWED, Role.READER, frozenset({access.Act.READ_DEVICES, access.Act.READ_FIGURES}))
    reader = Actor(account=None, role=Role.READER, door=Door.WEB, at=CLERK.at)
    with database.reading(EVERYTHING) as session:
        for what in exports.WHATS:
            with pytest.raises(Denied):
                exports.build(session, ExportQuestion(what, year=2025), actor=reader)
