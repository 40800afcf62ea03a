from __future__ import annotations

import re
from typing import Any

import pytest

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.terms import LabelState, Role
from assetreg.services import devices as register
from assetreg.services import labels, outcomes
from tests.web.conftest import Login
from tests.web.device_fleet import ACTOR, Fleet, device, fleet, step
from tests.web.forms_filled import fields, fill, opened, said, send


@pytest.fixture
def devices(web_database: Database) -> Fleet:
    return fleet(web_database)


def current(database: Database, tag: str) -> Any:
    with database.reading(EVERYTHING) as session:
        return register.get(session, tag)


def errors(page: str) -> set[str]:
    return set(re.findall(r'id="e-(\w+)"', page))


def test_move_is_done_and_said(login: Login, devices: Fleet, web_database: Database) -> None:
    client = login(Role.TECHNICIAN)
    answer = fill(client, f"/enheter/{devices.used}/steg/return", date="2026-11-19", reason="slutar")
    page = said(client, answer)
    assert "Enheten är återlämnad." in page
    row = current(web_database, devices.used)
    assert (row.stage, str(row.returned_on), row.person_id) == ("returned", "2026-11-19", None)


@pytest.mark.parametrize(
    ("tag", "move", "typed", "named"),
    [
        ("stock", "lend", {}, {"user", "due_back"}),
        ("stock", "wipe", {}, {"erasure_method"}),
        ("stock", "report_missing", {}, {"reason"}),
        ("stock", "report_stolen", {}, {"police_reference"}),
        ("ready", "dispatch", {}, {"receiver"}),
        ("stock", "deploy", {"date": "2027-01-01"}, {"date"}),
        ("stock", "deploy", {"user": "Ingen Alls"}, {"user"}),
        ("stock", "deploy", {"unit": "Ingenstans"}, {"unit"}),
        ("stock", "wipe", {"erasure_method": "hammer"}, {"erasure_method"}),
        ("used", "return", {"date": "i går"}, {"date"}),
    ],
)
def test_move_asks_for_what_it_requires_beside_the_field(
    login: Login, devices: Fleet, web_database: Database, tag: str, move: str, typed: dict[str, str], named: set[str]
) -> None:
    client, target = login(Role.TECHNICIAN), getattr(devices, tag)
    before = current(web_database, target)
    path = f"/enheter/{target}/steg/{move}"
    answer = fill(client, path, **typed)
    assert answer.status_code == 422
    assert errors(answer.get_data(as_text=True)) == named
    assert current(web_database, target).version == before.version


def test_move_that_is_not_open_says_which_ones_are(login: Login, devices: Fleet) -> None:
    answer = login(Role.TECHNICIAN).get(f"/enheter/{devices.used}/steg/dispatch")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Enhetens status är i drift" in page
    assert "återlämna" in page


@pytest.mark.parametrize(
    ("tag", "path", "typed"),
    [
        ("used", "steg/return", {}),
        ("stock", "steg/deploy", {}),
        ("ready", "utfall", {"outcome": "gift", "decision": "KS 1", "valuation_sek": "100"}),
        ("used", "byt", {"new": "PF3STOCK"}),
        ("used", "byt-agare", {"owner": "1861", "reason": "ny skola"}),
        ("used", "nytt-liv", {"unit": "Ramundeboda skola", "erasure_method": "purge"}),
        ("used", "etikett", {"reason": "sliten"}),
    ],
)
def test_the_same_form_twice_acts_once_and_says_what_has_happened(
    login: Login, devices: Fleet, web_database: Database, tag: str, path: str, typed: dict[str, str]
) -> None:
    client, target = login(Role.TECHNICIAN), getattr(devices, tag)
    address = f"/enheter/{target}/{path}"
    action = f"{address}/ersatt" if path == "etikett" else address
    form = opened(client, address, action) | typed
    assert send(client, action, form).status_code == 303
    before = current(web_database, target)
    again = send(client, action, form)
    page = again.get_data(as_text=True)
    assert again.status_code == 409
    assert "Senast: " in page
    assert "2026-11-20 12:00" in page
    after = current(web_database, target)
    assert (after.version, after.head_seq) == (before.version, before.head_seq)


