"""Whether the register can be used: reachable, at the newest migration, its history protected."""

from __future__ import annotations

from assetreg.db import migrations, protection
from assetreg.db.session import ScopedSession
from assetreg.domain.errors import Conflict


class NotUpgraded(Conflict):
    code = "not_upgraded"
    message = "Databasen står på migration {current}, och den nyaste är {newest}. Kör assetreg upgrade."


class HistoryUnprotected(Conflict):
    code = "history_unprotected"
    message = "Skyddet av historiken saknas i databasen: {missing}. Kör assetreg upgrade, och sedan assetreg check."


def check(session: ScopedSession) -> None:
    """Raises NotUpgraded or HistoryUnprotected."""
    with session.unguarded("asks how the database is built, not for rows") as connection:
        current, newest = migrations.current(connection), migrations.newest()
        if current != newest:
            raise NotUpgraded(current=current or "noll", newest=newest)
        missing = protection.missing(connection)
    if missing:
        raise HistoryUnprotected(missing=missing)
