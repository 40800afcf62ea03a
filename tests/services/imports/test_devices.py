"""The devices file: what is new, what changes, and what is never done in silence."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.terms import Door, Kind, Precision, Stage
from assetreg.schemas.act import transfer_input
from assetreg.schemas.device import device_input
from assetreg.schemas.outcome import outcome_input
from assetreg.services import devices, outcomes, ownership, places
from assetreg.sources.mapping_file import FileMapping
from tests.cast import NOON, OFFICE, REGISTER, SCHOOL, Cast, noise, some_device
from tests.services.imports.lists import Importing, counts, device, fleet, listing, reasons

HEADERS = "serienummer;typ;kommun;inköpsdatum;pris;enhet;status;anmärkning"
FIRST = "PF3ABC01;Bärbar PC;1860;30.11.2023;8 300,50;Centralskolan;i drift;repa på locket"


def test_row_becomes_a_device_with_all_that_it_states(importing: Importing, database: Database, cast: Cast) -> None:
    with database.transaction(EVERYTHING) as session:
        noise(session, 4)
    number = importing.applied(listing(HEADERS, FIRST))
    assert counts(importing.document(number)) == {"created": 1}
    made = device(database, "PF3ABC01")
    assert (made.kind, made.stage, made.owner_id) == (Kind.LAPTOP, Stage.DEPLOYED, cast.owners["1860"])
    assert (made.purchased_on, made.purchased_precision) == (date(2023, 11, 30), Precision.DAY)
    assert (made.price, made.unit_id) == (Decimal("8300.50"), cast.units[SCHOOL])
    assert made.due_on == date(2027, 11, 30)
    assert len(fleet(database)) == 5


def test_dry_run_says_what_would_happen_and_changes_nothing(importing: Importing, database: Database) -> None:
    importing.applied(listing(HEADERS, FIRST))
    before = fleet(database)
    text = listing(
        HEADERS,
        FIRST,
        FIRST.replace("8 300,50", "9000"),
        "PF3ABC02;laptop;1861;;;Nya skolan;;",
        "PF3ABC03;hund;1860;;;;;",
    )
    number = importing.staged(text)
    assert counts(importing.document(number)) == {"created": 1, "unchanged": 1, "refused": 2}
    assert importing.summary(number).added == ("Övrigt (Hallsberg)", "Nya skolan (Hallsberg)")
    assert fleet(database) == before
    with database.reading(EVERYTHING) as session:
        holder = places.owner(session, "1861")
        with pytest.raises(places.UnknownPlace):
            places.find(session, holder, unit="Nya skolan")


def test_same_file_twice_changes_nothing(importing: Importing, database: Database) -> None:
    text = listing(
        HEADERS,
        FIRST,
        "PF3ABC02;Skärm;Hallsberg;2021;;Transtensskolan;;",
        "PF3ABC03;server;GEM;2021-05;123456,78;;lager;",
        "PF3ABC04;pc;1860;;;;Skrotad;",
    )
    importing.applied(text)
    before = fleet(database)
    again = importing.applied(text)
    assert counts(importing.document(again)) == {"unchanged": 4}
    assert fleet(database) == before


def test_empty_cell_and_absent_column_change_nothing_and_tom_clears(importing: Importing, database: Database) -> None:
    importing.applied(listing(HEADERS, FIRST))
    importing.applied(listing("serienummer;pris;anmärkning", "PF3ABC01;;(tom)"))
    changed = device(database, "PF3ABC01")
    assert (changed.price, changed.note_id, changed.kind) == (Decimal("8300.50"), None, Kind.LAPTOP)
    number = importing.applied(listing("serienummer;typ", "PF3ABC01;(tom)"))
    assert "kan inte tömmas" in reasons(importing.document(number))[2]


def test_existing_device_needs_neither_kind_nor_owner_but_a_new_one_does(importing: Importing) -> None:
    importing.applied(listing(HEADERS, FIRST))
    number = importing.applied(listing("serienummer;os", "PF3ABC01;Windows 11", "PF3ABC02;Windows 11"))
    document = importing.document(number)
    assert counts(document) == {"updated": 1, "refused": 1}
    assert [error["column"] for error in document["errors"]] == ["kind", "owner"]


def test_set_and_mapping_fill_what_the_list_leaves_out(importing: Importing, database: Database, cast: Cast) -> None:
    mapping = FileMapping(
        columns={"S/N nr": "serienummer", "Köpt": "purchased", "Sort": "typ"},
        dates="M/D/YY",
        values={"typ": {"Dator bärbar": "laptop"}},
        constants={"owner": "1861"},
    )
    text = listing("S/N nr,Köpt,Sort,kommun", "PF3ABC01,4/5/16,DATOR BÄRBAR,", "PF3ABC02,4/5/16,Dator bärbar,1860")
    number = importing.applied(text, mapping=mapping, given={"kommun": "1882"})
    assert counts(importing.document(number)) == {"created": 2}
    assert device(database, "PF3ABC01").owner_id == cast.owners["1882"]
    assert device(database, "PF3ABC02").owner_id == cast.owners["1860"]
    assert device(database, "PF3ABC02").purchased_on == date(2016, 4, 5)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("PF3ABC01;lapdog;1860;;;;;", "kind: lapdog är inget av de val som finns"),
        ("PF3ABC01;laptop;Oz;;;;;", "owner: Ägaren Oz finns inte"),
        ("PF3ABC01;laptop;1860;4/5/16;;;;", "purchased: Datumet 4/5/16 kan läsas på flera sätt"),
        ("PF3ABC01;laptop;1860;0000-01-01;;;;", "purchased: Datumet 0000-01-01"),
        ("PF3ABC01;laptop;1860;9999-12-31;;;;", "purchased: Datumet 9999-12-31"),
        ("PF3ABC01;laptop;1860;2027-01-01;;;;", "purchased: 2027-01-01 har inte varit än"),
        ("PF3ABC01;laptop;1860;;-1;;;", "price_sek: −1 är inte ett rimligt belopp"),
        (
            "PF3ABC01;laptop;1860;;999999999999999;;;",
            "price_sek: 999\u00a0999\u00a0999\u00a0999\u00a0999 är",
        ),
        ("6.37702E+15;laptop;1860;;;;;", "serial: Serienumret 6.37702E+15 har skadats"),
        ("To be filled by O.E.M.;laptop;1860;;;;;", "är inget serienummer"),
        (f"{'X' * 4999};laptop;1860;;;;;", "serial: Serienumret har 4999 tecken"),
        (f"{'X' * 5001};laptop;1860;;;;;", "Cellen har 5001 tecken"),
        (";laptop;1860;;;;;", "serial: Uppgiften saknas"),
        ("PF3ABC01;laptop;1860;;;;Makulerad;", "stage:"),
        ("PF🦊01;laptop;1860;;;;;", "serial: Serienumret PF🦊01 innehåller tecken"),
    ],
)
def test_row_that_cannot_be_is_refused_and_the_others_are_not(
    importing: Importing, database: Database, row: str, reason: str
) -> None:
    number = importing.applied(listing(HEADERS, "PF3ABC90;laptop;1860;;;;;", row, "PF3ABC91;laptop;1860;;;;;"))
    document = importing.document(number)
    assert counts(document) == {"created": 2, "refused": 1}
    assert reason in reasons(document)[3]
    assert {each["serial"] for each in fleet(database).values()} == {"PF3ABC90", "PF3ABC91"}


def test_emoji_and_right_to_left_text_are_kept_where_text_belongs(importing: Importing, database: Database) -> None:
    importing.applied(listing("serienummer;typ;kommun;datornamn", "PF3ABC01;laptop;1860;\u202eמחשב 🦊"))
    assert device(database, "PF3ABC01").hostname == "מחשב 🦊"


def test_tag_of_an_older_register_is_kept_and_matched_first(importing: Importing, database: Database) -> None:
    headers = "inventarienummer;serienummer;typ;kommun;os"
    number = importing.applied(listing(headers, "4711;PF3ABC01;laptop;1860;a", "4711;PF3ABC02;laptop;1861;a"))
    assert counts(importing.document(number)) == {"created": 2}
    assert set(fleet(database)) == {"1860-4711", "1861-4711"}
    number = importing.applied(
        listing("inventarienummer;kommun;os", "4711;1860;b", "1861-4711;;c", "4711;;d", "it-000001x;;e")
    )
    document = importing.document(number)
    assert counts(document) == {"updated": 2, "refused": 2}
    assert "finns på två enheter, 1860-4711 och 1861-4711" in reasons(document)[4]


def test_serial_that_contradicts_the_tag_is_refused_and_names_both(importing: Importing, database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        one = some_device(session, asset_tag="1", serial="PF3ABC01").tag
        two = some_device(session, asset_tag="2", serial="PF3ABC02").tag
    headers = "inventarienummer;serienummer;typ;kommun"
    number = importing.applied(listing(headers, "1;PF3ABC02;laptop;1860", "3;PF3ABC02;laptop;1860"))
    told = reasons(importing.document(number))
    assert one in told[2]
    assert two in told[2]
    assert f"serienumret PF3ABC02 finns på {two}" in told[3]


def test_serial_of_two_devices_is_refused_and_names_both(importing: Importing, database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        one = some_device(session, serial="PF3ABC01").tag
        two = some_device(session, serial="PF3ABC01", duplicate_reason="Två likadana").tag
    number = importing.applied(listing("serienummer;os", "PF3ABC01;Windows 11"))
    assert f"två enheter, {one} och {two}" in reasons(importing.document(number))[2]


def test_junk_serial_is_no_key_but_stands_beside_a_tag(importing: Importing, database: Database) -> None:
    headers = "inventarienummer;serienummer;typ;kommun"
    text = listing(headers, "1;To be filled by O.E.M.;pc;1860", "2;To be filled by O.E.M.;pc;1860")
    assert counts(importing.document(importing.applied(text))) == {"created": 2}
    assert counts(importing.document(importing.applied(text))) == {"unchanged": 2}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (
            "PF3ABC01;1861;;",
            "owner: {tag} tillhör Laxå, inte Hallsberg. En fil byter inte ägare: välj Flytta till en annan kommun",
        ),
        ("PF3ABC01;;på lager;", "stage: {tag} har status i drift, inte i lager. En fil ändrar inte status"),
        ("PF3ABC01;;skrotad;", "(Registrera utfall)"),
    ],
)
def test_owner_and_stage_are_conflicts_that_name_the_act(
    importing: Importing, database: Database, row: str, reason: str
) -> None:
    with database.transaction(EVERYTHING) as session:
        tag = some_device(session, serial="PF3ABC01", stage="deployed").tag
    before = fleet(database)
    number = importing.applied(listing("serienummer;kommun;status;os", f"{row}Windows 11"))
    assert reason.format(tag=tag) in reasons(importing.document(number))[2]
    assert fleet(database) == before


def test_ended_device_is_not_changed_by_a_file(importing: Importing, database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        made = some_device(session, serial="PF3ABC01", hostname="A")
        lost = outcome_input({"outcome": "lost_or_stolen", "date": "2026-01-02", "reason": "Borta"})
        outcomes.register(session, made, lost, actor=REGISTER)
    number = importing.applied(listing("serienummer;datornamn;användare", "PF3ABC01;B;", "PF3ABC01;;Kim Ek"))
    document = importing.document(number)
    assert counts(document) == {"unchanged": 1, "refused": 1}
    assert "är avslutad och ändras inte av en fil (datornamn)" in reasons(document)[2]


@pytest.mark.parametrize(("file_date", "happens"), [(date(2026, 11, 19), "refused"), (date(2026, 11, 21), "updated")])
def test_field_edited_by_hand_since_is_not_overwritten(
    importing: Importing, database: Database, cast: Cast, file_date: date, happens: str
) -> None:
    importing.applied(listing(HEADERS, FIRST))
    with database.transaction(EVERYTHING) as session:
        held = devices.lock(session, device(database, "PF3ABC01").tag)
        devices.edit(session, held, device_input({"price_sek": "1"}), actor=cast.technician.actor)
    importing = importing.at(NOON + timedelta(days=1))
    number = importing.applied(listing(HEADERS, FIRST), file_date=file_date)
    document = importing.document(number)
    assert counts(document) == {happens: 1}
    if happens == "refused":
        assert "price_sek: Pris på" in reasons(document)[2]
        assert "ändrades för hand 2026-11-20, efter filens datum 2026-11-19" in reasons(document)[2]
    others = importing.applied(listing("serienummer;os", "PF3ABC01;Windows 11"), file_date=file_date)
    assert counts(importing.document(others)) == {"updated": 1}


def test_mended_rows_are_still_from_the_day_of_their_list(importing: Importing, database: Database, cast: Cast) -> None:
    """A file of refused rows that is read in again late says no more than the list did when it was made."""
    importing.applied(listing(HEADERS, FIRST))
    with database.transaction(EVERYTHING) as session:
        held = devices.lock(session, device(database, "PF3ABC01").tag)
        devices.edit(session, held, device_input({"hostname": "X"}), actor=cast.technician.actor)
    text = listing("serienummer;datornamn", "PF3ABC01;Y", "PF3ABC09;Z")
    number = importing.applied(text, file_date=date(2026, 11, 3))
    errors = importing.errors_file(number)
    assert [line.split(";")[2] for line in errors.splitlines()] == ["listans datum", "2026-11-03", "2026-11-03"]
    again = importing.applied(errors)
    assert counts(importing.document(again)) == {"refused": 2}
    assert importing.summary(again).unread == ()
    assert "efter filens datum 2026-11-03" in reasons(importing.document(again))[2]
    assert importing.errors_file(again).splitlines()[1].startswith("PF3ABC01;Y;2026-11-03;")
    broken = importing.applied(errors.replace("PF3ABC01;Y;2026-11-03", "PF3ABC01;Y;förra veckan"))
    assert "förra veckan går inte att läsa som ett datum" in reasons(importing.document(broken))[2]


def test_hand_edit_on_the_day_of_the_file_wins(importing: Importing, database: Database, cast: Cast) -> None:
    importing.applied(listing(HEADERS, FIRST))
    with database.transaction(EVERYTHING) as session:
        held = devices.lock(session, device(database, "PF3ABC01").tag)
        devices.edit(session, held, device_input({"hostname": "X"}), actor=cast.technician.actor)
    number = importing.applied(listing("serienummer;datornamn", "PF3ABC01;Y"))
    assert counts(importing.document(number)) == {"refused": 1}


def test_second_row_about_a_device_is_judged_after_the_first(importing: Importing, database: Database) -> None:
    headers = "serienummer;typ;kommun;os;datornamn"
    text = listing(
        headers,
        "PF3ABC01;laptop;1860;Windows 11;",
        "PF3ABC01;laptop;1860;;LAX-1",
        "pf3abc01;;;Windows 10;",
        "PF3ABC01;laptop;1860;Windows 11;",
    )
    for number in (importing.staged(text), importing.applied(text)):
        document = importing.document(number)
        assert counts(document) == {"created": 1, "updated": 1, "unchanged": 1, "refused": 1}
        assert "Rad 2 i filen gäller samma sak men säger något annat (operativsystem)" in reasons(document)[4]
    assert (device(database, "PF3ABC01").os, device(database, "PF3ABC01").hostname) == ("Windows 11", "LAX-1")


def test_rows_that_bring_new_models_and_places_may_be_followed_by_their_twins(
    importing: Importing, database: Database
) -> None:
    text = listing(
        "serienummer;typ;kommun;modell;enhet;leverantör",
        "PF3ABC01;laptop;1860;ThinkPad T14;Nya skolan;Nya leverantören",
        "PF3ABC02;laptop;1860;ThinkPad T15;Nya skolan;",
        "PF3ABC01;laptop;1860;ThinkPad T14;Nya skolan;Nya leverantören",
        "PF3ABC02;hund;1860;ThinkPad T16;Andra skolan;",
        "PF3ABC02;laptop;1860;ThinkPad T17;Tredje skolan;",
    )
    number = importing.applied(text)
    assert counts(importing.document(number)) == {"created": 2, "unchanged": 1, "refused": 2}
    with database.reading(EVERYTHING) as session:
        holder = places.owner(session, "1860")
        assert places.find(session, holder, unit="Nya skolan").unit_id
        for refused in ("Andra skolan", "Tredje skolan"):
            with pytest.raises(places.UnknownPlace):
                places.find(session, holder, unit=refused)


def test_rows_about_the_same_device_meet_over_batches(
    importing: Importing, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assetreg.services.imports import applying, running

    monkeypatch.setattr(running, "STAGED_AT_ONCE", 2)
    for name, size in (("WHOLE", 3), ("BATCH", 3), ("CHUNK", 2)):
        monkeypatch.setattr(applying, name, size)
    rows = [f"PF3ABC0{n};laptop;1860;{os}" for n, os in ((1, "a"), (2, "a"), (3, "a"), (1, "b"), (2, "a"), (4, "a"))]
    text = listing("serienummer;typ;kommun;os", *rows)
    for number in (importing.staged(text), importing.applied(text)):
        assert counts(importing.document(number)) == {"created": 4, "unchanged": 1, "refused": 1}
    assert len(fleet(database)) == 4


def test_user_makes_a_new_device_deployed_and_an_unknown_one_is_refused(
    importing: Importing, database: Database, cast: Cast
) -> None:
    headers = "serienummer;typ;kommun;status;användare"
    text = listing(
        headers, "PF3ABC01;laptop;1860;;Kim Ek", "PF3ABC02;laptop;1860;lager;Kim Ek", "PF3ABC03;laptop;1860;;Ingen Alls"
    )
    number = importing.applied(text)
    document = importing.document(number)
    assert counts(document) == {"created": 1, "refused": 2}
    assert device(database, "PF3ABC01").person_id == cast.persons["kim.ek@laxa.example"]
    assert device(database, "PF3ABC01").stage is Stage.DEPLOYED
    assert "har ingen användare" in reasons(document)[3]
    assert "importera personen först" in reasons(document)[4]


def test_unit_under_another_department_is_refused(importing: Importing, database: Database) -> None:
    number = importing.applied(
        listing("serienummer;typ;kommun;förvaltning;enhet", "PF3ABC01;laptop;1860;Teknik;Centralskolan")
    )
    assert "Centralskolan hör till Barn och utbildning" in reasons(importing.document(number))[2]


def test_technician_of_one_owner_learns_nothing_of_the_others(
    importing: Importing, database: Database, cast: Cast
) -> None:
    with database.transaction(EVERYTHING) as session:
        tag = some_device(session, owner="1861", serial="PF3ABC01").tag
    headers = "serienummer;typ;kommun;os"
    number = importing.by(cast.laxa).applied(
        listing(headers, "PF3ABC01;laptop;1860;a", "PF3ABC02;laptop;1861;a", "PF3ABC03;laptop;1860;a")
    )
    document = importing.by(cast.laxa).document(number)
    told = reasons(document)
    assert counts(document) == {"created": 1, "refused": 2}
    assert "kan inte registreras här, kontakta förvaltaren" in told[2]
    assert "Ägaren 1861 finns inte, eller så har du inte behörighet" in told[3]
    assert tag not in str(told)
    with pytest.raises(Exception, match="Det finns inget"):
        importing.by(cast.outsider).summary(number)


def test_technician_of_one_school_places_nothing_outside_it(
    importing: Importing, database: Database, cast: Cast
) -> None:
    headers = "serienummer;typ;kommun;enhet"
    text = listing(
        headers,
        f"PF3ABC01;laptop;1860;{SCHOOL}",
        f"PF3ABC02;laptop;1860;{OFFICE}",
        "PF3ABC03;laptop;1860;Påhittade skolan",
        "PF3ABC04;laptop;1860;",
    )
    number = importing.by(cast.school).applied(text)
    document = importing.by(cast.school).document(number)
    assert counts(document) == {"created": 1, "refused": 3}
    told = reasons(document)
    assert "inte behörighet till den plats" in told[3]
    assert "finns inte hos Laxå" in told[4]
    assert "inte behörighet till den plats" in told[5]


def test_transferred_device_keeps_its_new_owner(importing: Importing, database: Database, cast: Cast) -> None:
    importing.applied(listing(HEADERS, FIRST))
    with database.transaction(EVERYTHING) as session:
        held = devices.lock(session, device(database, "PF3ABC01").tag)
        ownership.hand_over(session, held, transfer_input({"owner": "1861", "date": "2026-11-01"}), actor=REGISTER)
    number = importing.applied(listing(HEADERS, FIRST))
    assert counts(importing.document(number)) == {"refused": 1}
    assert device(database, "PF3ABC01").owner_id == cast.owners["1861"]


def test_events_say_that_they_came_from_an_import(importing: Importing, database: Database, cast: Cast) -> None:
    from tests.cast import chain_faults, events

    importing.by(cast.technician).applied(listing(HEADERS, FIRST))
    with database.transaction(EVERYTHING) as session:
        held = devices.lock(session, device(database, "PF3ABC01").tag)
        told = events(session, held)
        assert [(event.door, event.actor_id) for event in told] == [(Door.IMPORT, cast.technician.actor.account)]
        assert told[0].change_id is not None
        assert chain_faults(session, held) == []
