"""What is kept about people and for how long, the clearing, and the log of who has read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from assetreg.domain.access import EVERYTHING, Act
from assetreg.domain.errors import Denied, Refusal
from assetreg.domain.retention import Kept
from assetreg.services import retention
from assetreg.services.pruning import daily, running
from assetreg.services.retention import Times
from assetreg.web import languages, privacy_shown, reading_pages, visit
from assetreg.web.formats import term
from assetreg.web.visit import needs, reading, whole_transaction

blueprint = Blueprint("privacy", __name__, url_prefix="/personuppgifter")
blueprint.add_url_rule("/lasningar", "log", reading_pages.log, methods=["GET"])


class WholeScopeNeeded(Denied):
    code = "retention_whole_scope_needed"
    message = "Tiderna gäller alla kommuner och sköts av en administratör som ser alla. Be en sådan om hjälp."


@blueprint.get("")
@needs(Act.READ_ACCESS_LOG)
def index() -> Any:
    return _page()


@blueprint.post("/tider")
@needs(Act.ADMINISTER)
def save() -> Any:
    _whole()
    stated = {kept.value: request.form.get(kept.value, "").strip() for kept in Kept}
    version = request.form.get("version", type=int)
    try:
        wanted = _amounts(stated)
        with whole_transaction() as session:
            changed = retention.change(session, wanted, actor=visit.actor(), version=-1 if version is None else version)
    except Denied:
        raise
    except Refusal as refusal:
        return _page(stated, languages.form_errors(refusal)), languages.status_of(refusal)
    names = ", ".join(term(kept).lower() for kept in changed)
    flash(_("Ändrat: %(names)s.", names=names) if changed else _("Inget ändrades."), "done")
    return redirect(url_for("privacy.index"), 303)


@blueprint.post("/gallra")
@needs(Act.ADMINISTER)
def prune() -> Any:
    """Asks the background worker; a clearing that waits or runs already is not doubled."""
    _whole()
    with whole_transaction() as session:
        daily.enqueue(session, actor=visit.actor())
    flash(_("Gallringen är beställd och görs i bakgrunden."), "done")
    return redirect(url_for("privacy.index"), 303)


def _page(values: Mapping[str, str] | None = None, errors: dict[str, str] | None = None) -> str:
    actor = visit.actor()
    whole = visit.scope().everything
    counting = bool(request.args.get("rakna")) and actor.may(Act.ADMINISTER) and whole
    with reading(EVERYTHING) as session:
        times = retention.times(session)
        last = running.latest(session)
        waits = daily.standing(session, at=visit.now())
        counts = running.preview(session, actor=actor) if counting else None
    return render_template(
        "privacy/times.html",
        tabs=privacy_shown.tabs("privacy.index"),
        families=privacy_shown.families(times),
        values=values or _stated(times),
        errors=errors or {},
        version=times.version,
        may_edit=actor.may(Act.ADMINISTER) and whole,
        counts=None if counts is None else privacy_shown.counted(counts),
        count_url=url_for("privacy.index", rakna=1),
        last=privacy_shown.run(last),
        waits=privacy_shown.waits(waits),
    )


def _whole() -> None:
    if not visit.scope().everything:
        raise WholeScopeNeeded


def _stated(times: Times) -> dict[str, str]:
    return {kept.value: str(amount) for kept, amount in times.amounts.items()}


def _amounts(stated: Mapping[str, str]) -> dict[Kept, int]:
    """What is left blank stays. Raises InvalidInput."""
    return retention.read({kept: stated[kept.value] for kept in Kept if stated[kept.value]})
