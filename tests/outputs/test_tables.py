"""Tables out: opened again with other eyes, and read in again by our own."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from assetreg.domain.cells import PartialDate, Precision, clean_text, parse_date, parse_decimal
from assetreg.outputs import xlsx_table
from assetreg.outputs.tables import (
    About,
    Column,
    Sheet,
    TooManyRowsForWorkbook,
    Value,
    write_csv,
    write_json,
    write_xlsx,
)
from assetreg.sources.tabular import RowFault, Table, TableRow, open_table

COLUMNS = (
    Column("serial", "Serienummer"),
    Column("purchased", "Inköpsdatum", "date"),
    Column("count", "Antal", "integer"),
    Column("price", "Pris", "money"),
    Column("share", "Andel", "decimal"),
    Column("seen", "Senast sedd", "datetime"),
)
SEEN = datetime(2026, 7, 1, 22, 30, 15, 999, tzinfo=UTC)
ROW: tuple[Value, ...] = ("007", date(2023, 11, 30), 1234, Decimal("8300.50"), Decimal("78.5"), SEEN)
ABOUT = About((("År", "2025"), ("Regelversion", "1"), ("Uttaget", "2026-11-21 10:00"), ("Urval", "=Laxå")))

DANGEROUS = ["=CMD()", "+1", "-1", "@SUM(A1)", "\tx", "\r=1", "'=1", "''=1", '=HYPERLINK("http://x";"y")']
HARMLESS = ["_x0041_", "_x005F_", "'", "O'Brien", "a=b", " =1", "5-4", "", "(tom)"]


def csv_bytes(sheet: Sheet, **options: str) -> bytes:
    out = io.BytesIO()
    write_csv(sheet, out, **options)
    return out.getvalue()


def xlsx_bytes(*sheets: Sheet, about: About = ABOUT) -> bytes:
    out = io.BytesIO()
    write_xlsx(sheets, out, about=about)
    return out.getvalue()


def read(content: bytes) -> Table:
    return open_table(io.BytesIO(content), name="ut")


def notes(texts: Sequence[str]) -> Sheet:
    return Sheet("Noter", (Column("row", "Rad", "integer"), Column("note", "Not")), list(enumerate(texts)))


def read_notes(content: bytes) -> list[str]:
    rows = list(read(content))
    assert not any(isinstance(row, RowFault) for row in rows)
    return [cast("str", row.cells[1] or "") for row in rows]


def test_csv_opens_right_in_a_swedish_spreadsheet() -> None:
    content = csv_bytes(Sheet("Enheter", COLUMNS, [ROW, (None,) * 6]))
    assert content.decode("utf-8") == (
        "\ufeffSerienummer;Inköpsdatum;Antal;Pris;Andel;Senast sedd\r\n"
        "007;2023-11-30;1234;8300,50;78,5;2026-07-02 00:30:15\r\n"
        ";;;;;\r\n"
    )


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_csv_is_read_back_with_any_delimiter(delimiter: str) -> None:
    found = read(csv_bytes(Sheet("Enheter", COLUMNS, [ROW]), delimiter=delimiter))
    assert (found.delimiter, found.encoding) == (delimiter, "utf-8-sig")
    (row,) = found
    assert isinstance(row, TableRow)
    assert row.cells[0] == "007"
    assert parse_date(row.cells[1]).value == ROW[1]
    assert [parse_decimal(cell) for cell in row.cells[2:5]] == list(ROW[2:5])


@pytest.mark.parametrize("text", DANGEROUS, ids=repr)
def test_a_formula_in_csv_gets_one_apostrophe_and_a_number_none(text: str) -> None:
    content = csv_bytes(Sheet("x", (Column("a", "A"), Column("b", "B", "money")), [(text, Decimal(-5))]))
    cell = content.decode("utf-8-sig").split("\r\n", 1)[1].removesuffix(";-5\r\n").strip('"')
    assert cell == "'" + text.replace('"', '""')


@pytest.mark.parametrize("write", [csv_bytes, xlsx_bytes], ids=["csv", "xlsx"])
def test_dangerous_and_harmless_text_both_come_back_as_they_were(write: Any) -> None:
    texts = [*DANGEROUS, *HARMLESS]
    assert read_notes(write(notes(texts))) == texts


@given(st.lists(st.text(max_size=30) | st.from_regex(r"'{0,2}[=+\-@\t].{0,5}", fullmatch=True), max_size=5))
def test_any_clean_text_comes_back(texts: list[str]) -> None:
    cleaned = [clean_text(text, limit=100) for text in texts]
    assert read_notes(csv_bytes(notes(cleaned))) == cleaned
    assert read_notes(xlsx_bytes(notes(cleaned))) == cleaned


@given(st.lists(st.text(alphabet="ab'=-å;\"\r\n", max_size=12), max_size=5))
def test_quotes_and_line_breaks_come_back_from_csv(texts: list[str]) -> None:
    assert read_notes(csv_bytes(notes(texts))) == texts


def test_many_rows_of_csv_come_back_in_order() -> None:
    texts = [f"rad {number} " + "x" * (number % 80) for number in range(5_000)]
    assert read_notes(csv_bytes(notes(texts))) == texts


def test_a_lone_surrogate_does_not_break_the_file() -> None:
    assert read_notes(csv_bytes(notes(["a\ud800b"]))) == ["a?b"]


def test_a_workbook_has_real_dates_and_numbers_and_text_that_stays_text() -> None:
    book = load_workbook(io.BytesIO(xlsx_bytes(Sheet("Enheter", COLUMNS, [ROW]))))
    sheet = book["Enheter"]
    head, row = sheet.iter_rows()
    assert [cell.value for cell in head] == [column.title for column in COLUMNS]
    assert [cell.data_type for cell in row] == ["s", "d", "n", "n", "n", "d"]
    assert [cell.value for cell in row] == [
        "007", datetime.fromisoformat("2023-11-30"), 1234, 8300.5, 78.5, datetime.fromisoformat("2026-07-02T00:30:15")
    ]  # fmt: skip
    assert [cell.number_format for cell in row] == [
        "@", "yyyy-mm-dd", "#,##0", "#,##0", "#,##0.0##", "yyyy-mm-dd hh:mm"
    ]  # fmt: skip
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:F2"
    assert sheet.column_dimensions["A"].width > 10


def test_the_second_sheet_says_what_the_file_is() -> None:
    more = Sheet("Mer", (Column("a", "A"),), [("x",)])
    book = load_workbook(io.BytesIO(xlsx_bytes(Sheet("Återbruk", COLUMNS, [ROW]), more)))
    assert book.sheetnames == ["Återbruk", "Om filen", "Mer"]
    facts = [[cell.value for cell in row] for row in book["Om filen"].iter_rows()]
    assert facts == [list(fact) for fact in ABOUT.facts]
    assert {cell.data_type for row in book["Om filen"].iter_rows() for cell in row} == {"s"}


@pytest.mark.parametrize("text", [text for text in DANGEROUS if not text.startswith("'")], ids=repr)
def test_no_text_becomes_a_formula_or_a_link_in_a_workbook(text: str) -> None:
    book = load_workbook(io.BytesIO(xlsx_bytes(notes([text, "http://x.example"]))))
    cells = [row[1] for row in book["Noter"].iter_rows(min_row=2)]
    assert [cell.data_type for cell in cells] == ["s", "s"]
    assert [cell.hyperlink for cell in cells] == [None, None]
    assert str(cells[0].value).replace("_x000D_", "\r") == text


def test_a_workbook_is_read_back_with_its_types() -> None:
    found = read(xlsx_bytes(Sheet("Enheter", COLUMNS, [ROW])))
    assert (found.sheet, found.headers) == ("Enheter", tuple(column.title for column in COLUMNS))
    (row,) = found
    assert row.cells[:5] == ("007", date(2023, 11, 30), 1234, 8300.5, 78.5)


def test_values_that_do_not_fit_their_column_are_written_as_text() -> None:
    columns = (Column("a", "A", "date"), Column("b", "B", "money"), Column("c", "C"), Column("d", "D", "datetime"))
    row = (PartialDate(date(2021, 5, 1), Precision.MONTH), "okänt", 17, date(1, 1, 1))
    book = load_workbook(io.BytesIO(xlsx_bytes(Sheet("x", columns, [row, (date(2021, 5, 2), None, True, None)]))))
    values = [[cell.value for cell in line] for line in book["x"].iter_rows(min_row=2)]
    assert values[0] == ["2021-05", "okänt", "17", "0001-01-01"]
    assert values[1] == [datetime.fromisoformat("2021-05-02"), None, "ja", None]
    assert csv_bytes(Sheet("x", columns, [row])).endswith("2021-05;okänt;17;0001-01-01\r\n".encode())


def test_a_partial_date_of_a_day_is_a_real_date() -> None:
    whole = PartialDate(date(2021, 5, 2), Precision.DAY)
    book = load_workbook(io.BytesIO(xlsx_bytes(Sheet("x", (Column("a", "A", "date"),), [(whole,)]))))
    assert book["x"]["A2"].value == datetime.fromisoformat("2021-05-02")


def test_sheet_titles_are_made_acceptable_and_kept_apart() -> None:
    empty = (Column("a", "A"),)
    titles = ["Om filen", "om FILEN", "I1/I2: [2025]?", "x" * 40, "x" * 41, "'"]
    book = load_workbook(io.BytesIO(xlsx_bytes(*(Sheet(title, empty, []) for title in titles))))
    assert len({name.casefold() for name in book.sheetnames}) == 7
    assert all(0 < len(name) <= 31 for name in book.sheetnames)
    assert book.sheetnames[:2] == ["Om filen", "Om filen 2"]


def test_more_rows_than_a_workbook_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_table, "MOST_ROWS", 3)
    assert xlsx_bytes(notes(["x"] * 3))
    with pytest.raises(TooManyRowsForWorkbook, match="Välj CSV"):
        xlsx_bytes(notes(["x"] * 4))


def test_an_empty_table_is_a_header_in_every_format() -> None:
    sheet = Sheet("Tom", COLUMNS, [])
    assert list(read(csv_bytes(sheet))) == list(read(xlsx_bytes(sheet))) == []
    out = io.BytesIO()
    write_json(sheet, out, about=ABOUT)
    assert json.loads(out.getvalue())["rows"] == []


def test_json_says_columns_about_and_rows_with_exact_decimals() -> None:
    out = io.BytesIO()
    write_json(Sheet("Enheter", COLUMNS[:5], [ROW[:5], ("Å", None, 0, None, None)]), out, about=ABOUT)
    document = json.loads(out.getvalue().decode())
    assert document["title"] == "Enheter"
    assert document["about"] == dict(ABOUT.facts)
    assert document["columns"][1] == {"key": "purchased", "title": "Inköpsdatum", "type": "date"}
    assert document["rows"] == [
        {"serial": "007", "purchased": "2023-11-30", "count": 1234, "price": "8300.50", "share": "78.5"},
        {"serial": "Å", "purchased": None, "count": 0, "price": None, "share": None},
    ]
