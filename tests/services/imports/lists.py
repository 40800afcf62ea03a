"""Lists in and reports out: what every test of imports does with a file."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import inspect, select

from assetreg.db.device import Device
from assetreg.db.intake import Import, ImportRow
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, Actor, Scope, system
from assetreg.domain.terms import Door, Stage
from assetreg.services import uploads
from assetreg.services.imports import reporting, running, staging
from assetreg.services.imports.reporting import Summary
from assetreg.services.imports.running import Run
from tests.cast import NOON, Player

LEFT_OUT = {"version", "head_seq", "head_hash", "changed_at", "hand_edited"}
CLI = system(Door.CLI, NOON)


@dataclass(frozen=True)
class Importing:
    """Somebody who reads lists in; the register itself unless a player is named."""

    database: Database
    scope: Scope = EVERYTHING
    actor: Actor = CLI
    holder: str = "test"

    def by(self, player: Player) -> Importing:
        return replace(self, scope=player.scope, actor=player.actor)

    def at(self, at: datetime) -> Importing:
        return replace(self, actor=replace(self.actor, at=at))

    def run(self) -> Run:
        return Run(self.database, lambda: (self.scope, self.actor), self.holder)

    def begun(self, text: str | bytes, preset: str = "devices", *, name: str = "lista.csv", **asked: Any) -> int:
        body = text.encode() if isinstance(text, str) else text
        with self.database.transaction(self.scope) as session:
            upload = uploads.receive(session, io.BytesIO(body), name=name, limit=50_000_000, at=self.actor.at)
            return staging.begin(session, upload, preset, actor=self.actor, **asked).id

    def staged(self, text: str | bytes, preset: str = "devices", **asked: Any) -> int:
        number = self.begun(text, preset, **asked)
        running.stage(self.run(), number)
        return number

    def applied(self, text: str | bytes, preset: str = "devices", **asked: Any) -> int:
        number = self.staged(text, preset, **asked)
        running.apply(self.run(), number)
        return number

    def undone(self, number: int) -> Summary:
        running.undo(self.run(), number)
        return self.summary(number)

    def document(self, number: int) -> dict[str, Any]:
        with self.database.reading(self.scope) as session:
            return reporting.document(session, number)

    def summary(self, number: int) -> Summary:
        with self.database.reading(self.scope) as session:
            return reporting.summary(session, number, at=self.actor.at)

    def errors_file(self, number: int) -> str:
        with self.database.reading(self.scope) as session:
            return b"".join(reporting.errors_file(session, number)).decode("utf-8-sig")


def counts(document: Mapping[str, Any]) -> dict[str, int]:
    """What is not nought of what a report counts."""
    names = ("created", "updated", "unchanged", "refused")
    return {name: document[name] for name in names if document[name]}


def reasons(document: Mapping[str, Any]) -> dict[int, str]:
    """Row number to column and reason."""
    return {each["row"]: f"{each['column']}: {each['reason']}" for each in document["errors"]}


def listing(headers: str, *rows: str) -> str:
    return "\r\n".join([headers, *rows]) + "\r\n"


def fleet(database: Database) -> dict[str, dict[str, Any]]:
    """Every device that stands in the register, by tag, without what every change moves."""
    names = [column.key for column in inspect(Device).column_attrs if column.key not in LEFT_OUT]
    with database.reading(EVERYTHING) as session:
        devices = session.execute(select(Device).where(Device.stage != Stage.VOIDED)).scalars()
        return {device.tag: {name: getattr(device, name) for name in names} for device in devices}


def device(database: Database, serial: str) -> Device:
    with database.reading(EVERYTHING) as session:
        return session.execute(select(Device).where(Device.serial == serial, Device.stage != Stage.VOIDED)).scalar_one()


def rows_of(database: Database, number: int) -> list[ImportRow]:
    with database.reading(EVERYTHING) as session:
        return list(
            session.execute(select(ImportRow).where(ImportRow.import_id == number).order_by(ImportRow.number)).scalars()
        )


def imports(database: Database) -> list[Import]:
    with database.reading(EVERYTHING) as session:
        return list(session.execute(select(Import).order_by(Import.id)).scalars())
