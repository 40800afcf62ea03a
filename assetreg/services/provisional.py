"""What a refused row would have added on its way, a place or a supplier, goes with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from assetreg.db.session import ScopedSession
from assetreg.domain.errors import Refusal

_STARTS = "provisional"


@contextmanager
def additions(session: ScopedSession) -> Iterator[None]:
    """Inside, whatever is added stays only if nothing is refused. Rows that add nothing cost no savepoint."""
    points: list[Any] = []
    session.info[_STARTS] = points
    try:
        yield
        if points:
            session.flush()
    except Refusal:
        if points:
            points.pop().rollback()
        raise
    else:
        if points:
            points.pop().commit()
    finally:
        session.info.pop(_STARTS, None)


@contextmanager
def set_aside(session: ScopedSession) -> Iterator[None]:
    """Inside a savepoint of the caller's own, which takes what is added along: the row around it adds nothing there."""
    held = session.info.pop(_STARTS, None)
    try:
        yield
    finally:
        if held is not None:
            session.info[_STARTS] = held


def adds(session: ScopedSession) -> None:
    """Said before a row is added that nobody asked for by itself."""
    points: list[Any] | None = session.info.get(_STARTS)
    if points is not None and not points:
        points.append(session.begin_nested())
