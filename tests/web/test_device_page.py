from __future__ import annotations

import re
from typing import Any

import pytest

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.terms import Role
from assetreg.schemas.act import swap_input, transfer_input
from assetreg.schemas.device import device_input
from assetreg.services import devices as register
from assetreg.services import ownership, swaps
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import Login
from tests.web.device_fleet import ACTOR, Fleet, device, end, fleet, reverse, step


@pytest.fixture
def devices(web_database: Database) -> Fleet:
    return fleet(web_database)


def text(client: CheckedClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def acts(page: str) -> set[str]:
    """The addresses below the device that the page offers."""
    menu = re.search(r'<nav class="actions device__acts".*?</nav>', page, re.DOTALL)
    return set(re.findall(r'href="/enheter/[^"/]+/([^"]+)"', menu[0])) if menu else set()


MOVES_OF_USED = {f"steg/{move}" for move in ("store", "lend", "repair", "return", "report_missing", "report_stolen")}


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        (
            Role.TECHNICIAN,
            MOVES_OF_USED | {"utfall", "byt", "byt-agare", "nytt-liv", "etikett", "andra"},
        ),
        (Role.PLANNER, MOVES_OF_USED | {"byt", "byt-agare", "etikett", "andra"}),
        (Role.SUSTAINABILITY, {"utfall"}),
        (Role.MDM, {"etikett", "andra"}),
        (Role.READER, set()),
        (Role.AUDITOR, set()),
    ],
)
def test_only_acts_that_the_role_may_do_are_offered(
    login: Login, devices: Fleet, role: Role, offered: set[str]
) -> None:
    client = login(role)
    assert acts(text(client, f"/enheter/{devices.used}")) == offered
    for act in MOVES_OF_USED | {"utfall", "byt", "byt-agare", "nytt-liv", "etikett", "andra"}:
        expected = 200 if act in offered else 403
        assert client.get(f"/enheter/{devices.used}/{act}").status_code == expected


def test_transfer_is_offered_where_there_is_another_owner_to_give_to(login: Login, devices: Fleet) -> None:
    assert "byt-agare" not in acts(text(login(Role.TECHNICIAN, "1860"), f"/enheter/{devices.used}"))
    assert "byt-agare" in acts(text(login(Role.TECHNICIAN, "1860", "1861"), f"/enheter/{devices.used}"))


def test_ended_device_offers_no_move_and_a_way_to_take_its_outcome_back(login: Login, devices: Fleet) -> None:
    page = text(login(Role.TECHNICIAN), f"/enheter/{devices.ended}")
    assert acts(page) == {"etikett", "andra"}
    assert re.search(r'href="/utfall/\d+/makulera"', page)
    assert "Räknas i datorer och serverutrustning 2026" in page
    assert "makulera" not in text(login(Role.READER), f"/enheter/{devices.ended}")


@pytest.mark.parametrize(
    "below",
    [
        "",
        "/andra",
        "/historik",
        "/steg/return",
        "/steg/nonsense",
        "/byt",
        "/byt-agare",
        "/nytt-liv",
        "/etikett",
        "/utfall",
    ],
)
def test_foreign_device_looks_like_one_that_does_not_exist(login: Login, devices: Fleet, below: str) -> None:
    client = login(Role.TECHNICIAN, "1860")
    answers = [client.get(f"/enheter/{tag}{below}") for tag in (devices.foreign, "IT-999999Z", "%00")]
    assert {answer.status_code for answer in answers} == {404}
    assert answers[0].data == answers[1].data == answers[2].data


