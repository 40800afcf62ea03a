"""A workbook of several sheets: the one whose headers fit is read, and the others are named."""

from __future__ import annotations

import io
from typing import Any

import pytest
from openpyxl import Workbook

from assetreg.db.session import Database
from assetreg.domain.terms import ImportState
from assetreg.services.imports.refusals import NoRows, SheetColumnsMissing, SheetsAlike
from assetreg.sources.mapping_file import FileMapping
from assetreg.sources.refusals import FileRefused
from tests.services.imports.lists import Importing, counts, fleet, listing

HEADERS = ("serienummer", "typ", "kommun")
FIRST, SECOND = ("PF3ABC01", "laptop", "1860"), ("PF3ABC02", "server", "1861")
ABOUT = (("Uttaget gjordes", "2026-11-03"), ("Av", "Kommandoraden"))


def workbook(*, hidden: tuple[str, ...] = (), **sheets: tuple[tuple[Any, ...], ...]) -> bytes:
    book = Workbook()
    for name, rows in sheets.items():
        sheet: Any = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
    del book["Sheet"]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_sheet_with_the_columns_is_read_wherever_it_stands_and_the_others_are_named(
    importing: Importing, database: Database
) -> None:
    book = workbook(Om=ABOUT, Tomt=(), Datorer=(HEADERS, FIRST, SECOND), Noter=(("fritt", "mer"), ("a", "b")))
    number = importing.applied(book, name="lista.xlsx")
    assert counts(importing.document(number)) == {"created": 2}
    assert {each["serial"] for each in fleet(database).values()} == {"PF3ABC01", "PF3ABC02"}
    told = importing.summary(number)
    assert (told.sheet, told.other_sheets) == ("Datorer", ("Om", "Noter"))


def test_only_sheet_is_read_without_a_word_about_it(importing: Importing) -> None:
    number = importing.applied(workbook(Blad1=(HEADERS, FIRST), Gamla=(HEADERS, SECOND), hidden=("Gamla",)))
    assert counts(importing.document(number)) == {"created": 1}
    assert (importing.summary(number).sheet, importing.summary(number).other_sheets) == ("", ())


def test_mapping_that_fits_one_sheet_chooses_it(importing: Importing) -> None:
    book = workbook(Gamla=(("nr", "typ", "kommun"), FIRST), Nya=(("S/N enligt lådan", "typ", "kommun"), SECOND))
    number = importing.applied(book, mapping=FileMapping(columns={"S/N enligt lådan": "serial"}))
    assert (counts(importing.document(number)), importing.summary(number).sheet) == ({"created": 1}, "Nya")


@pytest.mark.parametrize(
    ("book", "refusal", "told"),
    [
        (workbook(A=(HEADERS, FIRST), Om=ABOUT, B=(HEADERS, SECOND)), SheetsAlike, "läsa in: A, B. Dölj eller ta bort"),
        (workbook(Om=ABOUT, B=(("namn",), ("Kim",))), SheetColumnsMissing, r"\(Om, B\) har de kolumner som behövs"),
        (workbook(A=(HEADERS,), Om=ABOUT), NoRows, "har en rubrikrad men inga rader"),
        (listing(";".join(HEADERS)).encode(), NoRows, "har en rubrikrad men inga rader"),
    ],
)
def test_file_without_one_sheet_to_read_is_refused_whole(
    importing: Importing, database: Database, book: bytes, refusal: type[FileRefused], told: str
) -> None:
    number = importing.applied(listing(";".join(HEADERS), "PF3ABC09;laptop;1860"))
    with pytest.raises(refusal, match=told):
        importing.staged(book)
    assert importing.summary(number + 1).state is ImportState.FAILED
    assert len(fleet(database)) == 1
