"""How long things are kept, the clearing that an administrator asks for, and the log of readings."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from assetreg.db.history import Event
from assetreg.db.job import Job
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.retention import RULES, Kept, ReadWhat
from assetreg.domain.terms import Role
from assetreg.services import persons, places, reading_log
from assetreg.services.persons import PersonInput
from assetreg.services.pruning import running
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import NOON, Login
from tests.web.fleet import CLERK


def body(client: CheckedClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def form(page: str, **changes: str) -> dict[str, str]:
    """The form of the times as it stands on the page."""
    (version,) = re.findall(r'name="version" value="(\d+)"', page)
    shown = {kept.value: re.findall(rf'name="{kept.value}"[^>]*value="(\d+)"', page)[0] for kept in Kept}
    return {"version": version, **shown, **changes}


def test_usual_times_stand_there_and_a_changed_one_is_kept_with_an_event(login: Login, web_database: Database) -> None:
    client = login(Role.ADMIN)
    page = body(client, "/personuppgifter")
    assert form(page) == {"version": "0"} | {kept.value: str(rule.usual) for kept, rule in RULES.items()}
    changed = form(page, person_idle="6", read_log="36")
    assert client.post("/personuppgifter/tider", data=changed).status_code == 303
    page = body(client, "/personuppgifter")
    assert (form(page)["person_idle"], form(page)["read_log"]) == ("6", "36")
    with web_database.reading(EVERYTHING) as session:
        told = session.execute(select(Event.kind, Event.payload).where(Event.subject == "retention_time")).all()
    assert [(kind, "[12,6]" in payload or "[24,36]" in payload) for kind, payload in told] == [
        ("retention_changed", True)
    ] * 2


def test_second_of_two_editors_is_told(login: Login) -> None:
    client = login(Role.ADMIN)
    sent = form(body(client, "/personuppgifter"), person_idle="6")
    assert client.post("/personuppgifter/tider", data=sent).status_code == 303
    answer = client.post("/personuppgifter/tider", data={**sent, "person_idle": "9"})
    assert answer.status_code == 409
    assert 'value="9"' in answer.get_data(as_text=True)
    assert form(body(client, "/personuppgifter"))["person_idle"] == "6"


@pytest.mark.parametrize("text", ["0", "61", "-3", "tolv", "12,5", "٣", "9" * 30, "<b>"])
def test_time_that_cannot_be_is_told_beside_its_field_and_nothing_is_saved(login: Login, text: str) -> None:
    client = login(Role.ADMIN)
    sent = form(body(client, "/personuppgifter"), person_idle=text, person_left="5")
    answer = client.post("/personuppgifter/tider", data=sent)
    assert answer.status_code == 422
    assert 'id="e-person_idle"' in answer.get_data(as_text=True)
    assert form(body(client, "/personuppgifter"))["person_left"] == "3"


def test_field_left_blank_stays_as_it_was(login: Login) -> None:
    client = login(Role.ADMIN)
    sent = form(body(client, "/personuppgifter"), person_idle="6")
    client.post("/personuppgifter/tider", data=sent)
    sent = form(body(client, "/personuppgifter"), person_idle="", jobs="30")
    assert client.post("/personuppgifter/tider", data=sent).status_code == 303
    page = form(body(client, "/personuppgifter"))
    assert (page["person_idle"], page["jobs"]) == ("6", "30")


def test_page_counts_what_the_next_one_takes_and_tells_what_the_last_one_took(
    login: Login, web_database: Database
) -> None:
    with web_database.transaction(EVERYTHING) as session:
        for number in range(3):
            row = persons.add(session, places.owner(session, "1860").id, PersonInput(f"Gammal {number}"))
            row.created_at = NOON - timedelta(days=400 if number else 10)
    client = login(Role.ADMIN)
    assert "Ingen gallring har gjorts än." in body(client, "/personuppgifter")
    asked = body(client, "/personuppgifter?rakna=1")
    assert re.search(r"<dt>Personer</dt>\s*<dd>2", asked)
    running.run(web_database, actor=replace(CLERK, at=NOON))
    page = body(client, "/personuppgifter?rakna=1")
    assert re.search(r"<dt>Personer</dt>\s*<dd>2", page)
    assert "Inget har passerat sin tid just nu." in page


def test_clearing_that_is_asked_for_twice_is_one_job(login: Login, web_database: Database) -> None:
    client = login(Role.ADMIN)
    for _ in range(2):
        assert client.post("/personuppgifter/gallra").status_code == 303
    with web_database.reading(EVERYTHING) as session:
        assert [job.kind for job in session.execute(select(Job)).scalars()] == ["prune"]
    assert "Gallringen står i kö." in body(client, "/personuppgifter")


def test_auditor_reads_the_times_and_changes_nothing(login: Login) -> None:
    client = login(Role.AUDITOR)
    page = body(client, "/personuppgifter?rakna=1")
    assert "12 månader" in page
    assert "Spara tiderna" not in page
    for act in ("tider", "gallra"):
        assert client.post(f"/personuppgifter/{act}").status_code == 403
    scoped = login(Role.ADMIN, "1860")
    assert "Spara tiderna" not in body(scoped, "/personuppgifter")
    assert scoped.post("/personuppgifter/tider", data={}).status_code == 403
    assert scoped.post("/personuppgifter/gallra").status_code == 403


@pytest.fixture
def readings(web_database: Database, login: Login) -> list[int]:
    """Sixty readings of two persons by the register and by somebody called Lisa."""
    with web_database.transaction(EVERYTHING) as session:
        laxa = places.owner(session, "1860").id
        ids = [persons.add(session, laxa, PersonInput(name)).id for name in ("Kim Ek", "Lo Al")]
    login(Role.TECHNICIAN, name="lisa")
    with web_database.transaction(EVERYTHING) as session:
        from assetreg.services import accounts

        lisa = accounts.find(session, "lisa").id
        for number in range(60):
            actor = replace(CLERK, at=NOON - timedelta(days=number), account=lisa if number % 2 else None)
            reading_log.at_once(session, ReadWhat.DEVICE, actor=actor, person=ids[number % 2])
    return [lisa, *ids]


def test_log_is_paged_and_narrowed(login: Login, readings: list[int]) -> None:
    client = login(Role.ADMIN)
    page = body(client, "/personuppgifter/lasningar")
    assert page.count("Enhetens sida<span") == 50
    (following,) = re.findall(r'rel="next" href="([^"]+)"', page)
    assert body(client, following.replace("&amp;", "&")).count("Enhetens sida<span") == 10
    narrowed = body(client, f"/personuppgifter/lasningar?konto={readings[0]}&fran=2026-11-01&till=2026-11-20")
    assert narrowed.count("Enhetens sida<span") == 10
    assert "Lo Al" in narrowed
    assert "Kim Ek" not in narrowed
    assert "Inga rader" in body(client, "/personuppgifter/lasningar?vad=extract")
    assert body(client, "/personuppgifter/lasningar?cursor=x&konto=y&vad=z").count("Enhetens sida<span") == 50
    assert client.get("/personuppgifter/lasningar?fran=4/5/16").status_code == 422


def test_auditor_reads_the_log_without_names_and_others_not_at_all(login: Login, readings: list[int]) -> None:
    page = body(login(Role.AUDITOR), "/personuppgifter/lasningar")
    assert "Kim Ek" not in page
    assert f"Person {readings[1]}" in page
    for client in (login(Role.TECHNICIAN), login(Role.AUDITOR, "1860"), login(Role.PLANNER)):
        assert client.get("/personuppgifter/lasningar").status_code == 403


def test_both_pages_make_as_many_queries_for_many_rows_as_for_few(
    login: Login, readings: list[int], app: Flask, web_database: Database
) -> None:
    from sqlalchemy import event

    client = login(Role.ADMIN)
    made: list[str] = []
    event.listen(web_database.engine, "before_cursor_execute", lambda *arguments: made.append(arguments[2]))
    numbers = []
    for address in ("/personuppgifter/lasningar", "/personuppgifter/lasningar?fran=2026-11-20"):
        made.clear()
        body(client, address)
        numbers.append(len(made))
    assert numbers[0] == numbers[1]
