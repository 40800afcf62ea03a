"""Logging in and out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from assetreg.domain.access import NOTHING
from assetreg.domain.errors import Overloaded, Refusal
from assetreg.services import logins, passwords, throttle
from assetreg.web import frame, languages, visit
from assetreg.web.next_page import local_path
from assetreg.web.visit import open_to_all, served

blueprint = Blueprint("session", __name__)


@blueprint.get("/logga-in")
@open_to_all
def login() -> Any:
    wanted = local_path(request.args.get("next"))
    if visit.visitor() is not None:
        return redirect(wanted or url_for("home.show"), 303)
    return _form({"next": wanted}, {})


@blueprint.post("/logga-in")
@open_to_all
def log_in() -> Any:
    values = {"name": request.form.get("name", "")[:200], "next": local_path(request.form.get("next"))}
    try:
        token = try_password(values["name"], request.form.get("password", ""))
    except throttle.Slowed as slowed:
        return _form(values, {}, slowed=languages.sentence(slowed)), 429
    except Overloaded:
        raise
    except Refusal as refusal:
        return _form(values, languages.form_errors(refusal)), 422
    end_present()
    return keep(redirect(values["next"] or url_for("home.show"), 303), token)


@blueprint.post("/logga-ut")
@open_to_all
def logout() -> Any:
    end_present()
    response = redirect(url_for("session.login"), 303)
    response.delete_cookie(visit.cookie_name(), secure=served().settings.https, httponly=True, samesite="Lax")
    return response


def try_password(name: str, password: str) -> str:
    """A new session's token. Raises WrongLogin, Slowed or Overloaded.

    No transaction is open while the password is compared.
    """
    settings, database, at = served().settings, served().database, visit.now()
    with database.reading(NOTHING) as session:
        address = request.remote_addr or ""
        tried = logins.candidate(session, name, address=address, secret=settings.secret_key, at=at)
    if not passwords.matches(password, tried.password_hash):
        with database.transaction(NOTHING) as session:
            logins.failed(session, tried, at=at)
        raise logins.WrongLogin
    fresh = logins.fresh_hash(password, tried)
    with database.transaction(NOTHING) as session:
        return logins.succeeded(session, tried, agent=agent(), at=at, limits=limits(), fresh_hash=fresh)


def end_present() -> None:
    """Ends the session this browser had, so that its token is worth nothing from now on."""
    found = visit.visitor()
    if found is not None:
        with served().database.transaction(NOTHING) as session:
            logins.end(session, found.login, account=found.account)


def keep(response: Response, token: str) -> Response:
    settings = served().settings
    response.set_cookie(
        visit.cookie_name(),
        token,
        max_age=settings.session_days * 24 * 3600,
        secure=settings.https,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return response


def limits() -> logins.Limits:
    return logins.Limits.of(served().settings.session_idle_hours, served().settings.session_days)


def agent() -> str:
    return request.user_agent.string


def _form(values: dict[str, str], errors: dict[str, str], *, slowed: str = "") -> str:
    frame.leave_out()
    return render_template("public/login.html", values=values, errors=errors, sso_url="", slowed=slowed)
