from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape

import pytest
from sqlalchemy import event

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.terms import Role
from assetreg.services import device_list
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import Login
from tests.web.device_fleet import Fleet, device, end, fleet, step


@pytest.fixture
def devices(web_database: Database) -> Fleet:
    return fleet(web_database)


@pytest.fixture
def many(web_database: Database) -> list[str]:
    """Sixty devices, more than a page, some of them bought the same day and some on no known day."""
    with web_database.transaction(EVERYTHING) as session:
        dates = ("2024-03-01", "2023-05-05", None)
        return [device(session, f"MANY{n:03}", purchased=dates[n % 3], delivered=None).tag for n in range(60)]


def tags(page: str) -> list[str]:
    return re.findall(r'<th scope="row" class="cell-main"><a[^>]*>([^<]+)</a>', page)


def next_page(page: str) -> str | None:
    found = re.search(r'rel="next" href="([^"]+)"', page)
    return unescape(found[1]) if found else None


def text(client: CheckedClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


@contextmanager
def queries(database: Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


def test_list_shows_who_and_where_and_only_the_visitors_owners(login: Login, devices: Fleet) -> None:
    page = text(login(Role.READER, "1860"), "/enheter")
    assert set(tags(page)) == {devices.used, devices.stock, devices.ready, devices.phone}
    assert "Anna Ek" in page
    assert "Cecilia Berg" not in page
    assert "4 enheter" in page


def test_auditor_sees_no_persons_name(login: Login, devices: Fleet) -> None:
    client = login(Role.AUDITOR)
    for path in ("/enheter", f"/enheter/{devices.used}", f"/enheter/{devices.used}/historik"):
        page = text(client, path)
        assert devices.used in page
        assert "Anna" not in page
    assert devices.used not in tags(text(client, "/enheter?q=Anna"))
    assert tags(text(login(Role.READER), "/enheter?q=Anna")) == [devices.used]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("stage=deployed", {"used", "foreign"}),
        ("kind=phone", {"phone"}),
        ("kind=phone&stage=deployed", set()),
        ("unit=Centralskolan", {"used", "stock", "ready"}),
        ("q=pf3us", {"used"}),
        ("q=PF", {"used", "stock", "ready", "ended", "foreign"}),
        ("due_to=2028-03-01&sort=due", {"phone", "used", "foreign"}),
        ("support_before=2026-01-01", {"used"}),
        ("unit=centralSKOLAN", {"used", "stock", "ready"}),
        ("unit=entralsk", {"used", "stock", "ready"}),
        ("unit=ingen", set()),
        ("q=centralsk", {"used", "stock", "ready"}),
        ("q=hallsberg", {"foreign"}),
        ("q=al", {"foreign"}),
        ("", {"used", "stock", "ready", "foreign", "phone"}),
        ("show=ended", {"ended"}),
        ("show=all", {"used", "stock", "ready", "ended", "foreign", "phone"}),
        ("show=register&q=pf3", {"used", "stock", "ready", "foreign"}),
        ("stage=disposed", {"ended"}),
        ("q=%00PF3US", {"used"}),
    ],
)
def test_filters_of_the_address_narrow_the_list(login: Login, devices: Fleet, query: str, expected: set[str]) -> None:
    page = text(login(Role.PLANNER), f"/enheter?{query}")
    assert set(tags(page)) == {getattr(devices, name) for name in expected}


def test_filter_keeps_the_order_that_was_chosen(login: Login, devices: Fleet) -> None:
    page = text(login(Role.PLANNER), "/enheter?sort=due&order=desc&kind=laptop")
    assert '<input type="hidden" name="sort" value="due">' in page
    assert '<input type="hidden" name="order" value="desc">' in page


def test_unreadable_date_is_said_beside_its_field_and_what_was_typed_is_kept(login: Login, devices: Fleet) -> None:
    page = text(login(Role.PLANNER), "/enheter?due_to=4/5/16&kind=phone", 422)
    assert 'value="4/5/16"' in page
    assert "e-due_to" in page
    assert tags(page) == [devices.phone]