def test_act_on_a_device_that_changed_meanwhile_keeps_what_was_typed(
    login: Login, devices: Fleet, web_database: Database
) -> None:
    client = login(Role.TECHNICIAN)
    path = f"/enheter/{devices.used}/steg/return"
    form = opened(client, path) | {"reason": "slutar i juni"}
    assert fill(client, f"/enheter/{devices.used}/andra", hostname="PC-9").status_code == 303
    answer = send(client, path, form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "har ändrats sedan du öppnade sidan" in page
    assert "ändrade uppgifter" in page
    assert "slutar i juni" in page
    assert send(client, path, fields(page, path)).status_code == 303
    assert current(web_database, devices.used).stage == "returned"


def test_lent_device_has_a_user_and_a_day_to_come_back(login: Login, devices: Fleet, web_database: Database) -> None:
    client = login(Role.TECHNICIAN)
    path = f"/enheter/{devices.stock}/steg/lend"
    assert fill(client, path, user="bo@1860.example", due_back="2026-12-24").status_code == 303
    page = client.get(f"/enheter/{devices.stock}").get_data(as_text=True)
    assert "Bo Alm" in page
    assert "2026-12-24" in page


def test_found_device_goes_back_to_where_it_was(login: Login, devices: Fleet, web_database: Database) -> None:
    client = login(Role.TECHNICIAN)
    fill(client, f"/enheter/{devices.used}/steg/report_stolen", police_reference="5000-K1-26")
    assert current(web_database, devices.used).stage == "stolen"
    assert fill(client, f"/enheter/{devices.used}/steg/found").status_code == 303
    assert current(web_database, devices.used).stage == "deployed"


def test_swap_puts_the_new_device_in_the_place_of_the_old(login: Login, devices: Fleet, web_database: Database) -> None:
    client = login(Role.TECHNICIAN)
    path = f"/enheter/{devices.used}/byt"
    assert devices.stock in client.get(path).get_data(as_text=True)
    answer = fill(client, path, new_tag=devices.stock, reason="fyra år")
    page = said(client, answer)
    assert "är utbytt mot" in page
    old, new = current(web_database, devices.used), current(web_database, devices.stock)
    assert (old.stage, new.stage, old.replaced_by_id, new.replaces_id) == ("returned", "deployed", new.id, old.id)
    assert "Anna Ek" in page
    assert client.get(path).status_code == 409


@pytest.mark.parametrize(
    ("new", "status"), [("", 422), ("NOTHERE1", 422), ("PF3USED1", 409), ("PF3READY", 409), ("PF3OTHER", 409)]
)
def test_swap_refuses_what_cannot_take_the_place(
    login: Login, devices: Fleet, web_database: Database, new: str, status: int
) -> None:
    answer = fill(login(Role.TECHNICIAN), f"/enheter/{devices.used}/byt", new=new)
    assert answer.status_code == status
    assert "e-new" in answer.get_data(as_text=True)
    assert current(web_database, devices.used).stage == "deployed"


def test_swap_for_a_foreign_device_says_the_same_as_for_none(login: Login, devices: Fleet) -> None:
    client = login(Role.TECHNICIAN, "1860")
    pages = [
        fill(client, f"/enheter/{devices.used}/byt", new=new).get_data(as_text=True).replace(new, "X")
        for new in ("PF3OTHER", "PF3OTHEQ")
    ]
    assert pages[0] == pages[1]


def test_transfer_leaves_place_and_user_behind(login: Login, devices: Fleet, web_database: Database) -> None:
    client = login(Role.TECHNICIAN)
    path = f"/enheter/{devices.used}/byt-agare"
    answer = fill(client, path, owner="1861", unit="Alléskolan", date="2026-11-01")
    assert "tillhör Hallsberg från 2026-11-01" in said(client, answer)
    row = current(web_database, devices.used)
    assert (row.person_id, row.room_id, row.unit_id is None) == (None, None, False)
    page = login(Role.READER, "1861").get(f"/enheter/{devices.used}").get_data(as_text=True)
    assert "Anna" not in page
    assert login(Role.READER, "1860").get(f"/enheter/{devices.used}").status_code == 404


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"owner": ""}, "owner"),
        ({"owner": "9999"}, "owner"),
        ({"owner": "1861", "date": "2020-01-01"}, "date"),
        ({"owner": "1861", "unit": "Centralskolan"}, "unit"),
    ],
)
def test_transfer_refuses_what_cannot_be(
    login: Login, devices: Fleet, web_database: Database, typed: dict[str, str], field: str
) -> None:
    answer = fill(login(Role.TECHNICIAN), f"/enheter/{devices.used}/byt-agare", **typed)
    assert answer.status_code == 422
    assert errors(answer.get_data(as_text=True)) == {field}


