"""Reading lists on a standby without anyone missing what they have just done themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import select

from assetreg.db.history import Event
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import NOTHING, Scope

LONGEST_ACT = timedelta(minutes=2)
"""An event bears the moment its act began; so long later it is committed, or it never will be."""


@contextmanager
def reading_list(database: Database, scope: Scope, *, account: int | None, at: datetime) -> Iterator[ScopedSession]:
    """A session to read a list or an export in: on the standby, unless the account has changed anything lately.

    What others have done may be as old as the standby's lag; what one has done oneself is always there, for every
    change of a device leaves an event.
    """
    if database.standby is None or account is None or _changed_lately(database, account, at=at):
        with database.reading(scope) as session:
            yield session
        return
    with database.reading_copy(scope) as session:
        yield session


def _changed_lately(database: Database, account: int, *, at: datetime) -> bool:
    lag = timedelta(seconds=database.standby.lag_s) if database.standby else timedelta(0)
    with database.reading(NOTHING) as session, session.unguarded("when the account itself last did anything") as bare:
        last = select(Event.at).where(Event.actor_id == account).order_by(Event.id.desc()).limit(1)
        found = bare.execute(last).scalar_one_or_none()
    return found is not None and found >= at - lag - LONGEST_ACT
