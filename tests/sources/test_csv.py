"""CSV files as people have them: encodings, delimiters, line ends, quotes, and what is wrong with them."""

from __future__ import annotations

import io
import random
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetreg.sources.refusals import (
    BinaryFile,
    DuplicateHeaders,
    EmptyFile,
    FileRefused,
    FileTooLarge,
    HeaderTooLong,
    RowTooLong,
    TooManyColumns,
    TooManyRows,
    UnclosedQuote,
    UnknownEncoding,
    WrongKindOfFile,
)
from assetreg.sources.tabular import DEFAULT, Limits, RowFault, Table, TableRow, open_table

PLAIN = "serienummer;rum;pris\r\n5CG001;Åsens sal;8 300,50\r\nÖL7;Ärlan – norra;12,00\r\n"
ROWS = [TableRow(2, ("5CG001", "Åsens sal", "8 300,50")), TableRow(3, ("ÖL7", "Ärlan – norra", "12,00"))]


def table(content: str | bytes, *, limits: Limits = DEFAULT, encoding: str = "utf-8") -> Table:
    data = content.encode(encoding) if isinstance(content, str) else content
    return open_table(io.BytesIO(data), name="lista.csv", limits=limits)


class Lines(io.RawIOBase):
    """A file that is made as it is read: a header and then the same length of line, over and over."""

    HEADER = b"serial;room;note\n"

    def __init__(self, size: int) -> None:
        self.size = size
        self.at = 0
        self.taken = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = offset if whence == 0 else self.size + offset
        return self.at

    def tell(self) -> int:
        return self.at

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self.size - self.at)
        buffer[:wanted] = b"".join(self._from(self.at, wanted))[:wanted]
        self.at += wanted
        self.taken += wanted
        return wanted

    def _from(self, start: int, wanted: int) -> Iterator[bytes]:
        if start < len(self.HEADER):
            yield self.HEADER[start:]
            wanted -= len(self.HEADER) - start
            start = len(self.HEADER)
        line = b"5CG0000001;Sal 14;" + b"en anteckning " * 8 + b"\n"
        skipped = (start - len(self.HEADER)) % len(line)
        yield line[skipped:] + line * (wanted // len(line) + 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r"], ids=["crlf", "lf", "cr"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"], ids=["semicolon", "comma", "tab"])
def test_every_encoding_line_end_and_delimiter_gives_the_same_rows(encoding: str, ends: str, delimiter: str) -> None:
    lines = [line.split(";") for line in PLAIN.splitlines()]
    text = ends.join(delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in line) for line in lines)
    found = table(text, encoding=encoding)
    assert found.headers == ("serienummer", "rum", "pris")
    assert (found.format, found.delimiter) == ("csv", delimiter)
    assert list(found) == ROWS


def test_the_name_says_nothing_about_the_content() -> None:
    found = open_table(io.BytesIO(PLAIN.encode()), name="lista.xlsx")
    assert (found.format, list(found)) == ("csv", ROWS)


def test_a_table_can_be_read_twice_and_leaves_the_stream_open() -> None:
    stream = io.BytesIO(PLAIN.encode())
    found = open_table(stream, name="lista.csv")
    assert list(found) == list(found) == ROWS
    assert next(iter(found)) == ROWS[0]
    assert list(found) == ROWS
    assert not stream.closed


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;"])
def test_a_declared_delimiter_wins_and_its_line_is_no_row(line: str) -> None:
    found = table(f"{line}\r\nserial;a,b,c,d\r\n7;1,2,3,4\r\n")
    assert found.headers == ("serial", "a,b,c,d")
    assert list(found) == [TableRow(2, ("7", "1,2,3,4"))]


def test_decimal_commas_do_not_make_a_comma_the_delimiter() -> None:
    found = table("serial;pris, kr\n1;8300,50\n2;7,1\n3;9,25\n")
    assert (found.delimiter, found.headers) == (";", ("serial", "pris, kr"))