def test_second_life_is_one_act_and_counts_as_internal_reuse(
    login: Login, devices: Fleet, web_database: Database
) -> None:
    client = login(Role.TECHNICIAN)
    path = f"/enheter/{devices.used}/nytt-liv"
    lacking = fill(client, path, unit="Ramundeboda skola")
    assert (lacking.status_code, errors(lacking.get_data(as_text=True))) == (422, {"erasure_method"})
    assert current(web_database, devices.used).stage == "deployed"
    answer = fill(client, path, unit="Ramundeboda skola", erasure_method="purge")
    assert "nytt liv" in said(client, answer)
    row = current(web_database, devices.used)
    assert (row.stage, row.person_id) == ("deployed", None)
    page = client.get("/utfall?ar=2026&del=internal_reuse&indikator=I1").get_data(as_text=True)
    assert devices.used in page


def test_label_page_shows_the_code_that_leads_to_the_device(
    login: Login, devices: Fleet, web_database: Database
) -> None:
    with web_database.reading(EVERYTHING) as session:
        token = labels.of_device(session, register.get(session, devices.used))[0].token
    client = login(Role.TECHNICIAN)
    page = client.get(f"/enheter/{devices.used}/etikett").get_data(as_text=True)
    assert f"http://LOCALHOST/T/{token}" in page
    assert page.count("<svg xmlns") == 1
    assert "label label--18" in page
    assert "label label--25" in client.get(f"/enheter/{devices.used}/etikett?storlek=25").get_data(as_text=True)
    assert "label label--18" in client.get(f"/enheter/{devices.used}/etikett?storlek=99").get_data(as_text=True)
    assert client.get(f"/T/{token}").headers["Location"] == f"/enheter/{devices.used}"


def test_blank_label_is_bound_by_its_code_however_it_is_read(
    login: Login, devices: Fleet, web_database: Database
) -> None:
    with web_database.transaction(EVERYTHING) as session:
        blank = [label.token for label in labels.print_blank(session, 2, actor=ACTOR)]
    client = login(Role.TECHNICIAN, "1860")
    page = f"/enheter/{devices.used}/etikett"
    for token, typed in zip(blank, (blank[0].lower(), f"http://localhost/T/{blank[1]}"), strict=True):
        form = opened(client, page, f"{page}/koppla")
        assert f"{token[:4]}-{token[4:]} sitter nu" in said(client, send(client, f"{page}/koppla", form, token=typed))
        assert client.get(f"/T/{token}").headers["Location"] == f"/enheter/{devices.used}"
    assert "etiketter sitter på enheten" in client.get(f"/enheter/{devices.used}").get_data(as_text=True)


