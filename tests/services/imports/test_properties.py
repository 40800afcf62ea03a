"""What holds for any list: twice is once, undone is before, and the order of rows about different devices is free."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from tests.cast import Cast, some_device
from tests.databases import Databases
from tests.services.imports.lists import Importing, fleet, listing

HEADERS = "serienummer;inventarienummer;typ;kommun;status;inköpsdatum;pris;enhet;os;anmärkning"
FEW = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])

_row = st.tuples(
    st.sampled_from(["XK1001", "XK1002", "XK1003", "XK1004", "0", "6.3E+15", ""]),
    st.sampled_from(["", "", "", "11", "12"]),
    st.sampled_from(["laptop", "Skärm", "hund", "phone"]),
    st.sampled_from(["1860", "Hallsberg", "1861", ""]),
    st.sampled_from(["", "", "i drift", "lager", "skrotad"]),
    st.sampled_from(["", "2023-11-30", "2021", "4/5/16", "(tom)"]),
    st.sampled_from(["", "8 300,50", "1e9", "(tom)"]),
    st.sampled_from(["", "Centralskolan", "Nya enheten", "(tom)"]),
    st.sampled_from(["", "Windows 11", "(tom)"]),
    st.sampled_from(["", "repa", "(tom)"]),
).map(";".join)
lists = st.lists(_row, min_size=1, max_size=8)


def fresh(databases: Databases, template: tuple[str, Cast], history_key: bytes) -> tuple[Database, Importing]:
    """A register with three devices that the lists know."""
    database = Database(databases.copy(template[0]), history_key=history_key)
    with database.transaction(EVERYTHING) as session:
        some_device(session, serial="XK1001", os="Windows 10", note="gammal", unit="Kommunhuset")
        some_device(session, serial="XK1002", asset_tag="11", stage="deployed", kind="phone")
        some_device(session, serial="XK1009", owner="1861")
    return database, Importing(database)


def closed(databases: Databases, database: Database) -> None:
    database.close()
    databases.discard(database.url.render_as_string(hide_password=False))


@FEW
@given(rows=lists)
def test_import_twice_is_import_once(
    databases: Databases, cast_template: tuple[str, Cast], history_key: bytes, rows: list[str]
) -> None:
    database, importing = fresh(databases, cast_template, history_key)
    try:
        importing.applied(listing(HEADERS, *rows))
        before = fleet(database)
        again = importing.document(importing.applied(listing(HEADERS, *rows)))
        assert (again["created"], again["updated"]) == (0, 0)
        assert fleet(database) == before
    finally:
        closed(databases, database)


@FEW
@given(rows=lists)
def test_import_then_undo_is_before_and_the_preview_told_the_truth(
    databases: Databases, cast_template: tuple[str, Cast], history_key: bytes, rows: list[str]
) -> None:
    database, importing = fresh(databases, cast_template, history_key)
    try:
        before = fleet(database)
        previewed = _told(importing.document(importing.staged(listing(HEADERS, *rows))))
        number = importing.applied(listing(HEADERS, *rows))
        assert _told(importing.document(number)) == previewed
        assert importing.undone(number).kept_count == 0
        assert fleet(database) == before
    finally:
        closed(databases, database)


@FEW
@given(data=st.data())
def test_order_of_rows_about_different_devices_is_free(
    databases: Databases, cast_template: tuple[str, Cast], history_key: bytes, data: st.DataObject
) -> None:
    kinds = data.draw(st.lists(st.sampled_from(["laptop", "monitor", "hund"]), min_size=2, max_size=6))
    rows = [f"XK10{n:02};;{kind};1860;;;;;Windows 1{n};" for n, kind in enumerate(kinds, start=1)]
    shuffled = data.draw(st.permutations(rows))
    left = []
    for order in (rows, shuffled):
        database, importing = fresh(databases, cast_template, history_key)
        try:
            importing.applied(listing(HEADERS, *order))
            left.append({(each["serial"], each["kind"], each["os"]) for each in fleet(database).values()})
        finally:
            closed(databases, database)
    assert left[0] == left[1]


def _told(document: dict[str, Any]) -> tuple[Any, ...]:
    errors = [(each["row"], each["column"], each["reason"]) for each in document["errors"]]
    return tuple(document[name] for name in ("created", "updated", "unchanged", "refused")), errors
