"""Who may see what (scope) and who may do what (role)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, auto
from zoneinfo import ZoneInfo

from assetreg.domain.errors import Denied
from assetreg.domain.terms import Door, Role


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of the register a caller sees: owners, and below them departments or units, by id.

    An empty scope sees nothing. ``everything`` is never the result of leaving something out: only
    ``EVERYTHING`` and ``Scope.whole`` set it. ``touched`` holds the owners that are in the scope
    wholly or in part; the names of their departments, units and rooms may be read.
    """

    owners: frozenset[int] = frozenset()
    departments: frozenset[int] = frozenset()
    units: frozenset[int] = frozenset()
    touched: frozenset[int] = frozenset()
    account: int | None = None
    everything: bool = False

    @classmethod
    def whole(cls, account: int | None) -> Scope:
        return cls(account=account, everything=True)

    def covers(self, owner: int | None, department: int | None, unit: int | None) -> bool:
        """Whether a row that lies at this place belongs to the scope."""
        if self.everything:
            return True
        return owner in self.owners or department in self.departments or unit in self.units


NOTHING = Scope()
EVERYTHING = Scope(everything=True)


class Act(Enum):
    """What a person can ask for, as far as roles tell people apart."""

    READ_DEVICES = auto()
    READ_PERSONS = auto()
    READ_FIGURES = auto()
    EDIT_DEVICES = auto()
    MOVE_DEVICES = auto()
    TRANSFER_DEVICES = auto()
    REGISTER_OUTCOMES = auto()
    REVERSE_OUTCOMES = auto()
    IMPORT_DEVICES = auto()
    IMPORT_OUTCOMES = auto()
    IMPORT_FIGURES = auto()
    EXPORT = auto()
    READ_QUALITY = auto()
    READ_ACCESS_LOG = auto()
    ADMINISTER = auto()


_READING = {Act.READ_DEVICES, Act.READ_FIGURES, Act.EXPORT}
_HANDLING = {Act.READ_PERSONS, Act.EDIT_DEVICES, Act.MOVE_DEVICES, Act.READ_QUALITY}

ALLOWED: dict[Role, frozenset[Act]] = {
    Role.TECHNICIAN: frozenset(
        _READING | _HANDLING | {Act.REGISTER_OUTCOMES, Act.REVERSE_OUTCOMES, Act.IMPORT_DEVICES, Act.TRANSFER_DEVICES}
    ),
    Role.PLANNER: frozenset(_READING | _HANDLING | {Act.TRANSFER_DEVICES, Act.IMPORT_DEVICES}),
    Role.SUSTAINABILITY: frozenset(
        _READING
        | {Act.REGISTER_OUTCOMES, Act.REVERSE_OUTCOMES, Act.IMPORT_OUTCOMES, Act.IMPORT_FIGURES, Act.READ_QUALITY}
    ),
    Role.MDM: frozenset(_READING | {Act.READ_PERSONS, Act.EDIT_DEVICES, Act.READ_QUALITY}),
    Role.READER: frozenset(_READING | {Act.READ_PERSONS}),
    Role.AUDITOR: frozenset(_READING | {Act.READ_QUALITY, Act.READ_ACCESS_LOG}),
    Role.ADMIN: frozenset(Act),
}


STOCKHOLM = ZoneInfo("Europe/Stockholm")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, through which door and when; ``account`` is None for the register itself.

    ``at`` is an aware moment. A day in the register is a day in Sweden, so ``today`` is that day there.
    """

    account: int | None
    role: Role
    door: Door
    at: datetime

    @property
    def today(self) -> date:
        return self.at.astimezone(STOCKHOLM).date()

    def may(self, act: Act) -> bool:
        return act in ALLOWED[self.role]

    def require(self, act: Act) -> None:
        """Raises Denied unless the actor's role includes the act."""
        if not self.may(act):
            raise Denied


def system(door: Door, at: datetime) -> Actor:
    """The register acting by itself or by whoever holds its command line."""
    return Actor(account=None, role=Role.ADMIN, door=door, at=at)
