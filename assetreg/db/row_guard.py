"""The scope guard, as far as writing goes: which rows a session may take in, keep and flush."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, inspect, select
from sqlalchemy.orm import Session

from assetreg.db.guard import ScopeBreach
from assetreg.domain.access import Scope


def in_scope(row: Any, scope: Scope) -> bool:
    return scope.everything or row.owned.holds(row, scope)


def check_session(session: Session, _: object, connection: Connection) -> None:
    """Refuses a connection to a session that nobody scoped."""
    if not hasattr(session, "scope"):
        connection.close()
        raise ScopeBreach("sessions are opened by Database.reading and Database.transaction")


def check_attach(session: Any, row: Any) -> None:
    """Refuses a row that was read elsewhere: what it says of its owner may be made up."""
    if not (session.scope.everything or session.info.get("unguarded") or inspect(row).key is None):
        raise ScopeBreach(f"{type(row).__name__} was not read by this session")


def check_flush(session: Any, *_: object) -> None:
    """Refuses a flush that creates, moves, takes or deletes a row outside the scope."""
    if session.scope.everything:
        return
    for row in (*session.new, *session.dirty, *session.deleted):
        owned = type(row).owned
        if not owned.holds(row, session.scope) or not owned.holds(_place_before(row), session.scope):
            raise ScopeBreach(f"{type(row).__name__} lies outside the scope of this session")


_PLACE_COLUMNS = ("owner_id", "department_id", "unit_id", "account_id")


@dataclass
class _Place:
    owner_id: int | None = None
    department_id: int | None = None
    unit_id: int | None = None
    account_id: int | None = None


def _place_before(row: Any) -> _Place:
    names = [name for name in _PLACE_COLUMNS if name in inspect(row).attrs]
    return _Place(**stored(row, names))


def stored(row: Any, names: Iterable[str]) -> dict[str, Any]:
    """What the columns hold before the coming flush; asks the database where a value was set unread."""
    state = inspect(row)
    histories = {name: state.attrs[name].history for name in names}
    values = {name: past.deleted[0] if past.deleted else getattr(row, name) for name, past in histories.items()}
    unread = [name for name, past in histories.items() if past.added and not past.deleted]
    if state.persistent and unread:
        key = [column == value for column, value in zip(state.mapper.primary_key, state.identity, strict=True)]
        found = state.session.execute(select(*(getattr(type(row), name) for name in unread)).where(*key)).one_or_none()
        if found is None:
            raise ScopeBreach(f"{type(row).__name__} is gone or lies outside the scope of this session")
        values.update(zip(unread, found, strict=True))
    return values
