"""The administrators' worklist of refused serials: what was asked, who has the device, and done."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from assetreg.domain.access import Act
from assetreg.services import foreign_serials, quality
from assetreg.services.foreign_serials import ForeignLine
from assetreg.services.quality import Worklist
from assetreg.web import languages, quality_shown, visit
from assetreg.web.device_shown import address
from assetreg.web.formats import moment, number, term
from assetreg.web.home_rows import up_to
from assetreg.web.visit import needs, reading, whole_transaction

WORKLIST = Worklist.SERIAL_REFUSED


@needs(Act.ADMINISTER)
def show() -> Any:
    return page()


def page(error: str = "") -> str:
    """The worklist over every owner, also when the pages show one; ``error`` says why a line was not closed."""
    actor, cursor = visit.actor(), request.args.get("cursor")
    with reading() as session:
        found = foreign_serials.page(session, actor=actor, cursor=cursor)
        count = quality.count(session, WORKLIST, actor=actor)
    here = url_for("quality.show_refused")
    return render_template(
        "admin/foreign_serials.html",
        title=term(WORKLIST),
        why=quality_shown.why(WORKLIST),
        todo=quality_shown.todo(WORKLIST),
        rows=[_row(each) for each in found.rows],
        errors={"": error} if error else {},
        count=_("%(count)s serienummer", count=up_to(count)),
        first=here if cursor else "",
        next=url_for("quality.show_refused", cursor=found.next) if found.next else "",
        back={"label": _("Datakvalitet"), "url": url_for("quality.index")},
    )


@needs(Act.ADMINISTER)
def close(line_id: int) -> Any:
    times = request.form.get("times", type=int) or 0
    try:
        with whole_transaction() as session:
            serial = foreign_serials.close(session, line_id, times=times, actor=visit.actor())
    except foreign_serials.RefusedAgain as refusal:
        return page(languages.sentence(refusal)), languages.status_of(refusal)
    flash(_("Serienumret %(serial)s är klart.", serial=serial), "done")
    return redirect(url_for("quality.show_refused"), 303)


def _row(line: ForeignLine) -> dict[str, Any]:
    return {
        "serial": line.serial,
        "holders": [{"tag": each.tag, "url": address(each.tag), "owner": each.owner} for each in line.holders],
        "account": line.account,
        "owner": line.owner or "",
        "door": term(line.door),
        "last": moment(line.last_at),
        "first": moment(line.first_at) if line.times > 1 else "",
        "times": line.times,
        "times_shown": number(line.times),
        "close": url_for("quality.close_refused", line_id=line.id),
    }
