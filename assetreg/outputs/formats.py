"""The formats a table can be written in, by the ending of the file's name."""

from __future__ import annotations

from typing import IO

from assetreg.domain.errors import Invalid
from assetreg.outputs.csv_table import write_csv
from assetreg.outputs.json_table import write_json
from assetreg.outputs.sheet import About, Sheet
from assetreg.outputs.xlsx_table import write_xlsx

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


class UnknownFormat(Invalid):
    code = "unknown_format"
    message = "{value} är inget format som går att hämta. Välj {known}."


def write(format_: str, sheet: Sheet, out: IO[bytes], *, about: About) -> None:
    """Writes the table; a CSV file has no room for what it is about. ``out`` stays open. Raises UnknownFormat."""
    if format_ not in MEDIA_TYPES:
        raise UnknownFormat(field="format", value=format_, known=list(MEDIA_TYPES))
    if format_ == "csv":
        write_csv(sheet, out)
    elif format_ == "json":
        write_json(sheet, out, about=about)
    else:
        write_xlsx([sheet], out, about=about)
