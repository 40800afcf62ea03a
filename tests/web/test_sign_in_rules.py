"""The rules as an administrator edits them, and what the accounts' pages say of those they let in."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.sign_in import Identity
from assetreg.domain.terms import Door, Role
from assetreg.schemas.account import NewAccount
from assetreg.services import directory, logins, tokens
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import NOON, Login, browser
from tests.web.forms_filled import fill, opened, said, send
from tests.web.test_session import statements, try_in

RULES = "/konton/regler"
NEW = {"claim": "app_role", "value": "Tekniker.Laxa", "role": "technician", "sees": "some", "owners": ["1860"]}
LIMITS = logins.Limits(timedelta(hours=12), timedelta(days=7))


@pytest.fixture
def admin(login: Login) -> CheckedClient:
    return login(Role.ADMIN)


def text(client: CheckedClient, path: str = RULES) -> str:
    return client.get(path).get_data(as_text=True)


def address(client: CheckedClient, shown: str) -> str:
    (found,) = re.findall(rf'<a href="({RULES}/\d+)">{shown}</a>', text(client))
    return str(found)


def test_rule_is_added_edited_and_removed(admin: CheckedClient) -> None:
    assert "Det finns inga regler" in text(admin)
    assert "Regeln är tillagd" in said(admin, fill(admin, f"{RULES}/ny", **{**NEW, "value": "Noise"}))
    assert "Regeln är tillagd" in said(admin, fill(admin, f"{RULES}/ny", **NEW))
    path = address(admin, "Approll Tekniker.Laxa")
    form = opened(admin, path)
    assert (form["value"], form["sees"], form["owners"], form["position"]) == ("Tekniker.Laxa", "some", "1860", "20")
    changed = {"claim": "group", "value": "ABC", "sees": "all", "owners": []}
    assert "Regeln är sparad" in said(admin, send(admin, path, form, **changed))
    page = text(admin)
    assert "Grupp abc" in page
    assert "Alla kommuner" in page
    assert "Tekniker.Laxa" not in page
    assert "Regeln är borttagen" in said(admin, admin.post(f"{path}/ta-bort"))
    assert admin.post(f"{path}/ta-bort").status_code == 404
    assert admin.get(path).status_code == 404
    assert "Approll Noise" in text(admin)


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"value": ""}, 422, "value"),
        ({"owners": []}, 422, "owners"),
        ({"sees": "all"}, 422, "owners"),
        ({"owners": ["9999"]}, 422, "owners"),
        ({"role": "auditor"}, 422, "expires"),
        ({"position": "x"}, 422, "position"),
        ({"value": "Taken"}, 409, "value"),
    ],
)
def test_refused_rule_keeps_what_was_typed(
    admin: CheckedClient, changes: dict[str, Any], status: int, field: str
) -> None:
    fill(admin, f"{RULES}/ny", **{**NEW, "value": "Taken"})
    form = {**NEW, "position": "77", **changes}
    answer = admin.post(f"{RULES}/ny", data=form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert f'id="e-{field}"' in page
    assert f'value="{form["position"]}"' in page
    assert text(admin).count(f'href="{RULES}/') == 2


def test_second_of_two_editors_is_told_and_the_same_form_adds_once(admin: CheckedClient) -> None:
    form = {**opened(admin, f"{RULES}/ny"), **NEW}
    assert [admin.post(f"{RULES}/ny", data=form).status_code for _ in range(2)] == [303, 409]
    path = address(admin, "Approll Tekniker.Laxa")
    first, second = opened(admin, path), opened(admin, path)
    assert send(admin, path, first, role="planner").status_code == 303
    answer = send(admin, path, second, role="admin")
    assert answer.status_code == 409
    assert "har ändrats sedan" in answer.get_data(as_text=True)
    assert "Planerare" in text(admin)


def test_narrow_administrator_sees_and_writes_no_rules(login: Login, admin: CheckedClient) -> None:
    fill(admin, f"{RULES}/ny", **NEW)
    narrow = login(Role.ADMIN, "1860")
    path = address(admin, "Approll Tekniker.Laxa")
    for each in (RULES, f"{RULES}/ny", path):
        assert narrow.get(each).status_code == 403
    for each in (f"{RULES}/ny", path, f"{path}/ta-bort"):
        assert narrow.post(each, data=NEW).status_code == 403


def test_list_asks_no_more_for_many_rules(admin: CheckedClient, web_database: Database) -> None:
    numbers = []
    for count in (1, 30):
        for n in range(count):
            fill(admin, f"{RULES}/ny", **{**NEW, "value": f"Roll {count} {n}"})
        with statements(web_database) as seen:
            text(admin)
        numbers.append(len(seen))
    assert numbers[0] == numbers[1]


def test_page_of_an_account_from_the_directory_leaves_the_role_to_the_rules(
    admin: CheckedClient, web_database: Database
) -> None:
    fill(admin, f"{RULES}/ny", **NEW)
    anna = Identity("https://login.example", "1", "anna@kommun.example", "Anna Ring", frozenset({"Tekniker.Laxa"}))
    with web_database.transaction(EVERYTHING) as session:
        directory.enter(session, anna, agent="", at=NOON, limits=LIMITS)
    listed = text(admin, "/konton")
    assert "Kommunens konto" in listed
    (path,) = re.findall(r'<a href="(/konton/\d+)">Anna Ring</a>', listed)
    page = text(admin, path)
    assert "kommer från reglerna" in page
    assert 'name="role"' not in page
    assert 'name="password"' not in page
    version = {"version": "1"}
    assert admin.post(path, data={"role": "admin", "sees": "all", **version}).status_code == 409
    assert admin.post(f"{path}/losenord", data={"password": "en helt annan mening här"}).status_code == 409
    assert admin.post(f"{path}/stang").status_code == 303
    assert "Stängt" in text(admin, "/konton")


def test_account_of_a_program_is_never_logged_in_to(admin: CheckedClient, web_database: Database) -> None:
    with web_database.transaction(EVERYTHING) as session:
        command = NewAccount(name="synk", display_name="Synk", role=Role.READER)
        tokens.add(session, command, actor=system(Door.CLI, NOON))
    listed = text(admin, "/konton")
    assert "Program med token" in listed
    (path,) = re.findall(r'<a href="(/konton/\d+)">Synk</a>', listed)
    answer = admin.post(f"{path}/losenord", data={"password": "en helt annan mening här"})
    assert answer.status_code == 409
    assert "är ett program" in answer.get_data(as_text=True)
    for password in ("", "en helt annan mening här"):
        assert try_in(browser(admin.application), "synk", password)[0] == 422


def test_auditor_needs_a_last_day_which_the_list_shows(admin: CheckedClient) -> None:
    form = {"name": "rev", "display_name": "Rev Isor", "password": "sju sjösjuka sjömän sjunger", "role": "auditor"}
    form["sees"] = "all"
    answer = admin.post("/konton/nytt", data=form)
    assert answer.status_code == 422
    assert "En revisors åtkomst tar slut" in answer.get_data(as_text=True)
    assert "Rev Isor" not in text(admin, "/konton")
    assert admin.post("/konton/nytt", data={**form, "expires": "2026-11-20"}).status_code == 303
    listed = text(admin, "/konton")
    assert "2026-11-20" in listed
    assert "Har gått ut" not in listed


def test_expired_account_is_refused_as_a_wrong_password(login: Login, account: Any, clock: Any) -> None:
    name = account(Role.AUDITOR, expires_on=date(2026, 11, 20))
    admin = login(Role.ADMIN)
    clock.at = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    status, page = try_in(browser(admin.application), name)
    assert (status, "Fel användarnamn eller lösenord" in page) == (422, True)
