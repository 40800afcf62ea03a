"""Logging in and out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from assetreg.db.session import ScopedSession
from assetreg.domain.access import NOTHING
from assetreg.domain.errors import Overloaded, Refusal
from assetreg.domain.terms import Role
from assetreg.services import login_steps, logins, passwords, second_factors, throttle
from assetreg.services.login_steps import Begun
from assetreg.web import frame, languages, passkey_site, step_cookies, visit
from assetreg.web.next_page import local_path
from assetreg.web.visit import open_to_all, served

blueprint = Blueprint("session", __name__)

SECOND_STEP = "second-step"
TRYING_AT_ONCE = passwords.AT_ONCE + 1
"""Fewer than the threads of a server process: one is always left for those who are logged in already."""

_trying = BoundedSemaphore(TRYING_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Passed:
    """What a right password led to: a session's token, or the token of the second step; one of them is empty."""

    session: str = ""
    step: str = ""
    unprotected: bool = False


@blueprint.get("/logga-in")
@open_to_all
def login() -> Any:
    wanted = local_path(request.args.get("next"))
    if visit.visitor() is not None:
        return redirect(wanted or url_for("home.show"), 303)
    return form({"next": wanted}, {})


@blueprint.post("/logga-in")
@open_to_all
def log_in() -> Any:
    values = {"name": request.form.get("name", "")[:200], "next": local_path(request.form.get("next"))}
    try:
        passed = try_password(values["name"], request.form.get("password", ""))
    except throttle.Slowed as slowed:
        return form(values, {}, slowed=languages.sentence(slowed)), 429
    except Overloaded:
        raise
    except Refusal as refusal:
        return form(values, languages.form_errors(refusal)), 422
    end_present()
    if passed.step:
        answer = redirect(url_for("second_step.ask", next=values["next"] or None), 303)
        return step_cookies.keep(answer, SECOND_STEP, passed.step)
    if passed.unprotected:
        flash(_("Ditt konto får göra allt, men skyddas bara av ett lösenord. Slå på tvåstegsinloggning."), "attention")
    return keep(redirect(values["next"] or url_for("home.show"), 303), passed.session)


@blueprint.post("/logga-ut")
@open_to_all
def logout() -> Any:
    found = visit.visitor()
    end_present()
    directory = found is not None and found.directory and served().settings.issuer is not None
    response = redirect(url_for("directory.left" if directory else "session.login"), 303)
    response.delete_cookie(visit.cookie_name(), secure=served().settings.https, httponly=True, samesite="Lax")
    return response


def try_password(name: str, password: str) -> Passed:
    """A new session, or its second step. Raises WrongLogin, Slowed or Overloaded.

    No transaction is open while the password is compared.
    """
    settings, database, at = served().settings, served().database, visit.now()
    with _turn():
        with database.reading(NOTHING) as session:
            address = request.remote_addr or ""
            tried = logins.candidate(session, name, address=address, secret=settings.secret_key, at=at)
        if not passwords.matches(password, tried.password_hash):
            with database.transaction(NOTHING) as session:
                logins.failed(session, tried, at=at)
            raise logins.WrongLogin
        fresh = logins.fresh_hash(password, tried)
        with database.transaction(NOTHING) as session:
            return _admit(session, tried, fresh)


@contextmanager
def _turn() -> Iterator[None]:
    """One of the few that are tried at once; whoever comes on top of them is refused unread. Raises Overloaded."""
    if not _trying.acquire(blocking=False):
        raise Overloaded
    try:
        yield
    finally:
        _trying.release()


def _admit(session: ScopedSession, tried: logins.Candidate, fresh: str | None) -> Passed:
    at = visit.now()
    account = logins.admitted(session, tried, at=at, fresh_hash=fresh)
    if second_factors.needed(session, account.id):
        mark = login_steps.mark_of(account)
        return Passed(step=login_steps.begin(session, Begun.SECOND_STEP, at=at, account=account.id, mark=mark))
    token = logins.opened(session, account, agent=agent(), at=at, limits=limits())
    return Passed(session=token, unprotected=account.role is Role.ADMIN)


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


def form(values: dict[str, str], errors: dict[str, str], *, slowed: str = "") -> str:
    """The log-in page, with what went wrong."""
    frame.leave_out()
    wanted = values.get("next") or None
    return render_template(
        "public/login.html",
        values=values,
        errors=errors,
        sso_url=url_for("directory.start", next=wanted) if served().settings.issuer else "",
        passkeys=passkey_site.site() is not None,
        slowed=slowed,
    )
