"""What a person gets when something goes wrong: a page that says what, why and what now, never a traceback."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from typing import cast

from flask import Flask, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import BadHost, HTTPException
from werkzeug.wrappers import Response as AnyResponse

from assetreg.domain.errors import Conflict, Denied, Invalid, Missing, Overloaded, Refusal
from assetreg.services import logbook
from assetreg.web import frame, languages, visit
from assetreg.web.next_page import login_address

log = logging.getLogger("assetreg.web")

STATUSES: tuple[tuple[type[Refusal], int], ...] = (
    (visit.LoginNeeded, 401),
    (Invalid, 422),
    (Conflict, 409),
    (Missing, 404),
    (Denied, 403),
    (Overloaded, 503),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What an error page says."""

    title: str
    why: str
    now: str


def status_of(refusal: Refusal) -> int:
    return next((status for kind, status in STATUSES if isinstance(refusal, kind)), 400)


def install(app: Flask) -> None:
    app.register_error_handler(Refusal, on_refusal)
    app.register_error_handler(HTTPException, on_http)
    app.register_error_handler(OperationalError, on_database)
    app.register_error_handler(Exception, on_fault)


def on_refusal(refusal: Refusal) -> AnyResponse:
    if isinstance(refusal, visit.LoginNeeded) and request.method in ("GET", "HEAD"):
        return redirect(login_address(), 303)
    status = status_of(refusal)
    return page(status, why=languages.sentence(refusal))


def on_http(error: HTTPException) -> AnyResponse:
    if error.response is not None:
        return cast(AnyResponse, error.response)
    answer = page(error.code or 500)
    allowed = dict(error.get_headers()).get("Allow")
    if allowed:
        answer.headers["Allow"] = allowed
    return answer


def on_database(error: OperationalError) -> AnyResponse:
    """Locked, too slow, or not there: what the reader can do about it is the same."""
    return page(503, why=languages.sentence(Overloaded()), reference=_noted(error))


def on_fault(error: Exception) -> AnyResponse:
    return page(500, reference=_noted(error))


def page(status: int, *, why: str = "", reference: str = "") -> AnyResponse:
    if isinstance(request.routing_exception, BadHost):
        return AnyResponse(_("Värdnamnet i begäran går inte att läsa."), status=400, mimetype="text/plain")
    frame.leave_out()
    fault = _fault(status)
    links = [{"label": _("Till startsidan"), "url": url_for("home.show")}]
    if status == 401:
        links.insert(0, {"label": _("Logga in"), "url": url_for("session.login")})
    body = render_template(
        "public/error.html",
        status=status,
        title=fault.title,
        why=why or fault.why,
        now=fault.now,
        links=links,
        reference=reference,
    )
    return AnyResponse(body, status=status, mimetype="text/html")


def _noted(error: Exception) -> str:
    """Writes the fault to the log and gives the request's id, which the page and the log line share."""
    reference = logbook.current() or secrets.token_hex(8)
    log.error("fault %s", reference, exc_info=error)
    return reference


def _fault(status: int) -> Fault:
    known = {
        401: (_("Du är inte inloggad"), "", _("Logga in och gör om det du skulle göra.")),
        403: (_("Det får du inte göra"), "", _("Gå tillbaka, eller be administratören om hjälp.")),
        404: (
            _("Sidan finns inte"),
            _("Det finns inget på den adressen, eller så har du inte behörighet att se det."),
            _("Kontrollera adressen, eller sök efter det du letar efter."),
        ),
        405: (
            _("Så kan sidan inte användas"),
            _("Adressen finns men tar inte emot den sortens begäran."),
            _("Gå tillbaka och använd knapparna på sidan."),
        ),
        409: (_("Det går inte just nu"), "", _("Gå tillbaka, läs om sidan och se hur det ligger till.")),
        413: (
            _("Filen är för stor"),
            _("Den är större än det som registret tar emot."),
            _("Dela filen i flera, eller be administratören höja gränsen."),
        ),
        422: (_("Något behöver rättas"), "", _("Gå tillbaka, rätta uppgiften och försök igen.")),
        500: (
            _("Något gick fel hos oss"),
            _("Det berodde inte på dig. Felet är sparat i loggen."),
            _("Försök igen om en stund. Ingenting är halvgjort."),
        ),
        503: (_("Tjänsten är upptagen"), "", _("Vänta en stund och försök igen. Ingenting är halvgjort.")),
    }
    general = (_("Begäran går inte att förstå"), _("Adressen eller det som skickades är fel."), _("Gå tillbaka."))
    return Fault(*known.get(status, general))
