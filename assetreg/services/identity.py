"""Which device is meant: by tag, older number, serial, label or IMEI, within the scope and over it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from assetreg.db.device import Device
from assetreg.db.organisation import Owner
from assetreg.db.session import ScopedSession
from assetreg.domain import identifiers
from assetreg.domain.errors import Conflict
from assetreg.domain.terms import Stage
from assetreg.schemas.device import DeviceInput
from assetreg.services import labels


class SerialTaken(Conflict):
    code = "serial_taken"
    message = (
        "Serienumret {serial} finns redan på {tag}. Öppna den enheten, eller skriv varför det verkligen är två enheter."
    )


class SerialElsewhere(Conflict):
    code = "serial_elsewhere"
    message = "Serienumret {serial} kan inte registreras här, kontakta förvaltaren."


class TagTaken(Conflict):
    code = "tag_taken"
    message = "Inventarienumret {tag} är upptaget. Läs av numret igen, eller lämna fältet tomt för att få ett nytt."


def by_identity(session: ScopedSession, holder_code: str | None, tag: str | None, serial: str | None) -> list[Device]:
    """The devices that a list means: by tag where one is stated and found, else by serial; two at most."""
    if tag:
        spellings = [tag, tag.upper()] + ([f"{holder_code}-{tag}"] if holder_code else [])
        found = session.execute(select(Device).where(Device.tag.in_(spellings)).limit(2)).scalars()
        devices = list(found)
        if devices:
            return devices
    key = identifiers.serial_key(serial) if serial else None
    if key is None:
        return []
    same = select(Device).where(Device.serial_key == key, Device.stage != Stage.VOIDED).order_by(Device.id).limit(2)
    return list(session.execute(same).scalars())


def find(session: ScopedSession, code: str, *, hosts: frozenset[str] = frozenset()) -> list[Device]:
    """The devices a scanned or typed code can mean: by label, tag, old number, serial or IMEI; none or several."""
    scan = identifiers.parse_scan(code, hosts=hosts)
    if scan.token:
        label = labels.find(session, scan.token)
        if label is not None and label.device_id is not None and labels.leads_on(label):
            return [device for device in [session.get(Device, label.device_id)] if device is not None]
    keys: list[ColumnElement[bool]] = [
        Device.tag.in_(scan.tags),
        Device.bare_tag.in_(scan.tags),
        Device.serial_key.in_(scan.serials),
    ]
    if scan.imei:
        keys.append(Device.imei == scan.imei)
    rows = session.execute(select(Device).where(or_(*keys)).order_by(Device.id).limit(20))
    return list(rows.scalars())


def refuse_taken_serial(session: ScopedSession, serial: str | None, command: DeviceInput) -> None:
    """Raises SerialTaken for a serial in the register, and tells nothing about one outside the scope."""
    key = identifiers.serial_key(serial) if serial else None
    if key is None:
        return
    same = select(Device.tag).where(Device.serial_key == key, Device.stage != Stage.VOIDED).limit(1)
    tag = session.execute(same).scalar_one_or_none()
    if tag is not None and not command.duplicate_reason:
        raise SerialTaken(field="serial", serial=serial, tag=tag)
    if tag is None and not session.scope.everything:
        with session.unguarded("a serial is known over all owners; what is told is only that it is"):
            tag = session.execute(same).scalar_one_or_none()
        if tag is not None:
            raise SerialElsewhere(field="serial", serial=serial)


def new_tag(session: ScopedSession, holder: Owner, stated: str | None, number: int) -> dict[str, Any]:
    """Our own tag, or the older register's number with its owner before it. Raises TagTaken, TagCheckWrong."""
    if not stated:
        return {"tag": identifiers.new_tag(number)}
    if identifiers.own_shape(stated):
        tag, bare = identifiers.check_own_tag(stated), None
    else:
        tag = identifiers.old_tag(holder.code, stated)
        bare = identifiers.bare_of(tag)
    with session.unguarded("a tag is unique over all owners"):
        taken = session.execute(select(func.count(Device.id)).where(Device.tag == tag)).scalar_one()
    if taken:
        raise TagTaken(field="asset_tag", tag=tag)
    return {"tag": tag, "bare_tag": bare}
