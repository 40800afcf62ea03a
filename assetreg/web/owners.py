"""Whose devices the pages speak of: a choice in the header that narrows what is shown and never widens it.

The choice is a filter and not a lock: an address that leads to one device shows it whatever is chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from flask import Flask, Response, g, request
from flask_babel import gettext as _

from assetreg.domain.access import Scope
from assetreg.services import account_scope, places
from assetreg.web import visit

COOKIE = "owner"
FORGOTTEN = ("cursor", "after", "before")
A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class OwnerChoice:
    """An owner the visitor sees, wholly or in part."""

    id: int
    code: str
    name: str


def install(app: Flask) -> None:
    app.after_request(_remember)


def visible() -> tuple[OwnerChoice, ...]:
    """The owners the visitor sees, in their order."""
    if "owners" not in g:
        with visit.reading() as session:
            g.owners = tuple(OwnerChoice(row.id, row.code, row.name) for row in places.owners(session))
    found: tuple[OwnerChoice, ...] = g.owners
    return found


def chosen() -> OwnerChoice | None:
    """The owner the pages are narrowed to; None for all. A code the visitor does not see chooses nothing."""
    stated = request.args.get("owner", request.cookies.get(COOKIE, ""))
    return next((owner for owner in visible() if owner.code == stated), None) if stated else None


def chosen_scope() -> Scope:
    """What lists and figures are read with: ``with reading(chosen_scope()) as session``."""
    owner, visitor = chosen(), visit.logged_in()
    return account_scope.narrowed(visitor.scope, visitor.places, owner=owner.id) if owner else visitor.scope


def choices() -> list[dict[str, object]]:
    """For the header: code, label, url, current. Empty where there is nothing to choose between."""
    owners = visible()
    if len(owners) < 2:
        return []
    now = chosen()
    every = {"code": "", "label": _("Alla"), "url": _address(""), "current": now is None}
    return [every] + [
        {"code": owner.code, "label": owner.name, "url": _address(owner.code), "current": owner == now}
        for owner in owners
    ]


def _address(code: str) -> str:
    """This page's own address with another choice; where in a list the reader was is forgotten."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name not in (*FORGOTTEN, "owner")]
    return f"{quote(request.path)}?{urlencode([*kept, ('owner', code)])}"


def _remember(response: Response) -> Response:
    """Keeps a choice that was made in the header for the pages that follow."""
    if (
        "owner" not in request.args
        or request.method != "GET"
        or g.get("visitor") is None
        or response.status_code >= 400
    ):
        return response
    owner = chosen()
    secure = visit.served().settings.https
    if owner is None:
        response.delete_cookie(COOKIE, secure=secure, httponly=True, samesite="Lax")
    else:
        response.set_cookie(COOKIE, owner.code, max_age=A_YEAR, secure=secure, httponly=True, samesite="Lax")
    return response
