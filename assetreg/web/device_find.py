"""What the search box and a typed or scanned code lead to."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import redirect, render_template, request, url_for

from assetreg.domain.access import Act
from assetreg.domain.identifiers import parse_scan
from assetreg.domain.terms import LabelState
from assetreg.services import choices, device_form, identity, label_address
from assetreg.web import device_shown, visit
from assetreg.web.device_shown import address
from assetreg.web.formats import term
from assetreg.web.visit import needs, reading, served

LONGEST = 300


@needs(Act.READ_DEVICES)
def find() -> Any:
    """One device that the text names exactly leads to its page, several to a choice, a unit to what is there.

    Anything else is searched for in the list. A number is found wherever the visitor may look, whatever owner
    the pages are narrowed to.
    """
    typed = request.args.get("q", "").strip()[:LONGEST]
    if not typed:
        return redirect(url_for("devices.index"), 303)
    token = parse_scan(typed, hosts=hosts()).token
    with reading() as session:
        lead = label_address.follow(session, token) if token else None
        found = [] if lead and lead.tag else identity.find(session, typed, hosts=hosts())
        several = [device_form.read(session, device, actor=visit.actor()) for device in found[1:] and found]
        unit = None if found or lead else choices.unit_named(session, typed)
    if lead and lead.tag:
        old = "ersatt" if lead.state is LabelState.REPLACED else None
        return redirect(address(lead.tag, etikett=old), 303)
    if len(found) == 1:
        return redirect(address(found[0].tag), 303)
    if found:
        return render_template("devices/several.html", typed=typed, rows=[_choice(form) for form in several])
    return redirect(url_for("devices.index", unit=unit) if unit else url_for("devices.index", q=typed), 303)


def hosts() -> frozenset[str]:
    """The names that stand on our labels."""
    settings = served().settings
    own = urlsplit(settings.base_url).netloc if settings.base_url else request.host
    return settings.label_hosts | {own.lower()}


def _choice(form: device_form.DeviceForm) -> dict[str, str]:
    where = device_shown.place(form.model or term(form.kind), form.owner, form.unit, form.stated["serial"])
    return {
        "title": form.tag,
        "url": address(form.tag),
        "sub": where,
        "badge": term(form.stage),
        "meaning": "",
        "side": "",
    }