def test_label_that_cannot_be_bound_says_why(login: Login, devices: Fleet, web_database: Database) -> None:
    with web_database.reading(EVERYTHING) as session:
        taken = labels.of_device(session, register.get(session, devices.stock))[0].token
        foreign = labels.of_device(session, register.get(session, devices.foreign))[0].token
    client = login(Role.TECHNICIAN, "1860")
    page = f"/enheter/{devices.used}/etikett"
    for typed, status, says in (
        ("", 422, "Skanna eller skriv etikettens kod."),
        ("12", 422, "ingen etikettkod"),
        (taken, 409, devices.stock),
        (foreign, 422, "finns inte i registret"),
    ):
        answer = send(client, f"{page}/koppla", opened(client, page, f"{page}/koppla"), token=typed)
        assert answer.status_code == status
        body = answer.get_data(as_text=True)
        assert says in body
        assert devices.foreign not in body


def test_replaced_label_still_leads_on_and_a_void_one_nowhere(
    login: Login, devices: Fleet, web_database: Database
) -> None:
    client = login(Role.TECHNICIAN)
    page = f"/enheter/{devices.used}/etikett"
    with web_database.reading(EVERYTHING) as session:
        old = labels.of_device(session, register.get(session, devices.used))[0].token
    form = opened(client, page, f"{page}/ersatt")
    assert send(client, f"{page}/ersatt", form, reason="").status_code == 422
    assert send(client, f"{page}/ersatt", form, reason="sliten").status_code == 303
    assert client.get(f"/T/{old}").headers["Location"] == f"/enheter/{devices.used}?etikett=ersatt"
    form = opened(client, page, f"{page}/makulera")
    missing = send(client, f"{page}/makulera", form, void_token=old, void_reason="")
    assert (missing.status_code, errors(missing.get_data(as_text=True))) == (422, {"void_reason"})
    done = send(client, f"{page}/makulera", form, void_token=old, void_reason="borttappad")
    assert "leder ingenstans" in said(client, done)
    assert client.get(f"/T/{old}").status_code == 200
    with web_database.reading(EVERYTHING) as session:
        states = [label.state for label in labels.of_device(session, register.get(session, devices.used))]
    assert states == [LabelState.VOID, LabelState.ATTACHED]


def test_label_of_another_device_is_not_voided_here(login: Login, devices: Fleet, web_database: Database) -> None:
    with web_database.reading(EVERYTHING) as session:
        other = labels.of_device(session, register.get(session, devices.stock))[0].token
    client = login(Role.TECHNICIAN)
    page = f"/enheter/{devices.used}/etikett"
    form = opened(client, page, f"{page}/makulera")
    answer = send(client, f"{page}/makulera", form, void_token=other, void_reason="x")
    assert answer.status_code == 422
    assert client.get(f"/T/{other}").status_code == 303


def chosen(page: str) -> set[str]:
    return set(re.findall(r'<input type="hidden" name="tag" value="([^"]+)"', page))


def test_bulk_act_is_done_with_all_and_has_a_page_of_its_own(
    login: Login, devices: Fleet, web_database: Database
) -> None:
    with web_database.transaction(EVERYTHING) as session:
        second = device(session, "BULK0002", unit="Centralskolan")
        step(session, second, "deployed", date="2026-01-01")
        noise = device(session, "BULK0003", unit="Centralskolan")
        step(session, noise, "deployed", date="2026-01-01")
    client = login(Role.TECHNICIAN)
    tags = {"tag": [devices.used, second.tag], "act": "return"}
    kept = "unit=Centralskolan&sort=due&nonsense=1"
    page = client.post("/enheter/flera", data=tags | {"back": kept}).get_data(as_text=True)
    assert chosen(page) == set(tags["tag"])
    assert "Återlämna 2 enheter</button>" in page
    versions = dict(re.findall(r'name="(version:[^"]+)" value="(\d+)"', page))
    form = tags | versions | {"date": "2026-11-19", "reason": "skolan stänger", "back": kept}
    answer = client.post("/enheter/flera/gor", data=form)
    assert answer.status_code == 303
    result = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert set(re.findall(r'links__text"><a class="mono" href="/enheter/([^"]+)"', result)) == set(tags["tag"])
    assert "<h1>2 enheter är återlämnade</h1>" in result
    assert "ThinkPad L14" in result
    assert 'href="/enheter?unit=Centralskolan&amp;sort=due">Tillbaka till listan' in result
    assert [current(web_database, tag).stage for tag in tags["tag"]] == ["returned", "returned"]
    assert current(web_database, noise.tag).stage == "deployed"
    assert login(Role.ADMIN).get(answer.headers["Location"]).status_code == 404
    again = client.post("/enheter/flera/gor", data=form)
    assert again.status_code == 409
    assert "Enhetens status är återlämnad" in again.get_data(as_text=True)


