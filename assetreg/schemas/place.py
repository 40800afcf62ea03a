"""Commands about departments, units, rooms and groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assetreg.domain.errors import Invalid, InvalidInput, Refusal
from assetreg.domain.place_kinds import IN_UNITS, LONGEST, PlaceKind
from assetreg.domain.sentences import Bilingual
from assetreg.schemas.fields import Word, Words
from assetreg.schemas.loading import CommandSchema, load


class ParentNeeded(Invalid):
    code = "parent_needed"
    message = "{kind} hör till något. Ange {parent} också."


class NameTooLong(Invalid):
    code = "name_too_long"
    message = "Namnet har {length} tecken, men högst {limit} får plats. Korta det."


@dataclass(frozen=True, slots=True)
class PlaceInput:
    """A place to add. A unit states its ``department``; a room or group its ``unit``. ``owner`` is a code or a name."""

    kind: PlaceKind
    owner: str
    name: str
    department: str | None = None
    unit: str | None = None


class PlaceFields(CommandSchema):
    kind = Word(PlaceKind, required=True)
    owner = Words(limit=80, required=True)
    name = Words(limit=300, required=True)
    department = Words(limit=120)
    unit = Words(limit=120)


class NameFields(CommandSchema):
    name = Words(limit=300, required=True)


def place_input(data: Mapping[str, Any]) -> PlaceInput:
    """Raises InvalidInput."""
    values = load(PlaceFields(), data)
    kind: PlaceKind = values["kind"]
    faults = list(_faults(kind, values))
    if faults:
        raise InvalidInput(faults)
    return PlaceInput(
        kind=kind,
        owner=values["owner"],
        name=values["name"],
        department=values.get("department") if kind is PlaceKind.UNIT else None,
        unit=values.get("unit") if kind in IN_UNITS else None,
    )


def name_input(kind: PlaceKind, data: Mapping[str, Any]) -> str:
    """The new name of a place. Raises InvalidInput."""
    name: str = load(NameFields(), data)["name"]
    faults = list(_too_long(kind, name))
    if faults:
        raise InvalidInput(faults)
    return name


def _faults(kind: PlaceKind, values: Mapping[str, Any]) -> Iterator[Refusal]:
    yield from _too_long(kind, values["name"])
    needed = {PlaceKind.UNIT: PlaceKind.DEPARTMENT} | dict.fromkeys(IN_UNITS, PlaceKind.UNIT)
    parent = needed.get(kind)
    if parent is not None and not values.get(parent.value):
        yield ParentNeeded(field=parent.value, kind=Bilingual(kind.sv, kind.en), parent=parent)


def _too_long(kind: PlaceKind, name: str) -> Iterator[Refusal]:
    if len(name) > LONGEST[kind]:
        yield NameTooLong(field="name", length=len(name), limit=LONGEST[kind])
