"""What a place below an owner can be."""

from __future__ import annotations

from assetreg.domain.terms import Term


class PlaceKind(Term):
    DEPARTMENT = "department", "Förvaltning", "Department"
    UNIT = "unit", "Enhet", "Unit"
    ROOM = "room", "Rum", "Room"
    GROUP = "group", "Grupp", "Group"


IN_UNITS = frozenset({PlaceKind.ROOM, PlaceKind.GROUP})
"""The kinds that whoever handles devices in the unit looks after; the others are the administrator's."""

LONGEST = {PlaceKind.DEPARTMENT: 120, PlaceKind.UNIT: 120, PlaceKind.ROOM: 80, PlaceKind.GROUP: 80}
"""The most characters of a name."""
