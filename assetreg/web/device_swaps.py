"""One device in the place of another, as one act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template
from flask_babel import gettext as _

from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act
from assetreg.domain.errors import Invalid
from assetreg.domain.lifecycle import ENDED, HELD_BY_USER
from assetreg.schemas.act import swap_input
from assetreg.services import choices, device_form, devices, identity, swaps
from assetreg.web import device_shown, visit
from assetreg.web.attempts import Done, Refused, attempt, beside, changed_sentence, dated, sent, version
from assetreg.web.device_find import hosts
from assetreg.web.device_moves import refused_page
from assetreg.web.device_shown import address
from assetreg.web.formats import day, term
from assetreg.web.visit import needs, reading

FIELDS = ("new", "date", "reason")


class NewUnknown(Invalid):
    code = "new_unknown"
    message = "{code} finns inte i registret. Skanna etiketten igen, eller registrera den nya enheten först."


class NewAmbiguous(Invalid):
    code = "new_ambiguous"
    message = "{code} kan vara {tags}. Skriv hela inventarienumret."


class TwoMeant(Invalid):
    code = "two_meant"
    message = "Du har skrivit {typed} och valt {chosen} i listan. Töm fältet, eller välj att den du skriver gäller."


@needs(Act.MOVE_DEVICES)
def form(tag: str) -> Any:
    return _page(tag, {"date": day(visit.actor().today), "new_tag": ""}, None)


@needs(Act.MOVE_DEVICES)
def do(tag: str) -> Any:
    values, seen = sent(), version()

    def work(session: ScopedSession) -> Done:
        command = dated(values | {"new": _stated(values)}, swap_input)
        new_tag = _meant(session, command.new)
        # Locked in one order, so that two swaps of the same two devices cannot wait for each other.
        locked = {each: devices.lock(session, each) for each in sorted({tag, new_tag})}
        old = devices.lock(session, tag, version=seen)
        swaps.swap(session, old, locked[new_tag], command, actor=visit.actor())
        said = _("%(old)s är utbytt mot %(new)s. De två är länkade till varandra.", old=tag, new=new_tag)
        return Done(address(new_tag), (("done", said),))

    return attempt(work, lambda refused: _page(tag, values, refused))


def _stated(values: Mapping[str, str]) -> str:
    """What was typed or what was chosen; both at once is no answer. Raises TwoMeant."""
    typed, chosen = values.get("new", "").strip(), values.get("new_tag", "")
    if typed and chosen and typed.upper() != chosen.upper():
        raise TwoMeant(field="new", typed=typed, chosen=chosen)
    return typed or chosen


def _meant(session: ScopedSession, code: str) -> str:
    found = identity.find(session, code, hosts=hosts())
    if not found:
        raise NewUnknown(field="new", code=code)
    if len(found) > 1:
        raise NewAmbiguous(field="new", code=code, tags=[device.tag for device in found])
    return found[0].tag


def _page(tag: str, values: Mapping[str, str], refused: Refused | None) -> Any:
    with reading() as session:
        device = devices.get(session, tag)
        shown = device_form.read(session, device, actor=visit.actor())
        candidates = choices.in_stock(session, device)
        swapped = device.replaced_by_id is not None
        changed = changed_sentence(session, tag) if refused and refused.changed else ""
    if swapped or shown.stage in ENDED:
        why = _("Enhetens status är %(stage)s, och då kan den inte bytas ut.", stage=term(shown.stage).lower())
        why = _("Enheten är redan utbytt mot en annan.") if swapped else why
        return refused_page(tag, _("Byt ut enheten"), why)
    errors = {"": changed} if changed else refused.errors if refused else {}
    return render_template(
        "devices/swap.html",
        device=device_shown.subject(shown),
        version=version() if refused and not refused.changed else shown.version,
        values=values,
        errors=beside(errors, FIELDS),
        comes_back=shown.stage in HELD_BY_USER,
        candidates=[
            {"value": "", "label": _("Den jag skannar eller skriver ovan"), "hint": ""},
            *(
                {"value": each.tag, "label": each.tag, "hint": device_shown.place(each.model, each.unit)}
                for each in candidates
            ),
        ]
        if candidates
        else [],
    )
