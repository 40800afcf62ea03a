"""The records of a CSV text, one at a time and none of unbounded length."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, Final

from assetreg.sources.refusals import RowTooLong, UnclosedQuote

DELIMITERS: Final = (";", ",", "\t")

_SAMPLE_LINES = 50
_SAMPLE_CHARACTERS = 1 << 16
_SAMPLE_LINE = 1 << 14
_DECLARED = re.compile(r'"?sep=([^\w\s"]|\t)"?', re.IGNORECASE)


class LineFeed:
    """Lines for the CSV parser; stops a record that grows past ``longest`` characters.

    An unclosed quote would otherwise take in the rest of the file.
    """

    def __init__(self, text: io.TextIOWrapper, *, longest: int) -> None:
        self._text = text
        self._longest = longest
        self._taken = 0
        self.record = 1

    def next_record(self) -> None:
        self.record += 1
        self._taken = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        started = self._taken > 0
        line = self._text.readline(self._longest + 1)
        if not line:
            raise StopIteration
        self._taken += len(line)
        if self._taken > self._longest:
            raise UnclosedQuote(row=self.record) if started else RowTooLong(row=self.record, limit=self._longest)
        return line


@contextmanager
def as_text(stream: BinaryIO, *, encoding: str) -> Iterator[io.TextIOWrapper]:
    """The stream as text from its start, with line ends as they are; the stream stays open afterwards."""
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=encoding, newline="")
    try:
        yield text
    finally:
        text.detach()


def delimiter_of(stream: BinaryIO, *, encoding: str) -> tuple[str, bool]:
    """The delimiter, and whether the first line declares it (`sep=;`), a line that no sheet shows."""
    with as_text(stream, encoding=encoding) as text:
        first = text.readline(_SAMPLE_LINE)
        declared = _DECLARED.fullmatch(first.lstrip("\ufeff").rstrip("\r\n"))
        if declared:
            return declared[1], True
        return _guessed(_sample(text, first)), False


def _sample(text: io.TextIOWrapper, first: str) -> list[str]:
    lines = [first]
    taken = len(first)
    while len(lines) < _SAMPLE_LINES and taken < _SAMPLE_CHARACTERS and (line := text.readline(_SAMPLE_LINE)):
        lines.append(line)
        taken += len(line)
    return lines


def _guessed(lines: list[str]) -> str:
    """The mark that splits the first record into most cells and splits the other records alike."""
    return max(DELIMITERS, key=lambda mark: _likeness(lines, mark))


def _likeness(lines: list[str], mark: str) -> float:
    widths: list[int] = []
    # The sample may end inside a quoted cell, or a quote may be wrong: the records so far must do.
    with suppress(csv.Error):
        widths.extend(len(cells) for cells in csv.reader(lines, delimiter=mark, strict=True) if any(cells))
    if not widths:
        return 0.0
    alike = sum(width == widths[0] for width in widths) / len(widths)
    return (widths[0] - 1) * alike


def records(stream: BinaryIO, *, encoding: str, delimiter: str, declared: bool, longest: int) -> Iterator[list[str]]:
    """Every record with its cells as text; a blank line is an empty list, so that counting them gives row numbers.

    Raises UnclosedQuote or RowTooLong, naming the record where it began.
    """
    with as_text(stream, encoding=encoding) as text:
        if declared:
            text.readline()
        feed = LineFeed(text, longest=longest)
        reader = csv.reader(feed, delimiter=delimiter, strict=True)
        while True:
            try:
                cells = next(reader, None)
            except csv.Error:
                raise UnclosedQuote(row=feed.record) from None
            if cells is None:
                return
            yield cells
            feed.next_record()
