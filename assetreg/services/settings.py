"""Choices an administrator can change, with what holds until somebody has."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from assetreg.db.catalogue import Setting
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor

DEFAULTS: dict[str, Any] = {
    "internal_reuse_counts": False,
    "retire_months": 6,
}


def value(session: ScopedSession, key: str) -> Any:
    """The setting's value, or its default. Raises KeyError for a setting that does not exist."""
    default = DEFAULTS[key]
    row = session.execute(select(Setting).where(Setting.key == key)).scalar_one_or_none()
    return default if row is None else row.value["value"]


def put(session: ScopedSession, key: str, new: Any, *, actor: Actor) -> None:
    actor.require(Act.ADMINISTER)
    if type(new) is not type(DEFAULTS[key]):
        raise TypeError(key)
    session.merge(Setting(key=key, value={"value": new}, changed_at=actor.at))
    session.flush()


def internal_reuse_counts(session: ScopedSession) -> bool:
    """Whether internal reuse is part of the headline, or a row of its own."""
    return bool(value(session, "internal_reuse_counts"))
