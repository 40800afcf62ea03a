"""From a row of a file to values by column: headers matched, the mapping applied, what is left out filled in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from assetreg.db.device import Device
from assetreg.domain.cells import is_blank, is_empty_mark, parse_date, shown, text_of
from assetreg.domain.errors import Invalid, InvalidInput, Refusal
from assetreg.domain.sentences import Bilingual, Sentence
from assetreg.domain.stored_sentences import to_json
from assetreg.domain.terms import RowVerdict
from assetreg.schemas.fields import Day, Required
from assetreg.schemas.loading import CommandSchema, load
from assetreg.services import foreign_serials
from assetreg.services.foreign_serials import Asked
from assetreg.services.imports.presets import LISTED_COLUMN, REASON_COLUMN, Preset
from assetreg.services.imports.refusals import CannotClear
from assetreg.sources.columns import fold, match_headers
from assetreg.sources.mapping_file import FileMapping
from assetreg.sources.rows import RowFault, TableRow

MOST_NAMED = 20
IDENTITY = ("serial", "asset_tag", "owner")
UNREADABLE = "unreadable"
LISTED = fold(LISTED_COLUMN)
"""Marks a fault of the file itself: the cells that are kept do not say what was wrong with them."""


@dataclass(slots=True)
class Item:
    """One row on its way through: what it says, how it was read, what it is about and what is wrong with it.

    ``passed`` says that nothing was wrong with it in the preview, ``foreign`` which serials stand elsewhere,
    ``file_date`` the day that it is from where the row says so itself.
    """

    number: int
    cells: list[Any]
    stated: Mapping[str, Any] = field(default_factory=dict)
    loaded: dict[str, Any] = field(default_factory=dict)
    faults: list[dict[str, Any]] = field(default_factory=list)
    foreign: list[Asked] = field(default_factory=list)
    keys: tuple[str | None, str | None] = (None, None)
    twins: list[Item] = field(default_factory=list)
    refused: bool = False
    passed: bool = False
    file_date: date | None = None
    device: Device | None = None
    label: str = ""
    verdict: RowVerdict | None = None
    device_id: int | None = None
    before: dict[str, Any] | None = None

    @property
    def fresh(self) -> dict[str, Any]:
        """What the row says that no earlier row about the same thing has said."""
        said = {name for twin in self.twins for name in twin.loaded}
        return {name: value for name, value in self.loaded.items() if name not in said}

    @contextmanager
    def only_fresh(self) -> Iterator[None]:
        """Inside, the row says no more than what it adds to the earlier ones, and whose row it is."""
        loaded = self.loaded
        kept = (*self.fresh, *IDENTITY) if self.twins else tuple(loaded)
        self.loaded = {name: loaded[name] for name in kept if name in loaded}
        try:
            yield
        finally:
            self.loaded = loaded

    def refuse(self, refusal: Refusal) -> None:
        """Notes a refusal with the value it is about; several at once are noted one by one."""
        self.refused, self.verdict = True, RowVerdict.REFUSED
        self.foreign += foreign_serials.asked(refusal)
        for each in refusal.refusals if isinstance(refusal, InvalidInput) else [refusal]:
            value = self.stated.get(each.field or "")
            self.faults.append(_fault(each, each.field or "", shown(text_of(value)) if value is not None else ""))


class Reader:
    """Reads the rows of one file of one preset."""

    def __init__(
        self, preset: Preset, headers: Sequence[str], *, mapping: FileMapping, given: Mapping[str, str]
    ) -> None:
        self.preset = preset
        self.headers = tuple(headers)
        self.mapping = mapping
        renamed = {header: preset.column(name) if name else None for header, name in mapping.columns.items()}
        self.columns = match_headers(headers, preset.names, renamed=renamed)
        self.given = {preset.column(name): text for name, text in {**mapping.constants, **given}.items()}
        self.words = {preset.column(name): words for name, words in mapping.values.items()}
        self.schema = _narrowed(preset, {*self.columns.positions, *self.given})
        for each in self.schema.fields.values():
            if isinstance(each, Day):
                each.date_format = mapping.dates
        self.listed = next((at for at, header in enumerate(headers) if fold(header) == LISTED), None)
        self.clearable = {name for name, each in self.schema.fields.items() if each.allow_none}

    @property
    def unread(self) -> list[str]:
        """The headers that are not read, but for what a file of refused rows adds."""
        return [header for header in self.columns.unread if fold(header) not in (REASON_COLUMN, LISTED)]

    def missing_columns(self) -> Bilingual | Sentence | None:
        """The columns, of which one is enough, that every row needs and no header or given value names."""
        known = {*self.columns.positions, *self.given}
        lacking = (group for group in self.preset.header_needs if not known.intersection(group))
        return next((_either([self.preset.header(name) for name in group]) for group in lacking), None)

    def read(self, number: int, cells: Sequence[Any]) -> Item:
        """The row with its values read by the schema, or with every fault noted."""
        item = Item(number, list(cells))
        item.stated = stated = self._stated(cells)
        self._note_listed(item)
        for name in [name for name, value in stated.items() if value is None and name not in self.clearable]:
            item.refuse(CannotClear(field=name, column=self.preset.header(name)))
        try:
            item.loaded = load(
                self.schema, {name: value for name, value in stated.items() if name in self.schema.fields}
            )
        except InvalidInput as refused:
            self._refuse_unreadable(item, refused)
        known = {fault["column"] for fault in item.faults}
        for group in self.preset.needs:
            if not any(stated.get(name) is not None for name in group) and not known.intersection(group):
                item.refuse(Required(field=group[0]))
        return item

    def fault(self, row: RowFault) -> Item:
        """A row that could not be read at all."""
        item = Item(row.number, [plain(cell) for cell in row.cells], refused=True, verdict=RowVerdict.REFUSED)
        fault = _fault(row.refusal, self._column_of(row.column), row.value)
        item.faults.append({**fault, UNREADABLE: "1"})
        return item

    def item(self, row: TableRow | RowFault) -> Item:
        if isinstance(row, RowFault):
            return self.fault(row)
        return self.read(row.number, [plain(cell) for cell in row.cells])

    def _note_listed(self, item: Item) -> None:
        """The day that the row is from, where it says so itself."""
        cell = item.cells[self.listed] if self.listed is not None and self.listed < len(item.cells) else None
        if is_blank(cell):
            return
        try:
            item.file_date = parse_date(cell).value
        except Invalid as refusal:
            item.refuse(type(refusal)(field=LISTED_COLUMN, **refusal.params))

    def _stated(self, cells: Sequence[Any]) -> dict[str, Any]:
        stated: dict[str, Any] = {}
        for name, position in self.columns.positions.items():
            value = cells[position] if position < len(cells) else None
            if name in self.words and not is_blank(value):
                value = self._word(name, value)
            if is_empty_mark(value):
                stated[name] = None
            elif not is_blank(value):
                stated[name] = value
        for name, text in self.given.items():
            if name not in stated and text.strip():
                stated[name] = None if is_empty_mark(text) else text
        return stated

    def _word(self, name: str, value: Any) -> str:
        """Our word for the file's, also where the mapping calls the column by its Swedish name."""
        return FileMapping(values={name: self.words[name]}).value(name, text_of(value))

    def _refuse_unreadable(self, item: Item, refused: InvalidInput) -> None:
        known = {fault["column"] for fault in item.faults}
        item.refused, item.verdict = True, RowVerdict.REFUSED
        fresh = [each for each in refused.refusals if each.field not in known]
        if fresh:
            item.refuse(InvalidInput(fresh))

    def _column_of(self, header: str) -> str:
        """Our name of the column under a header, or the header itself."""
        return next((name for name, own in self.columns.headers.items() if own == header), header)


