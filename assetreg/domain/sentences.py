"""Sentences that are put together at the door: a Swedish template, and the values that go into it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from assetreg.domain.money import swedish_number
from assetreg.domain.terms import Term

Translate = Callable[[str], str]

_MOST_DECIMALS = 6
_UNREADABLY_SMALL, _UNREADABLY_LARGE = -_MOST_DECIMALS, 20


class Phrase(str):
    """Words of ours among the values of a sentence, which are translated as it is; a plain str is data."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Bilingual:
    """Words of ours that come in both languages, and are shown as they are written: the name of a column, a button."""

    sv: str
    en: str

    def label(self, language: str = "sv") -> str:
        return self.en if language == "en" else self.sv


@dataclass(frozen=True, slots=True)
class Sentence:
    """A template with named values; the door translates the template before it fills them in.

    A value may be a sentence in its turn, or a list of values.
    """

    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    def text(self, translate: Translate = str, language: str = "sv") -> str:
        shown = {name: _shown(value, translate, language) for name, value in self.values.items()}
        return _translated(self.template, translate).format(**shown)


def _shown(value: object, translate: Translate, language: str) -> str:
    if value is None:
        return "–"
    if isinstance(value, Phrase):
        return _translated(value, translate)
    if isinstance(value, Term):
        return value.label(language).lower()
    if isinstance(value, Bilingual):
        return value.label(language)
    if isinstance(value, Sentence):
        return value.text(translate, language)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal) and value.is_finite() and _UNREADABLY_SMALL < value.adjusted() < _UNREADABLY_LARGE:
        return _number(value, language)
    if isinstance(value, (list, tuple)):
        return ", ".join(_shown(each, translate, language) for each in value)
    return str(value)


def _number(value: Decimal, language: str) -> str:
    """As many decimals as say something, written as the language writes them."""
    decimals = min(len(f"{value:f}".partition(".")[2].rstrip("0")), _MOST_DECIMALS)
    return swedish_number(value, decimals=decimals) if language == "sv" else f"{value:,.{decimals}f}"


def _translated(text: str, translate: Translate) -> str:
    """The text in another language; what a catalogue keeps under the empty text is about itself."""
    return translate(text) if text else ""
