"""A device's history as sentences: who did what, when, why, and what it changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from assetreg.db.account import Account
from assetreg.db.catalogue import Supplier
from assetreg.db.device import Device
from assetreg.db.history import Event, FreeText
from assetreg.db.organisation import Department, Group, Owner, Room, Unit
from assetreg.db.person import Person
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.domain.moves import Move
from assetreg.domain.retention import ReadWhat
from assetreg.domain.sentences import Phrase, Sentence
from assetreg.domain.terms import Door, Kind, OutcomeType, Precision, Stage, Term
from assetreg.services import changes, device_values, reading_log
from assetreg.services.persons import FORGOTTEN_NAME

TERMS: dict[str, type[Term]] = {
    "stage": Stage,
    "stage_before": Stage,
    "kind": Kind,
    **dict.fromkeys(device_values.PRECISIONS.values(), Precision),
}
NAMED: dict[str, Any] = {
    "owner_id": Owner,
    "department_id": Department,
    "unit_id": Unit,
    "room_id": Room,
    "group_id": Group,
    "supplier_id": Supplier,
}
FIELDS = {
    "tag": "Inventarienummer",
    "kind": "Typ",
    "model_id": "Modell",
    "serial": "Serienummer",
    "imei": "IMEI",
    "mac": "MAC-adress",
    "hostname": "Datornamn",
    "stage": "Status",
    "owner_id": "Kommun",
    "department_id": "Förvaltning",
    "unit_id": "Enhet",
    "room_id": "Rum",
    "group_id": "Klass eller grupp",
    "person_id": "Användare",
    "cost_centre": "Kostnadsställe",
    "loan_until": "Lånad till",
    "ordered_on": "Beställd",
    "purchased_on": "Inköpt",
    "delivered_on": "Levererad",
    "in_service_on": "I drift från",
    "returned_on": "Återlämnad",
    "dispatched_on": "Avsänd",
    "warranty_until": "Garanti till",
    "price": "Pris exkl. moms",
    "supplier_id": "Leverantör",
    "order_number": "Ordernummer",
    "os": "Operativsystem",
    "os_version": "Version",
    "due_override": "Eget bytesdatum",
    "replaces_id": "Ersätter",
    "replaced_by_id": "Ersatt av",
    "note_id": "Anmärkning",
}
"""The columns a reader cares about, with the words of the device page; others are bookkeeping."""

MOVED = {
    Move.RECEIVE: "{who} tog emot enheten",
    Move.DEPLOY: "{who} tog enheten i drift",
    Move.STORE: "{who} tog hem enheten till lager",
    Move.LEND: "{who} lånade ut enheten",
    Move.TAKE_BACK: "{who} tog tillbaka enheten från lån",
    Move.KEEP: "{who} gjorde lånet varaktigt",
    Move.REPAIR: "{who} skickade enheten på reparation",
    Move.REPAIRED: "{who} fick tillbaka enheten från reparation",
    Move.REPAIRED_TO_STOCK: "{who} fick tillbaka enheten från reparation till lager",
    Move.RETURN: "{who} tog emot enheten när den lämnades åter",
    Move.WIPE: "{who} raderade enheten",
    Move.READY: "{who} gjorde enheten klar för avveckling",
    Move.RESTOCK: "{who} lade tillbaka enheten i lager",
    Move.DISPATCH: "{who} skickade iväg enheten",
    Move.REPORT_MISSING: "{who} anmälde enheten saknad",
    Move.REPORT_STOLEN: "{who} anmälde enheten stulen",
    Move.FOUND: "{who} hittade enheten igen",
}
KINDS = {
    "registered": "{who} registrerade enheten",
    "edited": "{who} ändrade uppgifter",
    "transferred": "{who} flyttade enheten från {before} till {after}",
    "swapped_out": "{who} bytte ut enheten mot {other}",
    "swapped_in": "{who} satte in enheten i stället för {other}",
    "outcome": "{who} registrerade utfallet {type}",
    "outcome_reversed": "{who} makulerade utfallet {type}",
    "label_attached": "{who} satte en etikett på enheten",
    "label_replaced": "{who} gav enheten en ny etikett",
    "label_voided": "{who} makulerade en etikett",
    "label_released": "{who} tog bort en etikett från enheten",
    "undone": "{who} ångrade en tidigare ändring",
    "voided": "{who} makulerade enheten",
}


@dataclass(frozen=True, slots=True)
class ChangedField:
    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One event, ready to be read. ``on`` is the day it happened, ``at`` when it was written."""

    seq: int
    at: datetime
    on: date | None
    door: Door
    sentence: Sentence
    reason: str | None
    fields: tuple[ChangedField, ...]
    receiver: str | None
    skipped: tuple[Stage, ...]
    reverses: int | None


def lines(
    session: ScopedSession, device: Device, *, actor: Actor, limit: int = 200, before: int | None = None
) -> list[HistoryLine]:
    """The newest events first, or those older than the one numbered ``before``.

    Names the caller may not read are left out.
    """
    query = (
        select(Event, FreeText.body, Account.display_name)
        .outerjoin(FreeText, FreeText.id == Event.text_id)
        .outerjoin(Account, Account.id == Event.actor_id)
        .where(Event.subject == "device", Event.subject_id == device.id)
        .order_by(Event.seq.desc())
        .limit(limit)
    )
    rows = session.execute(query if before is None else query.where(Event.seq < before)).all()
    payloads = [json.loads(event.payload) for event, _, _ in rows]
    names = _Names(session, payloads, device, actor)
    return [_line(event, payload, body, who, names) for (event, body, who), payload in zip(rows, payloads, strict=True)]