def test_delimiters_inside_quotes_do_not_count() -> None:
    found = table('"a;b;c;d;e",serial\n"1;2;3;4;5",7\n')
    assert (found.delimiter, found.headers) == (",", ("a;b;c;d;e", "serial"))


def test_one_column_needs_no_delimiter() -> None:
    assert list(table("serienummer\n5CG001\n")) == [TableRow(2, ("5CG001",))]


def test_rows_are_numbered_as_the_sheet_shows_them() -> None:
    found = table('\n;;\n"serial";"note"\n1;"två\r\nrader"\n\n2;\u200b \n;;;\n3;"a ""b"" c"\n')
    assert found.headers == ("serial", "note")
    assert [(row.number, row.cells) for row in found] == [
        (4, ("1", "två\r\nrader")),
        (6, ("2", "\u200b ")),
        (8, ("3", 'a "b" c')),
    ]


def test_right_to_left_text_and_emoji_come_through() -> None:
    found = table("rum;note\nחדר 14;👩\u200d💻 \u202eok\n", encoding="utf-16")
    assert [row.cells for row in found] == [("חדר 14", "👩\u200d💻 \u202eok")]


def test_one_apostrophe_before_a_formula_is_lost_on_the_way_in() -> None:
    found = table("serial;note\n'=CMD();''+1\n-5;'n Abend\n")
    assert [row.cells for row in found] == [("=CMD()", "'+1"), ("-5", "'n Abend")]


def test_a_shorter_row_is_filled_and_a_longer_one_is_a_fault_of_its_own() -> None:
    short, empty_extra, long, after = table("a;b\n1\n2;x;;\n3;y;över;\n4;z\n")
    assert short == TableRow(2, ("1", None))
    assert empty_extra == TableRow(3, ("2", "x"))
    assert isinstance(long, RowFault)
    assert (long.number, long.column, long.value, long.cells) == (4, "", "över", ("3", "y", "över", ""))
    assert "fler celler än rubrikraden" in long.reason
    assert after == TableRow(5, ("4", "z"))


def test_a_cell_of_more_than_5000_characters_is_a_fault_of_its_row_alone() -> None:
    fits, fault, after = table(f"serial;note\n{'A' * 5000};1\nx;{'B' * 5001}\n5CG;3\n")
    assert fits == TableRow(2, ("A" * 5000, "1"))
    assert isinstance(fault, RowFault)
    assert (fault.number, fault.column, fault.value) == (3, "note", "B" * 59 + "…")
    assert "5001 tecken" in fault.reason
    assert after == TableRow(4, ("5CG", "3"))


def test_headers_are_as_in_the_file_but_for_what_is_not_seen() -> None:
    assert table("\u200e Serie nr ;;Rum;;\n1;2;3\n").headers == ("Serie nr", "", "Rum")


@pytest.mark.parametrize(
    ("content", "refusal", "sentence"),
    [
        (b"", EmptyFile, "är tom"),
        (b"\xef\xbb\xbf", EmptyFile, "är tom"),
        (b"\n \n;;\n", EmptyFile, "är tom"),
        (b"serial;rum\n1;\x00\n", BinaryFile, r"byte 14, textrad 2"),
        (b"serial;rum\n1;\x81\n", UnknownEncoding, r"byte 14 på textrad 2"),
        ("serial;rum\n1;åäö\n".encode() + b"2;\xe5\n", UnknownEncoding, r"textrad 3"),
        (b"\xff\xfea\x00;\x00b", UnknownEncoding, r"byte 7"),
        (b"serial;Serial\n1;2\n", DuplicateHeaders, "Rubriken Serial står över flera kolumner"),
        (b"x" * 201 + b"\n1\n", HeaderTooLong, "kolumn 1 är längre än 200 tecken"),
        (b"%PDF-1.7\n1 0 obj", WrongKindOfFile, "en PDF"),
        (b"\n<HTML><table><tr>", WrongKindOfFile, "en webbsida"),
        (b"\x1f\x8b\x08\x00", WrongKindOfFile, "gzip"),
        (bytes(range(256)) * 40, BinaryFile, "nollbyte"),
    ],
    ids=lambda value: str(value)[:24] if isinstance(value, bytes) else "",
)
def test_a_file_that_is_no_table_is_refused(content: bytes, refusal: type[FileRefused], sentence: str) -> None:
    with pytest.raises(refusal, match=sentence):
        table(content)


