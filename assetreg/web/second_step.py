"""The second step of a log-in, and keeping those inside who must have one but have none yet."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from assetreg.domain.access import EVERYTHING, NOTHING
from assetreg.domain.errors import Refusal
from assetreg.services import authenticators, login_steps, logins, second_factors, throttle
from assetreg.services.login_steps import Begun
from assetreg.web import frame, languages, passkey_site, session, step_cookies, visit
from assetreg.web.next_page import local_path
from assetreg.web.session import SECOND_STEP
from assetreg.web.visit import open_to_all, served

blueprint = Blueprint("second_step", __name__, url_prefix="/logga-in/steg-2")


@blueprint.get("")
@open_to_all
def ask() -> Any:
    wanted = local_path(request.args.get("next"))
    try:
        return _form({"next": wanted}, {})
    except login_steps.StepOver:
        return redirect(url_for("session.login", next=wanted or None), 303)


@blueprint.post("")
@open_to_all
def answer() -> Any:
    values = {"next": local_path(request.form.get("next"))}
    try:
        token = _try_code(request.form.get("code", "")[:100])
    except login_steps.StepOver as over:
        return session.form(values, {"": languages.sentence(over)}), 422
    except throttle.Slowed as slowed:
        return _form(values, {}, slowed=languages.sentence(slowed)), 429
    except Refusal as refusal:
        return _form(values, languages.form_errors(refusal)), 422
    session.end_present()
    response = session.keep(redirect(values["next"] or url_for("home.show"), 303), token)
    return step_cookies.forget(response, SECOND_STEP)


def _try_code(code: str) -> str:
    """A new session's token. Raises StepOver, Slowed or WrongCode; a wrong code is counted, and the step goes on."""
    settings, database, at = served().settings, served().database, visit.now()
    begun = step_cookies.token(SECOND_STEP)
    with database.reading(NOTHING) as asking:
        step = login_steps.found(asking, begun, Begun.SECOND_STEP, at=at)
        keys = second_factors.keys_of(step.account or 0, request.remote_addr or "", secret=settings.secret_key)
        throttle.check(asking, keys, at=at)
    with database.transaction(EVERYTHING) as writing:
        step = login_steps.found(writing, begun, Begun.SECOND_STEP, at=at)
        account = second_factors.account_of(writing, step, at=at)
        right = second_factors.passes(writing, account, code, key=settings.secret_key, at=at)
        if right:
            login_steps.taken(writing, begun, Begun.SECOND_STEP, at=at)
            throttle.forgive(writing, keys)
            return logins.opened(writing, account, agent=session.agent(), at=at, limits=session.limits())
        throttle.note_failure(writing, keys, at=at)
    raise authenticators.WrongCode(field="code")


def _form(values: dict[str, str], errors: dict[str, str], *, slowed: str = "") -> str:
    """Raises StepOver."""
    with served().database.reading(NOTHING) as asking:
        begun = step_cookies.token(SECOND_STEP)
        step = login_steps.found(asking, begun, Begun.SECOND_STEP, at=visit.now())
        account = second_factors.account_of(asking, step, at=visit.now())
        held = second_factors.held(asking, account.id)
    frame.leave_out()
    return render_template(
        "public/second_step.html",
        values=values,
        errors=errors,
        slowed=slowed,
        app=held.app,
        passkeys=bool(held.passkeys) and passkey_site.site() is not None,
        codes_left=held.codes_left,
    )


FREE = frozenset({"account", "session", "passkeys"})
"""Besides what is open to all: where a second step is added, and the way out."""


@blueprint.before_app_request
def demand() -> Any:
    """Leads those whose role must have a second step to the page where they add one; until then nothing else opens."""
    roles = served().settings.require_second_factor
    if not roles or request.endpoint is None or request.blueprint is None:
        return None
    if request.endpoint.partition(".")[0] in FREE or visit.access_of(_view()) == "open":
        return None
    found = visit.visitor()
    if found is None or found.directory or found.second_factor or found.role not in roles:
        return None
    flash(_("Din roll kräver tvåstegsinloggning. Lägg till en app för engångskoder eller en passnyckel."), "attention")
    return redirect(url_for("account.factors.show"), 303)


def _view() -> Any:
    return current_app.view_functions[request.endpoint or ""]