def test_bulk_act_names_each_that_stands_in_the_way_and_offers_the_rest(
    login: Login, devices: Fleet, web_database: Database
) -> None:
    client = login(Role.TECHNICIAN)
    tags = [devices.used, devices.stock, devices.ended]
    page = client.post("/enheter/flera", data={"tag": tags, "act": "return"}).get_data(as_text=True)
    assert chosen(page) == {devices.used}
    assert "Det går med 1 av de 3 du valde." in page
    assert page.index("Återlämna 1 enhet</button>") < page.index("Enhetens status är i lager")
    assert "Enhetens status är avslutad" in page
    versions = {f"version:{tag}": current(web_database, tag).version for tag in tags}
    forced = client.post("/enheter/flera/gor", data={"tag": tags, "act": "return", **versions})
    assert forced.status_code == 409
    assert current(web_database, devices.used).stage == "deployed"


def test_bulk_act_says_once_what_stands_in_the_way_of_several(login: Login, devices: Fleet) -> None:
    tags = [devices.stock, devices.phone, devices.used]
    page = login(Role.TECHNICIAN).post("/enheter/flera", data={"tag": tags, "act": "return"}).get_data(as_text=True)
    assert page.count("Enhetens status är i lager") == 1
    assert "Lämnas som de är: 2" in page


@pytest.mark.parametrize("count", [0, 201])
def test_bulk_act_without_a_fit_selection_leads_back_to_the_list(login: Login, devices: Fleet, count: int) -> None:
    client = login(Role.TECHNICIAN)
    data = {"act": "return", "back": "unit=Centralskolan", "tag": [f"IT-{n}" for n in range(count)]}
    answer = client.post("/enheter/flera", data=data)
    page = said(client, answer)
    assert answer.headers["Location"] == "/enheter?unit=Centralskolan"
    assert ("Du har inte valt någon enhet" if count == 0 else "Du har valt 201 enheter") in page


def test_bulk_act_is_all_or_nothing_when_one_fails_late(login: Login, devices: Fleet, web_database: Database) -> None:
    client = login(Role.TECHNICIAN)
    tags = [devices.stock, devices.phone]
    page = client.post("/enheter/flera", data={"tag": tags, "act": "ready"}).get_data(as_text=True)
    versions = dict(re.findall(r'name="(version:[^"]+)" value="(\d+)"', page))
    fill(client, f"/enheter/{devices.phone}/andra", hostname="fon")
    form = {"tag": tags, "act": "ready", **versions, "erasure_method": "purge"}
    answer = client.post("/enheter/flera/gor", data=form)
    assert answer.status_code == 409
    body = answer.get_data(as_text=True)
    assert "Inget är gjort" in body
    assert chosen(body) == {devices.stock}
    assert [current(web_database, tag).stage for tag in tags] == ["in_stock", "in_stock"]


def test_bulk_form_names_what_is_wrong_with_it_beside_the_field(login: Login, devices: Fleet) -> None:
    client = login(Role.TECHNICIAN)
    tags = [devices.stock, devices.phone]
    page = client.post("/enheter/flera", data={"tag": tags, "act": "wipe"}).get_data(as_text=True)
    versions = dict(re.findall(r'name="(version:[^"]+)" value="(\d+)"', page))
    answer = client.post("/enheter/flera/gor", data={"tag": tags, "act": "wipe", **versions})
    assert answer.status_code == 422
    assert errors(answer.get_data(as_text=True)) == {"erasure_method"}
    assert chosen(answer.get_data(as_text=True)) == set(tags)


