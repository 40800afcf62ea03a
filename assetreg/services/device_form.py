"""A device as its form shows it: the text of every field that can be edited, and the few facts above it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from assetreg.db.catalogue import Model, Supplier
from assetreg.db.device import Device
from assetreg.db.history import FreeText
from assetreg.db.organisation import Group, Owner, Room, Unit
from assetreg.db.person import Person
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.domain.cell_dates import PartialDate
from assetreg.domain.retention import ReadWhat
from assetreg.domain.terms import Kind, Stage
from assetreg.services import changes, device_values, reading_log
from assetreg.services.persons import FORGOTTEN_NAME, uses

PERSONAL = "user"


@dataclass(frozen=True, slots=True)
class DeviceForm:
    """What a form about one device needs of it. ``stated`` is the text of each field by its name in the form."""

    tag: str
    version: int
    kind: Kind
    stage: Stage
    owner_id: int
    owner_code: str
    owner: str
    model: str
    unit: str | None
    room: str | None
    user: str | None
    stated: dict[str, str]


def read(session: ScopedSession, device: Device, *, actor: Actor) -> DeviceForm:
    """Two queries. The user's name only for who may read persons; otherwise the form has no such field."""
    names = _names(session, device)
    user = None
    if device.person_id is not None and actor.may(Act.READ_PERSONS):
        user = names.user or FORGOTTEN_NAME
        named = [device.person_id] if names.user else []
        reading_log.note(session, ReadWhat.DEVICE, actor=actor, persons=named, device=device.id)
    stated = {name: value or "" for name, value in _stated(device, names).items()}
    if actor.may(Act.READ_PERSONS):
        stated[PERSONAL] = user or ""
    return DeviceForm(
        tag=device.tag,
        version=device.version,
        kind=device.kind,
        stage=device.stage,
        owner_id=device.owner_id,
        owner_code=names.owner_code,
        owner=names.owner,
        model=changes.model_name(session, device.model_id),
        unit=names.unit,
        room=names.room,
        user=user,
        stated=stated,
    )


def _stated(device: Device, names: Any) -> dict[str, str | None]:
    price = f"{device.price:f}".replace(".", ",").removesuffix(",00") if device.price is not None else None
    return {
        "kind": device.kind.value,
        **{name: getattr(device, name) for name in ("serial", "imei", "hostname", "cost_centre", "order_number")},
        **{name: getattr(names, name) for name in ("manufacturer", "model", "unit", "room", "group", "supplier")},
        **{name: _written(device_values.known_date(device, name)) for name in device_values.DATES},
        "price_sek": price,
        "os": device.os,
        "os_version": device.os_version,
        "note": names.note,
    }


def _written(known: PartialDate | None) -> str | None:
    return str(known) if known else None


def _names(session: ScopedSession, device: Device) -> Any:
    return session.execute(
        select(
            Owner.code.label("owner_code"),
            Owner.name.label("owner"),
            Unit.name.label("unit"),
            Room.name.label("room"),
            Group.name.label("group"),
            Person.name.label("user"),
            Model.manufacturer.label("manufacturer"),
            Model.name.label("model"),
            Supplier.name.label("supplier"),
            FreeText.body.label("note"),
        )
        .select_from(Device)
        .join(Owner, Owner.id == Device.owner_id)
        .outerjoin(Unit, Unit.id == Device.unit_id)
        .outerjoin(Room, Room.id == Device.room_id)
        .outerjoin(Group, Group.id == Device.group_id)
        .outerjoin(Person, uses())
        .outerjoin(Model, Model.id == Device.model_id)
        .outerjoin(Supplier, Supplier.id == Device.supplier_id)
        .outerjoin(FreeText, FreeText.id == Device.note_id)
        .where(Device.id == device.id)
    ).one()
