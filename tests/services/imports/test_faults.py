"""Files that are not lists, or not any more."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.domain.terms import ImportState
from assetreg.services import uploads
from assetreg.services.imports.presets import UnknownColumn, UnknownPreset
from assetreg.services.imports.refusals import ColumnsMissing
from assetreg.sources.refusals import (
    BinaryFile,
    EmptyFile,
    FileRefused,
    FileTooLarge,
    SwollenWorkbook,
    TooManyColumns,
    UnclosedQuote,
    WrongKindOfFile,
)
from tests.cast import NOON
from tests.services.imports.lists import Importing, counts, fleet, imports, listing, reasons

HEADERS = "serienummer;typ;kommun"


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (bomb(), SwollenWorkbook),
        (f"{HEADERS}\nPF3ABC01;laptop;18\x0060\n".encode(), BinaryFile),
        (f'{HEADERS}\nPF3ABC01;laptop;1860\n"PF3ABC02;laptop;1860\n'.encode(), UnclosedQuote),
        (";".join(f"k{n}" for n in range(10_000)).encode(), TooManyColumns),
        (b"%PDF-1.7 hej", WrongKindOfFile),
        (b"namn;kommun\nKim;1860\n", ColumnsMissing),
    ],
)
def test_file_that_is_no_list_is_refused_whole_and_says_why(
    importing: Importing, database: Database, body: bytes, refusal: type[FileRefused]
) -> None:
    number = importing.begun(body, name="lista.xlsx")
    with pytest.raises(refusal) as told:
        importing.staged(body, name="lista.xlsx")
    seen = importing.summary(number + 1)
    assert seen.fault is not None
    assert (seen.state, seen.fault.text()) == (ImportState.FAILED, told.value.sentence())
    assert fleet(database) == {}


def test_file_of_200_megabytes_is_refused_before_it_is_read(
    importing: Importing, database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "stor.csv"
    path.touch()
    os.truncate(path, 200_000_000)
    with path.open("rb") as stream, database.transaction(EVERYTHING) as session:
        with pytest.raises(FileTooLarge, match="200 MB, men högst 50 MB"):
            uploads.receive(session, stream, name="stor.csv", limit=50_000_000, at=NOON)
        assert stream.tell() == 0


def test_empty_file_is_refused_and_keeps_nothing(importing: Importing, database: Database) -> None:
    with pytest.raises(EmptyFile):
        importing.begun(b"")
    assert imports(database) == []


def test_file_is_kept_as_it_was_received(importing: Importing, database: Database) -> None:
    body = os.urandom(2_500_000)
    with database.transaction(EVERYTHING) as session:
        kept = uploads.receive(session, io.BytesIO(body), name="../../C:\\mapp\\li\u202esta.csv", limit=10**8, at=NOON)
        assert b"".join(uploads.parts(session, kept.id)) == body
        assert (kept.name, kept.size) == ("lista.csv", len(body))


def test_unknown_preset_and_unknown_column_are_named(importing: Importing) -> None:
    with pytest.raises(UnknownPreset):
        importing.begun(HEADERS, "cars")
    with pytest.raises(UnknownColumn, match="färg är ingen kolumn i en fil med enheter"):
        importing.begun(HEADERS, given={"färg": "blå"})


def test_refused_rows_are_mended_and_read_in_again(importing: Importing, database: Database) -> None:
    headers = "Serienummer;TYP;kommun;ordernummer;pris"
    text = listing(headers, "PF3ABC01;laptop;1860;'=1+1;8 300,50", "PF3ABC02;hund;1860;-7;12,5", "PF3ABC03;;1860;;x")
    number = importing.applied(text)
    assert counts(importing.document(number)) == {"created": 1, "refused": 2}
    errors = importing.errors_file(number)
    lines = errors.splitlines()
    assert lines[0] == f"{headers};listans datum;orsak"
    assert lines[1].startswith("PF3ABC02;hund;1860;'-7;12,5;2026-11-20;hund är inget av de val som finns")
    mended = errors.replace("hund;", "laptop;", 1).replace("PF3ABC03;;", "PF3ABC03;pc;").replace(";x;", ";1;")
    again = importing.applied(mended)
    assert counts(importing.document(again)) == {"created": 2}
    assert importing.summary(again).unread == ()
    assert {each["order_number"] for each in fleet(database).values()} == {"=1+1", "-7", None}


def test_broken_cell_stays_refused_when_it_is_applied(importing: Importing) -> None:
    number = importing.applied(listing(HEADERS, "PF3ABC01;laptop;1860;för mycket", "PF3ABC02;laptop;1860"))
    document = importing.document(number)
    assert counts(document) == {"created": 1, "refused": 1}
    assert "fler celler än rubrikraden" in reasons(document)[2]
    assert importing.errors_file(number).splitlines()[1].endswith(";för mycket")


def test_columns_that_are_not_read_are_named(importing: Importing) -> None:
    number = importing.staged(listing(f"{HEADERS};favoritfärg;orsak", "PF3ABC01;laptop;1860;blå;"))
    assert importing.summary(number).unread == ("favoritfärg",)
