"""Departments, units, rooms and groups: what there is, adding one, and giving one another name."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from assetreg.domain.access import Act, Actor
from assetreg.domain.errors import Denied, Missing, Refusal
from assetreg.domain.place_kinds import IN_UNITS, PlaceKind
from assetreg.schemas.place import name_input, place_input
from assetreg.services import choices, place_keeping, place_tree, places
from assetreg.services.place_tree import NamedPlace, UnitPage
from assetreg.web import languages, owners, visit
from assetreg.web.formats import number, term
from assetreg.web.visit import needs, reading, transaction

blueprint = Blueprint("places", __name__, url_prefix="/platser")

FIELDS = ("kind", "owner", "name", "department", "unit")
MOST_OWNERS = 8
KINDS = {kind.value: kind for kind in PlaceKind}


@blueprint.get("")
@needs(Act.READ_DEVICES)
def index() -> Any:
    chosen, visible = owners.chosen(), owners.visible()
    shown = (chosen,) if chosen else visible[:MOST_OWNERS]
    with reading() as session:
        trees = [(each, place_tree.tree(session, places.owner(session, each.code), actor=_actor())) for each in shown]
    return render_template(
        "places/list.html",
        trees=[{"name": owner.name, "departments": [_department(line) for line in lines]} for owner, lines in trees],
        cut=chosen is None and len(visible) > MOST_OWNERS,
        new_url=url_for("places.new", owner=chosen.code if chosen else None) if _may_add() else "",
        may_keep=_actor().may(Act.ADMINISTER),
    )


@blueprint.get("/enhet/<int:unit_id>")
@needs(Act.READ_DEVICES)
def unit(unit_id: int) -> Any:
    with reading() as session:
        page = place_tree.unit(session, unit_id, actor=_actor())
    return render_template(
        "places/unit.html",
        unit={"name": page.name, "owner": page.owner.name, "department": page.department},
        rename_url=_rename_url(PlaceKind.UNIT, page.id) if page.may_keep else "",
        lists=[
            _named(page, PlaceKind.ROOM, _("Rum"), page.rooms, _("Nytt rum")),
            _named(page, PlaceKind.GROUP, _("Grupper"), page.groups, _("Ny grupp")),
        ],
        devices_url=url_for("devices.index", owner=page.owner.code, unit=page.name),
    )


@blueprint.get("/ny")
@needs(Act.MOVE_DEVICES)
def new() -> Any:
    first = PlaceKind.DEPARTMENT if _actor().may(Act.ADMINISTER) else PlaceKind.ROOM
    asked = {name: request.args.get(name, "") for name in FIELDS}
    return _new_page({**asked, "kind": asked["kind"] or first.value}, {})


@blueprint.post("/ny")
@needs(Act.MOVE_DEVICES)
def create() -> Any:
    stated = {name: request.form.get(name, "") for name in FIELDS}
    try:
        with transaction() as session:
            made = place_keeping.add(session, place_input(stated), actor=_actor())
            name, home = made.name, getattr(made, "unit_id", None)
            home = made.id if stated["kind"] == PlaceKind.UNIT else home
    except (Denied, Missing):
        raise
    except Refusal as refusal:
        return _new_page(stated, languages.form_errors(refusal)), languages.status_of(refusal)
    flash(_("%(name)s är tillagd.", name=name), "done")
    return redirect(url_for("places.unit", unit_id=home) if home else url_for("places.index"), 303)


@blueprint.get("/<kind>/<int:place_id>/namn")
@needs(Act.MOVE_DEVICES)
def edit(kind: str, place_id: int) -> Any:
    with reading() as session:
        row = place_keeping.get(session, _kind(kind), place_id)
        return _name_page(_kind(kind), row, {"name": row.name, "was": row.name}, {})


@blueprint.post("/<kind>/<int:place_id>/namn")
@needs(Act.MOVE_DEVICES)
def rename(kind: str, place_id: int) -> Any:
    wanted, was = _kind(kind), request.form.get("was", "")
    try:
        with transaction() as session:
            name = name_input(wanted, {"name": request.form.get("name", "")})
            row = place_keeping.rename(session, wanted, place_id, name, actor=_actor(), was=was)
            home = row.id if wanted is PlaceKind.UNIT else getattr(row, "unit_id", None)
    except (Denied, Missing):
        raise
    except Refusal as refusal:
        with reading() as session:
            row = place_keeping.get(session, wanted, place_id)
            values = {"name": request.form.get("name", ""), "was": row.name}
            return _name_page(wanted, row, values, languages.form_errors(refusal)), languages.status_of(refusal)
    flash(_("%(was)s heter nu %(name)s.", was=was, name=name), "done")
    return redirect(url_for("places.unit", unit_id=home) if home else url_for("places.index"), 303)


def _new_page(values: dict[str, str], errors: dict[str, str]) -> str:
    whole = _actor().may(Act.ADMINISTER)
    offered = [kind for kind in PlaceKind if whole or kind in IN_UNITS]
    with reading() as session:
        departments, units = choices.departments(session) if whole else [], choices.units(session)
    return render_template(
        "places/new.html",
        values=values,
        errors=errors,
        kinds=[{"value": kind.value, "label": term(kind)} for kind in offered],
        owners=[{"value": each.code, "label": each.name} for each in owners.visible()],
        departments=departments,
        units=units,
        may_keep=whole,
    )


def _name_page(kind: PlaceKind, row: Any, values: dict[str, str], errors: dict[str, str]) -> str:
    home = row.id if kind is PlaceKind.UNIT else getattr(row, "unit_id", None)
    return render_template(
        "places/rename.html",
        was=row.name,
        kind=term(kind),
        values=values,
        errors=errors,
        back=url_for("places.unit", unit_id=home) if home else url_for("places.index"),
    )


def _kind(text: str) -> PlaceKind:
    if text not in KINDS:
        abort(404)
    return KINDS[text]


def _department(line: place_tree.DepartmentLines) -> dict[str, Any]:
    return {
        "name": line.name,
        "rename_url": _rename_url(PlaceKind.DEPARTMENT, line.id),
        "units": [
            {
                "name": each.name,
                "url": url_for("places.unit", unit_id=each.id),
                "rooms": number(each.rooms),
                "groups": number(each.groups),
            }
            for each in line.units
        ],
    }


def _named(page: UnitPage, kind: PlaceKind, title: str, rows: tuple[NamedPlace, ...], act: str) -> dict[str, Any]:
    asked: dict[str, Any] = {"kind": kind.value, "owner": page.owner.code, "unit": page.name}
    return {
        "title": title,
        "rows": [
            {"name": each.name, "rename_url": _rename_url(kind, each.id) if each.may_keep else ""} for each in rows
        ],
        "act": act,
        "new_url": url_for("places.new", **asked) if page.may_add else "",
    }


def _rename_url(kind: PlaceKind, place_id: int) -> str:
    return url_for("places.edit", kind=kind.value, place_id=place_id)


def _may_add() -> bool:
    return _actor().may(Act.MOVE_DEVICES)


def _actor() -> Actor:
    return visit.actor()
