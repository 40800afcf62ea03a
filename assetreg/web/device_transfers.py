"""From one owner to another, from a day on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template
from flask_babel import gettext as _

from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act
from assetreg.domain.lifecycle import ENDED
from assetreg.schemas.act import transfer_input
from assetreg.services import choices, device_form, devices, ownership
from assetreg.web import device_shown, owners, visit
from assetreg.web.attempts import Done, Refused, attempt, beside, changed_sentence, dated, sent, version
from assetreg.web.device_moves import refused_page
from assetreg.web.device_shown import address
from assetreg.web.formats import day, term
from assetreg.web.visit import needs, reading

FIELDS = ("owner", "unit", "date", "reason")


@needs(Act.TRANSFER_DEVICES)
def form(tag: str) -> Any:
    return _page(tag, {"date": day(visit.actor().today)}, None)


@needs(Act.TRANSFER_DEVICES)
def do(tag: str) -> Any:
    values, seen = sent(), version()

    def work(session: ScopedSession) -> Done:
        device = devices.lock(session, tag, version=seen)
        command = dated(values, transfer_input)
        ownership.hand_over(session, device, command, actor=visit.actor())
        to = next(owner.name for owner in choices.owners(session) if owner.id == device.owner_id)
        since = day(command.on or visit.actor().today)
        return Done(address(tag), (("done", _("Enheten tillhör %(owner)s från %(day)s.", owner=to, day=since)),))

    return attempt(work, lambda refused: _page(tag, values, refused))


def _page(tag: str, values: Mapping[str, str], refused: Refused | None) -> Any:
    with reading() as session:
        device = devices.get(session, tag)
        shown = device_form.read(session, device, actor=visit.actor())
        changed = changed_sentence(session, tag) if refused and refused.changed else ""
        units = choices.units_elsewhere(session, owner_id=device.owner_id)
    title = _("Flytta till en annan kommun")
    if shown.stage in ENDED:
        now = term(shown.stage).lower()
        why = _("Enhetens status är %(stage)s, och då kan den inte flyttas till en annan kommun.", stage=now)
        return refused_page(tag, title, why)
    others = [owner for owner in owners.visible() if owner.code != shown.owner_code]
    if not others:
        return refused_page(tag, title, _("Du har inte behörighet till någon annan kommun att flytta den till."))
    errors = {"": changed} if changed else refused.errors if refused else {}
    return render_template(
        "devices/transfer.html",
        device=device_shown.subject(shown),
        version=version() if refused and not refused.changed else shown.version,
        owners=[{"value": owner.code, "label": owner.name, "hint": ""} for owner in others],
        consequences=[
            _("Platsen och användaren följer inte med. Den nya kommunen får inte veta vem som använde enheten."),
            _("Utfall före den dagen räknas hos %(owner)s, utfall från den dagen hos den nya.", owner=shown.owner),
        ],
        values=values,
        errors=beside(errors, FIELDS),
        units=[{"value": unit.name, "label": unit.owner, "group": unit.owner_code} for unit in units],
    )
