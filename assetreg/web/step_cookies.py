"""Cookies that live for minutes: what this browser began and must itself end."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from assetreg.services import login_steps, sealing
from assetreg.web.visit import served

LASTS_S = int(login_steps.LASTS.total_seconds())


def token(name: str) -> str | None:
    """The token of a step, as the browser brings it."""
    return request.cookies.get(_full(name))


def keep(response: Response, name: str, value: str) -> Response:
    settings = served().settings
    response.set_cookie(
        _full(name), value, max_age=LASTS_S, secure=settings.https, httponly=True, samesite="Lax", path="/"
    )
    return response


def forget(response: Response, *names: str) -> Response:
    for name in names:
        response.delete_cookie(_full(name), secure=served().settings.https, httponly=True, samesite="Lax", path="/")
    return response


def sign(name: str, values: dict[str, str]) -> str:
    """Values as a cookie that we, and nobody else, have written."""
    return str(_signer(name).dumps(values))


def signed(name: str) -> dict[str, str] | None:
    """The values of a signed cookie; None where there is none, or it is old or was not written by us."""
    try:
        found: Any = _signer(name).loads(token(name) or "", max_age=LASTS_S)
    except BadData:
        return None
    return found if isinstance(found, dict) else None


def _signer(name: str) -> URLSafeTimedSerializer:
    key = sealing.derived(served().settings.secret_key, "step cookies")
    return URLSafeTimedSerializer(key, salt=name, signer_kwargs={"digest_method": hashlib.sha256})


def _full(name: str) -> str:
    return f"__Host-{name}" if served().settings.https else name
