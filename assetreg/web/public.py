"""A label's address: the device for staff, and for anyone else one and the same page, whoever's label it is."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from assetreg.domain.access import Act
from assetreg.domain.identifiers import is_token
from assetreg.domain.terms import LabelState
from assetreg.services import label_address
from assetreg.services.label_address import Lead
from assetreg.web import device_find, frame, headers, label_binding, visit
from assetreg.web.next_page import login_address
from assetreg.web.visit import open_to_all, reading, served

blueprint = Blueprint("public", __name__)

STAFF = "personal"


@blueprint.get("/t/<path:token>", endpoint="label")
@blueprint.get("/T/<path:token>", endpoint="label")
@open_to_all
def label(token: str) -> Any:
    """Nobody's request reads nothing: neither the answer nor its time says whether the label exists."""
    headers.hide_address()
    if visit.visitor() is None:
        return redirect(login_address(), 303) if STAFF in request.args else _finder()
    found = _follow(token.upper())
    if found is None or not visit.actor().may(Act.READ_DEVICES):
        return render_template("public/dead_label.html", label=None), 404
    if found.tag and found.leads_on:
        state = "ersatt" if found.state is LabelState.REPLACED else None
        return redirect(url_for("devices.show", tag=found.tag, etikett=state), 303)
    if found.state is LabelState.BLANK:
        return label_binding.blank_page(found.token)
    return render_template("public/dead_label.html", label=device_find.dead_label(found))


def _follow(token: str) -> Lead | None:
    if not is_token(token):
        return None
    with reading() as session:
        return label_address.follow(session, token)


def _finder() -> str:
    """The way to the log-in is relative, so that not even it tells one label's page from another's."""
    frame.leave_out()
    settings = served().settings
    return render_template(
        "public/label.html",
        finder_text=settings.finder_text,
        finder_phone=settings.finder_phone,
        finder_phone_link="tel:" + "".join(c for c in settings.finder_phone if c.isdigit() or c == "+"),
        finder_mail=settings.finder_mail,
        login_url=f"?{STAFF}",
    )
