"""Workbooks: values with their types, rows as the sheet numbers them, and archives made to do harm."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
from openpyxl import Workbook
from xlsxwriter import Workbook as Writer

from assetreg.sources.refusals import (
    DamagedWorkbook,
    EmptyFile,
    FileRefused,
    FileTooLarge,
    HeaderUnreadable,
    LockedWorkbook,
    MissingSheet,
    NoVisibleSheet,
    OldWorkbook,
    SwollenWorkbook,
    TooManyColumns,
    WrongKindOfFile,
)
from assetreg.sources.tabular import DEFAULT, Limits, RowFault, Table, TableRow, open_table

SHEET_PART = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(*rows: tuple[Any, ...], prepare: Callable[[Workbook], None] | None = None) -> bytes:
    book = Workbook()
    sheet = cast("Any", book.active)
    for row in rows:
        sheet.append(row)
    if prepare is not None:
        prepare(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def table(content: bytes, *, limits: Limits = DEFAULT, sheet: str | None = None) -> Table:
    return open_table(io.BytesIO(content), name="lista.xlsx", limits=limits, sheet=sheet)


def with_parts(content: bytes, parts: dict[str, bytes], *, method: int = ZIP_DEFLATED) -> bytes:
    """The same workbook with some parts replaced or added."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as old, ZipFile(out, "w", method) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, part in parts.items():
            new.writestr(name, part)
    return out.getvalue()


def sheet_xml(rows: str, before: str = "") -> bytes:
    return f'<?xml version="1.0"?>{before}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'.encode()


SMALL = workbook(("serial", "rum"), ("5CG001", "Sal 14"))


def test_values_keep_their_types() -> None:
    moment = datetime.fromisoformat("2023-11-30T14:05")
    found = table(workbook(("a", "b", "c", "d", "e", "f"), ("00123", 7, 8300.5, date(2023, 11, 30), moment, True)))
    assert (found.format, found.sheet, found.encoding, found.delimiter) == ("xlsx", "Sheet", "", "")
    (row,) = found
    assert isinstance(row, TableRow)
    assert row.cells == ("00123", 7, 8300.5, date(2023, 11, 30), moment, True)
    assert [type(cell) for cell in row.cells] == [str, int, float, date, datetime, bool]


def test_the_name_says_nothing_about_the_content() -> None:
    assert open_table(io.BytesIO(SMALL), name="lista.csv").format == "xlsx"


def test_rows_are_numbered_as_the_sheet_shows_them_whatever_its_dimension_says() -> None:
    rows = "".join(
        f'<row r="{number}"><c r="A{number}" t="inlineStr"><is><t>{text}</t></is></c></row>'
        for number, text in [(3, "serial"), (5, "ÅÄÖ"), (1_048_576, "sist")]
    )
    content = with_parts(
        SMALL, {SHEET_PART: sheet_xml(rows).replace(b"<sheetData>", b'<dimension ref="A1:A1"/><sheetData>')}
    )
    found = table(content)
    assert found.headers == ("serial",)
    assert list(found) == list(found) == [TableRow(5, ("ÅÄÖ",)), TableRow(1_048_576, ("sist",))]


def test_the_first_visible_sheet_is_read_unless_one_is_named() -> None:
    def prepare(book: Workbook) -> None:
        book.worksheets[0].sheet_state = "hidden"
        book.create_sheet("Enheter").append(["imei"])
        book.create_sheet("Annat").append(["x"])

    content = workbook(("serial",), prepare=prepare)
    assert (table(content).sheet, table(content).headers) == ("Enheter", ("imei",))
    assert table(content, sheet="annat ").headers == ("x",)
    assert table(content, sheet="Sheet").headers == ("serial",)
    with pytest.raises(MissingSheet, match=r"inget blad Blad9.*Sheet, Enheter, Annat"):
        table(content, sheet="Blad9")


