"""The import pages for somebody who reads English: what was refused is told in English, whoever read the file in."""

from __future__ import annotations

import re

import pytest

from assetreg.db.session import Database
from assetreg.domain.terms import Role
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import Clock, Login
from tests.web.device_fleet import fleet
from tests.web.test_imports import sent, worked

HEADERS = "serienummer;inventarienummer;typ;kommun;status;inköpsdatum;anmärkning"
ROWS = (
    "PF3NEW01;;hund {0};1860;;;",
    "PF3NEW02;;laptop;1860;;igår;",
    "PF3NEW03;;(tom);1860;;;",
    "PF3NEW04;;laptop;1860;I lager;;",
    "PF3NEW04;;laptop;1860;I drift;;",
    "PF3STOCK;;laptop;1860;I drift;;",
    ";;laptop;1860;;;",
)
SWEDISH = {
    2: "hund {0} är inget av de val som finns: bärbar dator, stationär dator,",
    4: "Kolumnen typ kan inte tömmas.",
    6: "Rad 5 i filen gäller samma sak men säger något annat (status).",
    7: "har status i lager, inte i drift. En fil ändrar inte status: gör steget på enhetens sida (Ta i drift)",
    8: "Uppgiften saknas. Fyll i den.",
}
ENGLISH = {
    2: "hund {0} is not one of the choices: laptop, desktop,",
    4: "The column kind cannot be emptied.",
    6: "Row 5 of the file is about the same thing but says something else (stage).",
    7: "has the status in stock, not deployed. A file does not change the status: take the step on the "
    "device’s page (Deploy), or leave the cell empty.",
    8: "The value is missing. Fill it in.",
}
REASON = re.compile(r'data-label="(?:Rad|Row)"><span>(\d+)</span>.*?<td>(.*?)</td></tr>', re.DOTALL)


@pytest.fixture
def swedish(login: Login, web_database: Database) -> CheckedClient:
    fleet(web_database)
    return login(Role.ADMIN)


@pytest.fixture
def english(login: Login, swedish: CheckedClient) -> CheckedClient:
    client = login(Role.ADMIN)
    assert client.post("/konto/utseende", data={"language": "en", "theme": "system"}).status_code == 303
    return client


def reasons(client: CheckedClient, address: str) -> dict[int, str]:
    return {int(row): reason for row, reason in REASON.findall(client.get(address).get_data(as_text=True))}


def listed(client: CheckedClient, database: Database, clock: Clock) -> str:
    answer = sent(client, "\n".join((HEADERS, *ROWS)) + "\n")
    worked(database, clock)
    return answer.headers["Location"]


def test_reasons_are_in_the_language_of_whoever_reads(
    swedish: CheckedClient, english: CheckedClient, web_database: Database, clock: Clock
) -> None:
    for reader in (swedish, english):
        address = listed(reader, web_database, clock)
        for client, expected in ((swedish, SWEDISH), (english, ENGLISH)):
            shown = reasons(client, address)
            assert {row: told in shown[row] for row, told in expected.items()} == dict.fromkeys(expected, True), shown
            assert len(shown) == 6


def test_columns_are_named_as_a_file_in_the_language_names_them(
    swedish: CheckedClient, english: CheckedClient, web_database: Database, clock: Clock
) -> None:
    address = listed(swedish, web_database, clock)
    assert '"><span>typ</span>' in swedish.get(address).get_data(as_text=True)
    shown = english.get(address).get_data(as_text=True)
    assert '"><span>kind</span>' in shown
    assert '"><span>typ</span>' not in shown


def test_file_of_refused_rows_is_in_swedish_for_everyone(
    swedish: CheckedClient, english: CheckedClient, web_database: Database, clock: Clock
) -> None:
    address = listed(english, web_database, clock)
    bodies = [client.get(f"{address}/avvisade.csv").get_data() for client in (swedish, english)]
    assert bodies[0] == bodies[1]
    lines = bodies[0].decode("utf-8-sig").splitlines()
    assert lines[0] == f"{HEADERS};listans datum;orsak"
    told = [reason for reason in SWEDISH.values() if not any(reason in line for line in lines)]
    assert told == []


@pytest.mark.parametrize(
    ("body", "sv", "en"),
    [
        ("namn\nKim\n", "saknar kolumnen serienummer eller inventarienummer.", "The file lacks the column serial"),
        ('serienummer\n"PF3\n', "Citattecknen går inte ihop på rad 2", "row 2"),
        ("%PDF-1.7", "är en PDF, inte en CSV-fil", ", not a CSV file or a workbook."),
        ("serial;serial\n1;2\n", "Rubriken serial står över flera kolumner.", "serial"),
    ],
)
def test_file_that_cannot_be_read_says_why_in_each_language(
    swedish: CheckedClient, english: CheckedClient, web_database: Database, clock: Clock, body: str, sv: str, en: str
) -> None:
    address = sent(swedish, body).headers["Location"]
    worked(web_database, clock)
    page = swedish.get(address).get_data(as_text=True)
    assert "Filen kunde inte läsas" in page
    assert sv in page
    page = english.get(address).get_data(as_text=True)
    assert "Filen kunde inte läsas" not in page
    assert en in page
    assert sv not in page
