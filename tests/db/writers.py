"""What a process of its own does while others do the same; kept apart so that it starts quickly."""

from __future__ import annotations

import time

from sqlalchemy import select

from assetreg.db.session import Database
from assetreg.db.tables import Owner
from assetreg.domain.access import EVERYTHING


def count_up(url: str, seconds: float) -> int:
    """Reads a number and writes it back one higher, again and again; how often it did."""
    database = Database(url, history_key=b"key")
    done, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        with database.transaction(EVERYTHING) as session:
            owner = session.scalars(select(Owner).where(Owner.code == "A")).one()
            owner.position += 1
        done += 1
    database.close()
    return done
