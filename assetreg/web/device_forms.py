"""The forms a device is made and edited with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _

from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act
from assetreg.domain.terms import Kind
from assetreg.schemas.device import DeviceInput, device_input
from assetreg.schemas.device_form import NewDeviceFields
from assetreg.services import choices, device_form, devices, label_binding, sent_forms
from assetreg.services.devices import REGISTERED_BY_HAND
from assetreg.services.identity import SerialTaken
from assetreg.web import device_shown, owners, person_hint, visit
from assetreg.web.attempts import Done, Refused, attempt, beside, sent
from assetreg.web.device_shown import address
from assetreg.web.visit import needs, reading

REGISTER = "register"
LABEL = "etikett"
LONGEST_CARRIED = 80
FIELDS = (
    *("kind", "serial", "asset_tag", "imei", "hostname", "manufacturer", "model", "owner", "unit", "room", "group"),
    *("user", "cost_centre", "stage", "purchased", "in_service", "ordered", "delivered", "warranty_until"),
    *("price_sek", "supplier", "order_number", "os", "os_version", "note", "duplicate_reason", "reason"),
)


@needs(Act.EDIT_DEVICES)
def new() -> Any:
    chosen = owners.chosen() or (owners.visible()[0] if len(owners.visible()) == 1 else None)
    with reading() as session:
        form_id = sent_forms.new_id(session)
    values = {"owner": chosen.code if chosen else "", "stage": REGISTERED_BY_HAND[1].value, "form_id": form_id}
    carried = {name: request.args.get(name, "").strip()[:LONGEST_CARRIED] for name in ("serial", LABEL)}
    return _new_page(values | carried, {}, None)


@needs(Act.EDIT_DEVICES)
def add() -> Any:
    values = sent()

    def work(session: ScopedSession) -> Done:
        actor = visit.actor()
        before = sent_forms.made_by(session, REGISTER, values, actor=actor)
        if before is not None:
            said = _("Formuläret var redan skickat. Enheten %(tag)s är registrerad, en gång.", tag=before)
            return Done(address(before), (("info", said),))
        reason = values.get("duplicate_reason", "").strip() or None
        command = device_input(values, schema=NewDeviceFields(), duplicate_reason=reason)
        act = sent_forms.begin(session, REGISTER, values, actor=actor)
        device = devices.register_many(session, [command], actor=actor, act=act)[0]
        if values.get(LABEL):
            return _labelled(session, device, values[LABEL])
        said = _("Enheten %(tag)s är registrerad och har fått en etikett.", tag=device.tag)
        return Done(address(device.tag), (("done", said),))

    return attempt(work, lambda refused: _new_page(values, person_hint.helped(refused), refused))


def _labelled(session: ScopedSession, device: Any, token: str) -> Done:
    """The blank label that was in the hand becomes the new device's own."""
    label = label_binding.bind_first(session, device, token, actor=visit.actor())
    said = _("Enheten %(tag)s är registrerad.", tag=device.tag)
    return Done(url_for("devices.find", satt=label.token), (("done", said),))


@needs(Act.EDIT_DEVICES)
def edit(tag: str) -> Any:
    with reading() as session:
        form = device_form.read(session, devices.get(session, tag), actor=visit.actor())
    return edit_page(form, form.stated, {}, None)


def edit_command(session: ScopedSession, tag: str, values: Mapping[str, str], version: int) -> DeviceInput:
    """What differs from the device as the form was opened on it; a field that was emptied is cleared.

    The place is one thing, and so are maker and model: when a part differs all of it is stated.
    """
    form = device_form.read(session, devices.lock(session, tag, version=version), actor=visit.actor())
    differing = {name for name, now in form.stated.items() if name in values and _plain(values[name]) != _plain(now)}
    for together in ({"unit", "room", "group"}, {"manufacturer", "model"}):
        if differing & together:
            differing |= together & set(values)
    stated: dict[str, str | None] = {name: values[name].strip() or None for name in differing}
    reason = values.get("reason", "").strip() or None
    duplicate = values.get("duplicate_reason", "").strip() or None
    return device_input(stated, version=version, reason=reason, duplicate_reason=duplicate)


def edit_page(
    form: device_form.DeviceForm, values: Mapping[str, str], errors: Mapping[str, str], refused: Refused | None
) -> str:
    with reading() as session:
        offered = _offered(session, form.owner_id)
    return render_template(
        "devices/edit.html",
        device=device_shown.subject(form),
        version=form.version,
        seen=form.stated,
        values=values,
        errors=beside(errors, FIELDS),
        owners=[],
        stages=[],
        may_read_persons=visit.actor().may(Act.READ_PERSONS),
        **offered,
        **_taken(refused, values),
    )


def _new_page(values: Mapping[str, str], errors: Mapping[str, str], refused: Refused | None) -> str:
    with reading(owners.chosen_scope()) as session:
        offered = _offered(session, None)
    return render_template(
        "devices/new.html",
        values=values,
        errors=beside(errors, FIELDS),
        owners=[{"value": owner.code, "label": owner.name} for owner in owners.visible()],
        stages=device_shown.options(REGISTERED_BY_HAND),
        may_read_persons=visit.actor().may(Act.READ_PERSONS),
        **offered,
        **_taken(refused, values),
    )


def _offered(session: ScopedSession, owner_id: int | None) -> dict[str, Any]:
    return {
        "kinds": device_shown.options(Kind),
        "units": choices.units(session, owner_id=owner_id),
        "manufacturers": choices.manufacturers(session),
        "models": choices.models(session),
        "suppliers": choices.suppliers(session),
    }


def _taken(refused: Refused | None, values: Mapping[str, str]) -> dict[str, Any]:
    """The device that has the serial already, and whether to ask why it is two devices all the same."""
    refusal = refused.refusal if refused else None
    tag = str(refusal.params["tag"]) if isinstance(refusal, SerialTaken) else ""
    return {
        "taken": {"tag": tag, "url": address(tag)} if tag else None,
        "asks_duplicate": bool(tag or values.get("duplicate_reason")),
    }


def _plain(text: str) -> str:
    return text.strip().replace("\r\n", "\n")
