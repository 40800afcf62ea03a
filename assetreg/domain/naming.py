"""What persons are called, to be looked for in words and in cells: the whole name, the address and the number."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Protocol


class Named(Protocol):
    """Whoever has a name, and perhaps an address and a number."""

    id: Any
    name: Any
    email: Any
    external_id: Any


class Naming:
    """What persons are called, to be looked for in words and in cells."""

    def __init__(self, persons: Iterable[Named]) -> None:
        self.by_person: dict[int, re.Pattern[str]] = {}
        self.cells: set[str] = set()
        self.numbers: set[str] = set()
        self._patterns: dict[int, list[str]] = {}
        for person in persons:
            self._patterns[person.id] = []
            self._add(person.id, [word for word in (person.name, person.email) if word], whole=False)
            self._add(person.id, [person.external_id] if person.external_id else [], whole=True)

    def also(self, person: int, words: Iterable[str]) -> None:
        """What the person was called before, as name or as e-mail address."""
        if person in self.by_person:
            self._add(person, words, whole=False)

    def names(self, person: int, body: str) -> bool:
        return self.by_person[person].search(body.casefold()) is not None

    def any_of(self, body: str) -> bool:
        return any(pattern.search(body.casefold()) for pattern in self.by_person.values())

    def called(self, text: str) -> bool:
        """Whether the text is the name or the address of one of them, or a number that is not of digits alone."""
        return text.strip().casefold() in self.cells

    def in_row(
        self, cells: Iterable[Any], before: Mapping[str, Any] | None, *, others: Collection[int] = frozenset()
    ) -> bool:
        """Whether a cell is what one of them is called, or the row is the one that made or changed one of them.

        A number of digits alone is a price or a room as often as a person, so it is passed over in the cells whose
        positions are ``others``.
        """
        if before and before.get("person") in self.by_person:
            return True
        for position, cell in enumerate(cells):
            said = str(cell).strip().casefold() if isinstance(cell, (str, int)) else ""
            if said in self.cells or (said in self.numbers and position not in others):
                return True
        return False

    def _add(self, person: int, words: Iterable[str], *, whole: bool) -> None:
        for word in (each.strip().casefold() for each in words):
            if not word:
                continue
            (self.numbers if word.isdigit() else self.cells).add(word)
            self._patterns[person].append(_in_words(word, whole=whole))
        self.by_person[person] = re.compile("|".join(self._patterns[person]) or r"(?!)")


def _in_words(word: str, *, whole: bool) -> str:
    """A number only by itself; a name also with an ending (Kim Eks dator)."""
    return rf"(?<!\w){re.escape(word)}" + (r"(?!\w)" if whole else "")
