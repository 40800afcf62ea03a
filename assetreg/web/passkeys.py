"""Passkeys, spoken of in JSON with static/js/passkeys.js: logging in with one, and adding one."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, flash, jsonify, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from assetreg.db.session import ScopedSession
from assetreg.domain.access import NOTHING
from assetreg.domain.errors import Refusal
from assetreg.services import accounts, login_steps, logins, passkeys, throttle
from assetreg.services.login_steps import Begun
from assetreg.web import languages, passkey_site, present, session, step_cookies, visit
from assetreg.web.errors import status_of
from assetreg.web.next_page import local_path
from assetreg.web.session import SECOND_STEP
from assetreg.web.visit import for_account, logged_in, open_to_all, served, whole_transaction

blueprint = Blueprint("passkeys", __name__)

CHALLENGE = "passkey"
LONGEST_DOCUMENT = 64 * 1024


@blueprint.errorhandler(Refusal)
def refused(refusal: Refusal) -> Response:
    answer: Response = jsonify(reason=languages.sentence(refusal))
    answer.status_code = 429 if isinstance(refusal, throttle.Slowed) else status_of(refusal)
    return answer


@blueprint.post("/logga-in/passnyckel/borja")
@open_to_all
def begin_login() -> Any:
    """The challenge; in the second step of a log-in only for that account's passkeys."""
    site, at, database = passkey_site.needed(), visit.now(), served().database
    with database.transaction(NOTHING) as writing:
        throttle.check(writing, _keys(), at=at)
        pending = _pending(writing)
        options, challenge = passkeys.login_options(writing, site=site, account=pending)
        token = login_steps.begin(writing, Begun.PASSKEY_LOGIN, at=at, account=pending, challenge=challenge)
    return step_cookies.keep(jsonify(options), CHALLENGE, token)


@blueprint.post("/logga-in/passnyckel")
@open_to_all
def log_in() -> Any:
    document, at, database = _document(), visit.now(), served().database
    with database.transaction(NOTHING) as writing:
        token = step_cookies.token(CHALLENGE)
        step = login_steps.taken(writing, token, Begun.PASSKEY_LOGIN, at=at)
    try:
        with database.transaction(NOTHING) as writing:
            opened = _opened(writing, document, step)
    except passkeys.PasskeyRefused:
        with database.transaction(NOTHING) as writing:
            throttle.note_failure(writing, _keys(), at=at)
        raise
    session.end_present()
    wanted = local_path(str(document.get("next") or ""))
    answer = session.keep(jsonify(next=wanted or url_for("home.show")), opened)
    return step_cookies.forget(answer, CHALLENGE, SECOND_STEP)


@blueprint.post("/konto/passnycklar/borja")
@for_account
def begin_new() -> Any:
    site, document = passkey_site.needed(), _document()
    present.check_password(str(document.get("password") or ""))
    with whole_transaction() as writing:
        account = accounts.get(writing, logged_in().account)
        options, challenge = passkeys.new_options(writing, account, site=site, key=served().settings.secret_key)
        token = login_steps.begin(writing, Begun.PASSKEY_NEW, at=visit.now(), account=account.id, challenge=challenge)
    return step_cookies.keep(jsonify(options), CHALLENGE, token)


@blueprint.post("/konto/passnycklar")
@for_account
def add() -> Any:
    site, document = passkey_site.needed(), _document()
    with whole_transaction() as writing:
        step = login_steps.taken(writing, step_cookies.token(CHALLENGE), Begun.PASSKEY_NEW, at=visit.now())
    if step.account != logged_in().account:
        raise login_steps.StepOver
    with whole_transaction() as writing:
        passkeys.add(
            writing,
            accounts.get(writing, logged_in().account),
            document.get("credential"),
            name=str(document.get("name") or ""),
            challenge=step.challenge or "",
            site=site,
            key=served().settings.secret_key,
            actor=visit.actor(),
        )
    flash(_("Passnyckeln är tillagd. Skriv också ut reservkoder, om du inte redan har gjort det."), "done")
    return step_cookies.forget(jsonify(next=url_for("account.me")), CHALLENGE)


def _opened(writing: ScopedSession, document: dict[str, Any], step: login_steps.Step) -> str:
    """A session for whoever's passkey it is; of the second step's account where there is one."""
    at = visit.now()
    found = passkeys.proved(
        writing, document.get("credential"), challenge=step.challenge or "", site=passkey_site.needed(), at=at
    )
    account = accounts.get(writing, found)
    if step.account not in (None, found) or not logins.is_open(account.disabled_at, account.expires_on, at=at):
        raise passkeys.PasskeyRefused
    return logins.opened(writing, account, agent=session.agent(), at=at, limits=session.limits())


def _pending(writing: ScopedSession) -> int | None:
    """The account whose password this browser has given, where it stands between the steps."""
    try:
        return login_steps.found(writing, step_cookies.token(SECOND_STEP), Begun.SECOND_STEP, at=visit.now()).account
    except login_steps.StepOver:
        return None


def _document() -> dict[str, Any]:
    request.max_content_length = LONGEST_DOCUMENT
    found = request.get_json(silent=True)
    return found if isinstance(found, dict) else {}


def _keys() -> throttle.Keys:
    """Failures are counted by the address alone: whose passkey it was to be is not known."""
    nobody = secrets.token_hex(8)
    return throttle.Keys.of(nobody, request.remote_addr or "", secret=served().settings.secret_key)
