"""The parts of a workbook that its sheets need: names, shared strings and which styles are dates."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, BinaryIO, Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import iterparse
from openpyxl import DEFUSEDXML
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from assetreg.sources.inflation import ZIP_DAMAGE, refuse_swollen
from assetreg.sources.refusals import DamagedWorkbook, MissingSheet, NoVisibleSheet
from assetreg.sources.rows import Limits

# What openpyxl and the XML parser raise on parts that are not what they should be.
DAMAGE: Final = (
    *ZIP_DAMAGE, ParseError, KeyError, IndexError, TypeError, AttributeError, RecursionError, OverflowError
)  # fmt: skip

_WORKBOOK_PART = re.compile(r"/?xl/workbook[^/]*\.xml")
_STRINGS_PART = "xl/sharedStrings.xml"
_STRING = f"{{{SHEET_MAIN_NS}}}si"
_TEXT = f"{{{SHEET_MAIN_NS}}}t"
_RUN = f"{{{SHEET_MAIN_NS}}}r"

if not DEFUSEDXML:
    raise ImportError("openpyxl reads XML without defusedxml: install defusedxml and unset OPENPYXL_DEFUSEDXML")


@dataclass(frozen=True, slots=True)
class Worksheet:
    """One sheet as the workbook lists it; ``part`` is its place in the archive."""

    name: str
    part: str
    visible: bool


class WorkbookReader(ExcelReader):
    """openpyxl's reader without what a table has no use for: themes, properties, charts, links and names."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(stream, read_only=True, data_only=True, keep_links=False)
        self.worksheets: list[Worksheet] = []

    def read(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.read_manifest()
            self.read_strings()
            self.read_workbook()
            apply_stylesheet(self.archive, self.wb)
            self.worksheets = [
                Worksheet(sheet.name, relation.target, sheet.state == "visible")
                for sheet, relation in self.parser.find_sheets()
                if relation.Type.endswith("/worksheet") and relation.target in self.valid_files
            ]

    def read_manifest(self) -> None:
        super().read_manifest()
        for part in self.package.Override:
            if part.ContentType.endswith(".main+xml") and "spreadsheet" in part.ContentType:
                _refuse_other_place(part.PartName, _WORKBOOK_PART.fullmatch(part.PartName) is not None)

    def read_strings(self) -> None:
        parts = [part.PartName for part in self.package.Override if part.ContentType == SHARED_STRINGS]
        if not parts:
            return
        _refuse_other_place(parts[0], parts[0].lstrip("/") == _STRINGS_PART)
        with self.archive.open(_STRINGS_PART) as content:
            self.shared_strings = _strings(content)

    @property
    def epoch(self) -> datetime:
        return self.wb.epoch

    @property
    def date_styles(self) -> frozenset[int]:
        return frozenset(getattr(self.wb, "_date_formats", ()))

    @property
    def duration_styles(self) -> frozenset[int]:
        return frozenset(getattr(self.wb, "_timedelta_formats", ()))

    def worksheet(self, sheet: str | None, *, name: str) -> Worksheet:
        """The named sheet, or the first one a person sees. Raises MissingSheet or NoVisibleSheet."""
        if sheet is not None:
            for worksheet in self.worksheets:
                if worksheet.name.casefold() == sheet.strip().casefold():
                    return worksheet
            raise MissingSheet(sheet=sheet, sheets=[worksheet.name for worksheet in self.worksheets])
        return self.visible(name=name)[0]

    def visible(self, *, name: str) -> list[Worksheet]:
        """The sheets a person sees, at least one, in their order. Raises NoVisibleSheet."""
        found = [worksheet for worksheet in self.worksheets if worksheet.visible]
        if not found:
            raise NoVisibleSheet(name=name)
        return found


def open_workbook(stream: BinaryIO, *, name: str, limits: Limits) -> WorkbookReader:
    """The workbook in a stream that is known to be a zip, once it is known not to swell."""
    refuse_swollen(stream, name=name, limits=limits)
    try:
        reader = WorkbookReader(stream)
        reader.read()
    except DAMAGE:
        raise DamagedWorkbook(name=name) from None
    return reader


def _refuse_other_place(part: str, as_expected: object) -> None:
    """Only parts in their usual place were measured before they are read."""
    if not as_expected:
        raise KeyError(part)


def _strings(content: IO[bytes]) -> list[str]:
    strings: list[str] = []
    events = iterparse(content, events=("start", "end"), forbid_dtd=True)
    _event, root = next(events)
    for event, element in events:
        if event == "end" and element.tag == _STRING:
            strings.append("".join(_pieces(element)))
            root.clear()
    return strings


def _pieces(string: Element) -> Iterator[str]:
    """The text of a string, whole or in runs of different looks; reading aids beside it are left out."""
    for child in string:
        if child.tag == _TEXT:
            yield child.text or ""
        elif child.tag == _RUN:
            yield child.findtext(_TEXT) or ""
