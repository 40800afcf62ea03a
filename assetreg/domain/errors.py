"""What can go wrong, as sentences: one class per mishap, its HTTP status decided at the door.

A refusal's ``message`` is a Swedish template. A door may translate the template before it fills in
the values, so ``sentence`` takes the translator as an argument.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar

from assetreg.domain.sentences import Bilingual, Phrase, Sentence, Translate
from assetreg.domain.terms import Term

LONGEST_SHOWN = 60


def _unchanged(text: str) -> str:
    return text


class Refusal(Exception):
    """Something that will not be done, and a sentence that says what to do instead.

    ``field`` names the input the sentence belongs beside, where there is one.
    """

    code: ClassVar[str] = "refused"
    message: ClassVar[str] = "Det går inte att göra så."

    def __init__(self, *, field: str | None = None, **params: object) -> None:
        self.field = field
        self.params = params
        super().__init__(self.sentence())

    def sentence(self, translate: Translate = _unchanged, language: str = "sv") -> str:
        return self.said().text(translate, language)

    def said(self) -> Sentence:
        """The sentence before any language is chosen, with no more of a value than is shown."""
        return Sentence(self.message, {name: _cut(value) for name, value in self.params.items()})


def _cut(value: object) -> object:
    """The value where it is words of ours, a date or a list; else as text, should it be long."""
    if value is None or isinstance(value, (Phrase, Bilingual, Sentence, Term, date)):
        return value
    if isinstance(value, (list, tuple)):
        return [_cut(each) for each in value]
    text = str(value)
    if len(text) > LONGEST_SHOWN:
        return text[: LONGEST_SHOWN - 1] + "…"
    return value if isinstance(value, (str, int, float, Decimal)) else text


class Invalid(Refusal):
    """The input cannot be read or is missing; the person can mend it."""

    code = "invalid"


class Conflict(Refusal):
    """The input is readable but a rule or another change stands in the way."""

    code = "conflict"


class Missing(Refusal):
    """There is nothing there, or nothing the caller may see; the two look the same."""

    code = "missing"
    message = "Det finns inget på den adressen, eller så har du inte behörighet att se det."


class Denied(Refusal):
    """The caller is known and may not do this."""

    code = "denied"
    message = "Din roll får inte göra det här. Be administratören om behörighet om du behöver den."


class Overloaded(Refusal):
    """The system protects itself; the same request may succeed later."""

    code = "overloaded"
    message = "Tjänsten är upptagen just nu. Vänta en stund och försök igen."


class InvalidInput(Invalid):
    """Several refusals at once, one or more beside each field of a form, row or request."""

    code = "invalid_input"
    message = "Rätta det som är markerat och försök igen."

    def __init__(self, refusals: list[Refusal]) -> None:
        self.refusals = refusals
        super().__init__()

    def by_field(self, translate: Translate = _unchanged, language: str = "sv") -> dict[str, list[str]]:
        """The sentences under the name of the field they belong beside; "" holds those of the whole."""
        sentences: dict[str, list[str]] = {}
        for refusal in self.refusals:
            sentences.setdefault(refusal.field or "", []).append(refusal.sentence(translate, language))
        return sentences