def test_a_workbook_with_nothing_to_see_is_refused() -> None:
    with ZipFile(io.BytesIO(SMALL)) as archive:
        listing = archive.read("xl/workbook.xml").replace(b'state="visible"', b'state="veryHidden"')
    with pytest.raises(NoVisibleSheet, match="inget synligt blad"):
        table(with_parts(SMALL, {"xl/workbook.xml": listing}))
    with pytest.raises(EmptyFile, match="är tom"):
        table(workbook())


def test_formulas_are_read_as_last_calculated_and_otherwise_named() -> None:
    out = io.BytesIO()
    with Writer(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["serial", "pris"])
        sheet.write_formula("A2", '="5CG"&"001"', None, "5CG001")
        sheet.write_formula("B2", "=40+2", None, 42)
        sheet.write_formula("A3", "=NA()", None, "#N/A")
    calculated, error = table(out.getvalue())
    assert calculated == TableRow(2, ("5CG001", 42))
    assert isinstance(error, RowFault)
    assert (error.number, error.column, error.value) == (3, "serial", "#N/A")
    assert "felet #N/A" in error.reason


def test_a_formula_that_gives_no_text_is_an_empty_cell() -> None:
    head = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="B1" t="inlineStr"><is><t>b</t></is></c></row>'
    row = '<row r="2"><c r="A2" t="str"><f>""</f><v></v></c><c r="B2"><f>4+5</f><v>9</v></c></row>'
    assert list(table(with_parts(SMALL, {SHEET_PART: sheet_xml(head + row)}))) == [TableRow(2, (None, 9))]


def test_a_formula_that_was_never_calculated_is_a_fault_of_its_row_alone() -> None:
    fault, after = table(workbook(("serial", "pris"), ("5CG001", "=40+2"), ("5CG002", 7)))
    assert isinstance(fault, RowFault)
    assert (fault.number, fault.column, fault.cells[0]) == (2, "pris", "5CG001")
    assert "formel utan uträknat värde" in fault.reason
    assert after == TableRow(3, ("5CG002", 7))
    with pytest.raises(HeaderUnreadable, match="kolumn 2"):
        table(workbook(("serial", "=A1"), ("5CG001", 1)))


@pytest.mark.parametrize(
    "cell",
    ['<c r="B2"><v>12x</v></c>', '<c r="B2" t="s"><v>99999</v></c>', '<c r="B2" t="d"><v>igår</v></c>',
     '<c r="B2"><v>1e999</v></c>', f'<c r="B2"><v>{"9" * 5000}</v></c>', '<c r="B2" t="b"><v>x</v></c>'],
    ids=["number", "string", "date", "infinite", "endless", "truth"],
)  # fmt: skip
def test_a_cell_that_makes_no_sense_is_a_fault_of_its_row_alone(cell: str) -> None:
    head = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="B1" t="inlineStr"><is><t>b</t></is></c></row>'
    after = '<row r="3"><c r="B3"><v>7</v></c></row>'
    odd, last = table(with_parts(SMALL, {SHEET_PART: sheet_xml(f'{head}<row r="2">{cell}</row>{after}')}))
    assert last == TableRow(3, (None, 7))
    assert isinstance(odd, RowFault)
    assert (odd.number, odd.column) == (2, "b")


def test_a_date_no_calendar_knows_is_a_fault_and_not_a_warning() -> None:
    def prepare(book: Workbook) -> None:
        book.worksheets[0]["A2"].number_format = "yyyy-mm-dd"

    (fault,) = table(workbook(("datum",), (99999999,), prepare=prepare))
    assert isinstance(fault, RowFault)
    assert fault.number == 2


def test_the_1904_calendar_is_heeded() -> None:
    def prepare(book: Workbook) -> None:
        book.epoch = datetime(1904, 1, 1)  # noqa: DTZ001

    (row,) = table(workbook(("datum",), (date(2023, 11, 30),), prepare=prepare))
    assert row.cells == (date(2023, 11, 30),)


