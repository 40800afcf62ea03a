"""Saving an edited device, and what happens when somebody else was faster (optimistic locking).

The form carries what it was opened on, so that the page of both versions can tell a field that only one of the
two has changed from one that both have.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import render_template
from flask_babel import gettext as _

from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act
from assetreg.domain.terms import Kind
from assetreg.services import device_form, device_history, devices
from assetreg.web import device_shown, person_hint, visit
from assetreg.web.attempts import Done, Refused, attempt, sent, version
from assetreg.web.device_forms import edit_command, edit_page
from assetreg.web.device_shown import address
from assetreg.web.formats import moment, term
from assetreg.web.visit import needs, reading

LABELS = {
    "kind": "Typ",
    "serial": "Serienummer",
    "imei": "IMEI",
    "hostname": "Datornamn",
    "manufacturer": "Tillverkare",
    "model": "Modell",
    "unit": "Enhet",
    "room": "Rum",
    "group": "Klass eller grupp",
    "user": "Användare",
    "cost_centre": "Kostnadsställe",
    "purchased": "Inköpt",
    "in_service": "I drift från",
    "ordered": "Beställd",
    "delivered": "Levererad",
    "warranty_until": "Garanti till",
    "price_sek": "Pris exkl. moms",
    "supplier": "Leverantör",
    "order_number": "Ordernummer",
    "os": "Operativsystem",
    "os_version": "Version",
    "note": "Anmärkning",
}
_KEPT = ("reason", "duplicate_reason")


@needs(Act.EDIT_DEVICES)
def save(tag: str) -> Any:
    values, seen_version = sent(), version()

    def work(session: ScopedSession) -> Done:
        command = edit_command(session, tag, values, seen_version)
        device = devices.get(session, tag)
        differing = devices.edit(session, device, command, actor=visit.actor())
        said = _("Uppgifterna är sparade.") if differing else _("Inget var ändrat, så inget är sparat.")
        return Done(address(tag), (("done" if differing else "info", said),))

    def again(refused: Refused) -> Any:
        with reading() as session:
            form = device_form.read(session, devices.get(session, tag), actor=visit.actor())
        if refused.changed:
            return _both(form, values), 409
        return edit_page(form, form.stated | values, person_hint.helped(refused), refused)

    return attempt(work, again)


def _both(form: device_form.DeviceForm, values: Mapping[str, str]) -> str:
    """Both versions, field by field; what only one of the two touched is chosen already."""
    seen = _seen(values)
    differing = [
        _field(name, values[name].strip(), now, seen.get(name))
        for name, now in form.stated.items()
        if name in values and values[name].strip() != now.strip()
    ]
    shown = {field["name"] for field in differing}
    kept = [name for name in (*form.stated, *_KEPT) if name in values and name not in shown]
    with reading() as session:
        newest = device_history.lines(session, devices.get(session, form.tag), actor=visit.actor(), limit=1)
    return render_template(
        "devices/conflict.html",
        device=device_shown.subject(form),
        version=form.version,
        theirs_by=str(newest[0].sentence.values.get("who", "")) if newest else "",
        theirs_at=moment(newest[0].at) if newest else "",
        fields=differing,
        kept=[{"name": name, "value": values[name]} for name in kept],
        seen=form.stated,
    )


def _field(name: str, yours: str, theirs: str, seen: str | None) -> dict[str, Any]:
    shown = _kind if name == "kind" else str
    return {
        "name": name,
        "label": _(LABELS[name]),
        "yours": yours,
        "theirs": theirs,
        "yours_shown": shown(yours),
        "theirs_shown": shown(theirs),
        "choice": "theirs" if seen is not None and seen.strip() == yours else "yours",
    }


def _kind(value: str) -> str:
    return next((term(kind) for kind in Kind if kind.value == value), value)


def _seen(values: Mapping[str, str]) -> dict[str, str]:
    """What the form was opened on, as its own hidden field says; it only decides what is chosen beforehand."""
    try:
        found = json.loads(values.get("seen", ""))
    except ValueError:
        return {}
    return {str(name): str(text) for name, text in found.items()} if isinstance(found, dict) else {}
