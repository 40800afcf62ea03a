"""What a list without rows says: what was looked for and where, and what can be tried instead."""

from __future__ import annotations

import re
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from assetreg.domain import identifiers
from assetreg.domain.access import Act
from assetreg.domain.errors import Refusal
from assetreg.services.device_list import Standing
from assetreg.web import languages, list_address, owners, visit
from assetreg.web.device_filters import Asked

LIKE_OURS = re.compile(r"IT[-+ ]?[0-9]{6,12}[A-Z]")
"""Shaped like a number of ours, also with a letter that is none of the check characters."""


def of(asked: Asked) -> dict[str, Any]:
    """``title``, ``text``, ``picture`` and ``links`` (label, url) of an empty list."""
    if not asked.applied and not asked.errors and owners.chosen() is None and request.args.get("show") is None:
        return _nothing_yet(asked)
    typed = asked.applied.get("q", "")
    text = [misread(typed), _looked_for(typed)] if typed else []
    links = _wider(asked, typed)
    if asked.applied:
        advice = _("Sök på en del av numret eller namnet, eller ta bort något filter.")
        text.append(advice if typed else _("Ta bort något filter."))
        links.append({"label": _("Rensa alla filter"), "url": url_for("devices.index")})
    title = _("Inga enheter passar urvalet")
    return {"title": title, "text": " ".join(filter(None, text)), "picture": "search", "links": links}


def misread(typed: str) -> str:
    """A number of ours, or a label's code, whose check character shows that it was read or typed wrong; else ""."""
    if LIKE_OURS.fullmatch(typed.upper()):
        check = identifiers.check_own_tag
    elif "-" in typed:
        check = identifiers.check_token
    else:
        return ""
    try:
        check(typed)
    except Refusal as refusal:
        return languages.sentence(refusal) if refusal.code in ("tag_check_wrong", "token_check_wrong") else ""
    return ""


def _looked_for(typed: str) -> str:
    owner = owners.chosen()
    where = owner.name if owner else _("hela registret")
    return _("Vi sökte efter ”%(q)s” i %(where)s.", q=typed, where=where)


def _wider(asked: Asked, typed: str) -> list[dict[str, str]]:
    """The same question asked of more."""
    found = []
    if owners.chosen() is not None:
        url = list_address.changed()
        every = _("Sök i alla kommuner") if typed else _("Visa alla kommuner")
        found.append({"label": every, "url": url + ("&" if "?" in url else "?") + "owner="})
    if asked.wanted.standing is not Standing.ALL and asked.wanted.stage is None:
        found.append({"label": _("Visa också de avslutade"), "url": list_address.changed(show=Standing.ALL.value)})
    return found


def _nothing_yet(asked: Asked) -> dict[str, Any]:
    links = _wider(asked, "")
    if visit.actor().may(Act.IMPORT_DEVICES):
        links.insert(0, {"label": _("Läs in en fil"), "url": url_for("imports.new")})
    text = _("Börja med att läsa in en lista från Excel, eller lägg till en enhet för hand.")
    return {"title": _("Inga enheter i registret än"), "text": text, "picture": "devices", "links": links}
