from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetreg.domain.cell_dates import PartialDate
from assetreg.domain.dates import DeviceDates, check_dates, check_happened, last_day
from assetreg.domain.errors import Invalid, InvalidInput
from assetreg.domain.terms import Precision

TODAY = date(2026, 11, 21)


def on(text: str) -> PartialDate:
    parts = [int(part) for part in text.split("-")]
    precision = (Precision.YEAR, Precision.MONTH, Precision.DAY)[len(parts) - 1]
    return PartialDate(date(*[*parts, 1, 1][:3]), precision)


def refused(**dates: PartialDate) -> dict[str, list[str]]:
    with pytest.raises(InvalidInput) as caught:
        check_dates(DeviceDates(**dates), today=TODAY)
    return caught.value.by_field()


@pytest.mark.parametrize(
    ("text", "last"),
    [("2024-02-10", "2024-02-10"), ("2024-02", "2024-02-29"), ("2023-12", "2023-12-31"), ("2023", "2023-12-31")],
)
def test_the_last_day_a_partly_known_date_can_be(text: str, last: str) -> None:
    assert last_day(on(text)) == date.fromisoformat(last)


def test_today_has_happened_and_tomorrow_has_not() -> None:
    check_happened(TODAY, today=TODAY, field="date")
    with pytest.raises(Invalid, match="2026-11-22 har inte varit än"):
        check_happened(TODAY + timedelta(days=1), today=TODAY, field="date")


@pytest.mark.parametrize("field", ["ordered", "purchased", "delivered", "in_service", "returned", "outcome"])
@pytest.mark.parametrize("text", ["2026-11-22", "9999-12-31", "1979-12-31", "0001-01-01"])
def test_a_date_that_cannot_have_been_is_refused_beside_its_field(field: str, text: str) -> None:
    assert list(refused(**{field: on(text)})) == [field]


def test_a_warranty_may_end_in_the_future_but_not_in_the_year_9999() -> None:
    check_dates(DeviceDates(warranty_until=on("2031-05-01")), today=TODAY)
    assert "rimligt" in refused(warranty_until=on("9999-01-01"))["warranty_until"][0]


def test_a_delivery_before_its_order_is_refused_and_names_both_days() -> None:
    sentence = refused(ordered=on("2023-05-20"), delivered=on("2023-05-19"))["delivered"][0]
    assert "2023-05-19" in sentence
    assert "2023-05-20" in sentence


def test_a_delivery_known_by_month_can_be_after_an_order_in_that_month() -> None:
    check_dates(DeviceDates(ordered=on("2023-05-20"), delivered=on("2023-05")), today=TODAY)
    assert list(refused(ordered=on("2023-05-20"), delivered=on("2023-04"))) == ["delivered"]


def test_a_purchase_after_the_outcome_is_refused_but_one_the_same_day_or_year_is_not() -> None:
    check_dates(DeviceDates(purchased=on("2023-05-20"), outcome=on("2023-05-20")), today=TODAY)
    check_dates(DeviceDates(purchased=on("2023-05-20"), outcome=on("2023")), today=TODAY)
    assert list(refused(purchased=on("2023-05-21"), outcome=on("2023-05-20"))) == ["purchased"]


def test_an_invoice_long_after_delivery_and_use_is_no_fault() -> None:
    check_dates(
        DeviceDates(ordered=on("2023-01-01"), delivered=on("2023-02-01"), purchased=on("2023-06-30")), today=TODAY
    )


def test_everything_wrong_is_said_at_once() -> None:
    found = refused(ordered=on("2027-01-01"), delivered=on("2023-01-01"), purchased=on("2028"))
    assert set(found) == {"ordered", "delivered", "purchased"}


@given(st.lists(st.dates(date(1980, 1, 1), TODAY), min_size=6, max_size=6))
def test_dates_in_the_order_of_a_life_are_never_refused(days: list[date]) -> None:
    names = ("ordered", "delivered", "in_service", "purchased", "returned", "outcome")
    known = {name: PartialDate(day, Precision.DAY) for name, day in zip(names, sorted(days), strict=True)}
    check_dates(DeviceDates(**known), today=TODAY)
