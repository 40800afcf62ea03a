"""The people who use devices: finding one, what one has and has had, and that one has left."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from assetreg.domain.access import Act
from assetreg.domain.cells import parse_date
from assetreg.domain.errors import Denied, Invalid, Missing, Refusal
from assetreg.services import person_list, persons
from assetreg.services.paging import BadCursor, Page
from assetreg.services.person_list import Had, PersonRow
from assetreg.services.pseudonymising import PersonChanged
from assetreg.web import languages, owners, person_acts, person_shown, visit
from assetreg.web.device_shown import address
from assetreg.web.formats import day, number, term
from assetreg.web.visit import needs, reading, transaction

blueprint = Blueprint("persons", __name__, url_prefix="/personer")
blueprint.add_url_rule("/<int:person_id>/utdrag", "extract", person_acts.extract, methods=["GET"])
blueprint.add_url_rule("/<int:person_id>/utdrag.<ending>", "download", person_acts.download, methods=["GET"])
blueprint.add_url_rule("/<int:person_id>/glom", "forget", person_acts.forget, methods=["GET"])
blueprint.add_url_rule("/<int:person_id>/glom", "do_forget", person_acts.do_forget, methods=["POST"])

LONGEST = 120


@blueprint.get("")
@needs(Act.READ_PERSONS)
def index() -> Any:
    """Nobody is listed before somebody is looked for: there is no need to read through everyone."""
    typed = "".join(c for c in request.args.get("namn", "") if c.isprintable()).strip()[:LONGEST]
    found: Page[PersonRow] = Page([], None)
    if typed:
        found = _found(typed)
    return render_template(
        "persons/list.html",
        values={"namn": typed},
        searched=typed,
        rows=[_line(row) for row in found.rows],
        first=url_for("persons.index", namn=typed) if request.args.get("cursor") else "",
        next=url_for("persons.index", namn=typed, cursor=found.next) if found.next else "",
    )


@blueprint.get("/<int:person_id>")
@needs(Act.READ_PERSONS)
def show(person_id: int) -> Any:
    return _page(person_id)


@blueprint.post("/<int:person_id>/slutat")
@needs(Act.EDIT_DEVICES)
def left(person_id: int) -> Any:
    """An empty day takes the note back. The same form sent twice changes nothing the second time."""
    visit.actor().require(Act.READ_PERSONS)
    stated = request.form.get("left_on", "").strip()
    try:
        on = parse_date(stated).value if stated else None
        with transaction() as session:
            row = persons.get(session, person_id)
            if row.left_on != on and row.head_seq != request.form.get("version", type=int):
                raise PersonChanged
            persons.leave(session, row, on, actor=visit.actor())
    except (Denied, Missing):
        raise
    except Refusal as refusal:
        about = "left_on" if isinstance(refusal, Invalid) else ""
        errors = {about: languages.sentence(refusal)}
        return _page(person_id, {"left_on": stated}, errors), languages.status_of(refusal)
    flash(
        _("Noterat: slutade %(day)s.", day=day(on)) if on else _("Noteringen om att personen slutat är borta."), "done"
    )
    return redirect(url_for("persons.show", person_id=person_id), 303)


def _found(typed: str) -> Page[PersonRow]:
    with reading(owners.chosen_scope()) as session:
        try:
            return person_list.page(session, typed, actor=visit.actor(), cursor=request.args.get("cursor"))
        except BadCursor:
            return person_list.page(session, typed, actor=visit.actor())


def _page(person_id: int, values: dict[str, str] | None = None, errors: dict[str, str] | None = None) -> str:
    actor = visit.actor()
    with reading() as session:
        row = person_list.one(session, person_id, actor=actor)
        if row is None:
            raise Missing
        had = person_list.held(session, person_id)
    may_forget = actor.may(Act.ADMINISTER) and visit.scope().everything
    return render_template(
        "persons/show.html",
        person=person_shown.head(row),
        now=[_device(each) for each in had if each.ended_at is None],
        before=[_device(each) for each in had if each.ended_at is not None],
        values=values or {"left_on": day(row.left_on)},
        errors=errors or {},
        version=row.version,
        may_edit=actor.may(Act.EDIT_DEVICES) and row.pseudonymised_at is None,
        extract_url=url_for("persons.extract", person_id=person_id) if may_forget else "",
        forget_url=url_for("persons.forget", person_id=person_id) if may_forget and row.name else "",
    )


def _line(row: PersonRow) -> dict[str, str]:
    sub = " · ".join(filter(None, (row.owner, row.unit or row.department, row.email or row.external_id)))
    devices = _("1 enhet") if row.devices == 1 else _("%(count)s enheter", count=number(row.devices))
    return {
        "title": row.name,
        "url": url_for("persons.show", person_id=row.id),
        "sub": sub,
        "badge": _("Slutade %(day)s", day=day(row.left_on)) if row.left_on else "",
        "meaning": "attention" if row.left_on and row.devices else "",
        "side": devices,
    }


def _device(had: Had) -> dict[str, str]:
    until = day(had.ended_at)
    return {
        "tag": had.tag or "",
        "url": address(had.tag) if had.tag else "",
        "model": had.model,
        "kind": term(had.kind) if had.kind else "",
        "since": day(had.started_at),
        "until": until,
    }
