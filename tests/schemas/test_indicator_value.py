"""Entered figures: the two computed indicators are numbers of devices, any other is what it is."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetreg.domain.errors import InvalidInput
from assetreg.schemas.indicator_value import indicator_value_input

NOISE = {"year": "2023", "goal": "Hållbar IT", "unit": "st", "source": "Årsredovisning 2023", "owner": "1860"}


def faults(**stated: str) -> dict[str, str]:
    """The codes of what is refused, by field."""
    try:
        indicator_value_input({**NOISE, **stated})
    except InvalidInput as refused:
        return {str(each.field): each.code for each in refused.refusals}
    return {}


@given(number=st.decimals(-5000, 5000, places=1), field=st.sampled_from(["value", "target"]), which=st.data())
def test_computed_indicator_takes_whole_numbers_from_zero_alone(
    number: Decimal, field: str, which: st.DataObject
) -> None:
    indicator = which.draw(st.sampled_from(["I1", "I2", "Mobila enheter", "datorer och serverutrustning"]))
    written = str(number).replace(".", ",")
    fits = number >= 0 and number == int(number)
    found = faults(indicator=indicator, direction="minst", **{field: written})
    assert found == ({} if fits else {field: "count_needed"})


@given(number=st.decimals(-5000, 5000, places=1), direction=st.sampled_from(["minst", "högst", "lika"]))
def test_other_indicator_takes_any_number_and_direction(number: Decimal, direction: str) -> None:
    assert faults(indicator="Nöjda användare", direction=direction, value=str(number), target=str(-number)) == {}


@pytest.mark.parametrize("direction", ["högst", "lika", "ja/nej", "at_most"])
def test_computed_indicator_is_better_the_more(direction: str) -> None:
    assert faults(indicator="I1", direction=direction, target="1100") == {"direction": "at_least_needed"}


def test_yes_is_no_number_of_devices() -> None:
    assert faults(indicator="I2", direction="minst", value="ja") == {"value": "count_needed"}
    assert faults(indicator="Är policyn beslutad?", direction="ja/nej", value="ja", target="ja") == {}


def test_every_fault_of_a_figure_is_told_at_once() -> None:
    found = faults(indicator="I1", direction="högst", value="1,5", target="-3")
    assert found == {"value": "count_needed", "target": "count_needed", "direction": "at_least_needed"}
