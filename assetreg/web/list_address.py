"""The address of the list of devices, which says all there is to say of a selection."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode

from flask import request, url_for

PARAMS = (
    *("q", "kind", "stage", "department", "unit", "group", "due_from", "due_to", "support_before", "lacks", "show"),
    *("sort", "order", "cursor", "before", "owner"),
)
PLACE = ("cursor", "before")
"""Where in the list one is; a changed selection begins from its first page."""
LONGEST = 2000


def changed(**stated: str | None) -> str:
    """This list with something else of its selection; None takes a thing away. The owner is kept beside it."""
    kept = {name: text for name, text in request.args.items() if text and name not in ("owner", *PLACE)}
    return of((kept | stated).items())


def of(stated: Iterable[tuple[str, str | None]]) -> str:
    asked = [(name, text) for name, text in stated if text]
    return url_for("devices.index") + (f"?{urlencode(asked)}" if asked else "")


def here() -> str:
    """The selection as a form carries it along."""
    return urlencode([(name, text) for name, text in request.args.items() if name in PARAMS and text])


def back(carried: str) -> str:
    """The list that a form carried along; what is no part of a selection is left out."""
    return of((name, text) for name, text in parse_qsl(carried[:LONGEST]) if name in PARAMS)
