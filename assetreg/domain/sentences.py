"""Sentences that are put together at the door: a Swedish template, and the values that go into it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from assetreg.domain.terms import Term


class Phrase(str):
    """Words of ours among the values of a sentence, which are translated as it is; a plain str is data."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A template with named values; the door translates the template before it fills them in."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    def text(self, translate: Callable[[str], str] = str, language: str = "sv") -> str:
        shown = {name: _shown(value, translate, language) for name, value in self.values.items()}
        return translate(self.template).format(**shown)


def _shown(value: object, translate: Callable[[str], str], language: str) -> str:
    if value is None:
        return "–"
    if isinstance(value, Phrase):
        return translate(value)
    if isinstance(value, Term):
        return value.label(language).lower()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