def test_cells_outside_the_header_and_long_cells_are_faults() -> None:
    outside, far, long, after = table(
        workbook(("a",), ("1", "utan rubrik"), ("2",) + (None,) * 16_000 + ("långt bort",), ("z" * 5001,), ("3",))
    )
    assert isinstance(outside, RowFault)
    assert (outside.number, outside.value) == (2, "utan rubrik")
    assert isinstance(far, RowFault)
    assert (far.value, len(far.cells)) == ("långt bort", 2)
    assert isinstance(long, RowFault)
    assert long.reason.startswith("Cellen har 5001 tecken")
    assert after == TableRow(5, ("3",))


def test_ten_thousand_columns_are_refused() -> None:
    with pytest.raises(TooManyColumns, match="högst 200"):
        table(workbook(tuple(f"k{number}" for number in range(10_000))))


def test_one_apostrophe_before_a_formula_is_lost_here_too() -> None:
    (row,) = table(workbook(("note",), ("'=CMD()",)))
    assert row.cells == ("=CMD()",)


def test_right_to_left_text_and_emoji_come_through() -> None:
    (row,) = table(workbook(("rum",), ("חדר 👩\u200d💻",)))
    assert row.cells == ("חדר 👩\u200d💻",)


def test_shared_strings_are_read_whole_with_their_runs_and_escapes() -> None:
    out = io.BytesIO()
    with Writer(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["serial", "note"])
        sheet.write_string(1, 0, "  00123 ")
        sheet.write_rich_string(1, 1, "rak ", book.add_format({"bold": True}), "fet", " åä")
        sheet.write_row(2, 0, ["_x000D_", "å\rä"])
    assert [row.cells for row in table(out.getvalue())] == [("  00123 ", "rak fet åä"), ("_x000D_", "å\rä")]


def test_shared_strings_in_an_unusual_place_are_not_read() -> None:
    out = io.BytesIO()
    with Writer(out) as book:
        book.add_worksheet().write_row(0, 0, ["serial"])
    with ZipFile(out) as archive:
        types = archive.read("[Content_Types].xml").replace(b"/xl/sharedStrings.xml", b"/xl/media/strings.bin")
        strings = archive.read("xl/sharedStrings.xml")
    with pytest.raises(DamagedWorkbook):
        table(with_parts(out.getvalue(), {"[Content_Types].xml": types, "xl/media/strings.bin": strings}))


def test_a_macro_workbook_is_read_as_data() -> None:
    with ZipFile(io.BytesIO(SMALL)) as archive:
        types = archive.read("[Content_Types].xml").replace(
            b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
            b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        )
    content = with_parts(SMALL, {"[Content_Types].xml": types, "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0macro"})
    assert list(table(content)) == [TableRow(2, ("5CG001", "Sal 14"))]


def bomb(part: str, size: int) -> bytes:
    return with_parts(SMALL, {part: b"<a>" + b" " * size + b"</a>"})


@pytest.mark.parametrize("part", [SHEET_PART, "xl/styles.xml", "xl/media/image1.png", "xl/sharedStrings.xml"])
def test_a_zip_bomb_is_refused_before_it_is_unpacked(part: str) -> None:
    content = bomb(part, 60_000_000)
    assert len(content) < 100_000
    with pytest.raises(SwollenWorkbook, match=part):
        table(content)


def test_a_workbook_over_the_total_is_refused() -> None:
    with pytest.raises(SwollenWorkbook, match="över 0 MB"):
        table(SMALL, limits=Limits(inflated_bytes=2_000))


def test_a_directory_that_lies_about_sizes_gains_nothing() -> None:
    content = bytearray(bomb(SHEET_PART, 30_000_000))
    true_size, false_size = (30_000_007).to_bytes(4, "little"), (900_000).to_bytes(4, "little")
    assert content.count(true_size) == 2
    lying = bytes(content).replace(true_size, false_size)
    with pytest.raises(FileRefused) as refused:
        table(lying)
    assert isinstance(refused.value, (DamagedWorkbook, SwollenWorkbook))


def test_a_million_tags_in_a_part_that_is_held_whole_are_refused() -> None:
    tags = b"".join(b'<xf numFmtId="%d"/>' % number for number in range(450_000))
    with pytest.raises(SwollenWorkbook, match=r"xl/styles\.xml"):
        table(with_parts(SMALL, {"xl/styles.xml": tags}))


