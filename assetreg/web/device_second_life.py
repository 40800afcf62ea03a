"""Internal reuse: a device that has served one place starts again at another of the same owner, as one act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template
from flask_babel import gettext as _

from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act
from assetreg.domain.lifecycle import HELD_BY_USER
from assetreg.domain.terms import ErasureMethod, Stage
from assetreg.schemas.act import second_life_input
from assetreg.services import choices, device_form, devices, swaps
from assetreg.web import device_next, device_shown, person_hint, visit
from assetreg.web.attempts import Done, Refused, attempt, beside, changed_sentence, dated, sent, version
from assetreg.web.device_moves import fields_of, refused_page
from assetreg.web.device_shown import address
from assetreg.web.formats import day, term
from assetreg.web.visit import needs, reading


@needs(Act.MOVE_DEVICES)
def form(tag: str) -> Any:
    visit.actor().require(Act.REGISTER_OUTCOMES)
    return _page(tag, {"date": day(visit.actor().today)}, None)


@needs(Act.MOVE_DEVICES)
def do(tag: str) -> Any:
    values, seen = sent(), version()

    def work(session: ScopedSession) -> Done:
        device = devices.lock(session, tag, version=seen)
        swaps.second_life(session, device, dated(values, second_life_input), actor=visit.actor())
        said = _("Enheten har fått ett nytt liv och är i drift igen. Det räknas som internt återbruk.")
        return Done(address(tag), (("done", said),))

    return attempt(work, lambda refused: _page(tag, values, refused))


def _page(tag: str, values: Mapping[str, str], refused: Refused | None) -> Any:
    with reading() as session:
        device = devices.get(session, tag)
        shown = device_form.read(session, device, actor=visit.actor())
        units = choices.units(session, owner_id=device.owner_id)
        changed = changed_sentence(session, tag) if refused and refused.changed else ""
    title = _("Nytt liv inom kommunen")
    if shown.stage not in device_next.SECOND_LIFE:
        why = _("Enhetens status är %(stage)s, och då kan den inte få ett nytt liv.", stage=term(shown.stage).lower())
        return refused_page(tag, title, why)
    asks, may_ask = ["unit"], ["user", "reason"]
    if shown.kind.has_storage and shown.stage is not Stage.IN_STOCK:
        may_ask.insert(0, "erasure_method")
    errors = {"": changed} if changed else person_hint.helped(refused)
    lead = _("Enheten tas tillbaka, raderas och tas i drift på den nya platsen samma dag.")
    return render_template(
        "devices/act.html",
        device=device_shown.subject(shown),
        act={
            "label": title,
            "lead": lead if shown.stage in HELD_BY_USER else _("Enheten tas i drift på den nya platsen."),
            "button": _("Ge enheten nytt liv"),
            "dangerous": False,
        },
        asks=asks,
        may_ask=may_ask,
        date_hint="",
        version=version() if refused and not refused.changed else shown.version,
        values=values,
        errors=beside(errors, fields_of([*asks, *may_ask])),
        erasure_methods=device_shown.options(method for method in ErasureMethod if method.value != "by_partner"),
        units=units,
    )
