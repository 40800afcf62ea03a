"""What holds for any list: twice is once, undone is before, and the order of rows about different devices is free."""

from __future__ import annotations

from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from tests.cast import some_device
from tests.services.imports.lists import Importing, fleet, listing

HEADERS = "serienummer;inventarienummer;typ;kommun;status;inköpsdatum;pris;enhet;os;anmärkning"
ONE_REGISTER = settings(
    max_examples=settings().max_examples // 2,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_examples = count(1)


def _with_owner(cells: list[str]) -> list[str]:
    """An older register's number alone means one device only until another owner has the number too."""
    if cells[1] and not cells[3]:
        cells[3] = "1860"
    return cells


_row = st.tuples(
    st.sampled_from(["XK{n}A1", "XK{n}A2", "XK{n}A3", "XK{n}A4", "0", "6.3E+15", ""]),
    st.sampled_from(["", "", "", "{n}-11", "{n}-12"]),
    st.sampled_from(["laptop", "Skärm", "hund", "phone"]),
    st.sampled_from(["1860", "Hallsberg", "1861", ""]),
    st.sampled_from(["", "", "i drift", "lager", "skrotad"]),
    st.sampled_from(["", "2023-11-30", "2021", "4/5/16", "(tom)"]),
    st.sampled_from(["", "8 300,50", "1e9", "(tom)"]),
    st.sampled_from(["", "Centralskolan", "Nya enheten", "(tom)"]),
    st.sampled_from(["", "Windows 11", "(tom)"]),
    st.sampled_from(["", "repa", "(tom)"]),
).map(lambda cells: ";".join(_with_owner(list(cells))))
lists = st.lists(_row, min_size=1, max_size=8)


def drawn(database: Database, rows: list[str]) -> str:
    """The list, about three devices of its own that the register knows and others that it does not."""
    n = next(_examples)
    with database.transaction(EVERYTHING) as session:
        some_device(session, serial=f"XK{n}A1", os="Windows 10", note="gammal", unit="Kommunhuset")
        some_device(session, serial=f"XK{n}A2", asset_tag=f"{n}-11", stage="deployed", kind="phone")
        some_device(session, serial=f"XK{n}A9", owner="1861")
    return listing(HEADERS, *(row.format(n=n) for row in rows))


@ONE_REGISTER
@given(rows=lists)
def test_import_twice_is_import_once(database: Database, importing: Importing, rows: list[str]) -> None:
    text = drawn(database, rows)
    importing.applied(text)
    before = fleet(database)
    again = importing.document(importing.applied(text))
    assert (again["created"], again["updated"]) == (0, 0)
    assert fleet(database) == before


@ONE_REGISTER
@given(rows=lists)
def test_import_then_undo_is_before_and_the_preview_told_the_truth(
    database: Database, importing: Importing, rows: list[str]
) -> None:
    text = drawn(database, rows)
    before = fleet(database)
    previewed = _told(importing.document(importing.staged(text)))
    number = importing.applied(text)
    assert _told(importing.document(number)) == previewed
    assert importing.undone(number).kept_count == 0
    assert fleet(database) == before


@ONE_REGISTER
@given(data=st.data())
def test_order_of_rows_about_different_devices_is_free(
    database: Database, importing: Importing, data: st.DataObject
) -> None:
    kinds = data.draw(st.lists(st.sampled_from(["laptop", "monitor", "hund"]), min_size=2, max_size=6))
    rows = [f"XK{{n}}A{number};;{kind};1860;;;;;Windows 1{number};" for number, kind in enumerate(kinds, start=1)]
    left = []
    for order in (rows, data.draw(st.permutations(rows))):
        text = drawn(database, order)
        known = set(fleet(database))
        number = importing.applied(text)
        made = {tag: each for tag, each in fleet(database).items() if tag not in known}
        left.append({(each["serial"][-2:], each["kind"], each["os"]) for each in made.values()})
        assert len(made) == importing.document(number)["created"]
    assert left[0] == left[1]


def _told(document: dict[str, Any]) -> tuple[Any, ...]:
    """The counts and which rows are refused; a row that is wrong in two ways may be told either of them first."""
    errors = sorted({each["row"] for each in document["errors"]})
    return tuple(document[name] for name in ("created", "updated", "unchanged", "refused")), errors
