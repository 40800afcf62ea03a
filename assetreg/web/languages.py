"""Which language a page speaks: the account's own, else the browser's, Swedish unless it prefers English."""

from __future__ import annotations

from flask import Flask, request
from flask_babel import Babel, get_locale, gettext, lazy_gettext

from assetreg import places
from assetreg.domain.errors import Invalid, InvalidInput, Refusal
from assetreg.domain.sentences import Sentence
from assetreg.schemas.account import LANGUAGES
from assetreg.schemas.fields import Required
from assetreg.web import visit

FILL_IN = {
    "kind": lazy_gettext("Välj typ."),
    "owner": lazy_gettext("Välj kommun."),
    "outcome": lazy_gettext("Välj vad det blev av enheten."),
    "date": lazy_gettext("Skriv vilken dag det hände."),
    "reason": lazy_gettext("Skriv varför."),
    "token": lazy_gettext("Skanna eller skriv etikettens kod."),
    "new": lazy_gettext("Skanna eller skriv vilken den nya enheten är."),
    "unit": lazy_gettext("Skriv vilken enhet."),
    "receiver": lazy_gettext("Skriv vem som tar emot den."),
    "due_back": lazy_gettext("Skriv vilken dag den ska tillbaka."),
    "preset": lazy_gettext("Välj vad filen innehåller."),
}
"""What stands beside a field that has to be filled in and is not, by the name of the field."""


def install(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(places.PACKAGE / "translations")
    app.config["BABEL_DEFAULT_LOCALE"] = LANGUAGES[0]
    Babel(app, locale_selector=_choose, timezone_selector=lambda: "Europe/Stockholm")  # type: ignore[no-untyped-call]


def language() -> str:
    """ "sv" or "en"."""
    locale = get_locale()
    return locale.language if locale else LANGUAGES[0]


def sentence(told: Refusal | Sentence) -> str:
    """A refusal, or what is kept of one, in the reader's language."""
    said = told.said() if isinstance(told, Refusal) else told
    return said.text(gettext, language())


def form_errors(refusal: Refusal) -> dict[str, str]:
    """What a form shows: one text per field; "" holds what belongs to the form as a whole."""
    refusals = refusal.refusals if isinstance(refusal, InvalidInput) else [refusal]
    found: dict[str, list[str]] = {}
    for each in refusals:
        found.setdefault(each.field or "", []).append(_beside(each))
    return {name: " ".join(sentences) for name, sentences in found.items()}


def _beside(refusal: Refusal) -> str:
    """An empty field is named, for the summary of a form has nothing else to tell its lines apart by."""
    named = FILL_IN.get(refusal.field or "") if isinstance(refusal, Required) else None
    return str(named) if named is not None else sentence(refusal)


def status_of(refusal: Refusal) -> int:
    """The status a form is shown again with: 422 for input that can be mended, 409 for a rule in the way."""
    return 422 if isinstance(refusal, Invalid) else 409


def _choose() -> str:
    found = visit.visitor()
    if found is not None:
        return found.language
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]
