"""The history of devices as a table, in the order it was written; ids and facts, never names of persons."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from assetreg.db.account import Account
from assetreg.db.device import Device
from assetreg.db.history import Event
from assetreg.db.organisation import Owner
from assetreg.db.session import ScopedSession
from assetreg.domain.access import STOCKHOLM, Act, Actor
from assetreg.domain.sentences import Sentence
from assetreg.domain.terms import OutcomeType
from assetreg.outputs.sheet import Column, Sheet, Value
from assetreg.services import places
from assetreg.services.device_history import FIELDS

BATCH = 1000
COLUMNS = (
    *(Column("id", "nummer", "integer"), Column("at", "skrevs", "datetime"), Column("on", "gäller dagen", "date")),
    *(Column("asset_tag", "inventarienummer"), Column("owner", "kommun"), Column("event", "händelse")),
    *(Column("fields", "ändrade uppgifter"), Column("account", "konto"), Column("door", "genom")),
    *(
        Column("reverses", "makulerar nr i enhetens historik", "integer"),
        Column("seq", "nr i enhetens historik", "integer"),
    ),
    *(Column("payload", "innehåll"), Column("hash", "kontrollsumma")),
)
KINDS = {
    "registered": "Registrerad",
    "edited": "Ändrad",
    "moved": "Flyttad i livscykeln",
    "transferred": "Bytte ägare",
    "swapped_out": "Utbytt",
    "swapped_in": "Satt in i stället för en annan",
    "outcome": "Utfall",
    "outcome_reversed": "Utfall makulerat",
    "label_attached": "Etikett satt på",
    "label_replaced": "Etikett ersatt",
    "label_released": "Etikett borttagen",
    "undone": "Ändring ångrad",
    "voided": "Makulerad",
}


def history_sheet(session: ScopedSession, *, actor: Actor, year: int | None = None, owner: str | None = None) -> Sheet:
    """Every event of devices in the scope, or those written in a year. Raises Denied or UnknownOwner."""
    actor.require(Act.EXPORT)
    actor.require(Act.READ_DEVICES)
    conditions: list[ColumnElement[bool]] = [Event.subject == Device.__tablename__]
    if year is not None:
        conditions += [Event.at >= _new_year(year), Event.at < _new_year(year + 1)]
    if owner is not None:
        conditions.append(Event.owner_id == places.owner(session, owner).id)
    return Sheet("Historik", COLUMNS, _rows(session, conditions))


def _rows(session: ScopedSession, conditions: Sequence[ColumnElement[bool]]) -> Iterator[Sequence[Value]]:
    last = 0
    while True:
        batch = session.execute(
            select(
                *(Event.id, Event.at, Event.on, Event.kind, Event.door, Event.reverses, Event.seq, Event.payload),
                *(Event.hash, Device.tag, Owner.name.label("owner"), Account.display_name),
            )
            .select_from(Event)
            .outerjoin(Device, Device.id == Event.subject_id)
            .outerjoin(Owner, Owner.id == Event.owner_id)
            .outerjoin(Account, Account.id == Event.actor_id)
            .where(Event.id > last, *conditions)
            .order_by(Event.id)
            .limit(BATCH)
        ).all()
        yield from map(_row, batch)
        if len(batch) < BATCH:
            return
        last = batch[-1].id


def _row(row: Any) -> Sequence[Value]:
    payload = json.loads(row.payload)
    changed = [FIELDS[name] for name in payload.get("changes", {}) if name in FIELDS]
    return [
        *(row.id, row.at, row.on, row.tag, row.owner, _happened(row.kind, payload), ", ".join(changed)),
        *(row.display_name or "Registret", row.door.sv, row.reverses, row.seq, row.payload, row.hash),
    ]


def _happened(kind: str, payload: dict[str, Any]) -> str:
    said = KINDS.get(kind, kind)
    outcome = next((each for each in OutcomeType if each.value == payload.get("type")), None)
    return Sentence("{said}: {outcome}", {"said": said, "outcome": outcome}).text() if outcome else said


def _new_year(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=STOCKHOLM).astimezone(UTC)
