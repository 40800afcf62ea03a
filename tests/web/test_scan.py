"""Scanning: the page that waits for a code, labels that lead nowhere, and a blank label that gets its device."""

from __future__ import annotations

import re
from html import unescape

import pytest
from werkzeug.test import TestResponse

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.identifiers import printed_token
from assetreg.domain.terms import LabelState, Role
from assetreg.services import devices as register
from assetreg.services import labels
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import Clock, Login
from tests.web.device_fleet import ACTOR, Fleet, device, fleet
from tests.web.forms_filled import fields, said


@pytest.fixture
def devices(web_database: Database) -> Fleet:
    return fleet(web_database)


@pytest.fixture
def blank(web_database: Database) -> str:
    with web_database.transaction(EVERYTHING) as session:
        return labels.print_blank(session, 2, actor=ACTOR)[0].token


def text(answer: TestResponse) -> str:
    return unescape(answer.get_data(as_text=True))


def states(database: Database, tag: str) -> dict[str, LabelState]:
    with database.reading(EVERYTHING) as session:
        return {row.token: row.state for row in labels.of_device(session, register.get(session, tag))}


def bind(client: CheckedClient, token: str, **typed: str) -> TestResponse:
    return client.post(f"/enheter/sok/etikett/{token}", data=typed)


def test_scan_page_waits_for_a_code_with_the_focus_in_its_field(login: Login, devices: Fleet) -> None:
    client = login(Role.TECHNICIAN)
    page = client.get("/enheter/sok")
    assert page.status_code == 200
    assert re.search(r'<input [^>]*name="q"[^>]* autofocus', text(page))
    found = client.get("/enheter/sok?via=skanna&q=PF3USED1")
    assert (found.status_code, found.headers["Location"]) == (303, f"/enheter/{devices.used}?via=skanna")
    shown = text(client.get(found.headers["Location"]))
    assert "Skanna nästa" in shown
    assert "autofocus" not in shown
    assert "Skanna nästa" not in text(client.get(f"/enheter/{devices.used}"))


def test_code_not_found_is_said_beside_the_emptied_field(login: Login, devices: Fleet) -> None:
    answer = login(Role.TECHNICIAN).get("/enheter/sok?via=skanna&q=hittasinte")
    page = text(answer)
    assert answer.status_code == 404
    assert 'id="e-code"' in page
    assert "Ingen enhet eller etikett stämmer med ”hittasinte”" in page
    assert "data-scan" in page
    assert not re.search(r'id="f-code"[^>]* value="[^"]', page)
    assert 'href="/enheter/ny?serial=hittasinte"' in page
    assert "Registrera ny enhet" not in text(login(Role.READER).get("/enheter/sok?via=skanna&q=hittasinte"))
    wrong = devices.used[:-1] + "A"
    assert "kontrolltecknet stämmer inte" in text(login(Role.READER).get(f"/enheter/sok?via=skanna&q={wrong}"))


def test_search_box_still_leads_what_it_does_not_find_to_the_list(login: Login, devices: Fleet) -> None:
    answer = login(Role.TECHNICIAN).get("/enheter/sok?q=hittasinte")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/enheter?q=hittasinte")


def test_void_label_says_when_why_and_where_it_sat(login: Login, devices: Fleet, web_database: Database) -> None:
    with web_database.transaction(EVERYTHING) as session:
        label = labels.of_device(session, register.get(session, devices.used))[0]
        labels.void(session, label, actor=ACTOR, reason="borttappad på bussen")
        token = label.token
    client = login(Role.READER, "1860")
    page = text(client.get(f"/t/{token}"))
    assert "Etiketten är makulerad" in page
    assert "2026-11-20: borttappad på bussen" in page
    assert f'href="/enheter/{devices.used}"' in page
    assert client.get(f"/enheter/sok?q={printed_token(token)}").headers["Location"].upper() == f"/T/{token}"
    assert client.get(f"/enheter/sok?q=http://localhost/T/{token}").headers["Location"].upper() == f"/T/{token}"
    foreign = login(Role.READER, "1861").get(f"/t/{token}")
    assert foreign.status_code == 404
    assert "Ingen sådan etikett" in text(foreign)


def test_blank_label_is_bound_with_one_code_and_can_be_taken_back(
    login: Login, blank: str, web_database: Database
) -> None:
    with web_database.transaction(EVERYTHING) as session:
        row = device(session, "NAKEN001")
        for label in labels.of_device(session, row):
            labels.void(session, label, actor=ACTOR, reason="fel")
        tag = row.tag
    client = login(Role.TECHNICIAN)
    assert client.get(f"/enheter/sok?q={printed_token(blank)}&via=skanna").headers["Location"].upper() == f"/T/{blank}"
    page = text(client.get(f"/t/{blank}"))
    assert re.search(r'<input [^>]*name="code"[^>]* autofocus', page)
    answer = bind(client, blank, code="naken001")
    done = text(client.get(answer.headers["Location"]))
    assert f"Klart: {printed_token(blank)} sitter nu på {tag}" in done
    assert f'href="/enheter/{tag}"' in done
    assert "Skanna nästa" in done
    assert states(web_database, tag)[blank] is LabelState.ATTACHED
    again = bind(client, blank, code="naken001")
    assert again.headers["Location"] == answer.headers["Location"]
    undone = client.post(f"/enheter/sok/etikett/{blank}/angra")
    assert f"Ångrat: {printed_token(blank)} sitter inte längre på {tag}" in text(client.get(undone.headers["Location"]))
    assert blank not in states(web_database, tag)
    assert "tog bort en etikett från enheten" in text(client.get(f"/enheter/{tag}"))
    assert bind(client, blank, code=tag).status_code == 303


