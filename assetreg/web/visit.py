"""One request: what serves it, who asks, what they see, and the sessions its handler works in.

A page takes ``with reading() as session`` or ``with transaction() as session``; both are scoped to the
account that is logged in. Accounts, reference data and other rows that belong to nobody are changed in
``whole_transaction()``, by acts that only such roles may do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from flask import Flask, current_app, g, request

from assetreg.config import Settings
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import NOTHING, Act, Actor, Scope
from assetreg.domain.errors import Refusal
from assetreg.domain.terms import Door
from assetreg.services import foreign_serials, freshness, logins
from assetreg.services.logins import Visitor

P = ParamSpec("P")
R = TypeVar("R")

SEEN_EVERY = timedelta(minutes=5)


class LoginNeeded(Refusal):
    code = "login_needed"
    message = "Logga in för att fortsätta."


@dataclass(frozen=True, slots=True)
class Served:
    """What an application serves: its settings, its register, and the clock it goes by."""

    settings: Settings
    database: Database
    clock: Callable[[], datetime]


def serve(app: Flask, settings: Settings, database: Database, clock: Callable[[], datetime] | None) -> None:
    app.extensions["assetreg"] = Served(settings, database, clock or (lambda: datetime.now(UTC)))
    app.before_request(_check_access)
    app.teardown_request(_close)


def served() -> Served:
    found: Served = current_app.extensions["assetreg"]
    return found


def now() -> datetime:
    """The moment of the request, the same all through it."""
    if "now" not in g:
        g.now = served().clock()
    moment: datetime = g.now
    return moment


def cookie_name() -> str:
    return "__Host-session" if served().settings.https else "session"


def visitor() -> Visitor | None:
    """Who is logged in; None for nobody, and then the database has not been asked unless there was a cookie."""
    if "visitor" not in g:
        g.visitor = None
        g.visitor = _find_visitor()
    found: Visitor | None = g.visitor
    return found


def logged_in() -> Visitor:
    """Who is logged in. Raises LoginNeeded."""
    found = visitor()
    if found is None:
        raise LoginNeeded
    return found


def actor() -> Actor:
    """The account as the one who does something here and now. Raises LoginNeeded."""
    found = logged_in()
    return Actor(account=found.account, role=found.role, door=Door.WEB, at=now())


def scope() -> Scope:
    found = visitor()
    return found.scope if found else NOTHING


@contextmanager
def reading(narrowed: Scope | None = None) -> Iterator[ScopedSession]:
    """The request's reading session; ``narrowed`` opens one of a smaller scope (see ``web.owners``)."""
    wanted = scope() if narrowed is None else narrowed
    held: dict[Scope, Any] = g.setdefault("readings", {})
    if wanted not in held:
        opened = served().database.reading(wanted)
        held[wanted] = (opened, opened.__enter__())
    yield held[wanted][1]


@contextmanager
def reading_list(narrowed: Scope | None = None) -> Iterator[ScopedSession]:
    """For lists and exports alone: on the standby, where there is one (see ``services.freshness``)."""
    if served().database.standby is None:
        with reading(narrowed) as session:
            yield session
        return
    wanted = scope() if narrowed is None else narrowed
    with freshness.reading_list(served().database, wanted, account=logged_in().account, at=now()) as session:
        yield session


@contextmanager
def transaction() -> Iterator[ScopedSession]:
    """A writing session of the account's scope, committed at the end of the block, or not at all.

    A serial that is refused because it stands elsewhere is noted for the administrators when all else is taken back.
    """
    _close()
    try:
        with served().database.transaction(scope()) as session:
            yield session
    except Refusal as refusal:
        foreign_serials.note(served().database, refusal, actor=actor())
        raise


@contextmanager
def whole_transaction() -> Iterator[ScopedSession]:
    """A writing session for rows that belong to nobody; the service checks that the actor may."""
    _close()
    with served().database.transaction(Scope.whole(logged_in().account)) as session:
        yield session


def open_to_all(view: Callable[P, R]) -> Callable[P, R]:
    """Marks a view that needs no log-in."""
    view.access = "open"  # type: ignore[attr-defined]
    return view


def for_account(view: Callable[P, R]) -> Callable[P, R]:
    """Marks a view for whoever is logged in."""
    view.access = "account"  # type: ignore[attr-defined]
    return view


def needs(act: Act) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Marks a view for those whose role includes the act; others are refused with Denied."""

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            actor().require(act)
            return view(*args, **kwargs)

        checked.access = act  # type: ignore[attr-defined]
        return checked

    return mark


def access_of(view: Any) -> Any:
    """ "open", "account" or an Act; None for a view that says nothing, which nobody may see."""
    return getattr(view, "access", None)


def _check_access() -> None:
    if request.endpoint is None or request.endpoint == "static":
        return
    access = access_of(current_app.view_functions[request.endpoint])
    if access is None:
        raise RuntimeError(f"{request.endpoint} does not say who may see it")
    if access != "open":
        logged_in()


def _find_visitor() -> Visitor | None:
    token = request.cookies.get(cookie_name())
    if not token:
        return None
    limits = logins.Limits.of(served().settings.session_idle_hours, served().settings.session_days)
    with served().database.reading(NOTHING) as session:
        found = logins.visitor(session, token, at=now(), limits=limits)
    if found and now() - found.seen_at >= SEEN_EVERY:
        with served().database.transaction(NOTHING) as session:
            logins.touch(session, found.login, at=now())
    return found


def _close(_: BaseException | None = None) -> None:
    for opened, _session in cast("dict[Scope, Any]", g.pop("readings", {})).values():
        opened.__exit__(None, None, None)
