"""What every page's frame needs: who is logged in, where one can go, whose devices are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, current_app, g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from assetreg.domain.access import Act
from assetreg.services import reading_log
from assetreg.services.logins import Visitor
from assetreg.web import formats, languages, owners, visit

THEME_COOKIE = "theme"


@dataclass(frozen=True, slots=True)
class Way:
    """One place to go: shown to those who may go there."""

    endpoint: str
    label: Any
    icon: str
    act: Act | None = None

    def open_to(self, visitor: Visitor) -> bool:
        from_role = self.act is None or visit.actor().may(self.act)
        return from_role and self.endpoint in current_app.view_functions

    def item(self) -> dict[str, Any]:
        here = (request.endpoint or "").partition(".")[0] == self.endpoint.partition(".")[0]
        return {"label": str(self.label), "url": url_for(self.endpoint), "icon": self.icon, "current": here}


WAYS = (
    (
        Way("home.show", lazy_gettext("Hem"), "home"),
        Way("devices.index", lazy_gettext("Enheter"), "devices", Act.READ_DEVICES),
        Way("outcomes.index", lazy_gettext("Utfall"), "outcome", Act.READ_FIGURES),
        Way("indicators.index", lazy_gettext("Återbruk"), "chart", Act.READ_FIGURES),
        Way("persons.index", lazy_gettext("Personer"), "user", Act.READ_PERSONS),
    ),
    (
        Way("imports.index", lazy_gettext("Import"), "import", Act.READ_QUALITY),
        Way("quality.index", lazy_gettext("Datakvalitet"), "quality", Act.READ_QUALITY),
        Way("places.index", lazy_gettext("Platser"), "pin", Act.MOVE_DEVICES),
        Way("privacy.index", lazy_gettext("Personuppgifter"), "calendar", Act.READ_ACCESS_LOG),
        Way("accounts.index", lazy_gettext("Konton"), "people", Act.ADMINISTER),
    ),
)
AT_THE_BOTTOM = 3


def install(app: Flask) -> None:
    app.after_request(_note_readings)
    app.context_processor(_public)
    app.context_processor(_private)


def _note_readings(response: Response) -> Response:
    """Who was shown personal data is written when the answer has been sent, so that no page waits for a writer."""
    database = visit.served().database
    if reading_log.waiting(database):
        response.call_on_close(lambda: reading_log.write(database))
    return response


def leave_out() -> None:
    """For a page without the frame: nothing of it is looked up."""
    g.frameless = True


def _public() -> dict[str, Any]:
    found = visit.visitor()
    return {
        "site_name": visit.served().settings.organisation,
        "locale": languages.language(),
        "theme": found.theme if found else request.cookies.get(THEME_COOKIE, "system"),
    }


def _private() -> dict[str, Any]:
    found = visit.visitor()
    if found is None or "frameless" in g:
        return {}
    nav = [[way.item() for way in group if way.open_to(found)] for group in WAYS]
    return {
        "account": {
            "name": found.display_name,
            "initials": _initials(found.display_name),
            "role": formats.term(found.role),
        },
        "nav": [group for group in nav if group],
        "bottom_nav": [item for group in nav for item in group][:AT_THE_BOTTOM],
        "owner_choices": owners.choices(),
        "q": request.args.get("q", ""),
        "scan_url": url_for("scan.show" if "scan.show" in current_app.view_functions else "devices.find"),
        "printed": _printed(),
    }


def _printed() -> str:
    """What paper says of a page: the day, and whose devices it speaks of."""
    owner = owners.chosen()
    return f"{formats.day(visit.now())} · {owner.name if owner else _('Alla')}"


def _initials(name: str) -> str:
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
