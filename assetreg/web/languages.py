"""Which language a page speaks: the account's own, else the browser's, Swedish unless it prefers English."""

from __future__ import annotations

from flask import Flask, request
from flask_babel import Babel, get_locale, gettext

from assetreg import places
from assetreg.domain.errors import Invalid, InvalidInput, Refusal
from assetreg.schemas.account import LANGUAGES
from assetreg.web import visit


def install(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(places.PACKAGE / "translations")
    app.config["BABEL_DEFAULT_LOCALE"] = LANGUAGES[0]
    Babel(app, locale_selector=_choose, timezone_selector=lambda: "Europe/Stockholm")  # type: ignore[no-untyped-call]


def language() -> str:
    """ "sv" or "en"."""
    locale = get_locale()
    return locale.language if locale else LANGUAGES[0]


def sentence(refusal: Refusal) -> str:
    """The refusal in the reader's language."""
    return refusal.sentence(gettext, language())


def form_errors(refusal: Refusal) -> dict[str, str]:
    """What a form shows: one text per field; "" holds what belongs to the form as a whole."""
    if isinstance(refusal, InvalidInput):
        named = refusal.by_field(gettext, language())
        return {field: " ".join(sentences) for field, sentences in named.items()}
    return {refusal.field or "": sentence(refusal)}


def status_of(refusal: Refusal) -> int:
    """The status a form is shown again with: 422 for input that can be mended, 409 for a rule in the way."""
    return 422 if isinstance(refusal, Invalid) else 409


def _choose() -> str:
    found = visit.visitor()
    if found is not None:
        return found.language
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]
