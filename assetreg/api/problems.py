"""What a program gets when something goes wrong: a problem document (RFC 9457) in Swedish, never a traceback."""

from __future__ import annotations

import json
import logging
import secrets
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from assetreg.api.bodies import NotJson, UnsupportedMedia
from assetreg.api.calls import TokenNeeded, TooManyRequests
from assetreg.api.versions import NoVersion, VersionPassed
from assetreg.domain.errors import Conflict, Denied, Invalid, InvalidInput, Missing, Overloaded, Refusal
from assetreg.services import logbook

log = logging.getLogger("assetreg.api")
KIND = "application/problem+json"

STATUSES: tuple[tuple[type[Refusal], int], ...] = (
    (TokenNeeded, 401),
    (NotJson, 400),
    (UnsupportedMedia, 415),
    (NoVersion, 428),
    (VersionPassed, 412),
    (TooManyRequests, 429),
    (Invalid, 422),
    (Conflict, 409),
    (Missing, 404),
    (Denied, 403),
    (Overloaded, 503),
)
TITLES = {
    400: "Begäran går inte att läsa",
    401: "Token saknas",
    403: "Det får programmet inte göra",
    404: "Finns inte",
    405: "Så kan adressen inte användas",
    409: "Det går inte just nu",
    412: "Någon annan har ändrat",
    413: "Filen är för stor",
    415: "Fel sorts innehåll",
    422: "Något behöver rättas",
    428: "Versionen saknas",
    429: "För många anrop",
    500: "Något gick fel hos oss",
    503: "Tjänsten är upptagen",
}
DETAILS = {
    404: "Det finns inget på den adressen, eller så får programmet inte se det.",
    405: "Adressen finns men tar inte emot den metoden. Se Allow.",
    413: "Den är större än det som registret tar emot. Dela filen i flera.",
    500: "Det berodde inte på begäran. Felet är sparat i loggen. Ingenting är halvgjort.",
    503: "Frågan tog för lång tid. Lägg till ett filter, till exempel owner eller kind, eller begär en kortare sida.",
}
GENERAL = "Adressen eller det som skickades är fel. Se beskrivningen på /api/v1/docs."
RETRY_S = 5


def install(app: Flask) -> None:
    app.register_error_handler(Refusal, on_refusal)
    app.register_error_handler(HTTPException, on_http)
    app.register_error_handler(OperationalError, on_database)
    app.register_error_handler(DataError, on_data)
    app.register_error_handler(Exception, on_fault)


def status_of(refusal: Refusal) -> int:
    return next((status for kind, status in STATUSES if isinstance(refusal, kind)), 400)


def on_refusal(refusal: Refusal) -> Response:
    status = status_of(refusal)
    answer = problem(status, code=refusal.code, detail=refusal.sentence(), **_beside(refusal))
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="assetreg"'
    if isinstance(refusal, TooManyRequests):
        answer.headers["Retry-After"] = str(refusal.seconds)
    elif status == 503:
        answer.headers["Retry-After"] = str(RETRY_S)
    return answer


def on_http(error: HTTPException) -> Response:
    status = 413 if isinstance(error, RequestEntityTooLarge) else error.code or 500
    answer = problem(status, code=HTTPStatus(status).phrase.lower().replace(" ", "_"))
    allowed = dict(error.get_headers()).get("Allow")
    if allowed:
        answer.headers["Allow"] = allowed
    return answer


def on_database(error: OperationalError) -> Response:
    """Locked, too slow, or not there."""
    answer = problem(503, code=Overloaded.code, reference=_noted(error))
    answer.headers["Retry-After"] = str(RETRY_S)
    return answer


def on_data(error: DataError) -> Response:
    """A value that the database cannot hold, such as a number of no row there can be."""
    return problem(404 if request.method == "GET" else 422, code="unreadable", reference=_noted(error))


def on_fault(error: Exception) -> Response:
    return problem(500, code="fault", reference=_noted(error))


def problem(status: int, *, code: str, detail: str = "", **more: Any) -> Response:
    """The document: ``type title status detail code``, and what else the mishap has to tell."""
    document = {
        "type": f"urn:assetreg:{code}",
        "title": TITLES.get(status, "Begäran går inte att förstå"),
        "status": status,
        "detail": detail or DETAILS.get(status, GENERAL),
        "code": code,
        **more,
    }
    body = json.dumps(document, ensure_ascii=False, default=str)
    return Response(body, status=status, content_type=KIND)


def _beside(refusal: Refusal) -> dict[str, Any]:
    if isinstance(refusal, VersionPassed):
        return {"sent": refusal.sent, "current": refusal.current}
    if isinstance(refusal, InvalidInput):
        return {"errors": [_named(each) for each in refusal.refusals]}
    return {"errors": [_named(refusal)]} if refusal.field else {}


def _named(refusal: Refusal) -> dict[str, Any]:
    return {"field": refusal.field, "code": refusal.code, "detail": refusal.sentence()}


def _noted(error: Exception) -> str:
    """Writes the fault to the log and gives the request's id, which the problem and the log line share."""
    reference = logbook.current() or secrets.token_hex(8)
    log.error("fault %s", reference, exc_info=error)
    return reference
