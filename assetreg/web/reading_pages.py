"""The log of who has read personal data, for administrators and auditors."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _

from assetreg.domain.access import Act
from assetreg.domain.cells import parse_date
from assetreg.domain.errors import Refusal
from assetreg.domain.retention import ReadWhat
from assetreg.services import reading_log
from assetreg.services.paging import BadCursor, Page
from assetreg.services.reading_log import LogQuestion, LogRow
from assetreg.web import languages, privacy_shown, visit
from assetreg.web.device_shown import address
from assetreg.web.formats import moment, number, term
from assetreg.web.visit import needs, reading

FIELDS = ("vad", "konto", "fran", "till", "person")


@needs(Act.READ_ACCESS_LOG)
def log() -> Any:
    """``vad``, ``konto``, ``fran``, ``till`` and ``person`` narrow it."""
    stated = {name: request.args.get(name, "").strip()[:40] for name in FIELDS}
    wanted, errors = _question(stated)
    with reading() as session:
        found = _found(session, wanted)
        readers = reading_log.readers(session, actor=visit.actor())
    kept: dict[str, Any] = {name: value for name, value in stated.items() if value}
    return render_template(
        "privacy/log.html",
        tabs=privacy_shown.tabs("privacy.log"),
        values=stated,
        errors=errors,
        whats=[{"value": what.value, "label": term(what)} for what in ReadWhat],
        readers=[{"value": str(number_), "label": name} for number_, name in readers],
        rows=[_row(row) for row in found.rows],
        clear_url=url_for("privacy.log") if kept else "",
        first=url_for("privacy.log", **kept) if request.args.get("cursor") else "",
        next=url_for("privacy.log", **kept, cursor=found.next) if found.next else "",
    ), 422 if errors else 200


def _found(session: Any, wanted: LogQuestion) -> Page[LogRow]:
    try:
        return reading_log.page(session, wanted, actor=visit.actor(), cursor=request.args.get("cursor"))
    except BadCursor:
        return reading_log.page(session, wanted, actor=visit.actor())


def _question(stated: dict[str, str]) -> tuple[LogQuestion, dict[str, str]]:
    """What the address asks for; a day that cannot be read is told beside its field."""
    errors: dict[str, str] = {}
    days: dict[str, Any] = {}
    for name in ("fran", "till"):
        try:
            days[name] = parse_date(stated[name]).value if stated[name] else None
        except Refusal as refusal:
            errors[name], days[name] = languages.sentence(refusal), None
    what = next((each for each in ReadWhat if each.value == stated["vad"]), None)
    return LogQuestion(_id(stated["konto"]), _id(stated["person"]), what, days["fran"], days["till"]), errors


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _row(row: LogRow) -> dict[str, str]:
    who = row.person or (_("Person %(number)s", number=row.person_id) if row.person_id else "")
    count = _("1 person") if row.count == 1 else _("%(count)s personer", count=number(row.count))
    return {
        "at": moment(row.at),
        "account": row.account or _("Kommandoraden"),
        "what": term(row.what),
        "door": term(row.door),
        "whom": who or count,
        "url": url_for("persons.show", person_id=row.person_id) if row.person and row.person_id else "",
        "tag": row.tag or "",
        "tag_url": address(row.tag) if row.tag else "",
    }
