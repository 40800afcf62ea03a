"""What the first pages list: the devices one has touched, what changed last, imports, accounts nobody uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import Select, func, or_, select

from assetreg.db.account import Account
from assetreg.db.catalogue import Model
from assetreg.db.device import Device, in_cycle
from assetreg.db.history import Event
from assetreg.db.intake import Import, Upload
from assetreg.db.organisation import Owner, Unit
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.domain.terms import ImportState, Kind, Role, Stage
from assetreg.services.catalogue import full_name

LAST = 10
EVENTS_READ = 400
"""So many of one's own latest events are looked through for the last devices; a bulk act can fill them."""
IDLE_AFTER = timedelta(days=90)
STOPPED = (ImportState.FAILED, ImportState.INTERRUPTED)


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """A device in a short list; ``at`` is when it last changed, or when the reader last touched it."""

    tag: str
    kind: Kind
    model: str
    stage: Stage
    owner: str
    unit: str | None
    at: datetime
    support_ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class ImportLine:
    id: int
    preset: str
    file: str
    sha256: str
    state: ImportState
    at: datetime
    rows: int
    refused: int


@dataclass(frozen=True, slots=True)
class IdleAccount:
    id: int
    name: str
    role: Role
    last_login_at: datetime | None


def last_touched(session: ScopedSession, *, actor: Actor) -> list[DeviceLine]:
    """The devices the actor did something with, the latest first."""
    if actor.account is None:
        return []
    mine = (
        select(Event.subject_id, Event.at)
        .where(Event.actor_id == actor.account, Event.subject == Device.__tablename__)
        .order_by(Event.id.desc())
        .limit(EVENTS_READ)
    )
    latest: dict[int, datetime] = {}
    for device_id, at in session.execute(mine):
        latest.setdefault(device_id, at)
        if len(latest) == LAST:
            break
    rows = session.execute(_devices().where(Device.id.in_(list(latest)))).all()
    by_id = {row.id: row for row in rows}
    return [_line(by_id[id_], at) for id_, at in latest.items() if id_ in by_id]


def last_changed(session: ScopedSession) -> list[DeviceLine]:
    """The devices of the scope that changed last."""
    rows = session.execute(_devices().order_by(Device.changed_at.desc(), Device.id.desc()).limit(LAST))
    return [_line(row, row.changed_at) for row in rows]


def support_ending(session: ScopedSession, *, before: date, kinds: tuple[Kind, ...]) -> list[DeviceLine]:
    """The devices in use whose system loses its support before a day, the oldest first."""
    rows = session.execute(
        _devices()
        .where(Device.support_ends_on < before, in_cycle(), Device.kind.in_(kinds))
        .order_by(Device.support_ends_on, Device.tag)
        .limit(LAST)
    )
    return [_line(row, row.changed_at) for row in rows]


def imports(
    session: ScopedSession, *, actor: Actor, states: tuple[ImportState, ...] = tuple(ImportState)
) -> list[ImportLine]:
    """The latest imports in the given states: everybody's for the whole scope, else one's own. Raises Denied."""
    actor.require(Act.READ_QUALITY)
    rows = session.execute(
        select(
            *(Import.id, Import.preset, Upload.name, Upload.sha256, Import.state, Import.created_at, Import.rows),
            Import.refused,
        )
        .join(Upload, Upload.id == Import.upload_id)
        .where(Import.state.in_(states))
        .order_by(Import.id.desc())
        .limit(LAST)
    )
    return [ImportLine(*row) for row in rows]


def idle_accounts(session: ScopedSession, *, actor: Actor) -> list[IdleAccount]:
    """Open accounts that nobody has logged in with for ninety days, nor since they were made. Raises Denied."""
    actor.require(Act.ADMINISTER)
    before = actor.at - IDLE_AFTER
    used = func.coalesce(Account.last_login_at, Account.created_at)
    rows = session.execute(
        select(Account.id, Account.display_name, Account.role, Account.last_login_at)
        .where(Account.disabled_at.is_(None), used < before)
        .where(or_(Account.expires_on.is_(None), Account.expires_on >= actor.today))
        .order_by(used, Account.id)
    )
    return [IdleAccount(*row) for row in rows]


def access_ends(session: ScopedSession, account: int) -> date | None:
    """The last day an account works; None for one without an end."""
    return session.execute(select(Account.expires_on).where(Account.id == account)).scalar_one()


def _devices() -> Select[Any]:
    statement: Any = (
        select(
            *(Device.id, Device.tag, Device.kind, Device.model_id, Device.stage, Device.changed_at),
            *(Owner.name.label("owner"), Unit.name.label("unit"), Device.support_ends_on),
            *(Model.manufacturer, Model.name.label("model_name")),
        )
        .select_from(Device)
        .join(Owner, Owner.id == Device.owner_id)
        .outerjoin(Unit, Unit.id == Device.unit_id)
        .outerjoin(Model, Model.id == Device.model_id)
        .where(Device.stage != Stage.VOIDED)
    )
    return cast("Select[Any]", statement)


def _line(row: Any, at: datetime) -> DeviceLine:
    model = full_name(row.manufacturer, row.model_name) if row.model_id else ""
    return DeviceLine(row.tag, row.kind, model, row.stage, row.owner, row.unit, at, row.support_ends_on)
