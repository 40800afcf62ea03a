"""Bringing stored facts along when reference data changes, a batch at a time.

A change of reference data raises its version; the job catches up in batches, each a short transaction, so that
others get their turn. Until ``applied`` has reached ``version`` pages say how far it has come.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from assetreg.db.catalogue import ReferenceVersion
from assetreg.db.device import Device
from assetreg.db.session import ScopedSession
from assetreg.services import reference

BATCH = 1000
FAMILY = "policy"


@dataclass(frozen=True, slots=True)
class Step:
    """How far a recomputation has come: the last device looked at, and how many of how many."""

    last: int
    done: int
    finished: bool


def announce(session: ScopedSession) -> int:
    """Says that reference data has changed; gives the version that the stored facts are to reach."""
    row = session.get_one(ReferenceVersion, FAMILY, with_for_update=True)
    row.version += 1
    session.info.pop("reference", None)
    session.flush()
    return row.version


def pending(session: ScopedSession) -> bool:
    """Whether some stored facts still follow an older version."""
    row = session.get_one(ReferenceVersion, FAMILY)
    return row.applied < row.version


def total(session: ScopedSession) -> int:
    return session.execute(select(func.count(Device.id))).scalar_one()


def step(session: ScopedSession, *, version: int, last: int = 0, done: int = 0, batch: int = BATCH) -> Step:
    """Recomputes the next devices after ``last``; with none left, the version counts as applied."""
    rows = reference.read(session)
    found = session.execute(select(Device).where(Device.id > last).order_by(Device.id).limit(batch).with_for_update())
    devices = list(found.scalars())
    for device in devices:
        reference.store(device, rows)
    if len(devices) == batch:
        session.flush()
        return Step(devices[-1].id, done + len(devices), finished=False)
    row = session.get_one(ReferenceVersion, FAMILY, with_for_update=True)
    row.applied = max(row.applied, version)
    session.flush()
    return Step(devices[-1].id if devices else last, done + len(devices), finished=True)