def _narrowed(preset: Preset, stated: Collection[str]) -> CommandSchema:
    """The schema of the rows, without the fields that no row can state: each would be looked for in every row."""
    whole = preset.fields()
    return preset.fields(only=[name for name, each in whole.fields.items() if name in stated or each.required])


def _fault(refusal: Refusal, column: str, value: str) -> dict[str, Any]:
    """What is kept of a refusal of a row; its reason is put into words when it is read."""
    return {"column": column, "value": value, "code": refusal.code, "reason": to_json(refusal.said())}


def _either(columns: Sequence[Bilingual]) -> Bilingual | Sentence:
    """The columns of which one is enough."""
    if len(columns) == 1:
        return columns[0]
    return Sentence("{first} eller {last}", {"first": columns[:-1], "last": columns[-1]})


def plain(cell: Any) -> Any:
    """The cell as JSON can keep it and as it is read again."""
    if isinstance(cell, (datetime, date, Decimal)):
        return text_of(cell)
    return cell


def mapping_of(stored: Mapping[str, Any]) -> FileMapping:
    """The mapping that an import keeps."""
    return FileMapping(
        columns=stored.get("columns", {}),
        dates=stored.get("dates"),
        values=stored.get("values", {}),
        constants=stored.get("set", {}),
    )


def stored_mapping(mapping: FileMapping) -> dict[str, Any]:
    return {
        "columns": dict(mapping.columns),
        "dates": mapping.dates,
        "values": {column: dict(words) for column, words in mapping.values.items()},
        "set": dict(mapping.constants),
    }
