"""What the search box and a typed or scanned code lead to, and the page that waits for the next code."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from assetreg.domain.access import Act
from assetreg.domain.identifiers import Scan, parse_scan, printed_token
from assetreg.domain.terms import LabelState
from assetreg.services import choices, device_form, identity, label_address
from assetreg.services.label_address import Lead
from assetreg.web import device_shown, list_empty, visit
from assetreg.web.device_shown import address
from assetreg.web.formats import day, term
from assetreg.web.visit import needs, reading, served

LONGEST = 300
SCANNED = "skanna"


@needs(Act.READ_DEVICES)
def find() -> Any:
    """One device that the text names exactly leads to its page, several to a choice, a unit to what is there.

    Anything else is searched for in the list, or said beside the field where codes are scanned. A number is found
    wherever the visitor may look, whatever owner the pages are narrowed to.
    """
    typed = request.args.get("q", "").strip()[:LONGEST]
    if not typed:
        return scan_page()
    via = SCANNED if request.args.get("via") == SCANNED else None
    scan = parse_scan(typed, hosts=hosts())
    with reading() as session:
        lead = label_address.follow(session, scan.token) if scan.token else None
        found = [] if lead and lead.leads_on else identity.find(session, typed, hosts=hosts())
        several = [device_form.read(session, device, actor=visit.actor()) for device in found[1:] and found]
        unit = None if found or lead else choices.unit_named(session, typed)
    if lead and lead.tag and lead.leads_on:
        old = "ersatt" if lead.state is LabelState.REPLACED else None
        return redirect(address(lead.tag, etikett=old, via=via), 303)
    if len(found) == 1:
        return redirect(address(found[0].tag, via=via), 303)
    if found:
        return render_template("devices/several.html", typed=typed, rows=[choice(form) for form in several], bind=None)
    if lead or _is_label(scan):
        return redirect(url_for("public.label", token=scan.token), 303)
    if via:
        return scan_page(typed), 404
    return redirect(url_for("devices.index", unit=unit) if unit else url_for("devices.index", q=typed), 303)


def scan_page(typed: str = "") -> str:
    """The field for the next code; above it what became of the last: a label that was bound, or a code not found."""
    may_add = visit.actor().may(Act.EDIT_DEVICES)
    said = _("Ingen enhet eller etikett stämmer med ”%(typed)s”.", typed=typed)
    advice = list_empty.misread(typed) or _("Läs av koden en gång till, eller sök på en del av numret.")
    links = [{"label": _("Sök i listan"), "url": url_for("devices.index", q=typed)}]
    if may_add:
        links.append({"label": _("Registrera ny enhet"), "url": url_for("devices.new", serial=typed)})
    return render_template(
        "devices/scan.html",
        values={},
        errors={"code": f"{said} {advice}"} if typed else {},
        links=links if typed else [],
        bound=_bound() if may_add else None,
    )


def _bound() -> dict[str, str] | None:
    """The label that was bound a moment ago."""
    token = request.args.get("satt", "")
    with reading() as session:
        lead = label_address.follow(session, token) if token else None
    if lead is None or lead.tag is None or lead.state is not LabelState.ATTACHED:
        return None
    undo = url_for("devices.release_label", token=lead.token)
    return {"token": printed_token(lead.token), "tag": lead.tag, "url": address(lead.tag), "undo": undo}


def _is_label(scan: Scan) -> bool:
    """An address of ours says that it is a label; eight letters and digits can be anything."""
    return bool(scan.token) and not scan.tags and not scan.serials


def hosts() -> frozenset[str]:
    """The names that stand on our labels."""
    settings = served().settings
    own = urlsplit(settings.base_url).netloc if settings.base_url else request.host
    return settings.label_hosts | {own.lower()}


def choice(form: device_form.DeviceForm) -> dict[str, str]:
    """A device among several, as a row of ``lists.links``."""
    where = device_shown.place(form.model or term(form.kind), form.owner, form.unit, form.stated["serial"])
    return {
        "title": form.tag,
        "url": address(form.tag),
        "sub": where,
        "badge": term(form.stage),
        "meaning": "",
        "side": "",
        "stage": form.stage.value,
    }


def dead_label(lead: Lead) -> dict[str, str]:
    """What a void label says: since when, why, and where it sat."""
    return {
        "token": printed_token(lead.token),
        "since": day(lead.ended_at),
        "reason": lead.reason or "",
        "tag": lead.tag or "",
        "url": address(lead.tag) if lead.tag else "",
    }
