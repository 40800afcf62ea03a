"""Logging in with the municipality's account, by way of its own log-in server."""

from __future__ import annotations

from dataclasses import asdict
from hmac import compare_digest
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from assetreg.domain.access import EVERYTHING, NOTHING
from assetreg.domain.errors import Denied, Invalid, Missing, Overloaded, Refusal
from assetreg.domain.sign_in import Identity
from assetreg.services import directory, logins
from assetreg.sources.openid.client import Attempt, Client, ProviderWrong
from assetreg.sources.openid.provider import Provider
from assetreg.web import frame, headers, languages, session, step_cookies, visit
from assetreg.web.next_page import local_path
from assetreg.web.visit import open_to_all, served

blueprint = Blueprint("directory", __name__)

ATTEMPT = "sign-in"
LONGEST_CODE = 8_000


class LogInOver(Invalid):
    code = "log_in_over"
    message = "Inloggningen tog för lång tid eller påbörjades i en annan flik. Försök igen."


class NotLetIn(Denied):
    code = "not_let_in"
    message = (
        "Kommunens inloggning släppte inte in dig i registret. Avbröt du inte själv, be den som sköter Entra ID att "
        "ge dig tillgång till registret."
    )


@blueprint.get("/logga-in/kommunkonto")
@open_to_all
def start() -> Any:
    wanted = local_path(request.args.get("next"))
    attempt = Attempt.new()
    try:
        address = provider().address(attempt)
    except (Overloaded, ProviderWrong) as refusal:
        return _refused(refusal, wanted)
    answer = redirect(address, 303)
    return step_cookies.keep(answer, ATTEMPT, step_cookies.sign(ATTEMPT, {**asdict(attempt), "next": wanted}))


@blueprint.get("/logga-in/kommunkonto/svar")
@open_to_all
def answer() -> Any:
    """Where the log-in server sends the browser back to; the address holds a code that is worth nothing by itself."""
    headers.hide_address()
    kept = step_cookies.signed(ATTEMPT) or {}
    wanted = local_path(kept.get("next"))
    try:
        identity = _identity(kept)
        token = _enter(identity)
    except Missing:
        raise
    except Refusal as refusal:
        return step_cookies.forget(_refused(refusal, wanted), ATTEMPT)
    session.end_present()
    response = session.keep(redirect(wanted or url_for("home.show"), 303), token)
    return step_cookies.forget(response, ATTEMPT)


@blueprint.get("/utloggad")
@open_to_all
def left() -> Any:
    """After the register's own log-out: the municipality's is another one, and offered here."""
    frame.leave_out()
    return render_template("public/logged_out.html", end_url=url_for("directory.leave_both"))


@blueprint.get("/logga-ut/kommunkonto")
@open_to_all
def leave_both() -> Any:
    """On to the log-out page of the log-in server; with the session here still open, only back to our own page."""
    if visit.visitor() is not None:
        return redirect(url_for("home.show"), 303)
    back_to = f"{served().settings.base_url}{url_for('session.login')}"
    try:
        address = provider().logout_address(back_to=back_to)
    except (Overloaded, ProviderWrong) as refusal:
        return _refused(refusal, "")
    return redirect(address or url_for("session.login"), 303)


@blueprint.get("/logga-ut/kommunkonto/signal")
@open_to_all
def signal() -> Any:
    """OpenID Connect Front-Channel Logout 1.0: the log-in server says that a session is over.

    It names the session by an id that nobody else knows, so it needs no cookie, and gets none.
    """
    issuer = provider().client.issuer
    sid = request.args.get("sid", "")
    if request.args.get("iss", issuer) == issuer and sid.isprintable() and sid:
        with served().database.reading(NOTHING) as asking:
            known = logins.known_sid(asking, issuer, sid)
        if known:
            with served().database.transaction(NOTHING) as writing:
                logins.end_each(writing, known)
    return Response("", mimetype="text/plain")


def provider() -> Provider:
    """The log-in server of the settings, one for the whole application. Raises Missing where there is none."""
    settings = served().settings
    if settings.issuer is None or settings.oidc_client_id is None:
        raise Missing
    found: Provider | None = current_app.extensions.get("assetreg.openid")
    if found is None:
        found = Provider(
            Client(
                issuer=settings.issuer,
                client_id=settings.oidc_client_id,
                client_secret=settings.oidc_client_secret,
                tenant=settings.entra_tenant,
                redirect_uri=f"{settings.base_url}{url_for('directory.answer')}",
            )
        )
        current_app.extensions["assetreg.openid"] = found
    return found


def _identity(kept: dict[str, str]) -> Identity:
    """Who has come back. Raises LogInOver, NotLetIn, ProviderSilent or ProviderWrong."""
    server = provider()
    state = request.args.get("state", "")
    if not kept or not compare_digest(state.encode(errors="replace"), kept["state"].encode()):
        raise LogInOver
    if request.args.get("error") or not request.args.get("code"):
        raise NotLetIn
    attempt = Attempt(kept["state"], kept["nonce"], kept["verifier"])
    return server.identity(attempt, request.args["code"][:LONGEST_CODE], at=visit.now())


def _enter(identity: Identity) -> str:
    at, database = visit.now(), served().database
    try:
        with database.transaction(EVERYTHING) as writing:
            return directory.enter(writing, identity, agent=session.agent(), at=at, limits=session.limits())
    except Denied:
        with database.transaction(EVERYTHING) as writing:
            directory.shut_out(writing, identity)
        raise


def _refused(refusal: Refusal, wanted: str) -> Response:
    """The log-in page with what went wrong, where the other ways in are."""
    body = session.form({"next": wanted}, {"": languages.sentence(refusal)})
    status = 503 if isinstance(refusal, Overloaded) else 502 if isinstance(refusal, ProviderWrong) else 403
    return Response(body, status=422 if isinstance(refusal, Invalid) else status, mimetype="text/html")