@pytest.mark.parametrize("place", ["before", "inside"])
def test_a_sheet_of_nothing_but_elements_is_refused(place: str) -> None:
    noise = "".join(f'<c a="{number * 7919 % 1_000_003}"/>' for number in range(140_000))
    rows = sheet_xml(f'<row r="1">{noise}</row>') if place == "inside" else sheet_xml("")
    part = rows.replace(b"<sheetData>", f"<cols>{noise}</cols><sheetData>".encode()) if place == "before" else rows
    with pytest.raises((DamagedWorkbook, TooManyColumns)):
        table(with_parts(SMALL, {SHEET_PART: part}))


def test_entities_are_not_expanded() -> None:
    entities = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    row = '<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row>'
    with pytest.raises(DamagedWorkbook):
        table(with_parts(SMALL, {SHEET_PART: sheet_xml(row, entities)}))


def other_zip(*names: str) -> bytes:
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return out.getvalue()


LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 5000 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 100


@pytest.mark.parametrize(
    ("content", "refusal", "sentence"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 5000, OldWorkbook, r"spara som \.xlsx"),
        (LOCKED, LockedWorkbook, "skyddad med lösenord"),
        (other_zip("mimetype", "content.xml"), WrongKindOfFile, "OpenDocument"),
        (other_zip("[Content_Types].xml", "xl/workbook.bin"), WrongKindOfFile, "xlsb"),
        (other_zip("[Content_Types].xml", "word/document.xml"), WrongKindOfFile, "annat slags dokument"),
        (other_zip("lista.csv"), WrongKindOfFile, "ett zip-arkiv"),
        (other_zip(), WrongKindOfFile, "ett zip-arkiv"),
        (other_zip("[Content_Types].xml", "xl/workbook.xml"), DamagedWorkbook, "skadad"),
        (SMALL[:-40], DamagedWorkbook, "skadad"),
        (SMALL[: len(SMALL) // 2], DamagedWorkbook, "skadad"),
        (with_parts(SMALL, {"x.xml": b"x"}, method=zipfile.ZIP_BZIP2), DamagedWorkbook, "skadad"),
        (with_parts(SMALL, {SHEET_PART: b"<worksheet"}), DamagedWorkbook, "skadad"),
        (with_parts(SMALL, {"xl/workbook.xml": b"<workbook/>"}), FileRefused, "lista.xlsx"),
    ],
    ids=["xls", "locked", "ods", "xlsb", "docx", "zip", "empty", "hollow", "cut", "half", "bzip2", "xml", "no sheets"],
)
def test_what_is_no_workbook_is_refused(content: bytes, refusal: type[FileRefused], sentence: str) -> None:
    with pytest.raises(refusal, match=sentence):
        table(content)


def test_a_sheet_that_breaks_off_is_refused_after_the_rows_that_can_be_read() -> None:
    row = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>v{0}</t></is></c></row>'
    many = "".join(row.format(number) for number in range(1, 5_000))
    rows = iter(table(with_parts(SMALL, {SHEET_PART: sheet_xml(many)[:-60]})))
    assert next(rows) == TableRow(2, ("v2",))
    with pytest.raises(DamagedWorkbook):
        list(rows)


def test_a_workbook_over_20_megabytes_is_refused_with_the_limit() -> None:
    stored = with_parts(SMALL, {"xl/media/a.bin": b"\7" * 21_000_000}, method=ZIP_STORED)
    with pytest.raises(FileTooLarge, match="är 22 MB, men högst 20 MB"):
        table(stored)


def test_damage_anywhere_in_the_archive_gives_rows_or_a_refusal() -> None:
    read = 0
    for position in range(0, len(SMALL), 97):
        damaged = bytearray(SMALL)
        damaged[position] ^= 0xFF
        try:
            read += len(list(table(bytes(damaged))))
        except FileRefused:
            continue
    assert read < len(range(0, len(SMALL), 97))
