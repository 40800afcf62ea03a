from __future__ import annotations

import pytest

from assetreg.sources.columns import MappedColumnUnknown, MappedHeaderMissing, TwoHeadersForOneColumn, match_headers

COLUMNS = {
    "serial": frozenset({"serienummer", "serienr"}),
    "warranty_until": frozenset({"garanti_till"}),
    "weight_kg": frozenset({"vikt_kg"}),
    "year": frozenset({"år"}),
    "owner": frozenset({"kommun"}),
}


@pytest.mark.parametrize(
    "header", ["Garanti till", "GARANTI-TILL", "garanti_till", "Warranty until", " warrantyUntil "]
)
def test_case_blanks_hyphens_and_language_do_not_matter(header: str) -> None:
    assert match_headers(["x", header], COLUMNS).positions == {"warranty_until": 1}


@pytest.mark.parametrize("header", ["år", "ÅR", "a\u030ar", "Ar"])
def test_accents_do_not_matter(header: str) -> None:
    assert match_headers([header], COLUMNS).positions == {"year": 0}


def test_what_is_not_read_is_told() -> None:
    found = match_headers(["Serienummer", "Färg", "", "Vikt (kg)", "Mått"], COLUMNS)
    assert found.positions == {"serial": 0, "weight_kg": 3}
    assert found.headers == {"serial": "Serienummer", "weight_kg": "Vikt (kg)"}
    assert found.unread == ("Färg", "Mått")


def test_two_headers_for_one_column_are_refused_by_name() -> None:
    with pytest.raises(TwoHeadersForOneColumn, match="Serienr och Serial betyder samma sak"):
        match_headers(["Serienr", "Kommun", "Serial"], COLUMNS)


def test_a_mapping_goes_before_the_names_and_can_leave_a_header_out() -> None:
    found = match_headers(
        ["Serienr", "S/N", "Ort"], COLUMNS, renamed={"serienr": None, "s/n": "serial", "Ort": "owner"}
    )
    assert found.positions == {"serial": 1, "owner": 2}
    assert found.unread == ("Serienr",)


def test_a_mapping_that_names_what_is_not_there_is_refused() -> None:
    with pytest.raises(MappedHeaderMissing, match="rubriken Serinr, men filen har bara: Serienr"):
        match_headers(["Serienr"], COLUMNS, renamed={"Serinr": "serial"})
    with pytest.raises(MappedColumnUnknown, match=r"pekar på serie, .*owner, serial"):
        match_headers(["Serienr"], COLUMNS, renamed={"Serienr": "serie"})