@pytest.mark.parametrize(("choice", "expected"), [("keep", LabelState.ATTACHED), ("replace", LabelState.REPLACED)])
def test_device_with_a_label_asks_what_becomes_of_it(
    login: Login, devices: Fleet, blank: str, web_database: Database, choice: str, expected: LabelState
) -> None:
    client = login(Role.TECHNICIAN)
    (old,) = states(web_database, devices.used)
    asked = bind(client, blank, code=devices.used)
    page = text(asked)
    assert asked.status_code == 200
    assert f"Ersätt {printed_token(old)}" in page
    assert "Behåll båda" in page
    assert states(web_database, devices.used) == {old: LabelState.ATTACHED}
    form = fields(page, f"/enheter/sok/etikett/{blank}")
    assert bind(client, blank, **form, old=choice).status_code == 303
    assert states(web_database, devices.used) == {old: expected, blank: LabelState.ATTACHED}
    client.post(f"/enheter/sok/etikett/{blank}/angra")
    assert states(web_database, devices.used) == {old: LabelState.ATTACHED}


def test_code_of_several_devices_gives_a_choice_that_keeps_the_label(
    login: Login, blank: str, web_database: Database
) -> None:
    with web_database.transaction(EVERYTHING) as session:
        tags = [device(session, "A1234567", owner=owner, asset_tag="77").tag for owner in ("1860",)]
        tags.append(device(session, "B1234567", owner="1861", asset_tag="77").tag)
    client = login(Role.TECHNICIAN)
    page = text(bind(client, blank, code="77"))
    assert "stämmer på fler än en enhet" in page
    assert set(re.findall(r'name="tag" value="([^"]+)"', page)) == set(tags)
    chosen = text(bind(client, blank, tag=tags[1]))
    assert tags[1] in chosen
    assert bind(client, blank, tag=tags[1], old="keep").status_code == 303
    assert blank in states(web_database, tags[1])


@pytest.mark.parametrize("typed", ["", "NYENHET9"])
def test_code_of_no_device_is_said_and_carried_to_the_form_of_a_new_one(
    login: Login, blank: str, web_database: Database, typed: str
) -> None:
    client = login(Role.TECHNICIAN)
    answer = bind(client, blank, code=typed)
    assert answer.status_code == 422
    assert 'id="e-code"' in text(answer)
    link = re.search(r'href="(/enheter/ny\?[^"]+)"', text(answer))
    assert link is not None
    form = fields(text(client.get(link[1])), "/enheter/ny")
    assert (form["serial"], form["etikett"]) == (typed, blank)
    sent = client.post("/enheter/ny", data=form | {"kind": "laptop", "owner": "1860"})
    page = said(client, sent)
    tag = re.search(r"sitter nu på (IT-\w+)", page)
    assert tag is not None
    assert states(web_database, tag[1]) == {blank: LabelState.ATTACHED}
    twice = client.post("/enheter/ny", data=form | {"kind": "laptop", "owner": "1860"})
    assert twice.headers["Location"] == f"/enheter/{tag[1]}"


def test_label_that_has_sat_a_while_is_not_taken_back(
    login: Login, devices: Fleet, blank: str, web_database: Database, clock: Clock
) -> None:
    client = login(Role.TECHNICIAN)
    bind(client, blank, code=devices.used, old="keep")
    clock.turn(minutes=61)
    answer = client.post(f"/enheter/sok/etikett/{blank}/angra")
    page = text(client.get(client.get(answer.headers["Location"]).headers["Location"]))
    assert "mer än en timme sedan" in page
    assert states(web_database, devices.used)[blank] is LabelState.ATTACHED


def test_reader_is_told_what_a_blank_label_is_and_gets_no_form(login: Login, blank: str) -> None:
    client = login(Role.READER)
    page = text(client.get(f"/t/{blank}"))
    assert "sitter inte på någon enhet" in page
    assert 'name="code"' not in page
    assert bind(client, blank, code="x").status_code == 403


def test_foreign_device_cannot_be_labelled_nor_its_label_taken(
    login: Login, devices: Fleet, blank: str, web_database: Database
) -> None:
    client = login(Role.TECHNICIAN, "1860")
    assert bind(client, blank, code=devices.foreign).status_code == 422
    assert bind(client, blank, tag=devices.foreign).status_code == 404
    (theirs,) = states(web_database, devices.foreign)
    for token in (theirs, "ZZZZZZZZ"):
        assert bind(client, token, code=devices.used).status_code == 404
        assert client.post(f"/enheter/sok/etikett/{token}/angra").status_code == 404
    assert states(web_database, devices.foreign) == {theirs: LabelState.ATTACHED}


def test_label_that_sits_on_another_device_is_refused(login: Login, devices: Fleet, web_database: Database) -> None:
    (taken,) = states(web_database, devices.stock)
    client = login(Role.TECHNICIAN)
    answer = bind(client, taken, tag=devices.used, old="keep")
    assert answer.status_code == 409
    assert f"sitter redan på {devices.stock}" in text(answer)
    assert taken not in states(web_database, devices.used)
