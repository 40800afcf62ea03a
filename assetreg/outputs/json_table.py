"""A table as one JSON document, for programs."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import IO

from assetreg.outputs.sheet import About, Sheet, Value, local


def write_json(sheet: Sheet, out: IO[bytes], *, about: About) -> None:
    """`{"title", "about", "columns", "rows"}` in UTF-8, rows as objects by column key; ``out`` stays open.

    Decimals are strings, so that none is rounded on the way; dates are ISO, whole numbers are numbers.
    """
    head = {
        "title": sheet.title,
        "about": dict(about.facts),
        "columns": [{"key": column.key, "title": column.title, "type": column.type} for column in sheet.columns],
    }
    keys = [column.key for column in sheet.columns]
    _write(out, json.dumps(head, ensure_ascii=False)[:-1] + ', "rows": [')
    between = "\n"
    for row in sheet.rows:
        record = {key: _plain(value) for key, value in zip(keys, row, strict=True)}
        _write(out, between + json.dumps(record, ensure_ascii=False, allow_nan=False))
        between = ",\n"
    _write(out, "\n]}\n")


def _write(out: IO[bytes], text: str) -> None:
    out.write(text.encode("utf-8", errors="replace"))


def _plain(value: Value) -> str | int | float | None:
    if isinstance(value, datetime):
        return value.isoformat() if value.tzinfo else local(value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if value is None or isinstance(value, (str, int, float)):
        return value
    return str(value)
