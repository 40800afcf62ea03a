"""Whether the register can be used: reachable, at the newest migration, its history protected and its key the right."""

from __future__ import annotations

from assetreg.db import migrations, protection
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import NOTHING
from assetreg.domain.errors import Conflict
from assetreg.services import history_key


class NotUpgraded(Conflict):
    code = "not_upgraded"
    message = "Databasen står på migration {current}, och den nyaste är {newest}. Kör assetreg upgrade."


class RegisterNewer(Conflict):
    code = "register_newer"
    message = (
        "Databasen står på migration {current}, som den här versionen av assetreg inte känner till. "
        "Installera den version som registret senast kördes med, eller en nyare."
    )


class HistoryUnprotected(Conflict):
    code = "history_unprotected"
    message = "Skyddet av historiken saknas i databasen: {missing}. Kör assetreg upgrade, och sedan assetreg check."


def check(session: ScopedSession) -> None:
    """Raises NotUpgraded, RegisterNewer, HistoryUnprotected or WrongHistoryKey. Writes nothing."""
    with session.unguarded("asks how the database is built, not for rows") as connection:
        current, newest = migrations.current(connection), migrations.newest()
        refuse_newer(current)
        if current != newest:
            raise NotUpgraded(current=current or "noll", newest=newest)
        missing = protection.missing(connection)
    if missing:
        raise HistoryUnprotected(missing=missing)
    history_key.refuse_other(session, session.info["history_key"])


def ready(database: Database) -> Database:
    """The database, where it can be used; else it is closed. Raises what ``check`` does."""
    try:
        with database.reading(NOTHING) as session:
            check(session)
        history_key.settle(database)
    except BaseException:
        database.close()
        raise
    return database


def refuse_newer(current: str | None) -> None:
    """Raises RegisterNewer at a migration that is none of ours."""
    if current is not None and current not in migrations.all_revisions():
        raise RegisterNewer(current=current)
