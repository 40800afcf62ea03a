"""Taking what has been cleared out of the file itself.

SQLite writes new pages beside the old ones and its search index keeps removed words until its parts are merged, so
after a clearing the index is merged, the file written anew and the journal emptied. PostgreSQL's own VACUUM does the
same there, when it gets to it.
"""

from __future__ import annotations

from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError


def compact(engine: Engine) -> bool:
    """Whether the file now holds nothing of what was cleared; False on PostgreSQL, and while others are in the way.

    Writers wait as long as the file takes to be written.
    """
    if engine.dialect.name != "sqlite":
        return False
    try:
        with engine.execution_options(writes=True).begin() as connection:
            connection.execute(text("INSERT INTO device_search(device_search) VALUES('optimize')"))
        return _rewrite(engine)
    except OperationalError:
        return False


def _rewrite(engine: Engine) -> bool:
    """Past SQLAlchemy, which would begin a transaction first: VACUUM is refused inside one."""
    connection = engine.raw_connection()
    try:
        driver = connection.driver_connection
        if driver is None:
            raise RuntimeError("a connection of the pool is connected")
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        driver.execute("VACUUM")
        busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()
    return not busy
