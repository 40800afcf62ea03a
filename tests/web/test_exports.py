from __future__ import annotations

import csv
import io
import json

import openpyxl
import pytest

from assetreg.db.session import Database
from assetreg.domain.terms import Role
from assetreg.services import exports
from tests.web.conftest import Login
from tests.web.fleet import fill


def lines(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";"))


@pytest.mark.parametrize("what", ["devices", "due", "aterbruk", "indicators", "history"])
def test_every_table_comes_in_every_format(web_database: Database, login: Login, what: str) -> None:
    fill(web_database)
    client = login(Role.ADMIN)
    answers = {ending: client.get(f"/export/{what}.{ending}?year=2026") for ending in ("csv", "xlsx", "json")}
    assert [answer.status_code for answer in answers.values()] == [200, 200, 200]
    for ending, answer in answers.items():
        name = f"{exports.FILES[what]}-2026-2026-11-20.{ending}"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    table = json.loads(answers["json"].data)
    titles = [column["title"] for column in table["columns"]]
    sheet = openpyxl.load_workbook(io.BytesIO(answers["xlsx"].data)).worksheets[0]
    assert [cell.value for cell in sheet[1]] == titles
    assert len(lines(answers["csv"].data)) == len(table["rows"]) == sheet.max_row - 1


def test_list_of_devices_is_taken_out_as_it_is_filtered(web_database: Database, login: Login) -> None:
    fill(web_database)
    client = login(Role.TECHNICIAN)
    assert len(lines(client.get("/export/devices.csv").data)) == 8
    assert len(lines(client.get("/export/devices.csv?stage=deployed").data)) == 3
    assert len(lines(client.get("/export/devices.csv?stage=deployed&owner=1860").data)) == 2
    book = openpyxl.load_workbook(io.BytesIO(client.get("/export/enheter?stage=deployed").data))
    facts = {row[0].value: row[1].value for row in book.worksheets[1].rows}
    assert facts["Urval"] == "status: I drift"


def test_kommun_reader_takes_out_its_own_rows_whatever_the_address_asks_for(
    web_database: Database, login: Login
) -> None:
    fill(web_database)
    client = login(Role.READER, "1861")
    for asked in ("", "&owner=1860", "&owner=GEM"):
        assert {line["kommun"] for line in lines(client.get(f"/export/devices.csv?x=1{asked}").data)} == {"Hallsberg"}
        figures = json.loads(client.get(f"/export/indicators.json?year=2026{asked}").data)
        assert {row["owner"] for row in figures["rows"]} == {"1861"}
        assert len(lines(client.get(f"/export/aterbruk.csv?year=2026{asked}").data)) == 1


def test_figures_as_they_were_known_are_taken_out_so(web_database: Database, login: Login) -> None:
    fill(web_database)
    client = login(Role.AUDITOR)
    answer = client.get("/export/indicators.json?year=2026&as_known_on=2026-11-19")
    table = json.loads(answer.data)
    assert table["rows"][0]["headline"] == 0
    assert table["about"]["Som registret såg ut"] == "2026-11-19 23:59"


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/export/losenord.csv", 422),
        ("/export/devices.exe", 422),
        ("/export/aterbruk.csv?year=tjugo", 422),
        ("/export/aterbruk.csv?year=0000", 422),
        ("/export/aterbruk.csv?indicator=I3", 422),
        ("/export/aterbruk.csv?part=allt", 422),
        ("/export/indicators.csv?as_of=4/5/16", 422),
        ("/export/devices.csv?kind=lapdog", 200),
    ],
)
def test_address_that_means_nothing_is_a_sentence_and_no_file(login: Login, address: str, status: int) -> None:
    answer = login(Role.ADMIN).get(address)
    assert answer.status_code == status
    if status == 422:
        assert "Content-Disposition" not in answer.headers
        assert "Traceback" not in answer.get_data(as_text=True)


def test_nobody_takes_out_anything(client: object, web_database: Database, login: Login) -> None:
    from tests.web.checked_pages import CheckedClient

    assert isinstance(client, CheckedClient)
    assert client.get("/export/devices.csv").status_code == 303
