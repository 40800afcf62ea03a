"""One request: which program asks, what it may see, and the sessions its handler works in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from flask import Flask, Response, current_app, g, request

from assetreg.config import Settings
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import NOTHING, Actor
from assetreg.domain.errors import Overloaded, Refusal
from assetreg.domain.terms import Door
from assetreg.services import freshness, tokens
from assetreg.services.tokens import EPOCH, MINUTE, Program

BLOCKS_A_MINUTE = 20
ON_EVERY_ANSWER = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
A_YEAR_S = 365 * 24 * 3600


class TokenNeeded(Refusal):
    code = "token_needed"
    message = (
        "Begäran saknar en giltig token. Skicka den i huvudet Authorization: Bearer. "
        "Administratören skapar en med: assetreg token add."
    )


class TooManyRequests(Overloaded):
    code = "too_many_requests"
    message = "Gränsen är {limit} anrop i minuten för varje token. Vänta {seconds} sekunder och fortsätt sedan."

    def __init__(self, *, limit: int, seconds: int, field: str | None = None) -> None:
        self.seconds = seconds
        super().__init__(field=field, limit=limit, seconds=seconds)


@dataclass(slots=True)
class Allowance:
    """What this process has been handed of each account's minute, so that not every request writes."""

    left: dict[int, tuple[int, int]] = field(default_factory=dict)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def spend(self, account: int, minute: int) -> bool:
        """Uses one of those left in the minute; False when there is none."""
        with self.guard:
            known, left = self.left.get(account, (minute, 0))
            if known != minute or not left:
                return False
            self.left[account] = minute, left - 1
            return True

    def refill(self, account: int, minute: int, given: int) -> None:
        with self.guard:
            known, left = self.left.get(account, (minute, 0))
            self.left[account] = minute, (left if known == minute else 0) + given


@dataclass(frozen=True, slots=True)
class Served:
    """What the application serves: its settings, its register, and the clock it goes by."""

    settings: Settings
    database: Database
    clock: Callable[[], datetime]
    allowance: Allowance = field(default_factory=Allowance)


def serve(app: Flask, settings: Settings, database: Database, clock: Callable[[], datetime]) -> None:
    app.extensions["assetreg"] = Served(settings, database, clock)

    @app.after_request
    def add_headers(answer: Response) -> Response:
        """No browser is to show, keep or frame what was meant for a program; a view may state its own."""
        for name, value in ON_EVERY_ANSWER.items():
            answer.headers.setdefault(name, value)
        if settings.https or request.is_secure:
            answer.headers["Strict-Transport-Security"] = f"max-age={A_YEAR_S}"
        return answer


def served() -> Served:
    found: Served = current_app.extensions["assetreg"]
    return found


def now() -> datetime:
    """The moment of the request, the same all through it."""
    if "now" not in g:
        g.now = served().clock()
    moment: datetime = g.now
    return moment


def admit() -> Program:
    """Who asks, with one request less left of the minute. Raises TokenNeeded or TooManyRequests."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenNeeded
    with served().database.reading(NOTHING) as session:
        program = tokens.find(session, token.strip(), at=now())
    if program is None:
        raise TokenNeeded
    _spend(program.account)
    g.program = program
    return program


def program() -> Program:
    found: Program = g.program
    return found


def actor() -> Actor:
    """The program as the one who does something here and now."""
    return Actor(account=program().account, role=program().role, door=Door.API, at=now())


@contextmanager
def reading() -> Iterator[ScopedSession]:
    with served().database.reading(program().scope) as session:
        yield session


@contextmanager
def reading_list() -> Iterator[ScopedSession]:
    """For lists alone: on the standby, where there is one (see ``services.freshness``)."""
    who = program()
    with freshness.reading_list(served().database, who.scope, account=who.account, at=now()) as session:
        yield session


@contextmanager
def transaction() -> Iterator[ScopedSession]:
    """A writing session of the program's scope, committed at the end of the block, or not at all."""
    with served().database.transaction(program().scope) as session:
        yield session


def _spend(account: int) -> None:
    """The minute's allowance is handed out by the database a block at a time: it holds over all processes."""
    allowance, limit = served().allowance, served().settings.api_per_minute
    minute = (now() - EPOCH) // MINUTE
    while not allowance.spend(account, minute):
        with served().database.transaction(NOTHING) as session:
            block = max(1, limit // BLOCKS_A_MINUTE)
            given = tokens.take(session, account, at=now(), block=block, limit=limit)
        if not given:
            raise TooManyRequests(limit=limit, seconds=60 - now().second)
        allowance.refill(account, minute, given)
