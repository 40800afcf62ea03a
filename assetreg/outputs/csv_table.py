"""A table as CSV that opens right in a Swedish spreadsheet and can be read in again."""

from __future__ import annotations

import csv
import io
from typing import IO

from assetreg.domain.cells import guard_formula
from assetreg.outputs.sheet import Sheet, Value, in_words

_BATCH = 1 << 16


def write_csv(sheet: Sheet, out: IO[bytes], *, delimiter: str = ";") -> None:
    """UTF-8 with BOM, CRLF, decimal comma, ISO dates; ``out`` stays open.

    Text that a spreadsheet would run as a formula gets one apostrophe, which reading the file takes away.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    text.write("\ufeff")
    writer.writerow([guard_formula(column.title) for column in sheet.columns])
    for row in sheet.rows:
        writer.writerow([_cell(value) for value in row])
        if text.tell() > _BATCH:
            _flush(text, out)
    _flush(text, out)


def _cell(value: Value) -> str:
    return guard_formula(value) if isinstance(value, str) else in_words(value)


def _flush(text: io.StringIO, out: IO[bytes]) -> None:
    out.write(text.getvalue().encode("utf-8", errors="replace"))
    text.seek(0)
    text.truncate()