def _line(event: Event, payload: Mapping[str, Any], body: str | None, who: str | None, names: _Names) -> HistoryLine:
    changed = payload.get("changes", {})
    shown = names.shown(changed) if event.kind != "registered" else ()
    return HistoryLine(
        seq=event.seq,
        at=event.at,
        on=event.on,
        door=event.door,
        sentence=_sentence(event, payload, who, names),
        reason=body,
        fields=tuple(field for field in shown if field.name != FIELDS["stage"]),
        receiver=payload.get("receiver"),
        skipped=tuple(stage for stage in Stage if stage.value in payload.get("skipped", ())),
        reverses=event.reverses,
    )


def _sentence(event: Event, payload: Mapping[str, Any], who: str | None, names: _Names) -> Sentence:
    values: dict[str, object] = {"who": who or Phrase("Registret")}
    owner = payload.get("changes", {}).get("owner_id", [None, None])
    values |= {"before": names.of("owner_id", owner[0]), "after": names.of("owner_id", owner[1])}
    values["other"] = names.of("device_id", payload.get("other"))
    if "type" in payload:
        values["type"] = next(kind for kind in OutcomeType if kind.value == payload["type"])
    if event.kind == "moved" and "move" in payload:
        move = next(move for move in Move if move.value == payload["move"])
        return Sentence(MOVED[move], values)
    return Sentence(KINDS.get(event.kind, "{who} ändrade enheten"), values)


class _Names:
    """The names of everything the events point at, read in one query per table."""

    def __init__(
        self, session: ScopedSession, payloads: Iterable[Mapping[str, Any]], device: Device, actor: Actor
    ) -> None:
        wanted: dict[str, set[int]] = {column: set() for column in (*NAMED, "person_id", "device_id", "model_id")}
        for payload in payloads:
            if payload.get("other"):
                wanted["device_id"].add(payload["other"])
            for column, pair in payload.get("changes", {}).items():
                family = "device_id" if column in ("replaces_id", "replaced_by_id") else column
                if family in wanted:
                    wanted[family] |= {value for value in pair if value is not None}
        self.known: dict[str, dict[int, str]] = {
            column: _names_of(session, NAMED[column], ids) for column, ids in wanted.items() if column in NAMED
        }
        self.known["person_id"] = _persons(session, wanted["person_id"], device, actor)
        self.known["device_id"] = _tags(session, wanted["device_id"])
        self.known["model_id"] = {key: changes.model_name(session, key) for key in wanted["model_id"]}
        self.may_read_persons = actor.may(Act.READ_PERSONS)

    def of(self, column: str, value: Any) -> str | None:
        """How a value is shown, a Term or a Phrase in the reader's words; something outside the scope has no name."""
        if value is None:
            return None
        if column in ("replaces_id", "replaced_by_id"):
            column = "device_id"
        if column == "person_id" and not self.may_read_persons:
            return Phrase("en användare")
        if column in self.known:
            unnamed = FORGOTTEN_NAME if column == "person_id" else Phrase("en annan kommuns")
            return self.known[column].get(value) or unnamed
        if column in TERMS:
            return next(term for term in TERMS[column] if term.value == value)
        return str(value)

    def shown(self, changed: Mapping[str, list[Any]]) -> tuple[ChangedField, ...]:
        return tuple(
            ChangedField(FIELDS[column], self.of(column, pair[0]), self.of(column, pair[1]))
            if column != "note_id"
            else ChangedField(FIELDS[column], None, _note(*pair))
            for column, pair in changed.items()
            if column in FIELDS
        )


def _note(before: int | None, after: int | None) -> Phrase:
    """What was done to the note; what it said is for nobody to read once it is gone."""
    if before is None:
        return Phrase("skriven")
    return Phrase("ändrad") if after is not None else Phrase("borttagen")


def _names_of(session: ScopedSession, entity: Any, ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    rows = session.execute(select(entity.id, entity.name).where(entity.id.in_(sorted(ids))))
    return {row[0]: row[1] for row in rows if row[1]}


def _persons(session: ScopedSession, ids: set[int], device: Device, actor: Actor) -> dict[int, str]:
    """The names of those of the present owner; those an earlier owner had are nobody's to read here."""
    if not ids or not actor.may(Act.READ_PERSONS):
        return {}
    theirs = select(Person.id, Person.name).where(Person.id.in_(sorted(ids)), Person.owner_id == device.owner_id)
    found = {row[0]: row[1] for row in session.execute(theirs) if row[1]}
    reading_log.note(session, ReadWhat.DEVICE, actor=actor, persons=found, device=device.id)
    return found


def _tags(session: ScopedSession, ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    rows = session.execute(select(Device.id, Device.tag).where(Device.id.in_(sorted(ids))))
    return {row[0]: row[1] for row in rows}
