"""The rules for signing in with the municipality's accounts, for administrators."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from assetreg.domain.access import EVERYTHING, Act
from assetreg.domain.errors import Denied, Missing, Refusal
from assetreg.domain.sign_in import ClaimKind
from assetreg.domain.terms import Role
from assetreg.schemas.sign_in import rule_input
from assetreg.services import accounts, places, sign_in_rules
from assetreg.services.sign_in_rules import RuleRow
from assetreg.web import formats, languages, visit
from assetreg.web.account_roles import roles
from assetreg.web.visit import needs, reading, served, whole_transaction

pages = Blueprint("rules", __name__, url_prefix="/regler")

FIELDS = ("claim", "value", "role", "sees", "position", "expires")


@pages.get("")
@needs(Act.ADMINISTER)
def index() -> Any:
    with reading(EVERYTHING) as session:
        rows = sign_in_rules.listed(session, actor=_administrator())
    return render_template(
        "accounts/rules.html", rows=[_shown(row) for row in rows], issuer=served().settings.issuer or ""
    )


@pages.get("/ny")
@needs(Act.ADMINISTER)
def new() -> Any:
    with reading(EVERYTHING) as session:
        position = sign_in_rules.next_position(session)
    values = {"claim": ClaimKind.APP_ROLE, "role": Role.READER, "sees": "", "owners": [], "position": str(position)}
    return _page(None, values, {})


@pages.post("/ny")
@needs(Act.ADMINISTER)
def create() -> Any:
    try:
        with whole_transaction() as session:
            sign_in_rules.add(session, rule_input(_stated()), actor=_administrator())
    except (Denied, Missing):
        raise
    except Refusal as refusal:
        return _page(None, _stated(), languages.form_errors(refusal)), languages.status_of(refusal)
    return _done(_("Regeln är tillagd. Den gäller från nästa inloggning."))


@pages.get("/<int:rule_id>")
@needs(Act.ADMINISTER)
def edit(rule_id: int) -> Any:
    row = _row(rule_id)
    values = {
        "claim": row.claim,
        "value": row.value,
        "role": row.role,
        "sees": "some" if row.places else "all",
        "owners": list(row.places),
        "position": str(row.position),
        "expires": formats.day(row.ends_on),
    }
    return _page(row, values, {})


@pages.post("/<int:rule_id>")
@needs(Act.ADMINISTER)
def save(rule_id: int) -> Any:
    version = request.form.get("version", type=int) or 0
    try:
        with whole_transaction() as session:
            rule = sign_in_rules.get(session, rule_id)
            sign_in_rules.change(session, rule, rule_input(_stated()), actor=_administrator(), version=version)
    except (Denied, Missing):
        raise
    except Refusal as refusal:
        errors = languages.form_errors(refusal)
        return _page(_row(rule_id), _stated(), errors, version=version), languages.status_of(refusal)
    return _done(_("Regeln är sparad. Den gäller från nästa inloggning."))


@pages.post("/<int:rule_id>/ta-bort")
@needs(Act.ADMINISTER)
def remove(rule_id: int) -> Any:
    with whole_transaction() as session:
        sign_in_rules.remove(session, sign_in_rules.get(session, rule_id), actor=_administrator())
    return _done(_("Regeln är borttagen. Den som är inloggad är det tills inloggningen tar slut."))


def _administrator() -> Any:
    if not visit.scope().everything:
        raise accounts.WholeScopeNeeded
    return visit.actor()


def _row(rule_id: int) -> RuleRow:
    with reading(EVERYTHING) as session:
        return sign_in_rules.one(session, rule_id, actor=_administrator())


def _stated() -> dict[str, Any]:
    return {**{name: request.form.get(name, "") for name in FIELDS}, "owners": request.form.getlist("owners")}


def _done(message: str) -> Any:
    flash(message, "done")
    return redirect(url_for("accounts.rules.index"), 303)


def _page(row: RuleRow | None, values: dict[str, Any], errors: dict[str, str], *, version: int | None = None) -> str:
    _administrator()
    with reading(EVERYTHING) as session:
        owners = [{"value": each.code, "label": each.name} for each in places.owners(session)]
    held = row.places if row else ()
    return render_template(
        "accounts/rule.html",
        subject={"id": row.id, "title": _title(row)} if row else None,
        version=version if version is not None else row.version if row else 0,
        values=values,
        errors=errors,
        claims=_claims(),
        roles=roles(),
        owners=owners + [{"value": place, "label": place} for place in held if "/" in place],
    )


def _claims() -> list[dict[str, str]]:
    hints = {
        ClaimKind.APP_ROLE: _("Rollens värde, till exempel Tekniker.Laxa"),
        ClaimKind.GROUP: _("Gruppens objekt-id, inte dess namn"),
    }
    return [{"value": kind.value, "label": formats.term(kind), "hint": hints[kind]} for kind in ClaimKind]


def _title(row: RuleRow) -> str:
    return f"{formats.term(row.claim)} {row.value}"


def _shown(row: RuleRow) -> dict[str, Any]:
    over = row.ends_on is not None and row.ends_on < visit.actor().today
    return {
        "title": _title(row),
        "url": url_for("accounts.rules.edit", rule_id=row.id),
        "role": formats.term(row.role),
        "scope": ", ".join(row.places) or _("Alla kommuner"),
        "position": str(row.position),
        "ends": formats.day(row.ends_on),
        "over": over,
    }