@pytest.mark.parametrize("name", ["stage", "kind", "lacks"])
def test_word_that_is_no_choice_is_said_beside_its_field_and_not_shown_as_applied(
    login: Login, devices: Fleet, name: str
) -> None:
    page = text(login(Role.PLANNER), f"/enheter?{name}=nonsense&unit=Centralskolan", 422)
    assert f'id="e-{name}"' in page
    assert "”nonsense” går inte att välja här" in unescape(page)
    assert set(tags(page)) == {devices.used, devices.stock, devices.ready}
    assert re.findall(r'<a class="chip" href="[^"]+">([^<]+)<', page) == ["Enhet: Centralskolan"]


def test_what_is_in_the_register_is_counted_exactly_however_many(
    login: Login, many: list[str], devices: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_list, "COUNTED", 3)
    client = login(Role.PLANNER)
    for path, count in (("/enheter", "65"), ("/enheter?show=all", "66"), ("/enheter?kind=phone", "1")):
        assert re.search(rf">{count} enhet", text(client, path)), path
    assert "Fler än 3 enheter" in text(client, "/enheter?q=MANY")
    assert ">64 enheter" in text(client, "/enheter?owner=1860")


def test_standing_is_one_choice_that_keeps_the_rest_of_the_filter(login: Login, devices: Fleet) -> None:
    page = text(login(Role.PLANNER), "/enheter?kind=laptop&sort=due&cursor=")
    chosen = re.search(r'<nav class="segments"[^>]*>(.*?)</nav>', page, re.DOTALL)
    assert chosen is not None
    found = [(unescape(url), bool(now)) for url, now in re.findall(r'href="([^"]+)"( aria-current)?', chosen[1])]
    kept = "/enheter?kind=laptop&sort=due&show="
    assert found == [(f"{kept}register", True), (f"{kept}ended", False), (f"{kept}all", False)]


def test_ended_device_is_never_marked_as_past_its_support(login: Login, devices: Fleet, web_database: Database) -> None:
    with web_database.transaction(EVERYTHING) as session:
        row = device(session, "PF3OLD01", os="Windows 10", os_version="22H2")
        step(session, row, "ready_for_disposal", date="2026-02-02", erasure_method="purge")
        end(session, row, "external_reuse", "2026-03-02", partner="Inrego", report="R9")
    client = login(Role.PLANNER)
    assert 'cell-sub stop">Stöd till' in text(client, "/enheter?q=PF3USED1")
    page = text(client, "/enheter?q=PF3OLD01")
    assert "Stöd till" in page
    assert "stop" not in re.findall(r"<tbody>.*</tbody>", page, re.DOTALL)[0]
    assert "Stödet har upphört" not in text(client, f"/enheter/{tags(page)[0]}")


def test_sorted_by_due_the_devices_that_wait_come_first(login: Login, devices: Fleet) -> None:
    client = login(Role.PLANNER)
    for order in ("", "&order=desc"):
        page = text(client, f"/enheter?show=all&sort=due{order}")
        dues = re.findall(r'class="cell-due nowrap"[^>]*><span[^>]*>([^<]+)', page)
        waiting = [due for due in dues if due != "–"]
        assert dues == [*sorted(waiting, reverse=bool(order)), "–", "–"]


def test_list_that_lacks_a_number_says_what_was_misread_and_where_else_to_look(login: Login, devices: Fleet) -> None:
    client = login(Role.PLANNER)
    wrong = devices.used[:-1] + ("B" if devices.used[-1] != "B" else "C")
    assert "kontrolltecknet stämmer inte" in text(client, f"/enheter?q={wrong}")
    assert "kontrolltecknet" not in text(client, "/enheter?q=hittasinte")
    page = text(client, "/enheter?q=PF3OTHER&owner=1860&show=register")
    assert "Vi sökte efter ”PF3OTHER” i Laxå." in unescape(page)
    wider = re.search(r'href="([^"]+)">Sök i alla kommuner<', page)
    assert wider is not None
    assert tags(text(client, unescape(wider[1]))) == [devices.foreign]
    assert "Visa också de avslutade" in page


