"""Tables out: one description of columns and rows, written as CSV, workbook or JSON."""

from __future__ import annotations

from assetreg.outputs.csv_table import write_csv
from assetreg.outputs.json_table import write_json
from assetreg.outputs.sheet import About, Column, ColumnType, Sheet, Value
from assetreg.outputs.xlsx_table import TooManyRowsForWorkbook, write_xlsx

__all__ = [
    "About",
    "Column",
    "ColumnType",
    "Sheet",
    "TooManyRowsForWorkbook",
    "Value",
    "write_csv",
    "write_json",
    "write_xlsx",
]
