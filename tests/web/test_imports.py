"""The import pages: a file is looked at before anything happens, and only by those who may."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from assetreg import jobs
from assetreg.db.device import Device
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.terms import Role, Stage
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import Clock, Login
from tests.web.device_fleet import device, place

LIST = "serienummer;typ;kommun;enhet;färg\nPF3ABC01;laptop;1860;Nya skolan;blå\nPF3ABC02;<b>hund</b>;1860;;\n"


def sent(client: CheckedClient, text: str = LIST, **stated: Any) -> TestResponse:
    form = {"preset": "devices", "file": (io.BytesIO(text.encode()), "li'sta <b>.csv")} | stated
    return client.post("/import/ny", data=form, content_type="multipart/form-data")


def worked(database: Database, clock: Clock) -> None:
    while jobs.work_once(database, "w", clock=clock):
        pass


def page(client: CheckedClient, answer: TestResponse) -> str:
    return client.get(answer.headers["Location"]).get_data(as_text=True)


def standing(database: Database) -> int:
    with database.reading(EVERYTHING) as session:
        return len(session.execute(select(Device.id).where(Device.stage != Stage.VOIDED)).all())


def test_file_is_previewed_applied_and_undone(login: Login, web_database: Database, clock: Clock) -> None:
    client = login(Role.TECHNICIAN, "1860")
    answer = sent(client)
    assert answer.status_code == 303
    assert "Väntar på sin tur" in page(client, answer)
    worked(web_database, clock)
    shown = page(client, answer)
    assert "Läs in 1 rad" in shown
    assert "hund är inget av de val som finns" in shown.replace("&lt;b&gt;", "").replace("&lt;/b&gt;", "")
    assert "<b>hund" not in shown
    assert "Nya skolan (Laxå)" in shown
    assert "färg" in shown
    assert standing(web_database) == 0
    address = answer.headers["Location"]
    assert client.post(f"{address}/infor").status_code == 303
    assert client.get(f"{address}/lage").status_code == 200
    worked(web_database, clock)
    assert client.get(f"{address}/lage").status_code == 204
    assert standing(web_database) == 1
    assert "Ångra importen" in page(client, answer)
    client.post(f"{address}/angra")
    worked(web_database, clock)
    assert standing(web_database) == 0
    assert "Ångrad" in client.get("/import").get_data(as_text=True)


def test_refused_rows_file_and_template_are_downloaded(login: Login, web_database: Database, clock: Clock) -> None:
    client = login(Role.TECHNICIAN, "1860")
    address = sent(client).headers["Location"]
    worked(web_database, clock)
    refused = client.get(f"{address}/avvisade.csv")
    assert "attachment" in refused.headers["Content-Disposition"]
    headers = "serienummer;typ;kommun;enhet;färg;listans datum;orsak\r\n"
    assert refused.get_data().decode("utf-8-sig").startswith(f"{headers}PF3ABC02;")
    assert client.get(f"{address}/fil").get_data() == LIST.encode()
    assert client.get("/import/mall/outcomes.csv").get_data().decode("utf-8-sig").startswith("serienummer;")
    assert client.get("/import/mall/cars.csv").status_code == 404


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ({"file": ""}, "Välj en fil att läsa in"),
        ({"file": "tom.csv"}, "är tom"),
        ({"preset": "cars"}, "ingen sorts fil"),
        ({"mapping": "S/N"}, "Raden S/N går inte att läsa"),
        ({"mapping": "S/N = bilar"}, "bilar är ingen kolumn i en fil med enheter"),
        ({"date_format": "d-d-d"}, "Datumformatet"),
        ({"file_date": "igår"}, "går inte att läsa som ett datum"),
    ],
)
def test_form_that_cannot_be_is_shown_again_with_what_was_stated(
    login: Login, stated: dict[str, Any], told: str
) -> None:
    client = login(Role.TECHNICIAN, "1860")
    empty = {"file": (io.BytesIO(), stated["file"])} if "file" in stated else {}
    answer = sent(client, **({"mapping": "A = note"} | stated | empty))
    assert answer.status_code == 422
    assert told in answer.get_data(as_text=True)
    if "mapping" not in stated:
        assert "A = note" in answer.get_data(as_text=True)


def test_file_larger_than_the_setting_is_refused_unread(login: Login, app: Flask) -> None:
    client = login(Role.TECHNICIAN, "1860")
    served = app.extensions["assetreg"]
    app.extensions["assetreg"] = replace(served, settings=replace(served.settings, max_upload_mb=50))
    app.config["MAX_CONTENT_LENGTH"] = 51_000_000
    assert "CSV högst 50 MB, Excel högst 20 MB." in client.get("/import/ny").get_data(as_text=True)

    body = io.BytesIO(bytes(60_000_000))
    answer = client.post("/import/ny", input_stream=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 422
    assert "60 MB, men högst 50 MB" in answer.get_data(as_text=True)


def test_mapping_that_names_no_header_of_the_file_says_so_on_its_page(
    login: Login, web_database: Database, clock: Clock
) -> None:
    client = login(Role.TECHNICIAN, "1860")
    answer = sent(client, mapping="S/N = serial")
    worked(web_database, clock)
    shown = page(client, answer)
    assert "Filen kunde inte läsas" in shown
    assert "nämner rubriken S/N" in shown


def test_page_says_when_nobody_is_at_work(login: Login, clock: Clock) -> None:
    client = login(Role.TECHNICIAN, "1860")
    answer = sent(client)
    assert "inte vara igång" not in page(client, answer)
    clock.turn(seconds=11)
    assert "inte vara igång" in page(client, answer)


def test_import_is_its_owners_own(login: Login, web_database: Database, clock: Clock) -> None:
    mine = login(Role.TECHNICIAN, "1860")
    address = sent(mine).headers["Location"]
    worked(web_database, clock)
    for stranger in (login(Role.TECHNICIAN, "1861"), login(Role.TECHNICIAN, "1860")):
        for path in (address, f"{address}/lage", f"{address}/avvisade.csv", f"{address}/fil"):
            assert stranger.get(path).status_code == 404
        for verb in ("infor", "angra"):
            assert stranger.post(f"{address}/{verb}").status_code == 404
        assert "li&#39;sta" not in stranger.get("/import").get_data(as_text=True)
    assert login(Role.ADMIN).get(address).status_code == 200


def test_who_may_not_read_persons_sees_no_rows_that_may_name_them(
    login: Login, web_database: Database, clock: Clock
) -> None:
    address = sent(login(Role.TECHNICIAN, "1860")).headers["Location"]
    worked(web_database, clock)
    auditor = login(Role.AUDITOR)
    assert "PF3ABC0" not in auditor.get(address).get_data(as_text=True)
    for path in ("fil", "avvisade.csv"):
        assert auditor.get(f"{address}/{path}").status_code == 403


def test_roles_see_the_lists_that_they_may_read_in(login: Login) -> None:
    economist = login(Role.SUSTAINABILITY).get("/import/ny").get_data(as_text=True)
    assert 'value="outcomes"' in economist
    assert 'value="devices"' not in economist
    assert login(Role.AUDITOR).get("/import/ny").status_code == 403
    assert login(Role.AUDITOR).get("/import").status_code == 200
    assert login(Role.READER).get("/import").status_code == 403
    assert sent(login(Role.SUSTAINABILITY)).status_code == 403


def test_asking_for_what_cannot_be_done_is_told_and_changes_nothing(
    login: Login, web_database: Database, clock: Clock
) -> None:
    client = login(Role.TECHNICIAN, "1860")
    address = sent(client).headers["Location"]
    worked(web_database, clock)
    assert client.post(f"{address}/angra").status_code == 303
    assert "Importen är förhandsgranskad" in client.get(address).get_data(as_text=True)
    assert standing(web_database) == 0


def test_preview_says_what_will_change_and_afterwards_what_did(
    login: Login, web_database: Database, clock: Clock
) -> None:
    client = login(Role.TECHNICIAN)
    with web_database.transaction(EVERYTHING) as session:
        place(session, "1860", "Centralskolan", "Anna Ek")
        place(session, "1860", "Nya skolan")
        device(session, "PF3ABC01", unit="Centralskolan", hostname="PC-1", note="Repa på locket")
    lines = "serienummer;typ;kommun;enhet;datornamn;modell;kostnadsställe;anmärkning\n"
    lines += "PF3ABC01;laptop;1860;Nya skolan;PC-2;ThinkPad X1;119;Hel\nPF3ABC02;laptop;1860;;;;;\n"
    answer = sent(client, lines)
    worked(web_database, clock)
    shown = page(client, answer)
    assert re.findall(r"nu: ([^<]+)<", shown) == [
        "Centralskolan",
        "PC-1",
        "ThinkPad L14 Gen 4",
        "tomt",
        "en annan text",
    ]
    assert re.findall(r"badge--(?:done|info)\">(\w+)<", shown) == ["Ändras", "Skapas"]
    assert "Repa på locket" not in shown
    client.post(f"{answer.headers['Location']}/infor")
    worked(web_database, clock)
    shown = page(client, answer)
    assert "nu: " not in shown
    assert {"Ändrad", "Skapad"} <= set(re.findall(r"badge--(?:done|info)\">(\w+)<", shown))
    client.post(f"{answer.headers['Location']}/angra")
    worked(web_database, clock)
    assert "Importen är ångrad" in page(client, answer)
