"""The devices as a table with the columns of the devices file, so that what is taken out can be read in again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import func, select

from assetreg.db.catalogue import Model, Supplier
from assetreg.db.device import Device
from assetreg.db.history import FreeText
from assetreg.db.person import Person
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.domain.cells import PartialDate
from assetreg.domain.retention import ReadWhat
from assetreg.domain.terms import Precision
from assetreg.outputs.sheet import Column, ColumnType, Sheet, Value
from assetreg.services import device_list, device_values, paging, reading_log
from assetreg.services.device_list import DeviceFilter, DeviceRow
from assetreg.services.imports.presets import DEVICES
from assetreg.services.persons import uses

BATCH = paging.MOST
MOST_NAMES = 20_000
"""So many names are remembered, so that a list of any length takes the same memory."""
PERSONAL = frozenset({"user", "note"})
"""Columns for those who may read persons: a note can hold a name."""

_TYPES: dict[str, ColumnType] = {
    "price_sek": "money",
    "ordered": "date",
    "purchased": "date",
    "delivered": "date",
    "in_service": "date",
    "warranty_until": "date",
}
_MORE = (
    *(Device.id, Device.mac, Device.ordered_on, Device.delivered_on, Device.in_service_on, Device.warranty_until),
    *(Device.ordered_precision, Device.delivered_precision, Device.in_service_precision, Device.warranty_precision),
    *(Device.order_number, Model.manufacturer, Model.name.label("model_name"), Supplier.name.label("supplier")),
    *(
        Person.id.label("person_id"),
        Person.owner_id.label("person_owner"),
        Person.sort_key,
        Person.name.label("person"),
    ),
    *(Person.email, Person.external_id, FreeText.body.label("note")),
)


def devices_sheet(session: ScopedSession, wanted: DeviceFilter, *, actor: Actor) -> Sheet:
    """One row a device; without the columns about persons for those who may not read them."""
    actor.require(Act.EXPORT)
    shown = [each for each in DEVICES.columns if actor.may(Act.READ_PERSONS) or each.name not in PERSONAL]
    columns = [Column(each.name, each.swedish, _TYPES.get(each.name, "text")) for each in shown]
    names = [column.key for column in columns]
    return Sheet("Enheter", columns, ([row[name] for name in names] for row in _rows(session, wanted, actor)))


def due_sheet(session: ScopedSession, wanted: DeviceFilter, *, actor: Actor) -> Sheet:
    """One row a device that is to be replaced, the most urgent first."""
    actor.require(Act.EXPORT)
    columns = [
        *(Column("asset_tag", "inventarienummer"), Column("serial", "serienummer"), Column("kind", "typ")),
        *(Column("model", "modell"), Column("owner", "kommun"), Column("department", "förvaltning")),
        *(Column("unit", "enhet"), Column("room", "rum"), Column("group", "klass"), Column("stage", "status")),
        *(Column("purchased", "inköpsdatum", "date"), Column("due_on", "byts senast", "date")),
        *(Column("days_left", "dagar kvar", "integer"), Column("price_sek", "pris", "money")),
    ]
    return Sheet("Att byta", columns, _due_rows(session, wanted, actor))


def _due_rows(session: ScopedSession, wanted: DeviceFilter, actor: Actor) -> Iterator[Sequence[Value]]:
    for row in device_list.every(session, wanted, actor=actor):
        left = (row.due_on - actor.today).days if row.due_on else None
        yield [
            *(row.tag, row.serial, row.kind.sv, row.model, row.owner, row.department, row.unit, row.room, row.group),
            *(row.stage.sv, shown_date(row, "purchased"), row.due_on, left, row.price),
        ]


def shown_date(row: Any, name: str) -> date | PartialDate | None:
    """A date with no more precision than it is known by; a whole day as one that a workbook can count with."""
    known = device_values.known_date(row, name)
    return known.value if known and known.precision is Precision.DAY else known


def _rows(session: ScopedSession, wanted: DeviceFilter, actor: Actor) -> Iterator[dict[str, Value]]:
    named = 0
    names = _Names(session)
    for batch in _batches(device_list.every(session, wanted, actor=actor)):
        more = _more(session, [row.id for row in batch])
        names.read(more.values())
        for row in batch:
            yield _row(row, more[row.id], names.shared)
        named += sum(each.person is not None for each in more.values()) if actor.may(Act.READ_PERSONS) else 0
    reading_log.note(session, ReadWhat.EXPORT, actor=actor, count=named)


def _batches(rows: Iterable[DeviceRow]) -> Iterator[list[DeviceRow]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def _more(session: ScopedSession, ids: list[int]) -> dict[int, Any]:
    rows = session.execute(
        select(*_MORE)
        .select_from(Device)
        .outerjoin(Model, Model.id == Device.model_id)
        .outerjoin(Supplier, Supplier.id == Device.supplier_id)
        .outerjoin(Person, uses())
        .outerjoin(FreeText, FreeText.id == Device.note_id)
        .where(Device.id.in_(ids))
    )
    return {row.id: row for row in rows}


class _Names:
    """The names that several persons of an owner have, by which none of them could be found again."""

    def __init__(self, session: ScopedSession) -> None:
        self.session = session
        self.asked: set[tuple[int, str]] = set()
        self.shared: set[tuple[int, str]] = set()

    def read(self, rows: Iterable[Any]) -> None:
        """Looks up those of the rows' names that have not been looked up yet, owner by owner: that is how they lie."""
        if len(self.asked) > MOST_NAMES:
            self.asked.clear()
        wanted: dict[int, set[str]] = {}
        for row in rows:
            if row.person_id is not None and row.person and (row.person_owner, row.sort_key) not in self.asked:
                wanted.setdefault(row.person_owner, set()).add(row.sort_key)
        for owner_id, keys in wanted.items():
            self.asked.update((owner_id, key) for key in keys)
            shared = (
                select(Person.sort_key)
                .where(Person.owner_id == owner_id, Person.sort_key.in_(sorted(keys)))
                .where(Person.pseudonymised_at.is_(None))
                .group_by(Person.sort_key)
                .having(func.count(Person.id) > 1)
            )
            self.shared.update((owner_id, key) for key in self.session.execute(shared).scalars())


def _row(row: DeviceRow, more: Any, ambiguous: set[tuple[int, str]]) -> dict[str, Value]:
    user = more.person
    if (more.person_owner, more.sort_key) in ambiguous:
        user = more.email or more.external_id or user
    return {
        "serial": row.serial,
        "asset_tag": row.tag,
        "kind": row.kind.sv,
        "owner": row.owner,
        "imei": row.imei,
        "mac": more.mac,
        "hostname": row.hostname,
        "group": row.group,
        "cost_centre": row.cost_centre,
        "manufacturer": more.manufacturer,
        "model": more.model_name,
        "department": row.department,
        "unit": row.unit,
        "room": row.room,
        "stage": row.stage.sv,
        "ordered": shown_date(more, "ordered"),
        "purchased": shown_date(row, "purchased"),
        "delivered": shown_date(more, "delivered"),
        "in_service": shown_date(more, "in_service"),
        "price_sek": row.price,
        "supplier": more.supplier,
        "order_number": more.order_number,
        "warranty_until": shown_date(more, "warranty_until"),
        "user": user,
        "os": row.os,
        "os_version": row.os_version,
        "note": more.note,
    }