@pytest.mark.parametrize(
    "below",
    [
        *("/andra", "/steg/return", "/byt", "/byt-agare", "/nytt-liv", "/utfall"),
        *("/etikett/koppla", "/etikett/ersatt", "/etikett/makulera"),
    ],
)
def test_write_to_a_foreign_device_is_refused_as_if_it_did_not_exist(
    login: Login, devices: Fleet, web_database: Database, below: str
) -> None:
    client = login(Role.TECHNICIAN, "1860")
    stated: dict[str, Any] = {
        "version": 1,
        "outcome": "gift",
        "token": "7K3M-9Q2P",
        "reason": "x",
        "new": devices.stock,
    }
    stated |= {"owner": "1860", "unit": "Centralskolan", "void_token": "7K3M9Q2P", "void_reason": "x"}
    for tag in (devices.foreign, "IT-999999Z"):
        assert client.post(f"/enheter/{tag}{below}", data=stated).status_code == 404
    with web_database.reading(EVERYTHING) as session:
        assert register.get(session, devices.foreign).stage == "deployed"


def test_history_says_who_did_what_when_and_why(login: Login, devices: Fleet, web_database: Database) -> None:
    with web_database.transaction(EVERYTHING) as session:
        step(session, register.lock(session, devices.used), "in_repair", date="2026-05-05", reason="sprucken skärm")
    page = text(login(Role.READER), f"/enheter/{devices.used}")
    assert "Registret skickade enheten på reparation, 2026-05-05: sprucken skärm" in page
    assert "2026-11-20 12:00 · Kommandoraden" in page


def test_reversed_outcome_is_struck_in_the_history(login: Login, devices: Fleet, web_database: Database) -> None:
    with web_database.transaction(EVERYTHING) as session:
        reverse(
            session,
            end(
                session,
                register.lock(session, devices.ready),
                "gift",
                "2026-04-01",
                decision="KS 12",
                valuation_sek="100",
            ),
            "2026-05-01",
        )
    page = text(login(Role.READER), f"/enheter/{devices.ready}")
    struck = re.findall(r'timeline__item--struck">\s*<p class="timeline__text">([^<]+)', page)
    assert len(struck) == 1
    assert "gåva" in struck[0]


def test_older_events_come_page_by_page(login: Login, devices: Fleet, web_database: Database) -> None:
    with web_database.transaction(EVERYTHING) as session:
        row = register.lock(session, devices.used)
        for turn in range(30):
            step(session, row, "in_repair", date="2026-05-05", reason=f"varv {turn:02}")
            step(session, row, "deployed", date="2026-05-05")
    client = login(Role.READER)
    page = text(client, f"/enheter/{devices.used}")
    seen = re.findall(r"varv (\d\d)", page)
    link = re.search(r'href="([^"]+\?fore=\d+)"', page)
    while link:
        page = text(client, link[1])
        seen += re.findall(r"varv (\d\d)", page)
        link = re.search(r'rel="next" href="([^"]+\?fore=\d+)"', page)
    assert seen == [f"{turn:02}" for turn in reversed(range(30))]
    assert "registrerade enheten" in page
    assert text(client, f"/enheter/{devices.used}/historik?fore=99999999999999999999")


def test_swapped_devices_link_to_each_other_and_not_over_a_border(
    login: Login, devices: Fleet, web_database: Database
) -> None:
    with web_database.transaction(EVERYTHING) as session:
        old, new = register.lock(session, devices.used), register.lock(session, devices.stock)
        swaps.swap(session, old, new, swap_input({"new": new.tag}), actor=ACTOR)
    assert f'href="/enheter/{devices.stock}"' in text(login(Role.READER), f"/enheter/{devices.used}")
    assert f'href="/enheter/{devices.used}"' in text(login(Role.READER), f"/enheter/{devices.stock}")
    with web_database.transaction(EVERYTHING) as session:
        row = register.lock(session, devices.used)
        ownership.hand_over(session, row, transfer_input({"owner": "1861", "reason": "x"}), actor=ACTOR)
    page = text(login(Role.READER, "1860"), f"/enheter/{devices.stock}")
    assert devices.used not in page
    assert "En annan kommuns enhet" in page


def test_scanned_old_label_is_said(login: Login, devices: Fleet) -> None:
    client = login(Role.READER)
    assert "gammal etikett" in text(client, f"/enheter/{devices.used}?etikett=ersatt")
    assert "gammal etikett" not in text(client, f"/enheter/{devices.used}")