def test_bulk_moves_to_another_unit(login: Login, devices: Fleet, web_database: Database) -> None:
    client = login(Role.MDM)
    tags = [devices.used, devices.stock]
    page = client.post("/enheter/flera", data={"tag": tags, "act": "place"}).get_data(as_text=True)
    versions = dict(re.findall(r'name="(version:[^"]+)" value="(\d+)"', page))
    lacking = client.post("/enheter/flera/gor", data={"tag": tags, "act": "place", **versions})
    assert (lacking.status_code, errors(lacking.get_data(as_text=True))) == (422, {"unit"})
    form = {"tag": tags, "act": "place", **versions, "unit": "Ramundeboda skola"}
    assert client.post("/enheter/flera/gor", data=form).status_code == 303
    units = {current(web_database, tag).unit_id for tag in tags}
    assert len(units) == 1
    assert current(web_database, devices.ready).unit_id not in units


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"act": "return", "tag": ["IT-999999Z"]}, 404),
        ({"act": "nonsense", "tag": ["IT-000001Y"]}, 404),
        ({"tag": ["IT-000001Y"]}, 404),
    ],
)
def test_bulk_act_that_cannot_be_understood_is_refused(
    login: Login, devices: Fleet, data: dict[str, Any], status: int
) -> None:
    client = login(Role.TECHNICIAN)
    assert client.post("/enheter/flera", data=data).status_code == status
    assert client.post("/enheter/flera/gor", data=data).status_code == status


def test_bulk_act_never_reaches_a_foreign_device(login: Login, devices: Fleet, web_database: Database) -> None:
    client = login(Role.TECHNICIAN, "1860")
    data = {"act": "return", "tag": [devices.used, devices.foreign], "version:" + devices.foreign: "2"}
    assert client.post("/enheter/flera", data=data).status_code == 404
    assert client.post("/enheter/flera/gor", data=data).status_code == 404
    assert current(web_database, devices.foreign).stage == "deployed"
    assert login(Role.MDM).post("/enheter/flera", data={"act": "return", "tag": devices.used}).status_code == 404


def test_reversing_an_outcome_puts_the_device_back(login: Login, devices: Fleet, web_database: Database) -> None:
    client = login(Role.TECHNICIAN)
    with web_database.reading(EVERYTHING) as session:
        outcome = outcomes.standing(session, register.get(session, devices.ended))
        assert outcome is not None
    path = f"/utfall/{outcome.id}/makulera"
    form = opened(client, path)
    lacking = send(client, path, form, reason=" ")
    assert (lacking.status_code, errors(lacking.get_data(as_text=True))) == (422, {"reason"})
    early = send(client, path, form, reason="x", date="2026-03-01")
    assert (early.status_code, errors(early.get_data(as_text=True))) == (422, {"date"})
    assert "klar för avveckling" in said(client, send(client, path, form, reason="fel enhet"))
    assert current(web_database, devices.ended).stage == "ready_for_disposal"
    again = send(client, path, form, reason="fel enhet")
    assert again.status_code == 409
    assert "makulerades redan 2026-11-20" in again.get_data(as_text=True)
    assert client.get(path).status_code == 409


def test_foreign_outcome_looks_like_one_that_does_not_exist(
    login: Login, devices: Fleet, web_database: Database
) -> None:
    with web_database.reading(EVERYTHING) as session:
        outcome = outcomes.standing(session, register.get(session, devices.ended))
        assert outcome is not None
    client = login(Role.TECHNICIAN, "1861")
    for number in (outcome.id, 999, 99999999999999999999999):
        assert client.get(f"/utfall/{number}/makulera").status_code == 404
        data = {"reason": "x", "version": 1}
        assert client.post(f"/utfall/{number}/makulera", data=data).status_code == 404
