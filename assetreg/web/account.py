"""One's own account: password, language and look, and where one is logged in."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _

from assetreg.domain.errors import Overloaded, Refusal
from assetreg.schemas.account import preferences as read_preferences
from assetreg.services import accounts, logins
from assetreg.web import formats, languages, own_factors, session, visit
from assetreg.web.frame import THEME_COOKIE
from assetreg.web.present import check_password
from assetreg.web.visit import for_account, logged_in, reading, served, transaction, whole_transaction

blueprint = Blueprint("account", __name__, url_prefix="/konto")
blueprint.register_blueprint(own_factors.pages)

A_YEAR = 365 * 24 * 3600
_BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Macintosh", "CrOS", "Linux")
_SHOWN = {"Edg": "Edge", "OPR": "Opera", "Macintosh": "Mac", "CrOS": "Chromebook"}


@blueprint.get("")
@for_account
def me() -> Any:
    return _page({})


@blueprint.post("/utseende")
@for_account
def preferences() -> Any:
    wanted = read_preferences(request.form)
    with transaction() as writing:
        accounts.prefer(writing, accounts.get(writing, logged_in().account), wanted)
    with force_locale(wanted.language):
        flash(_("Sparat."), "done")
    response = redirect(url_for("account.me"), 303)
    secure = served().settings.https
    response.set_cookie(THEME_COOKIE, wanted.theme, max_age=A_YEAR, secure=secure, httponly=True, samesite="Lax")
    return response


@blueprint.post("/losenord")
@for_account
def password() -> Any:
    """Ends every log-in of the account, and opens a new one here."""
    try:
        check_password(request.form.get("current_password", ""))
        with whole_transaction() as writing:
            account = accounts.get(writing, logged_in().account)
            accounts.set_password(writing, account, request.form.get("new_password", ""), actor=visit.actor())
            token = logins.open_for(writing, account.id, agent=session.agent(), at=visit.now())
    except Overloaded:
        raise
    except Refusal as refusal:
        return _page(languages.form_errors(refusal)), 422
    flash(_("Lösenordet är bytt. Du är utloggad överallt utom här."), "done")
    return session.keep(redirect(url_for("account.me"), 303), token)


@blueprint.post("/inloggningar/<int:session_id>/avsluta")
@for_account
def revoke(session_id: int) -> Any:
    with transaction() as writing:
        logins.end(writing, session_id, account=logged_in().account)
    flash(_("Inloggningen är avslutad."), "done")
    return redirect(url_for("account.me"), 303)


def _page(errors: dict[str, str]) -> str:
    found = logged_in()
    with reading() as asking:
        rows = logins.open_logins(asking, found.account, at=visit.now(), limits=session.limits())
    return render_template(
        "account/me.html",
        values={"theme": found.theme, "language": found.language},
        errors=errors,
        may_change_password=not found.directory,
        second_factor=found.second_factor,
        sessions=[
            {"id": row.id, "device": device_of(row.agent), "at": _used(row), "current": row.id == found.login}
            for row in rows
        ],
    )


def _used(row: logins.OpenLogin) -> str:
    return _(
        "Senast använd %(seen)s, inloggad sedan %(since)s",
        seen=formats.moment(row.seen_at),
        since=formats.moment(row.created_at),
    )


def device_of(agent: str) -> str:
    """The browser and system in words, as far as its own name for itself says."""
    browser = next((name for name in _BROWSERS if re.search(rf"\b{name}", agent)), "")
    system = next((name for name in _SYSTEMS if name in agent), "")
    words = [_SHOWN.get(word, word) for word in (browser, system) if word]
    return ", ".join(words) or _("Okänd webbläsare")
