"""What a session has looked up already, so that a bulk act asks once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event

from assetreg.db.session import ScopedSession


def remembered(session: ScopedSession, what: str) -> dict[Any, Any]:
    """What is known under the heading, by key; a rollback forgets it all, for the rows may be gone with it."""
    headings: dict[str, dict[Any, Any]] | None = session.info.get("remembered")
    if headings is None:
        headings = session.info["remembered"] = {}
        event.listen(session, "after_soft_rollback", lambda *_: headings.clear())
    return headings.setdefault(what, {})
