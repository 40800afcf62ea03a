"""Finding devices by what people type: any three letters in a row, or the beginning of a number.

The search structures know no scope, so they only ever give ids, which the caller's own query on devices
narrows as every query is narrowed.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, MetaData, or_, select, tuple_
from sqlalchemy.orm import Mapped, mapped_column

from assetreg.db.base import Base, Shared
from assetreg.db.device import Device
from assetreg.db.person import Person
from assetreg.db.session import ScopedSession
from assetreg.domain.sorting import search_key

SHORTEST_TRIGRAM = 3


class DeviceSearch(Base):
    """SQLite's trigram index, made by a migration and kept by triggers; it says nothing but ids."""

    __tablename__ = "device_search"
    metadata = MetaData()
    owned = Shared()

    rowid: Mapped[int] = mapped_column(primary_key=True)
    device_search: Mapped[str]


def by_words(session: ScopedSession, typed: str) -> ColumnElement[bool]:
    """Devices whose tag, serial, IMEI, host name or model holds what was typed; two letters match a beginning."""
    wanted = search_key(typed)
    if len(wanted) < SHORTEST_TRIGRAM:
        return _by_beginning(typed)
    if session.is_sqlite:
        quoted = '"' + wanted.replace('"', '""') + '"'
        return Device.id.in_(select(DeviceSearch.rowid).where(DeviceSearch.device_search.op("MATCH")(quoted)))
    return Device.search_key.contains(wanted, autoescape=True)


def by_user(typed: str) -> ColumnElement[bool]:
    """Devices whose user's name, e-mail or number holds what was typed; an earlier owner's user finds none."""
    wanted = search_key(typed)
    match = Person.search_key.startswith if len(wanted) < SHORTEST_TRIGRAM else Person.search_key.contains
    theirs = select(Person.id, Person.owner_id).where(match(wanted, autoescape=True))
    return tuple_(Device.person_id, Device.owner_id).in_(theirs)


def _by_beginning(typed: str) -> ColumnElement[bool]:
    upper = typed.strip().upper()
    columns = (Device.tag, Device.bare_tag, Device.serial_key)
    return or_(*(between_prefix(column, upper) for column in columns))


def between_prefix(attribute: Any, prefix: str) -> ColumnElement[bool]:
    """A prefix as an index range, which LIKE is not on either engine."""
    within: ColumnElement[bool] = (attribute >= prefix) & (attribute < prefix + chr(0x10FFFF))
    return within
