from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetreg.domain.cells import (
    AmbiguousDate,
    CellValue,
    DateOutOfRange,
    ImpossibleDate,
    PartialDate,
    Precision,
    UnreadableDate,
    UnreadableDateFormat,
    parse_date,
)

DAY_ZERO = date(1899, 12, 30)
MONTHS = (
    *("januari", "februari", "mars", "april", "maj", "juni"),
    *("juli", "augusti", "september", "oktober", "november", "december"),
)

DATES = st.dates(date(1970, 1, 1), date(2100, 12, 31))

FORMS: dict[str, Callable[[date], CellValue]] = {
    "iso": lambda day: day.isoformat(),
    "midnight": lambda day: f"{day} 00:00",
    "moment": lambda day: f"{day}T23:59:59.1234567Z",
    "points": lambda day: f"{day.day:02}.{day.month:02}.{day.year}",
    "short points": lambda day: f"{day.day}.{day.month}.{day.year}",
    "slashes": lambda day: f"{day.year}/{day.month:02}/{day.day:02}",
    "compact": lambda day: f"{day:%Y%m%d}",
    "compact number": lambda day: int(f"{day:%Y%m%d}"),
    "month name": lambda day: f"{day.day} {MONTHS[day.month - 1]} {day.year}",
    "short month name": lambda day: f"den {day.day} {MONTHS[day.month - 1][:3].upper()} {day.year}",
    "blanks and marks": lambda day: f"\u200e\u00a0 {day}\u202c\u2009",
    "unbroken hyphens": lambda day: day.isoformat().replace("-", "\u2011"),
    "date": lambda day: day,
    "datetime": lambda day: datetime.fromisoformat(f"{day}T23:59"),
}


@pytest.mark.parametrize("form", FORMS)
@given(day=DATES)
def test_every_day_comes_back_from_every_form(form: str, day: date) -> None:
    assert parse_date(FORMS[form](day)) == PartialDate(day, Precision.DAY)


@given(day=st.dates(date(1980, 1, 1), date(2100, 12, 31)), hour=st.floats(0, 0.999))
def test_a_day_number_is_the_day_whatever_the_hour(day: date, hour: float) -> None:
    number = (day - DAY_ZERO).days
    expected = PartialDate(day, Precision.DAY)
    assert parse_date(number) == parse_date(number + hour) == parse_date(str(number)) == expected


@given(day=DATES)
def test_month_and_year_keep_their_precision_and_their_text(day: date) -> None:
    month, year = f"{day:%Y-%m}", f"{day:%Y}"
    assert parse_date(month) == PartialDate(day.replace(day=1), Precision.MONTH)
    assert parse_date(year) == parse_date(int(year)) == PartialDate(date(day.year, 1, 1), Precision.YEAR)
    assert (str(parse_date(month)), str(parse_date(year)), str(parse_date(day))) == (month, year, day.isoformat())
    assert parse_date(f"{MONTHS[day.month - 1]} {day.year}") == parse_date(month)


@given(day=DATES, mark=st.sampled_from("/-"))
def test_day_and_month_in_either_order_are_read_only_where_one_reading_is_left(day: date, mark: str) -> None:
    day_first, month_first = (f"{a}{mark}{b}{mark}{day.year}" for a, b in [(day.day, day.month), (day.month, day.day)])
    if day.day > 12 or day.day == day.month:
        assert parse_date(day_first).value == parse_date(month_first).value == day
        return
    for text in (day_first, month_first):
        with pytest.raises(AmbiguousDate, match=r"flera sätt.*kolumnmappningen"):
            parse_date(text)


@given(day=DATES, mark=st.sampled_from("/-. "))
def test_a_named_format_settles_what_is_ambiguous(day: date, mark: str) -> None:
    day_first, month_first = f"D{mark}M{mark}YYYY", f"M{mark}D{mark}YYYY"
    assert parse_date(f"{day.day}{mark}{day.month:02}{mark}{day.year}", date_format=day_first).value == day
    assert parse_date(f"{day.month}{mark}{day.day}{mark}{day.year} 10:05", date_format=month_first).value == day


@given(day=st.dates(date(1970, 1, 1), date(2069, 12, 31)))
def test_two_digits_of_a_year_mean_1970_to_2069_in_a_named_format(day: date) -> None:
    assert parse_date(f"{day:%m/%d/%y}", date_format="M/D/YY").value == day
    assert parse_date(f"{day:%y%m%d}", date_format="ÅÅMMDD").value == day
    assert parse_date(f"{day:%d/%m/%y}", date_format="D/M/YYYY").value == day


def test_a_named_format_leaves_the_plain_forms_alone() -> None:
    assert parse_date("2023-11-30", date_format="D/M/YYYY").value == date(2023, 11, 30)
    assert parse_date(45260, date_format="D/M/YYYY").value == date(2023, 11, 30)


def test_a_named_format_is_not_bent_to_make_a_date() -> None:
    with pytest.raises(ImpossibleDate):
        parse_date("04/13/2016", date_format="D/M/YYYY")


@pytest.mark.parametrize("text", ["4/5/16", "16-05-04", "30/11/23", "04/05/2016", "4.5.16", "30-nov-23"])
def test_a_date_that_can_be_read_two_ways_is_refused(text: str) -> None:
    with pytest.raises(AmbiguousDate) as refused:
        parse_date(text)
    assert text in refused.value.sentence()


@pytest.mark.parametrize(
    "value",
    ["0000-01-01", "0000", "9999-12-31", "31.12.9999", "1969-12-31", "2101-01-01", date(9999, 12, 31), 1899],
    ids=repr,
)
def test_a_year_that_cannot_be_is_refused_with_the_years_that_can(value: CellValue) -> None:
    with pytest.raises(DateOutOfRange, match="1970-01-01 till 2100-12-31"):
        parse_date(value)


@pytest.mark.parametrize("text", ["2023-02-30", "31.04.2023", "20231301", "2021-13", "2021-00", "13/13/2023"])
def test_a_day_that_is_not_in_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(ImpossibleDate, match="finns inte i kalendern"):
        parse_date(text)


@pytest.mark.parametrize(
    "value",
    [
        "",
        None,
        "i våras",
        "vecka 7",
        "٢٠٢٣-١١-٣٠",
        7,
        29220,
        1e300,
        float("nan"),
        True,
        "2023-11-30 x",
        "1" * 99,
    ],
    ids=repr,
)
def test_what_is_no_date_is_refused_with_an_example(value: CellValue) -> None:
    with pytest.raises(UnreadableDate, match="ÅÅÅÅ-MM-DD"):
        parse_date(value)


@pytest.mark.parametrize("date_format", ["DMY", "", "D/M", "D/M/YYYY/D", "dd mm", "%d/%m/%Y", "YYYYY-M-D", "D(M)YYYY"])
def test_a_format_that_does_not_name_all_three_is_refused(date_format: str) -> None:
    with pytest.raises(UnreadableDateFormat, match="D/M/YYYY"):
        parse_date("2023-11-30", date_format=date_format)


@given(st.text(max_size=30) | st.integers() | st.floats() | st.datetimes())
def test_whatever_stands_in_the_cell_gives_a_date_in_range_or_a_refusal(value: CellValue) -> None:
    with suppress(UnreadableDate, AmbiguousDate, ImpossibleDate, DateOutOfRange):
        assert date(1970, 1, 1) <= parse_date(value).value <= date(2100, 12, 31)
