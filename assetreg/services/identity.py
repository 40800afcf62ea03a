"""Which device is meant: by tag, older number, serial, label or IMEI, within the scope and over it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from assetreg.db.device import Device
from assetreg.db.numbers import draw_ids
from assetreg.db.organisation import Owner
from assetreg.db.session import ScopedSession
from assetreg.domain import identifiers
from assetreg.domain.errors import Conflict
from assetreg.domain.terms import Stage
from assetreg.schemas.device import DeviceInput
from assetreg.services import labels
from assetreg.services.remembered import remembered

NUMBERING = 7_273_001
"""The advisory lock of PostgreSQL that whoever gives a device a number or a serial holds."""

PATIENCE = "30s"
"""So long the turn is waited for, as SQLite's writers wait: a batch of an import holds it for some seconds."""


class SerialTaken(Conflict):
    code = "serial_taken"
    message = (
        "Serienumret {serial} finns redan på {tag}. Öppna den enheten, eller skriv varför det verkligen är två enheter."
    )


class SerialElsewhere(Conflict):
    code = "serial_elsewhere"
    message = "Serienumret {serial} kan inte registreras här, kontakta förvaltaren."

    def __init__(self, *, serial: object, owner: object = None, field: str = "serial") -> None:
        self.serial, self.owner = str(serial), str(owner) if owner else None
        super().__init__(field=field, serial=serial)


class TagTaken(Conflict):
    code = "tag_taken"
    message = "Inventarienumret {tag} är upptaget. Läs av numret igen, eller lämna fältet tomt för att få ett nytt."


def by_identity(session: ScopedSession, holder_code: str | None, tag: str | None, serial: str | None) -> list[Device]:
    """The devices that a list means: by tag where one is stated and found, else by serial; two at most."""
    if tag:
        spellings = [tag, tag.upper(), identifiers.own_shape(tag) or tag]
        spellings += [f"{holder_code}-{tag}"] if holder_code else []
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
        and_(Device.serial_key.in_(scan.serials), Device.stage != Stage.VOIDED),
    ]
    if scan.imei:
        keys.append(and_(Device.imei == scan.imei, Device.stage != Stage.VOIDED))
    rows = session.execute(select(Device).where(or_(*keys)).order_by(Device.id).limit(20))
    return list(rows.scalars())


def refuse_taken_serial(session: ScopedSession, serial: str | None, command: DeviceInput) -> None:
    """Raises SerialTaken for a serial in the register, and tells nothing about one outside the scope."""
    refuse_taken_serials(session, [(serial, command)])


def refuse_taken_serials(session: ScopedSession, stated: Sequence[tuple[str | None, DeviceInput]]) -> None:
    """The same for many at once, in their order; the register is asked once."""
    keys = [identifiers.serial_key(serial) if serial else None for serial, _ in stated]
    wanted = sorted({key for key in keys if key is not None})
    if not wanted:
        return
    known = and_(Device.serial_key.in_(wanted), Device.stage != Stage.VOIDED)
    same = select(Device.serial_key, Device.tag).where(known).order_by(Device.id.desc())
    new: dict[str, Device] = remembered(session, "new serials")
    own = {key: new[key].tag for key in wanted if key in new and _has_serial(new[key], key)}
    own |= {row.serial_key: row.tag for row in session.execute(same)}
    others: set[str | None] = set()
    if not session.scope.everything:
        with session.unguarded("a serial is known over all owners; what is told is only that it is"):
            others = {row.serial_key for row in session.execute(same)} - set(own)
    for key, (serial, command) in zip(keys, stated, strict=True):
        if key in own and not command.duplicate_reason:
            raise SerialTaken(field="serial", serial=serial, tag=own[key])
        if key in others:
            raise SerialElsewhere(serial=serial, owner=command.get("owner"))


def take_turn(session: ScopedSession) -> None:
    """Waits until nobody else is giving out numbers, so that two who register the same serial see each other.

    On SQLite the writer's lock is that turn.
    """
    if session.is_sqlite:
        return
    limit = session.execute(select(func.current_setting("statement_timeout"))).scalar_one()
    session.execute(select(func.set_config("statement_timeout", PATIENCE, True)))
    session.execute(select(func.pg_advisory_xact_lock(NUMBERING)))
    session.execute(select(func.set_config("statement_timeout", limit, True)))


def take_numbers(session: ScopedSession, stated: Sequence[str | None]) -> list[int]:
    """A new id for each device, given the tag stated for it; the tag that the id makes is free where it is needed.

    A tag of ours can be taken before its number is drawn, when a list states it.
    """
    reserved = {tag for tag in (identifiers.own_shape(text or "") for text in stated) if tag}
    extra = 0
    while True:
        drawn = draw_ids(session, Device, len(stated) + extra)
        tags = {identifiers.new_tag(number): number for number in drawn}
        unusable = (taken_tags(session, tags) | reserved) & set(tags)
        if len(unusable) <= extra:
            return [number for tag, number in tags.items() if tag not in unusable][: len(stated)]
        extra = 2 * extra + len(unusable)


def taken_tags(session: ScopedSession, tags: Iterable[str]) -> set[str]:
    """Those of the tags that a device of any owner has."""
    wanted = set(tags)
    with session.no_autoflush, session.unguarded("a tag is unique over all owners"):
        found = set(session.execute(select(Device.tag).where(Device.tag.in_(sorted(wanted)))).scalars())
    return found | (wanted & remembered(session, "new tags").keys())


def remember(session: ScopedSession, devices: Iterable[Device]) -> None:
    """Keeps in mind what numbers and serials devices have that no flush has written yet."""
    tags, serials = remembered(session, "new tags"), remembered(session, "new serials")
    for device in devices:
        tags[device.tag] = device
        if device.serial_key is not None:
            serials.setdefault(device.serial_key, device)


def _has_serial(device: Device, key: str) -> bool:
    return device.serial_key == key and device.stage is not Stage.VOIDED


def new_tag(holder: Owner, stated: str | None, number: int) -> dict[str, Any]:
    """Our own tag, or the older register's number with its owner before it. Raises TagCheckWrong, TagUnreadable."""
    if not stated:
        return {"tag": identifiers.new_tag(number)}
    if identifiers.own_shape(stated):
        return {"tag": identifiers.check_own_tag(stated), "bare_tag": None}
    tag = identifiers.old_tag(holder.code, stated)
    return {"tag": tag, "bare_tag": identifiers.bare_of(tag)}
