"""Who works on an import: one at a time, and whoever dies lets go of it after a while."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select

from assetreg.db.intake import Import
from assetreg.db.session import ScopedSession
from assetreg.domain.errors import Missing
from assetreg.domain.terms import ImportState
from assetreg.services.imports.refusals import HoldLost, ImportBusy, ImportNotReady

HELD_FOR = timedelta(seconds=120)
HELD_BY = " by "
AT_WORK = (ImportState.STAGING, ImportState.APPLYING, ImportState.UNDOING)


def get(session: ScopedSession, import_id: int) -> Import:
    """Raises Missing, also for one outside the scope."""
    found = session.execute(select(Import).where(Import.id == import_id)).scalar_one_or_none()
    if found is None:
        raise Missing
    return found


def lock(session: ScopedSession, import_id: int) -> Import:
    """The import, held until the end of the transaction. Raises Missing."""
    wanted = select(Import).where(Import.id == import_id).with_for_update()
    found = session.execute(wanted.execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None:
        raise Missing
    return found


def state_at(batch: Import, at: datetime) -> ImportState:
    """The state as people see it: work that nobody holds any more is interrupted."""
    if batch.state in AT_WORK and batch.held_by is not None and not is_held(batch, at):
        return ImportState.INTERRUPTED
    return batch.state


def is_held(batch: Import, at: datetime) -> bool:
    return batch.held_until is not None and batch.held_until > at


def take(
    session: ScopedSession,
    import_id: int,
    to: ImportState,
    *,
    allowed: Collection[ImportState],
    holder: str,
    at: datetime,
) -> Import:
    """Begins or goes on with work on the import. Raises ImportBusy while another holds it, or ImportNotReady.

    A holder is the name of some work, and ``HELD_BY`` and who does it where that can change: whoever has taken the
    work over need not wait, and who did it before gets no further.
    """
    batch = lock(session, import_id)
    if is_held(batch, at) and _work(batch.held_by) != _work(holder):
        raise ImportBusy
    if batch.state not in allowed:
        raise ImportNotReady(state=state_at(batch, at))
    batch.state, batch.fault = to, None
    keep(batch, holder=holder, at=at)
    return batch


def _work(holder: str | None) -> str:
    return (holder or "").partition(HELD_BY)[0]


def held(session: ScopedSession, import_id: int, *, holder: str, at: datetime) -> Import:
    """The import for one batch of work, locked. Raises HoldLost when another has taken it over."""
    batch = lock(session, import_id)
    if batch.held_by != holder:
        raise HoldLost
    keep(batch, holder=holder, at=at)
    return batch


def keep(batch: Import, *, holder: str, at: datetime) -> None:
    batch.held_by, batch.held_until, batch.changed_at = holder, at + HELD_FOR, at


def let_go(batch: Import, *, at: datetime) -> None:
    """The work is done."""
    batch.held_by = batch.held_until = None
    batch.changed_at = at


def interrupt(session: ScopedSession, import_id: int, *, holder: str, at: datetime) -> None:
    """Notes that the holder stopped before the end, so that another may go on at once."""
    batch = lock(session, import_id)
    if batch.held_by == holder and batch.state in AT_WORK:
        batch.held_until = batch.changed_at = at
