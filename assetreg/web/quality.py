"""Data quality: the worklists, and the devices on each."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask_babel import gettext as _

from assetreg.domain.access import Act
from assetreg.services import quality
from assetreg.services.quality import SAMPLE, Worklist
from assetreg.web import foreign_serials, owners, quality_shown, visit
from assetreg.web.formats import term
from assetreg.web.home_rows import up_to
from assetreg.web.visit import needs, reading

blueprint = Blueprint("quality", __name__, url_prefix="/kvalitet")


@blueprint.get("")
@needs(Act.READ_QUALITY)
def index() -> Any:
    with reading(owners.chosen_scope()) as session:
        lists = quality.worklists(session, actor=visit.actor(), sample=SAMPLE)
    return render_template("admin/quality.html", lists=[quality_shown.shown(each) for each in lists])


@blueprint.get("/<name>")
@needs(Act.READ_QUALITY)
def show(name: str) -> Any:
    wanted = next((each for each in Worklist if each.value == name), None)
    if wanted is None:
        abort(404)
    actor, cursor = visit.actor(), request.args.get("cursor")
    with reading(owners.chosen_scope()) as session:
        found = quality.page(session, wanted, actor=actor, cursor=cursor)
        count = quality.count(session, wanted, actor=actor)
    return render_template(
        "admin/worklist.html",
        title=term(wanted),
        why=quality_shown.why(wanted),
        todo=quality_shown.todo(wanted),
        rows=[quality_shown.line(row) for row in found.rows],
        count=_("%(count)s enheter", count=up_to(count)) if count != 1 else _("1 enhet"),
        first=url_for("quality.show", name=name) if cursor else "",
        next=url_for("quality.show", name=name, cursor=found.next) if found.next else "",
        back={"label": _("Datakvalitet"), "url": url_for("quality.index")},
    )


blueprint.add_url_rule(f"/{Worklist.SERIAL_REFUSED.value}", "show_refused", foreign_serials.show)
blueprint.add_url_rule(
    f"/{Worklist.SERIAL_REFUSED.value}/<int:line_id>/klart", "close_refused", foreign_serials.close, methods=["POST"]
)