def test_chip_takes_one_filter_away_and_keeps_the_others(login: Login, devices: Fleet) -> None:
    page = text(login(Role.PLANNER), "/enheter?kind=laptop&stage=in_stock&sort=due")
    chips = [unescape(url) for url in re.findall(r'<a class="chip" href="([^"]+)"', page)]
    assert chips == ["/enheter?stage=in_stock&sort=due", "/enheter?kind=laptop&sort=due"]


@pytest.mark.parametrize("sort", ["tag", "due", "purchased"])
@pytest.mark.parametrize("order", ["", "desc"])
def test_pages_hold_every_device_once_in_order(login: Login, many: list[str], sort: str, order: str) -> None:
    client, path, found = login(Role.PLANNER), f"/enheter?sort={sort}&order={order}", list[str]()
    seen = 0
    while path:
        page = text(client, path)
        found += tags(page)
        path = next_page(page) or ""
        seen += 1
    assert seen == 2
    assert sorted(found) == sorted(many)
    assert len(set(found)) == len(many)
    if sort == "tag":
        assert found == sorted(many, reverse=order == "desc")


@pytest.mark.parametrize("query", ["sort=tag", "sort=due", "sort=purchased&order=desc"])
def test_pages_walk_back_the_way_they_came(login: Login, many: list[str], query: str) -> None:
    client = login(Role.PLANNER)
    first = text(client, f"/enheter?{query}")
    assert 'rel="prev"' not in first
    second = text(client, next_page(first) or "")
    back = re.search(r'rel="prev" href="([^"]+)"', second)
    assert back is not None
    again = text(client, unescape(back[1]))
    assert tags(again) == tags(first)
    assert 'rel="prev"' not in again
    assert tags(text(client, next_page(again) or "")) == tags(second)


def test_false_cursor_begins_again_and_says_so(login: Login, many: list[str]) -> None:
    page = text(login(Role.PLANNER), "/enheter?cursor=bm9uc2Vuc2U", 422)
    assert "Börja om från första sidan" in page
    assert tags(page) == many[:50]