def test_ten_thousand_columns_are_refused_with_the_limit() -> None:
    with pytest.raises(TooManyColumns, match="10000 kolumner, men högst 200"):
        table(";".join(f"k{number}" for number in range(10_000)) + "\n1;2\n")


@pytest.mark.parametrize("rows_after", [0, 3, 40_000])
def test_an_unclosed_quote_is_named_where_it_was_opened(rows_after: int) -> None:
    content = 'serial;note\n1;"två\nrader"\n2;"öppen\n' + "3;x\n" * rows_after
    with pytest.raises(UnclosedQuote, match="på rad 3"):
        list(table(content))


def test_an_unclosed_quote_that_meets_the_next_one_is_named_too() -> None:
    with pytest.raises(UnclosedQuote, match="på rad 2"):
        list(table('serial;note\n1;"öppen\n2;x\n3;"stängd"\n4;y\n'))


def test_rows_before_the_unclosed_quote_do_come_out() -> None:
    rows = iter(table('serial;note\n1;24" skärm\n2;"öppen\n3;x\n'))
    assert next(rows) == TableRow(2, ("1", '24" skärm'))
    with pytest.raises(UnclosedQuote, match="på rad 3"):
        next(rows)


def test_a_line_without_end_is_refused_before_it_is_held() -> None:
    with pytest.raises(RowTooLong, match="Rad 2 är längre än 1100000 tecken"):
        list(table("serial;note\n1;" + "x" * 3_000_000))


def test_rows_over_the_limit_are_refused() -> None:
    limits = Limits(rows=3)
    assert len(list(table("a\n" + "1\n" * 3, limits=limits))) == 3
    with pytest.raises(TooManyRows, match="fler än 3 rader"):
        list(table("a\n" + "1\n" * 4, limits=limits))


def test_200_megabytes_are_refused_before_a_byte_is_read() -> None:
    lines = Lines(200_000_000)
    with pytest.raises(FileTooLarge, match=r"är 200 MB, men högst 50 MB"):
        open_table(cast("Any", lines), name="lista.csv", limits=Limits(csv_bytes=50_000_000))
    assert lines.taken == 0


def test_memory_stays_level_over_30_megabytes() -> None:
    lines = Lines(30_000_000)
    tracemalloc.start()
    try:
        count = sum(isinstance(row, TableRow) for row in open_table(cast("Any", lines), name="lista.csv"))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count > 200_000
    assert peak < 8_000_000


@pytest.mark.long
def test_200_megabytes_are_read_in_level_memory_where_the_limit_allows() -> None:
    lines = Lines(200_000_000)
    tracemalloc.start()
    try:
        rows = open_table(cast("Any", lines), name="lista.csv", limits=Limits(rows=10_000_000))
        count = sum(isinstance(row, TableRow) for row in rows)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count > 1_500_000
    assert peak < 8_000_000


@given(st.binary(max_size=300))
def test_any_bytes_give_a_table_or_a_refusal(content: bytes) -> None:
    try:
        rows = list(table(content))
    except FileRefused as refused:
        rows = []
        said = refused.sentence()
    else:
        said = "läst."
    assert said.endswith(".")
    assert all(row.number > 1 for row in rows)


def test_a_list_with_damaged_bytes_does_not_hang_or_crash() -> None:
    noise = random.Random(7)
    outcomes = Counter[str]()
    for _ in range(300):
        data = bytearray(PLAIN.encode())
        for _ in range(3):
            data[noise.randrange(len(data))] = noise.randrange(256)
        with suppress(FileRefused):
            outcomes["read"] += len(list(table(bytes(data)))) <= 4
        outcomes["tried"] += 1
    assert 0 < outcomes["read"] < outcomes["tried"] == 300
