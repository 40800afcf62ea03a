"""What commands are read from: every field, the good and the bad, the same for forms, JSON and rows of a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import RAISE

from assetreg.domain.cells import PartialDate
from assetreg.domain.errors import InvalidInput, Refusal
from assetreg.domain.terms import ErasureMethod, Kind, OutcomeType, Precision, Stage
from assetreg.schemas.act import (
    ErasureInput,
    MoveFields,
    PlaceInput,
    SecondLifeFields,
    SwapFields,
    TransferFields,
    move_input,
    second_life_input,
    swap_input,
    transfer_input,
)
from assetreg.schemas.device import DeviceFields, device_input
from assetreg.schemas.loading import UnknownField
from assetreg.schemas.outcome import OutcomeFields, ReversalFields, outcome_input, reversal_input


class StrictDevice(DeviceFields):
    class Meta:
        unknown = RAISE


READERS: dict[str, tuple[Callable[[Mapping[str, Any]], object], type, dict[str, str]]] = {
    "device": (device_input, DeviceFields, {}),
    "move": (move_input, MoveFields, {"to": "deployed"}),
    "transfer": (transfer_input, TransferFields, {"owner": "1860"}),
    "swap": (swap_input, SwapFields, {"new": "IT-000001Y"}),
    "second life": (second_life_input, SecondLifeFields, {}),
    "outcome": (outcome_input, OutcomeFields, {"outcome": "gift"}),
    "reversal": (reversal_input, ReversalFields, {}),
}
EVERY_FIELD = [
    pytest.param(reader, required, field, id=f"{name} {field}")
    for name, (reader, schema, required) in READERS.items()
    for field in schema().fields
]
DAY = PartialDate(date(2023, 11, 30), Precision.DAY)

DEVICE_GOOD = [
    ("serial", " 5cg 1234abc ", "5CG1234ABC"),
    ("serial", "Default string", "DEFAULTSTRING"),
    ("asset_tag", " 00042 ", "00042"),
    ("kind", "Bärbar PC", Kind.LAPTOP),
    ("kind", "IPAD", Kind.TABLET),
    ("kind", "Stationär dator", Kind.DESKTOP),
    ("kind", "thin_client", Kind.THIN_CLIENT),
    ("owner", 1860, "1860"),
    ("imei", "49-015420-323751-8", "490154203237518"),
    ("imei", 490154203237518, "490154203237518"),
    ("mac", "001a.2b3c.4d5e", "00:1A:2B:3C:4D:5E"),
    ("hostname", "LAX\u200b-1", "LAX-1"),
    ("model", "iPad (9:e gen.) 🎒", "iPad (9:e gen.) 🎒"),
    ("stage", "I drift", Stage.DEPLOYED),
    ("stage", "skrotad", Stage.DISPOSED),
    ("purchased", "2023-11-30 00:00", DAY),
    ("purchased", "30.11.2023", DAY),
    ("purchased", 45260, DAY),
    ("purchased", "2021-05", PartialDate(date(2021, 5, 1), Precision.MONTH)),
    ("purchased", "2021", PartialDate(date(2021, 1, 1), Precision.YEAR)),
    ("price_sek", "8 300,50 kr", Decimal("8300.50")),
    ("price_sek", 8300.125, Decimal("8300.13")),
    ("price_sek", "0", Decimal(0)),
    ("note", "=CMD()", "=CMD()"),
    ("note", "\u202eabc", "abc"),
    ("hostname", None, None),
    ("purchased", None, None),
]
DEVICE_BAD = [
    ("serial", "6.37702E+15", "serial_damaged"),
    ("serial", "X" * 5000, "serial_too_long"),
    ("serial", "АБВГД1234", "serial_unreadable"),
    ("asset_tag", "9" * 41, "text_too_long"),
    ("kind", "lapdog", "unknown_term"),
    ("kind", None, "required"),
    ("imei", "490154203237519", "imei_wrong"),
    ("mac", "00:1A:2B", "bad_mac"),
    ("stage", "borta", "unknown_term"),
    ("owner", None, "required"),
    ("purchased", "4/5/16", "ambiguous_date"),
    ("purchased", "2023-02-30", "impossible_date"),
    ("purchased", "0000-01-01", "date_out_of_range"),
    ("purchased", "9999-12-31", "date_out_of_range"),
    ("purchased", "i fjol", "unreadable_date"),
    ("price_sek", "8.300", "ambiguous_number"),
    ("price_sek", "gratis", "unreadable_number"),
    ("price_sek", "-1", "amount_out_of_range"),
    ("price_sek", "99999999999", "amount_out_of_range"),
    ("price_sek", float("nan"), "unreadable_number"),
    ("note", "x" * 4001, "text_too_long"),
]


def refused(read: Callable[[], object]) -> list[tuple[str | None, str]]:
    with pytest.raises(InvalidInput) as fault:
        read()
    return [(each.field, each.code) for each in fault.value.refusals]


@pytest.mark.parametrize(("field", "given_", "read"), DEVICE_GOOD)
def test_field_of_a_device_is_read(field: str, given_: Any, read: Any) -> None:
    assert device_input({field: given_}).values == {field: read}


@pytest.mark.parametrize(("field", "given_", "code"), DEVICE_BAD)
def test_field_of_a_device_is_refused(field: str, given_: Any, code: str) -> None:
    assert refused(lambda: device_input({field: given_, "hostname": "LAX-1"})) == [(field, code)]


def test_every_fault_is_named_at_once() -> None:
    wrong = {"kind": "lapdog", "price_sek": "gratis", "purchased": "i fjol", "hostname": "LAX-1"}
    assert {field for field, _ in refused(lambda: device_input(wrong))} == {"kind", "price_sek", "purchased"}


@pytest.mark.parametrize("blank", ["", "   ", "\t", "\u200b", "\ufeff "])
def test_blank_says_nothing(blank: str) -> None:
    assert device_input({"hostname": blank, "kind": blank, "purchased": blank}).values == {}
    assert move_input({"to": "deployed", "unit": blank}).place == PlaceInput()
    assert refused(lambda: move_input({"to": blank})) == [("to", "required")]


def test_unknown_field_is_left_out_but_not_by_the_strict() -> None:
    assert device_input({"färg": "röd"}).values == {}
    faults = refused(lambda: device_input({"färg": "röd"}, schema=StrictDevice()))
    assert faults == [("färg", UnknownField.code)]


@pytest.mark.parametrize(("reader", "required", "field"), EVERY_FIELD)
@pytest.mark.parametrize("odd", [["a"], {"a": 1}, 10**400, b"a"], ids=["list", "mapping", "huge", "bytes"])
def test_what_is_no_value_is_refused_with_a_sentence(
    reader: Callable[[Mapping[str, Any]], object], required: dict[str, str], field: str, odd: Any
) -> None:
    with pytest.raises(InvalidInput) as fault:
        reader(required | {field: odd})
    assert {each.field for each in fault.value.refusals} == {field}
    assert all(sentence_is_whole(each.sentence()) for each in fault.value.refusals)


@pytest.mark.parametrize(("reader", "required", "field"), EVERY_FIELD)
@given(value=st.one_of(st.text(max_size=80), st.integers(), st.floats(), st.booleans(), st.dates(), st.datetimes()))
def test_any_value_is_read_or_refused_with_a_sentence(
    reader: Callable[[Mapping[str, Any]], object], required: dict[str, str], field: str, value: Any
) -> None:
    refusals: list[Refusal] = []
    try:
        reader(required | {field: value})
    except InvalidInput as fault:
        refusals = fault.refusals
    for each in refusals:
        assert each.field == field
        assert sentence_is_whole(each.sentence())


def sentence_is_whole(sentence: str) -> bool:
    """Whether it ends as a sentence does."""
    return sentence.endswith((".", "?"))


def test_move_is_read_whole() -> None:
    stated = {
        "to": "Utlånad",
        "date": "2026-11-02",
        "due_back": "2027-01-01",
        "unit": "Centralskolan",
        "user": "1001",
        "reason": " Lån  över lovet ",
        "erasure_method": "Säker radering (Purge)",
        "erasure_date": "2026-11-01",
        "erasure_verified": "ja",
    }
    command = move_input(stated, version=3)
    assert (command.to, command.on, command.due_back) == (Stage.ON_LOAN, date(2026, 11, 2), date(2027, 1, 1))
    assert (command.reason, command.version) == ("Lån över lovet", 3)
    assert command.place == PlaceInput(unit="Centralskolan", user="1001")
    assert command.erasure == ErasureInput(ErasureMethod.PURGE, on=date(2026, 11, 1), verified=True)


def test_certificate_alone_is_a_safe_erasure_and_nothing_is_none() -> None:
    certified = outcome_input({"outcome": "gåva", "erasure_certificate": "C-1"})
    assert certified.erasure == ErasureInput(ErasureMethod.PURGE, certificate="C-1")
    assert outcome_input({"outcome": "gåva"}).erasure is None


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("Externt återbruk", OutcomeType.EXTERNAL_REUSE),
        ("återbruk", OutcomeType.EXTERNAL_REUSE),
        ("ÅTERVINNING", OutcomeType.MATERIAL_RECYCLING),
        ("returned_rejected", OutcomeType.RETURNED_REJECTED),
        ("Lost or stolen", OutcomeType.LOST_OR_STOLEN),
    ],
)
def test_outcome_is_read_by_any_of_its_names(text: str, type_: OutcomeType) -> None:
    assert outcome_input({"outcome": text}).type is type_


def test_outcome_is_read_whole() -> None:
    stated = {
        "outcome": "buyout",
        "weight_kg": 2.3456,
        "proceeds_sek": "-120,50",
        "valuation_sek": "1 500",
        "decision": "KS 2026:7",
        "report": "R9",
    }
    command = outcome_input(stated, version=2)
    assert (command.weight_kg, command.proceeds, command.valuation) == (
        Decimal("2.346"),
        Decimal("-120.50"),
        Decimal(1500),
    )
    assert (command.decision, command.report, command.version, command.on) == ("KS 2026:7", "R9", 2, None)
    assert refused(lambda: outcome_input({"outcome": "gift", "weight_kg": "1000001"})) == [
        ("weight_kg", "amount_out_of_range")
    ]


def test_what_a_command_cannot_do_without_is_asked_for() -> None:
    assert refused(lambda: move_input({})) == [("to", "required")]
    assert refused(lambda: transfer_input({})) == [("owner", "required")]
    assert refused(lambda: swap_input({})) == [("new", "required")]
    assert refused(lambda: outcome_input({})) == [("outcome", "required")]


def test_kind_that_is_unknown_is_answered_with_those_that_are_in_swedish() -> None:
    with pytest.raises(InvalidInput) as fault:
        device_input({"kind": "lapdog"})
    said = fault.value.refusals[0].sentence()
    assert said.startswith("lapdog är inget av de val som finns: bärbar dator, ")
