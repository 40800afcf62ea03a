"""What is kept of a refused row: which refusal it was and of what, and no finished sentence."""

from __future__ import annotations

from typing import Any

import pytest

from assetreg.db.session import Database
from assetreg.domain.stored_sentences import from_json
from assetreg.domain.terms import ImportState, Kind
from assetreg.schemas.fields import UnknownTerm
from assetreg.services.imports import running
from assetreg.services.imports.refusals import ColumnsMissing
from assetreg.sources.rows import CellOutsideHeader
from tests.services.imports.lists import Importing, imports, listing, reasons, rows_of

HEADERS = "serienummer;typ;kommun;anmärkning"
GOOD = "PF3ABC01;laptop;1860;"


def faults(database: Database, number: int) -> list[Any]:
    return [fault for row in rows_of(database, number) for fault in row.faults]


def test_refused_row_keeps_the_template_and_the_values(importing: Importing, database: Database) -> None:
    number = importing.staged(listing(HEADERS, GOOD, "PF3ABC02;{hund} {0};1860;"))
    choices = [{"term": ["Kind", kind.value]} for kind in Kind]
    reason = {"text": UnknownTerm.message, "values": {"value": "{hund} {0}", "choices": choices}}
    expected = {"column": "kind", "value": "{hund} {0}", "code": "unknown_term", "reason": reason}
    assert faults(database, number) == [expected]
    told = reasons(importing.document(number))
    assert told[3].startswith("kind: {hund} {0} är inget av de val som finns: bärbar dator, stationär dator")


@pytest.mark.parametrize("kind", ["{", "}}", "%(value)s %", "\x7f", "åäö", "\\u0000", "{text}"])
def test_value_is_told_as_the_file_had_it(importing: Importing, kind: str) -> None:
    number = importing.staged(listing(HEADERS, GOOD, f'PF3ABC02;"x{kind}y";1860;'))
    told = f"x{kind}y".replace("\x7f", "")
    assert reasons(importing.document(number))[3].startswith(f"kind: {told} är inget av de val")
    assert told in importing.errors_file(number)


def test_no_more_of_a_long_value_is_kept_beside_the_cells_than_is_shown(
    importing: Importing, database: Database
) -> None:
    number = importing.staged(listing(HEADERS, GOOD, f"PF3ABC02;{'a' * 4_000};1860;"))
    (kept,) = faults(database, number)
    assert kept["reason"]["values"]["value"] == "a" * 59 + "…"


def test_reason_of_a_row_that_cannot_be_read_is_the_same_after_applying(
    importing: Importing, database: Database
) -> None:
    number = importing.staged(listing(HEADERS, GOOD, "PF3ABC02;laptop;1860;;{mer}"))
    before = faults(database, number)
    assert [fault["code"] for fault in before] == [CellOutsideHeader.code]
    running.apply(importing.run(), number)
    assert faults(database, number) == before
    assert from_json(before[0]["reason"]).text() == CellOutsideHeader(value="{mer}").sentence()


def test_fault_of_a_whole_file_is_kept_with_its_code(importing: Importing, database: Database) -> None:
    with pytest.raises(ColumnsMissing):
        importing.staged(listing("namn;{kommun}", "Kim;1860"))
    (batch,) = imports(database)
    assert batch.state is ImportState.FAILED
    assert batch.fault is not None
    assert (batch.fault["code"], batch.fault["field"]) == ("file_columns_missing", None)
    said = from_json(batch.fault["reason"]).text()
    assert said.startswith("Filen saknar kolumnen serienummer eller inventarienummer. Rubrikerna i filen är: namn, {ko")
