"""One change: a transaction, done once for each Idempotency-Key, and answered the same way when it is repeated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request

from assetreg.api import bodies, calls, versions
from assetreg.api.operations import Reply, respond
from assetreg.db.session import ScopedSession
from assetreg.domain.errors import Refusal
from assetreg.services import api_replies, foreign_serials
from assetreg.services.api_replies import Kept
from assetreg.services.devices import ChangedMeanwhile

KEY = "Idempotency-Key"


def perform(work: Callable[[ScopedSession], Reply]) -> Response:
    """Does the work in one transaction; a repeat of it changes nothing and is told what it came to."""
    key = request.headers.get(KEY)
    try:
        if key is None:
            with calls.transaction() as session:
                reply = work(session)
            return respond(reply)
        return _once(work, key)
    except Refusal as refusal:
        foreign_serials.note(calls.served().database, refusal, actor=calls.actor())
        raise


def on_version(sent: dict[str, Any], current: Callable[[], dict[str, Any]], work: Callable[[], Response]) -> Response:
    """The work, refused with both versions when another has changed the row. Raises VersionPassed."""
    try:
        return work()
    except ChangedMeanwhile as refusal:
        seen = {**sent, "version": refusal.version}
        raise versions.VersionPassed(sent=seen, current=current()) from refusal


def _once(work: Callable[[ScopedSession], Reply], key: str) -> Response:
    asked = api_replies.Request(
        account=calls.program().account,
        method=request.method,
        path=request.path,
        key=key,
        body_hash=bodies.body_hash(),
    )
    with calls.transaction() as session:
        kept = api_replies.find(session, asked, at=calls.now())
        reply = work(session) if kept is None else _kept(kept)
        if kept is None:
            outcome = Kept(reply.status, reply.location, dict(reply.ids))
            api_replies.keep(session, asked, outcome, at=calls.now())
    answer = respond(reply)
    if kept is not None:
        answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _kept(kept: Kept) -> Reply:
    return Reply(kept.ids, status=kept.status, location=kept.location)
