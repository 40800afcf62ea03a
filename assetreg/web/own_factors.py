"""The second step of one's own log-in: an app for codes, passkeys, recovery codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from assetreg.db.session import ScopedSession
from assetreg.domain.errors import Conflict, Missing, Overloaded, Refusal
from assetreg.outputs import app_code
from assetreg.services import accounts, authenticators, recovery_codes, second_factors
from assetreg.services.authenticators import NothingToConfirm
from assetreg.services.passkeys import PasskeyRow
from assetreg.services.throttle import Slowed
from assetreg.web import formats, languages, passkey_site, visit
from assetreg.web.present import check_password
from assetreg.web.visit import for_account, logged_in, reading, served, whole_transaction

pages = Blueprint("factors", __name__, url_prefix="/tvasteg")


class OnlyLocal(Missing):
    """Whoever logs in with the municipality's account has their second step there."""


class NoSecondStep(Conflict):
    code = "no_second_step"
    message = "Reservkoder hör till tvåstegsinloggning. Lägg till en app eller en passnyckel först."


@pages.get("")
@for_account
def show() -> Any:
    return _page({})


@pages.post("/app")
@for_account
def begin_app() -> Any:
    """Makes the secret, and leads on to where it is shown."""

    def act(writing: ScopedSession, account: Any) -> Any:
        authenticators.begin(writing, account, key=_key(), at=visit.now())
        return redirect(url_for("account.factors.confirm_page"), 303)

    return _with_password(act)


@pages.get("/app")
@for_account
def confirm_page() -> Any:
    try:
        return _confirm_page({})
    except NothingToConfirm:
        return redirect(url_for("account.factors.show"), 303)


@pages.post("/app/bekrafta")
@for_account
def confirm_app() -> Any:
    """Turns the app on; the recovery codes are the answer, and are shown no more."""
    try:
        with whole_transaction() as writing:
            account = accounts.get(writing, logged_in().account)
            code = request.form.get("code", "")[:100]
            authenticators.confirm(writing, account, code, key=_key(), actor=visit.actor())
            codes = recovery_codes.make(writing, account, key=_key(), actor=visit.actor())
    except authenticators.WrongCode as wrong:
        return _confirm_page(languages.form_errors(wrong)), 422
    return _codes_page(codes)


@pages.post("/app/ta-bort")
@for_account
def remove_app() -> Any:
    def act(writing: ScopedSession, account: Any) -> Any:
        second_factors.remove_app(writing, account, actor=visit.actor())
        flash(_("Appen är borttagen."), "done")
        return redirect(url_for("account.factors.show"), 303)

    return _with_password(act)


@pages.post("/passnycklar/<int:passkey_id>/ta-bort")
@for_account
def remove_passkey(passkey_id: int) -> Any:
    def act(writing: ScopedSession, account: Any) -> Any:
        second_factors.remove_passkey(writing, account, passkey_id, actor=visit.actor())
        flash(_("Passnyckeln är borttagen. Ta bort den i telefonen eller datorn också."), "done")
        return redirect(url_for("account.factors.show"), 303)

    return _with_password(act)


@pages.post("/reservkoder")
@for_account
def new_codes() -> Any:
    def act(writing: ScopedSession, account: Any) -> Any:
        if not second_factors.needed(writing, account.id):
            raise NoSecondStep
        return _codes_page(recovery_codes.make(writing, account, key=_key(), actor=visit.actor()))

    return _with_password(act)


def _with_password(act: Callable[[ScopedSession, Any], Any]) -> Any:
    """Does the act once the password has been given; else the page again with what is wrong."""
    _local()
    try:
        check_password(request.form.get("current_password", ""))
        with whole_transaction() as writing:
            return act(writing, accounts.get(writing, logged_in().account))
    except (Missing, Overloaded):
        raise
    except Refusal as refusal:
        status = 429 if isinstance(refusal, Slowed) else languages.status_of(refusal)
        return _page(languages.form_errors(refusal)), status


def _page(errors: dict[str, str]) -> str:
    found = _local()
    with reading() as asking:
        held = second_factors.held(asking, found.account)
    return render_template(
        "account/factors.html",
        errors=errors,
        app=held.app,
        passkeys=[{"id": row.id, "name": row.name, "note": _note(row)} for row in held.passkeys],
        codes_left=held.codes_left,
        can_passkey=passkey_site.site() is not None,
        required=found.role in served().settings.require_second_factor,
    )


def _confirm_page(errors: dict[str, str]) -> str:
    """Raises NothingToConfirm."""
    found = _local()
    with reading() as asking:
        secret = authenticators.begun(asking, found.account, key=_key())
    if secret is None:
        raise NothingToConfirm
    address = authenticators.address(secret, name=found.name, organisation=served().settings.organisation)
    groups = " ".join(secret[n : n + 4] for n in range(0, len(secret), 4))
    return render_template("account/app.html", errors=errors, picture=app_code.picture(address), secret=groups)


def _codes_page(codes: tuple[str, ...]) -> str:
    return render_template("account/recovery_codes.html", codes=codes)


def _note(row: PasskeyRow) -> str:
    """Whether it lies in one device only, and when it was last used."""
    where = _("Följer med mellan dina enheter") if row.synced else _("Ligger i en enda enhet")
    used = formats.moment(row.used_at)
    return f"{where} · {_('senast använd %(when)s', when=used) if used else _('aldrig använd')}"


def _local() -> Any:
    found = logged_in()
    if found.directory:
        raise OnlyLocal
    return found


def _key() -> bytes:
    return served().settings.secret_key
