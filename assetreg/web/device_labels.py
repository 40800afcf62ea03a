"""The labels of a device: binding a blank one, drawing a new one, taking one out of use, and how it will look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template, request
from flask_babel import gettext as _

from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act
from assetreg.domain.errors import Invalid, Missing
from assetreg.domain.identifiers import parse_scan, printed_token
from assetreg.domain.terms import LabelState
from assetreg.outputs.label_code import label_address, qr_svg
from assetreg.schemas.device_form import LabelReason, LabelToken
from assetreg.schemas.loading import load
from assetreg.services import device_form, devices, labels
from assetreg.web import device_shown, visit
from assetreg.web.attempts import Done, Refused, attempt, beside, changed_sentence, sent, version
from assetreg.web.device_find import hosts
from assetreg.web.device_shown import address
from assetreg.web.formats import day, term
from assetreg.web.visit import needs, reading, served

FIELDS = ("token", "reason", "void_token", "void_reason")
SIZES = (12, 18, 25)
"""The sides in millimetres that a code is printed with; below 12 a telephone reads it badly."""
USUAL_SIZE = 18


class LabelUnknown(Invalid):
    code = "label_unknown"
    message = "Etiketten {token} finns inte i registret, eller så är den inte din. Läs av koden en gång till."


@needs(Act.EDIT_DEVICES)
def show(tag: str) -> Any:
    return _page(tag, {}, None)


@needs(Act.EDIT_DEVICES)
def attach(tag: str) -> Any:
    values, seen = sent(), version()

    def work(session: ScopedSession) -> Done:
        typed = load(LabelToken(), values)["token"]
        token = parse_scan(typed, hosts=hosts()).token or typed
        device = devices.lock(session, tag, version=seen)
        try:
            label = labels.attach(session, device, token, actor=visit.actor())
        except Missing as missing:
            raise LabelUnknown(field="token", token=typed) from missing
        said = _("Etiketten %(token)s sitter nu på enheten.", token=printed_token(label.token))
        return Done(address(tag, "devices.label"), (("done", said),))

    return attempt(work, lambda refused: _page(tag, values, refused))


@needs(Act.EDIT_DEVICES)
def replace(tag: str) -> Any:
    values, seen = sent(), version()

    def work(session: ScopedSession) -> Done:
        reason = load(LabelReason(), values)["reason"]
        device = devices.lock(session, tag, version=seen)
        label = labels.replace(session, device, actor=visit.actor(), reason=reason)
        said = _(
            "Enheten har fått etiketten %(token)s. Den gamla leder fortfarande hit och säger att den är ersatt.",
            token=printed_token(label.token),
        )
        return Done(address(tag, "devices.label"), (("done", said),))

    return attempt(work, lambda refused: _page(tag, values, refused))


@needs(Act.EDIT_DEVICES)
def void(tag: str) -> Any:
    values, seen = sent(), version()

    def work(session: ScopedSession) -> Done:
        device = devices.lock(session, tag, version=seen)
        token = load(LabelToken(), {"token": values.get("void_token", "")})["token"]
        label = labels.find(session, token)
        if label is None or label.device_id != device.id:
            raise LabelUnknown(field="token", token=token)
        reason = load(LabelReason(), {"reason": values.get("void_reason", "")})["reason"]
        labels.void(session, label, actor=visit.actor(), reason=reason)
        said = _("Etiketten %(token)s är makulerad och leder ingenstans.", token=printed_token(label.token))
        return Done(address(tag, "devices.label"), (("done", said),))

    def again(refused: Refused) -> Any:
        errors = {f"void_{name}" if name else "": text for name, text in refused.errors.items()}
        return _page(tag, values, Refused(errors, refused.status, refused.changed))

    return attempt(work, again)


def _page(tag: str, values: Mapping[str, str], refused: Refused | None) -> Any:
    with reading() as session:
        device = devices.get(session, tag)
        shown = device_form.read(session, device, actor=visit.actor())
        rows = labels.of_device(session, device)
        changed = changed_sentence(session, tag) if refused and refused.changed else ""
    errors = {"": changed} if changed else refused.errors if refused else {}
    size = request.args.get("storlek", type=int)
    size = size if size in SIZES else USUAL_SIZE
    current = next((row for row in reversed(rows) if row.state is LabelState.ATTACHED), None)
    return render_template(
        "devices/label.html",
        device=device_shown.subject(shown),
        version=version() if refused and not refused.changed else shown.version,
        values=values,
        errors=beside(errors, FIELDS),
        current=_picture(current.token) if current else None,
        size=size,
        sizes=[
            {"label": f"{each} mm", "url": address(tag, "devices.label", storlek=each), "current": each == size}
            for each in SIZES
        ],
        labels=[_shown(row) for row in reversed(rows)],
        voidable=[
            {"value": row.token, "label": f"{printed_token(row.token)} ({term(row.state).lower()})"}
            for row in rows
            if row.state is not LabelState.VOID
        ],
    )


def _picture(token: str) -> dict[str, str]:
    origin = served().settings.base_url or request.host_url.rstrip("/")
    url = label_address(origin, token)
    return {"token": printed_token(token), "url": url, "svg": qr_svg(url)}


def _shown(row: Any) -> dict[str, str]:
    ended = row.state in (LabelState.REPLACED, LabelState.VOID)
    return {
        "token": printed_token(row.token),
        "state": row.state.value,
        "state_label": term(row.state),
        "since": day(row.ended_at if ended else row.attached_at or row.created_at),
        "reason": row.end_reason or "",
    }
