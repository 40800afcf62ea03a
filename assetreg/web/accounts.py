"""The accounts, for administrators."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from assetreg.domain.access import EVERYTHING, Act
from assetreg.domain.errors import Denied, Missing, Overloaded, Refusal
from assetreg.schemas import account as schema
from assetreg.services import account_list, accounts, places, second_factors
from assetreg.services.account_list import AccountRow
from assetreg.web import account_form, formats, languages, sign_in_rules, visit
from assetreg.web.account_roles import roles
from assetreg.web.visit import needs, reading, whole_transaction

blueprint = Blueprint("accounts", __name__, url_prefix="/konton")
blueprint.register_blueprint(sign_in_rules.pages)


@blueprint.get("")
@needs(Act.ADMINISTER)
def index() -> Any:
    after, before = request.args.get("after"), request.args.get("before")
    with reading(EVERYTHING) as session:
        page = account_list.page(session, actor=_administrator(), after=after, before=before)
        owners = {row.code: row.name for row in places.owners(session)}
    return render_template(
        "accounts/list.html",
        rows=[_shown(row, owners) for row in page.rows],
        previous=url_for("accounts.index", before=page.previous) if page.previous else "",
        next=url_for("accounts.index", after=page.next) if page.next else "",
        count="",
        rules_url=url_for("accounts.rules.index"),
    )


@blueprint.get("/nytt")
@needs(Act.ADMINISTER)
def new() -> Any:
    return _new_page({"role": "", "sees": "", "owners": []}, {})


@blueprint.post("/nytt")
@needs(Act.ADMINISTER)
def create() -> Any:
    stated = account_form.stated()
    try:
        command = account_form.read(schema.new_account, stated, today=visit.actor().today)
        with whole_transaction() as session:
            account = accounts.add(session, command, actor=_administrator())
            name = account.name
    except (Denied, Missing, Overloaded):
        raise
    except Refusal as refusal:
        return _new_page(stated, languages.form_errors(refusal)), languages.status_of(refusal)
    flash(_("Kontot %(name)s är skapat.", name=name), "done")
    return redirect(url_for("accounts.index"), 303)


@blueprint.get("/<int:account_id>")
@needs(Act.ADMINISTER)
def edit(account_id: int) -> Any:
    return _edit_page(account_id)


@blueprint.post("/<int:account_id>")
@needs(Act.ADMINISTER)
def save(account_id: int) -> Any:
    stated = account_form.stated()
    version = request.form.get("version", type=int)
    try:
        with whole_transaction() as session:
            account = accounts.get(session, account_id)
            actor, ended_on = _administrator(), account.expires_on
            change = account_form.read(schema.account_change, stated, today=actor.today, ended_on=ended_on)
            accounts.change(session, account, change, actor=actor, version=version or 0)
    except (Denied, Missing):
        raise
    except Refusal as refusal:
        errors = languages.form_errors(refusal)
        return _edit_page(account_id, stated, errors, version=version), languages.status_of(refusal)
    return _saved(account_id, _("Kontot är sparat."))


@blueprint.post("/<int:account_id>/losenord")
@needs(Act.ADMINISTER)
def password(account_id: int) -> Any:
    try:
        with whole_transaction() as session:
            account = accounts.get(session, account_id)
            accounts.set_password(session, account, request.form.get("password", ""), actor=_administrator())
    except (Denied, Missing, Overloaded):
        raise
    except Refusal as refusal:
        return _edit_page(account_id, None, languages.form_errors(refusal)), languages.status_of(refusal)
    return _saved(account_id, _("Lösenordet är satt. Kontot är utloggat överallt."))


@blueprint.post("/<int:account_id>/stang")
@needs(Act.ADMINISTER)
def disable(account_id: int) -> Any:
    with whole_transaction() as session:
        accounts.disable(session, accounts.get(session, account_id), actor=_administrator())
    return _saved(account_id, _("Kontot är stängt."))


@blueprint.post("/<int:account_id>/oppna")
@needs(Act.ADMINISTER)
def enable(account_id: int) -> Any:
    with whole_transaction() as session:
        accounts.enable(session, accounts.get(session, account_id), actor=_administrator())
    return _saved(account_id, _("Kontot är öppet igen."))


@blueprint.post("/<int:account_id>/tvasteg")
@needs(Act.ADMINISTER)
def reset_second_factor(account_id: int) -> Any:
    with whole_transaction() as session:
        second_factors.reset(session, accounts.get(session, account_id), actor=_administrator())
    return _saved(account_id, _("Tvåstegsinloggningen är nollställd. Kontot är utloggat överallt."))


def _administrator() -> Any:
    """The actor, where the account sees every owner: lists of accounts are not divided by owner."""
    if not visit.scope().everything:
        raise accounts.WholeScopeNeeded
    return visit.actor()


def _saved(account_id: int, message: str) -> Any:
    flash(message, "done")
    return redirect(url_for("accounts.edit", account_id=account_id), 303)


def _new_page(values: dict[str, Any], errors: dict[str, str]) -> str:
    _administrator()
    return render_template(
        "accounts/new.html", values=values, errors=errors, roles=roles(), owners=_places((), _owners())
    )


def _edit_page(
    account_id: int,
    values: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
    *,
    version: int | None = None,
) -> str:
    with reading(EVERYTHING) as session:
        row = account_list.one(session, account_id, actor=_administrator())
        sessions = account_list.open_count(session, account_id)
    owners, sees = _owners(), "some" if row.places else "all"
    present = {"role": row.role, "sees": sees, "owners": list(row.places), "expires": formats.day(row.expires_on)}
    return render_template(
        "accounts/edit.html",
        subject={
            "id": row.id,
            "name": row.display_name,
            "last_seen": formats.moment(row.last_login_at),
            "disabled": row.disabled_at is not None,
            "sessions": sessions,
            "directory": row.directory,
            "program": row.program,
            "second_factor": row.second_factor,
            "role": formats.term(row.role),
            "scope": _seen(row.places, owners),
            "expires": formats.day(row.expires_on),
        },
        version=row.version if version is None else version,
        values=values or present,
        errors=errors or {},
        roles=roles(),
        owners=_places(row.places, owners),
    )


def _places(held: tuple[str, ...], owners: dict[str, str]) -> list[dict[str, str]]:
    """Every owner, and the departments and units the account has been given."""
    whole = [{"value": code, "label": name} for code, name in owners.items()]
    return whole + [{"value": place, "label": _place(place, owners)} for place in held if "/" in place]


def _owners() -> dict[str, str]:
    with reading(EVERYTHING) as session:
        return {row.code: row.name for row in places.owners(session)}


def _place(place: str, owners: dict[str, str]) -> str:
    """The words of "1860" or "1860/Centralskolan"."""
    code, _slash, name = place.partition("/")
    return ", ".join(filter(None, (owners.get(code, code), name)))


def _seen(held: tuple[str, ...], owners: dict[str, str]) -> str:
    return "; ".join(_place(place, owners) for place in held) or _("Alla kommuner")


def _shown(row: AccountRow, owners: dict[str, str]) -> dict[str, str]:
    state, meaning = _("Öppet"), "done"
    if row.disabled_at is not None:
        state, meaning = _("Stängt"), ""
    elif row.expires_on is not None and row.expires_on < visit.actor().today:
        state, meaning = _("Har gått ut"), "attention"
    return {
        "name": row.display_name,
        "login": row.name,
        "url": url_for("accounts.edit", account_id=row.id),
        "role": formats.term(row.role),
        "scope": _seen(row.places, owners),
        "way": _way(row),
        "expires": formats.day(row.expires_on),
        "last_seen": formats.moment(row.last_login_at),
        "state_label": state,
        "state_meaning": meaning,
    }


def _way(row: AccountRow) -> str:
    """How the account logs in."""
    if row.directory:
        return _("Kommunens konto")
    if row.program:
        return _("Program med token")
    return _("Lösenord och ett steg till") if row.second_factor else _("Lösenord")
