"""``assetreg place``: departments, units, rooms and groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from assetreg.cli.frame import Group, Register
from assetreg.domain.errors import Missing
from assetreg.domain.place_kinds import IN_UNITS, PlaceKind

if TYPE_CHECKING:
    from assetreg.services.place_tree import DepartmentLines

KINDS = {kind.value: kind for kind in PlaceKind}
KIND = click.argument("kind", type=click.Choice(list(KINDS)))
OWNER = click.option("--owner", required=True, metavar="CODE", help="Kommunkod.")
UNIT = click.option("--unit", metavar="NAME", default="", help="Enheten som rummet eller gruppen hör till.")


class NoSuchPlace(Missing):
    code = "no_such_place"
    message = "{name} finns inte där. Se vad som finns med assetreg place list --owner CODE."


@click.group("place", cls=Group)
def command() -> None:
    """Förvaltningar, enheter, rum och grupper."""


@command.command("add")
@KIND
@click.argument("name")
@OWNER
@click.option("--department", metavar="NAME", default="", help="Förvaltningen som enheten hör till.")
@UNIT
@click.pass_obj
def add(register: Register, kind: str, name: str, *, owner: str, department: str, unit: str) -> None:
    """Lägg till en plats."""
    from assetreg.schemas.place import place_input
    from assetreg.services import place_keeping

    stated = {"kind": kind, "name": name, "owner": owner, "department": department, "unit": unit}
    with register.transaction() as session:
        made = place_keeping.add(session, place_input(stated), actor=register.actor())
        document = {"kind": kind, "id": made.id, "name": made.name, "owner": owner}
    register.say(document, f"{KINDS[kind].sv} {document['name']} är tillagd.")


@command.command("list")
@OWNER
@click.option("--unit", metavar="NAME", default="", help="Visa den här enhetens rum och grupper.")
@click.pass_obj
def list_(register: Register, owner: str, unit: str) -> None:
    """Visa en ägares förvaltningar och enheter, eller en enhets rum och grupper."""
    from assetreg.services import place_tree, places

    with register.reading() as session:
        holder = places.owner(session, owner)
        if unit:
            found = places.find(session, holder, unit=unit)
            page = place_tree.unit(session, found.unit_id or 0, actor=register.actor())
        else:
            lines = place_tree.tree(session, holder, actor=register.actor())
            register.say([_document(line) for line in lines], _shown(lines))
            return
    named = {"rooms": [room.name for room in page.rooms], "groups": [group.name for group in page.groups]}
    told = [f"Rum: {', '.join(named['rooms']) or 'inga'}", f"Grupper: {', '.join(named['groups']) or 'inga'}"]
    register.say({"unit": page.name, "department": page.department, **named}, "\n".join([page.name, *told]))


@command.command("rename")
@KIND
@click.argument("name")
@click.argument("new")
@OWNER
@UNIT
@click.pass_obj
def rename(register: Register, kind: str, name: str, new: str, *, owner: str, unit: str) -> None:
    """Ge en plats ett annat namn, överallt där den står."""
    from assetreg.schemas.place import name_input
    from assetreg.services import place_keeping

    wanted = KINDS[kind]
    with register.transaction() as session:
        place_id = _id(session, wanted, name, owner=owner, unit=unit)
        row = place_keeping.rename(session, wanted, place_id, name_input(wanted, {"name": new}), actor=register.actor())
        document = {"kind": kind, "id": row.id, "before": name, "name": row.name, "owner": owner}
    register.say(document, f"{name} heter nu {document['name']}.")


def _id(session: Any, kind: PlaceKind, name: str, *, owner: str, unit: str) -> int:
    """Raises UnknownOwner, UnknownPlace, PlaceLacksUnit or NoSuchPlace."""
    from assetreg.services import places

    stated = {kind.value: name} | ({"unit": unit or None} if kind in IN_UNITS else {})
    found = places.find(session, places.owner(session, owner), **stated)
    place_id: int | None = getattr(found, f"{kind.value}_id")
    if place_id is None:
        raise NoSuchPlace(name=name)
    return place_id


def _document(line: DepartmentLines) -> dict[str, Any]:
    units = [{"id": each.id, "name": each.name, "rooms": each.rooms, "groups": each.groups} for each in line.units]
    return {"id": line.id, "name": line.name, "units": units}


def _shown(lines: tuple[DepartmentLines, ...]) -> str:
    told = []
    for line in lines:
        told.append(line.name)
        told += [f"  {each.name}: {each.rooms} rum, {each.groups} grupper" for each in line.units]
    return "\n".join(told) or "Det finns inga platser. Lägg till en förvaltning med assetreg place add department."
