"""One device: who and where, what can be done next, its facts, and its history."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _

from assetreg.domain.access import Act
from assetreg.domain.identifiers import printed_token
from assetreg.domain.lifecycle import DUE_STAGES
from assetreg.domain.terms import LabelState, Stage
from assetreg.services import device_history, device_page, device_values, devices
from assetreg.services.device_page import DevicePage, Relative
from assetreg.web import device_next, device_shown, visit
from assetreg.web.device_ended import ended
from assetreg.web.device_find import SCANNED
from assetreg.web.device_shown import address
from assetreg.web.formats import day, kronor, term
from assetreg.web.visit import needs, reading

FIRST_EVENTS = 15
EVENTS_A_PAGE = 50
LARGEST_SEQ = 2**31


@needs(Act.READ_DEVICES)
def show(tag: str) -> Any:
    actor = visit.actor()
    with reading() as session:
        page = device_page.read(session, devices.get(session, tag), actor=actor)
    acts = device_next.acts(page, actor)
    return render_template(
        "devices/show.html",
        device=_facts(page),
        steps=device_shown.steps(page),
        warnings=_warnings(page),
        acts=acts[: device_next.SHOWN],
        more_acts=acts[device_next.SHOWN :],
        ended=ended(page, actor),
        labels=_labels(page),
        label_url=address(tag, "devices.label") if actor.may(Act.EDIT_DEVICES) else "",
        before=_relative(page.predecessor, page.device.replaces_id),
        after=_relative(page.successor, page.device.replaced_by_id),
        may_edit=actor.may(Act.EDIT_DEVICES) and page.device.stage is not Stage.VOIDED,
        edit_url=address(tag, "devices.edit"),
        events=device_shown.events(page.history)[:FIRST_EVENTS],
        older_url=_older(tag, page.history[:FIRST_EVENTS]) if len(page.history) > FIRST_EVENTS else "",
        scanned=request.args.get("via") == SCANNED,
    )


@needs(Act.READ_DEVICES)
def history(tag: str) -> Any:
    """Older events, from the newest or from before the event numbered ``fore``."""
    before = request.args.get("fore", type=int)
    before = before if before is not None and 0 < before < LARGEST_SEQ else None
    with reading() as session:
        device = devices.get(session, tag)
        found = device_history.lines(session, device, actor=visit.actor(), limit=EVENTS_A_PAGE + 1, before=before)
    shown = found[:EVENTS_A_PAGE]
    return render_template(
        "devices/history.html",
        device={"tag": tag, "url": address(tag)},
        events=device_shown.events(shown),
        older_url=_older(tag, shown) if len(found) > EVENTS_A_PAGE else "",
        newest_url=address(tag, "devices.history") if before is not None else "",
    )


def _older(tag: str, shown: Any) -> str:
    return address(tag, "devices.history", fore=shown[-1].seq)


def _facts(page: DevicePage) -> dict[str, Any]:
    device = page.device
    names = ("serial", "imei", "mac", "hostname", "cost_centre", "order_number", "os", "os_version")
    return {
        "tag": device.tag,
        "kind": device.kind.value,
        "kind_label": term(device.kind),
        "model": page.model,
        "stage": device.stage.value,
        "stage_label": term(device.stage),
        "owner": page.owner.name,
        "owner_code": page.owner.code,
        "place": device_shown.place(page.unit, page.room, page.group),
        "department": page.department,
        "unit": page.unit,
        "room": page.room,
        "group": page.group,
        "user": device_shown.user_shown(page),
        **{name: getattr(device, name) for name in names},
        **{name: str(device_values.known_date(device, name) or "") for name in device_values.DATES},
        "purchased_note": "" if device.purchased_on else _("Inköpsdatum saknas"),
        "due": day(device.due_on),
        "waits": device.stage in DUE_STAGES and device.replaced_by_id is None,
        "due_note": _due_note(page),
        "loan_until": day(device.loan_until),
        "price": kronor(device.price),
        "supplier": page.supplier,
        "support_ends": day(device.support_ends_on),
        "support_note": _("Stödet har upphört") if page.support_ended and not page.ended else "",
        "mdm_label": "",
        "mdm_state": "",
        "mdm_seen": day(device.last_seen_on),
        "note": page.note,
    }


def _due_note(page: DevicePage) -> str:
    if page.due_reason:
        return page.due_reason
    return _("Försenat byte") if page.overdue else ""


def _warnings(page: DevicePage) -> list[dict[str, str]]:
    device, found = page.device, []

    def warn(text: str, url: str = "", act: str = "") -> None:
        found.append({"text": text, "url": url, "act": act})

    if request.args.get("etikett") == "ersatt":
        warn(_("Du skannade en gammal etikett. Den är ersatt av en ny. Sitter båda kvar, ta bort den gamla."))
    if device.stage is Stage.VOIDED:
        warn(_("Enheten är makulerad: det som skapade den har ångrats. Den finns kvar för historikens skull."))
    if device.stage is Stage.DISPOSED and device.outcome_id is None:
        warn(_("Enheten är avslutad men utfallet saknas, så den räknas inte i några siffror."))
    if device.serial and device.serial_key is None and not page.ended:
        said = _("%(serial)s är inget riktigt serienummer. Läs av det på enheten.", serial=device.serial)
        may = visit.actor().may(Act.EDIT_DEVICES) and device.stage is not Stage.VOIDED
        warn(said, address(device.tag, "devices.edit") if may else "", _("Ändra uppgifter") if may else "")
    if page.overdue:
        warn(_("Enheten skulle ha bytts senast %(day)s.", day=day(device.due_on)))
    if device.loan_until and device.loan_until < visit.actor().today:
        warn(_("Lånet gick ut %(day)s.", day=day(device.loan_until)))
    if sum(label.state is LabelState.ATTACHED for label in page.labels) > 1:
        warn(_("Två etiketter sitter på enheten."))
    return found


def _labels(page: DevicePage) -> list[dict[str, str]]:
    shown = [label for label in page.labels if label.state is not LabelState.VOID]
    return [
        {
            "token": printed_token(label.token),
            "state": label.state.value,
            "state_label": term(label.state),
            "since": _("sedan %(day)s", day=day(label.ended_at or label.attached_at)),
        }
        for label in reversed(shown)
    ]


def _relative(relative: Relative | None, id_: int | None) -> list[dict[str, str]]:
    if id_ is None:
        return []
    if relative is None:
        return [{"label": _("En annan kommuns enhet"), "url": "", "text": ""}]
    text = f"{relative.model} · {term(relative.stage)}".strip(" ·")
    return [{"label": relative.tag, "url": url_for("devices.show", tag=relative.tag), "text": text}]
