"""Sentences as JSON: kept as template and values, so that each reader has them in a language of their own.

A sentence is ``{"text": template, "values": {name: value}}``, and a fault ``{"code", "field", "reason": sentence}``.
Text, whole and real numbers, truth and lists are kept as JSON has them; of anything else one key says what it is:
``phrase``, ``term`` (its family and value), ``words`` (Swedish, English), ``date``, ``moment``, ``number`` or
``sentence``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from string import Formatter
from typing import Any

from assetreg.domain.errors import Refusal
from assetreg.domain.sentences import Bilingual, Phrase, Sentence
from assetreg.domain.terms import Term


def to_json(sentence: Sentence) -> dict[str, Any]:
    """The sentence with the values that its template names, and no others."""
    named = {name for _, name, _, _ in Formatter().parse(sentence.template) if name}
    values = {name: _value_to_json(value) for name, value in sentence.values.items() if name in named}
    return {"text": sentence.template, "values": values}


def from_json(stored: Mapping[str, Any]) -> Sentence:
    values = {name: _value_from_json(value) for name, value in stored.get("values", {}).items()}
    return Sentence(stored["text"], values)


def fault_to_json(refusal: Refusal) -> dict[str, Any]:
    """A refusal as a job or an import keeps it."""
    return {"code": refusal.code, "field": refusal.field, "reason": to_json(refusal.said())}


def fault_from_json(stored: Mapping[str, Any] | None) -> Sentence | None:
    """What a fault says; None where there is none."""
    return None if stored is None else from_json(stored["reason"])


def _value_to_json(value: object) -> object:
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, (list, tuple)):
        return [_value_to_json(each) for each in value]
    marked = _marked(value)
    return str(value) if marked is None else dict([marked])


def _marked(value: object) -> tuple[str, object] | None:
    """What the value is and what is kept of it; None for plain text. A moment is also a date, so it is asked first."""
    if isinstance(value, Phrase):
        return "phrase", str(value)
    if isinstance(value, Term):
        return "term", [type(value).__name__, value.value]
    if isinstance(value, Bilingual):
        return "words", [value.sv, value.en]
    if isinstance(value, Sentence):
        return "sentence", to_json(value)
    if isinstance(value, datetime):
        return "moment", value.isoformat()
    if isinstance(value, date):
        return "date", value.isoformat()
    return ("number", str(value)) if isinstance(value, Decimal) else None


def _value_from_json(stored: Any) -> object:
    if isinstance(stored, list):
        return [_value_from_json(each) for each in stored]
    if not isinstance(stored, dict):
        return stored
    ((mark, kept),) = stored.items()
    return _READ[mark](kept)


def _term(kept: list[str]) -> object:
    """The word of the vocabulary; the stored value itself should it no longer be one."""
    family, value = kept
    if family not in _VOCABULARY:
        _VOCABULARY.update({each.__name__: {member.value: member for member in each} for each in _families(Term)})
    return _VOCABULARY.get(family, {}).get(value, value)


def _families(of: type[Term]) -> Iterator[type[Term]]:
    for family in of.__subclasses__():
        yield family
        yield from _families(family)


_VOCABULARY: dict[str, dict[str, Term]] = {}
_READ: dict[str, Callable[[Any], object]] = {
    "phrase": Phrase,
    "term": _term,
    "words": lambda kept: Bilingual(*kept),
    "sentence": from_json,
    "date": date.fromisoformat,
    "moment": datetime.fromisoformat,
    "number": Decimal,
}
