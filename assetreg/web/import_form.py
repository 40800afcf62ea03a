"""The form that takes a list in: what is offered, and what was stated on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from assetreg.config import MEGABYTE
from assetreg.domain.access import Actor
from assetreg.domain.cells import format_pattern, parse_date
from assetreg.domain.errors import Invalid, Refusal
from assetreg.services.imports.presets import PRESETS, Preset
from assetreg.sources.mapping_file import FileMapping
from assetreg.sources.rows import DEFAULT
from assetreg.web import visit
from assetreg.web.languages import language

LABELS = {
    "devices": lazy_gettext("Enheter"),
    "persons": lazy_gettext("Personer"),
    "outcomes": lazy_gettext("Utfall"),
    "indicator-values": lazy_gettext("Årets siffror"),
}
HINTS = {
    "devices": lazy_gettext("Datorer, surfplattor, telefoner, skärmar och annat, en rad för varje enhet."),
    "persons": lazy_gettext("De som använder enheterna. Läs in dem före enheterna."),
    "outcomes": lazy_gettext("Partnerns rapport: vad det blev av varje enhet."),
    "indicator-values": lazy_gettext("Mål, och värden som inte räknas fram ur registret."),
}


class MappingLineUnreadable(Invalid):
    code = "mapping_line_unreadable"
    message = "Raden {line} går inte att läsa. Skriv filens rubrik = registrets kolumn."


def sizes() -> dict[str, int]:
    """The largest files that are read, in megabytes."""
    largest = visit.served().settings.max_upload_mb
    return {"csv": largest, "xlsx": min(largest, DEFAULT.xlsx_bytes // MEGABYTE)}


def presets_for(actor: Actor) -> list[Preset]:
    """The kinds of lists that the role may read in."""
    return [preset for preset in PRESETS.values() if actor.may(preset.act)]


def choices(offered: Sequence[Preset]) -> list[dict[str, str]]:
    return [{"value": each.name, "label": str(LABELS[each.name]), "hint": str(HINTS[each.name])} for each in offered]


def columns(offered: Sequence[Preset]) -> list[dict[str, str]]:
    return [
        {
            "label": _("Kolumner för %(what)s", what=str(LABELS[each.name]).lower()),
            "columns": ", ".join(column.name if language() == "en" else column.swedish for column in each.columns),
        }
        for each in offered
    ]


def templates(offered: Sequence[Preset]) -> list[dict[str, str]]:
    return [
        {"label": _("Tom mall: %(what)s", what=str(LABELS[each.name]).lower()), "url": _template_url(each.name)}
        for each in offered
    ]


def stated(form: Mapping[str, str]) -> dict[str, str]:
    """What the form said, as it is shown again should it be refused."""
    return {name: form.get(name, "").strip() for name in ("preset", "owner", "mapping", "date_format", "file_date")}


def asked(values: Mapping[str, str]) -> dict[str, Any]:
    """What is asked of the reading. Raises MappingLineUnreadable, UnreadableDateFormat or what a date raises."""
    return {
        "mapping": FileMapping(columns=_columns(values["mapping"]), dates=_date_format(values["date_format"])),
        "given": {"owner": values["owner"]} if values["owner"] and _has_owner(values["preset"]) else {},
        "file_date": _file_date(values["file_date"]),
    }


def _has_owner(preset: str) -> bool:
    return preset in PRESETS and "owner" in PRESETS[preset].names


def _columns(text: str) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        header, equals, column = line.rpartition("=")
        if not equals or not header.strip():
            raise MappingLineUnreadable(field="mapping", line=line.strip())
        found[header.strip()] = column.strip() or None
    return found


def _date_format(text: str) -> str | None:
    if not text:
        return None
    wanted = {"d": "D", "m": "M", "y": "YYYY", "å": "YYYY"}
    spelled = "".join(wanted.get(letter, letter) for letter in text) if len(text) == 5 else text
    try:
        format_pattern(spelled)
    except Refusal as refusal:
        raise type(refusal)(field="date_format", **refusal.params) from None
    return spelled


def _file_date(text: str) -> Any:
    if not text:
        return None
    try:
        return parse_date(text).value
    except Refusal as refusal:
        raise type(refusal)(field="file_date", **refusal.params) from None


def _template_url(name: str) -> str:
    return url_for("imports.template", preset=name)