def test_what_needs_an_eye_is_said(login: Login, web_database: Database) -> None:
    with web_database.transaction(EVERYTHING) as session:
        overdue = device(session, "OVERDUE1", purchased="2020-01-01", delivered=None).tag
        fine = device(session, "FINE0001", purchased="2026-01-01", delivered=None).tag
        dateless = device(session, "DATELESS", purchased=None, delivered=None).tag
    client = login(Role.READER)
    assert "skulle ha bytts senast 2023-01-01" in text(client, f"/enheter/{overdue}")
    assert "skulle ha bytts" not in text(client, f"/enheter/{fine}")
    assert "Inköpsdatum saknas" in text(client, f"/enheter/{dateless}")


def test_names_are_shown_as_text_whatever_they_hold(login: Login, web_database: Database) -> None:
    with web_database.transaction(EVERYTHING) as session:
        tag = device(session, "EVIL0001", model="<script>alert(1)</script>", hostname='"><img src=x>').tag
    for path in (f"/enheter/{tag}", f"/enheter/{tag}/andra", "/enheter", "/enheter?q=<script>alert(1)</script>"):
        page = text(login(Role.TECHNICIAN), path)
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def days_of_life(page: str) -> dict[str, str]:
    found = re.findall(r'track__label">([^<]*)</span>(?:\s*<span class="track__date">([^<]*))?', page)
    return {label: on.strip() for label, on in found}


def test_line_of_life_has_the_days_of_this_life_and_none_to_come(
    login: Login, devices: Fleet, web_database: Database
) -> None:
    with web_database.transaction(EVERYTHING) as session:
        row = register.lock(session, devices.used)
        step(session, row, "in_repair", date="2026-05-05", reason="sprucken skärm")
    away = days_of_life(text(login(Role.READER), f"/enheter/{devices.used}"))
    assert (away["På reparation"], away["I lager"], away["Återlämnad"]) == ("2026-05-05", "2024-03-05", "")
    with web_database.transaction(EVERYTHING) as session:
        row = register.lock(session, devices.used)
        step(session, row, "returned", date="2026-06-01")
        step(session, row, "in_stock", date="2026-06-03", erasure_method="purge", erasure_date="2026-06-02")
        step(session, row, "deployed", date="2026-06-04", unit="Centralskolan")
    anew = days_of_life(text(login(Role.READER), f"/enheter/{devices.used}"))
    assert (anew["I lager"], anew["I drift"]) == ("2026-06-03", "2026-06-04")
    assert (anew["Återlämnad"], anew["Raderad"]) == ("", "")


def test_changed_note_is_told_without_what_it_said(login: Login, devices: Fleet, web_database: Database) -> None:
    for note in ("Repa på locket", "Ny skärm", ""):
        with web_database.transaction(EVERYTHING) as session:
            row = register.lock(session, devices.stock)
            register.edit(session, row, device_input({"note": note or None}, version=row.head_seq), actor=ACTOR)
    told = re.findall(r"Anmärkning: (\w+)", text(login(Role.READER), f"/enheter/{devices.stock}"))
    assert told == ["borttagen", "ändrad", "skriven"]


def test_word_of_the_maker_instead_of_a_serial_is_said(login: Login, web_database: Database) -> None:
    with web_database.transaction(EVERYTHING) as session:
        junk = device(session, "To be filled by O.E.M.").tag
        real = device(session, "PF3REAL1").tag
    page = text(login(Role.TECHNICIAN), f"/enheter/{junk}")
    assert re.search(rf'inget riktigt serienummer[^<]*<a href="/enheter/{junk}/andra">', page)
    assert "inget riktigt serienummer" not in text(login(Role.TECHNICIAN), f"/enheter/{real}")
    assert f'<a href="/enheter/{junk}/andra">' not in text(login(Role.READER), f"/enheter/{junk}")
