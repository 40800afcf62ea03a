"""What is to happen: devices and people that do not exist yet, and the acts of their lives in order of days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from assetreg.demo.days import Collection
from assetreg.demo.products import Product
from assetreg.demo.towns import Site, Town
from assetreg.domain.terms import Kind, OutcomeType, Precision, Stage


class Audience(Enum):
    """Who uses a device: one of the staff, one pupil, or whoever comes to the room, the class or the cart."""

    STAFF = auto()
    PUPIL = auto()
    SHARED = auto()


@dataclass(slots=True)
class PlannedPerson:
    index: int
    site: Site
    name: str
    number: str
    mail: str


@dataclass(slots=True)
class PlannedDevice:
    """A device as it will be registered, and how far its life goes.

    ``returned`` is the day its user hands it in; ``halts`` the last stage of one on its way out that has not
    ended; ``ends`` what becomes of one that has, with the partner's ``collection``.
    """

    index: int
    kind: Kind
    town: Town
    site: Site
    audience: Audience
    product: Product
    serial: str | None
    price: Decimal | None
    purchased: date | None
    registered: date
    ordered: date | None = None
    delivered: date | None = None
    in_service: date | None = None
    stage: Stage = Stage.IN_STOCK
    precision: Precision = Precision.DAY
    room: str | None = None
    group: str | None = None
    person: PlannedPerson | None = None
    imei: str | None = None
    tag: str | None = None
    order_number: str | None = None
    warranty_years: int = 3
    halts: Stage | None = None
    ends: OutcomeType | None = None
    returned: date | None = None
    collection: Collection | None = None
    duplicate_reason: str | None = None
    note: str | None = None

    @property
    def old(self) -> bool:
        """Whether it was in use when the register was begun."""
        return self.stage is Stage.DEPLOYED and self.kind in SWAPPED


SWAPPED = (Kind.LAPTOP, Kind.DESKTOP, Kind.WORKSTATION, Kind.THIN_CLIENT, Kind.PHONE)
"""Kinds that go through the storeroom and take another's place; the others are put up as they come."""


class Verb(Enum):
    REGISTER = auto()
    EDIT = auto()
    MOVE = auto()
    SWAP = auto()
    SECOND_LIFE = auto()
    HAND_OVER = auto()
    OUTCOME = auto()
    REVERSE = auto()
    RELABEL = auto()
    LEAVE = auto()


@dataclass(frozen=True, slots=True)
class Act:
    """One thing done with a device on a day; ``told`` is the command's fields."""

    on: date
    verb: Verb
    device: int
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    people: list[PlannedPerson]
    devices: list[PlannedDevice]
    acts: list[Act]
