"""Commands for what is done with a device: moving it along, swapping it, handing it over, a second life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from assetreg.domain.terms import ErasureMethod, Stage
from assetreg.schemas.fields import LONGEST_NOTE, Truth, WholeDay, Word, Words
from assetreg.schemas.loading import CommandSchema, load


@dataclass(frozen=True, slots=True)
class ErasureInput:
    """How a medium was sanitised (NIST SP 800-88 Rev. 2). ``on`` is None for the day of the act itself."""

    method: ErasureMethod
    on: date | None = None
    tool: str | None = None
    tool_version: str | None = None
    certificate: str | None = None
    media_serial: str | None = None
    verified: bool = False


@dataclass(frozen=True, slots=True)
class PlaceInput:
    """Where a device goes and who gets it, by the names people use; what is not stated is None."""

    department: str | None = None
    unit: str | None = None
    room: str | None = None
    group: str | None = None
    user: str | None = None

    @property
    def stated(self) -> bool:
        return any((self.department, self.unit, self.room, self.group, self.user))


@dataclass(frozen=True, slots=True)
class MoveInput:
    """A device's way to another stage on the day ``on`` (today when it is not stated)."""

    to: Stage
    on: date | None = None
    reason: str | None = None
    place: PlaceInput = PlaceInput()
    due_back: date | None = None
    receiver: str | None = None
    police_reference: str | None = None
    erasure: ErasureInput | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class TransferInput:
    """A device's way to another owner, from the day ``on``."""

    owner: str
    on: date | None = None
    reason: str | None = None
    place: PlaceInput = PlaceInput()
    version: int | None = None


@dataclass(frozen=True, slots=True)
class SwapInput:
    """The old device handed in and the new one in its place, as one act."""

    new: str
    on: date | None = None
    reason: str | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class SecondLifeInput:
    """A device that has served one place starts anew at another within the same owner."""

    place: PlaceInput
    on: date | None = None
    reason: str | None = None
    erasure: ErasureInput | None = None
    version: int | None = None


class ErasureFields(CommandSchema):
    """What every form and row says of an erasure."""

    erasure_method = Word(ErasureMethod)
    erasure_date = WholeDay()
    erasure_tool = Words(limit=80)
    erasure_tool_version = Words(limit=40)
    erasure_certificate = Words()
    erasure_media_serial = Words(limit=100)
    erasure_verified = Truth()


class PlaceFields(CommandSchema):
    department = Words()
    unit = Words()
    room = Words(limit=80)
    group = Words(limit=80)
    user = Words(limit=254)


class MoveFields(ErasureFields, PlaceFields):
    to = Word(Stage, required=True, unoffered=frozenset({Stage.VOIDED}))
    date = WholeDay()
    reason = Words(limit=LONGEST_NOTE)
    due_back = WholeDay()
    receiver = Words()
    police_reference = Words(limit=60)


class TransferFields(PlaceFields):
    owner = Words(limit=80, required=True)
    date = WholeDay()
    reason = Words(limit=LONGEST_NOTE)


class SwapFields(CommandSchema):
    new = Words(limit=300, required=True)
    date = WholeDay()
    reason = Words(limit=LONGEST_NOTE)


class SecondLifeFields(ErasureFields, PlaceFields):
    date = WholeDay()
    reason = Words(limit=LONGEST_NOTE)


def move_input(data: Mapping[str, Any], *, version: int | None = None) -> MoveInput:
    """Raises InvalidInput."""
    values = load(MoveFields(), data)
    return MoveInput(
        to=values["to"],
        on=first_day(values.get("date")),
        reason=values.get("reason"),
        place=place_of(values),
        due_back=first_day(values.get("due_back")),
        receiver=values.get("receiver"),
        police_reference=values.get("police_reference"),
        erasure=erasure_of(values),
        version=version,
    )


def transfer_input(data: Mapping[str, Any], *, version: int | None = None) -> TransferInput:
    """Raises InvalidInput."""
    values = load(TransferFields(), data)
    return TransferInput(
        owner=values["owner"],
        on=first_day(values.get("date")),
        reason=values.get("reason"),
        place=place_of(values),
        version=version,
    )


def swap_input(data: Mapping[str, Any], *, version: int | None = None) -> SwapInput:
    """Raises InvalidInput."""
    values = load(SwapFields(), data)
    return SwapInput(new=values["new"], on=first_day(values.get("date")), reason=values.get("reason"), version=version)


def second_life_input(data: Mapping[str, Any], *, version: int | None = None) -> SecondLifeInput:
    """Raises InvalidInput."""
    values = load(SecondLifeFields(), data)
    return SecondLifeInput(
        place=place_of(values),
        on=first_day(values.get("date")),
        reason=values.get("reason"),
        erasure=erasure_of(values),
        version=version,
    )


def first_day(stated: Any) -> date | None:
    """The day of a date that has been read as a whole one."""
    return stated.value if stated else None


def place_of(values: Mapping[str, Any]) -> PlaceInput:
    return PlaceInput(**{name: values.get(name) for name in PlaceInput.__dataclass_fields__})


def erasure_of(values: Mapping[str, Any]) -> ErasureInput | None:
    """The erasure, when its method or a certificate is stated; a certificate alone means a safe erasure."""
    method, certificate = values.get("erasure_method"), values.get("erasure_certificate")
    if method is None and certificate is None:
        return None
    return ErasureInput(
        method=method or ErasureMethod.PURGE,
        on=first_day(values.get("erasure_date")),
        tool=values.get("erasure_tool"),
        tool_version=values.get("erasure_tool_version"),
        certificate=certificate,
        media_serial=values.get("erasure_media_serial"),
        verified=values.get("erasure_verified", False),
    )