def test_long_list_is_counted_to_a_bound(login: Login, many: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert "60 enheter" in text(login(Role.PLANNER), "/enheter?q=MANY")
    monkeypatch.setattr(device_list, "COUNTED", 59)
    assert "Fler än 59 enheter" in text(login(Role.PLANNER), "/enheter?q=MANY")


def test_queries_are_as_many_for_one_row_as_for_fifty(login: Login, many: list[str], web_database: Database) -> None:
    client = login(Role.PLANNER)
    text(client, "/enheter")
    counts = []
    for path, rows in (("/enheter?q=MANY000", 1), ("/enheter?q=MANY", 50)):
        with queries(web_database) as seen:
            assert len(tags(text(client, path))) == rows
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_device_page_asks_the_same_for_a_short_and_a_long_history(
    login: Login, devices: Fleet, web_database: Database
) -> None:
    client = login(Role.PLANNER)
    text(client, f"/enheter/{devices.used}")
    with queries(web_database) as before:
        text(client, f"/enheter/{devices.used}")
    with web_database.transaction(EVERYTHING) as session:
        from assetreg.services import devices as register

        row = register.lock(session, devices.used)
        for _ in range(10):
            step(session, row, "in_repair", date="2026-05-05", reason="sprucken skärm")
            step(session, row, "deployed", date="2026-05-05")
    with queries(web_database) as after:
        text(client, f"/enheter/{devices.used}")
    assert len(before) == len(after)


def test_owner_in_the_header_narrows_the_list(login: Login, devices: Fleet) -> None:
    client = login(Role.PLANNER)
    assert tags(text(client, "/enheter?owner=1861")) == [devices.foreign]
    assert tags(text(client, "/enheter")) == [devices.foreign]
    assert devices.used in text(client, f"/enheter/{devices.used}")


def test_empty_register_says_what_to_do_first(login: Login) -> None:
    assert "Inga enheter i registret än" in text(login(Role.ADMIN), "/enheter")


@pytest.mark.parametrize("typed", ["PF3USED1", "pf3used1", " PF3USED1 ", "SPF3USED1", "S/N:PF3USED1"])
def test_exact_serial_leads_to_the_device(login: Login, devices: Fleet, typed: str) -> None:
    answer = login(Role.READER, "1860").get("/enheter/sok", query_string={"q": typed})
    expected = f"/enheter/{devices.used}" if typed != "SPF3USED1" else "/enheter?q=SPF3USED1"
    assert (answer.status_code, answer.headers["Location"]) == (303, expected)


def test_number_of_another_owner_is_searched_for_like_one_that_does_not_exist(login: Login, devices: Fleet) -> None:
    client = login(Role.READER, "1860")
    for typed in (devices.foreign, "PF3OTHER", "IT-999999Z"):
        answer = client.get("/enheter/sok", query_string={"q": typed})
        assert answer.headers["Location"] == f"/enheter?q={typed}"
        page = text(client, answer.headers["Location"])
        assert tags(page) == []
        assert f"”{typed}”" in page


def test_label_code_and_its_whole_address_lead_to_the_device(
    login: Login, devices: Fleet, web_database: Database
) -> None:
    from assetreg.services import devices as register
    from assetreg.services import labels

    with web_database.reading(EVERYTHING) as session:
        token = labels.of_device(session, register.get(session, devices.used))[0].token
    client = login(Role.TECHNICIAN)
    for typed in (token, f"{token[:4]}-{token[4:]}", f"http://LOCALHOST/T/{token}"):
        assert client.get("/enheter/sok", query_string={"q": typed}).headers["Location"] == f"/enheter/{devices.used}"
    evil = client.get("/enheter/sok", query_string={"q": f"https://evil.example/T/{token}"})
    assert evil.headers["Location"].startswith("/enheter?q=")


def test_bare_number_of_two_registers_gives_a_choice(login: Login, web_database: Database) -> None:
    with web_database.transaction(EVERYTHING) as session:
        device(session, "AAA11111", asset_tag="1234")
        device(session, "BBB22222", asset_tag="1234", owner="1861")
        device(session, "CCC33333", asset_tag="12345")
    page = text(login(Role.READER), "/enheter/sok?q=1234")
    assert set(re.findall(r'href="/enheter/(18[^"]+)"', page)) == {"1860-1234", "1861-1234"}
    one = login(Role.READER, "1861").get("/enheter/sok?q=1234")
    assert one.headers["Location"] == "/enheter/1861-1234"


def test_unit_name_leads_to_what_is_there(login: Login, devices: Fleet) -> None:
    client = login(Role.READER)
    assert client.get("/enheter/sok?q=centralskolan").headers["Location"] == "/enheter?unit=Centralskolan"


def test_two_letters_match_a_beginning_and_the_page_says_so(login: Login, devices: Fleet) -> None:
    client = login(Role.READER)
    assert "Under tre tecken" in text(client, "/enheter?q=PF")
    assert "Under tre tecken" not in text(client, "/enheter?q=PF3")
    assert tags(text(client, "/enheter?q=3U")) == []


def test_old_number_with_a_slash_has_pages_of_its_own(login: Login, web_database: Database) -> None:
    with web_database.transaction(EVERYTHING) as session:
        tag = device(session, "SLASH001", asset_tag="a/b å?").tag
    client = login(Role.TECHNICIAN)
    page = text(client, "/enheter?q=SLASH001")
    address = unescape(re.findall(r'class="cell-main"><a[^>]*href="([^"]+)"', page)[0])
    assert tag in text(client, address)
    for below in ("/andra", "/historik", "/utfall", "/steg/deploy", "/etikett"):
        assert tag in text(client, address + below)
