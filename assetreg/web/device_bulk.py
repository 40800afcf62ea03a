"""The same act on several devices: what is chosen in the list, a form, and a page that says what was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act
from assetreg.domain.errors import Invalid, Missing
from assetreg.domain.moves import Move
from assetreg.domain.terms import ErasureMethod, Stage
from assetreg.schemas.act import move_input
from assetreg.schemas.device import device_input
from assetreg.services import bulk, choices
from assetreg.services.bulk import Chosen, NoneChosen, SomeRefuse, TooManyChosen
from assetreg.web import device_shown, languages, list_address, visit
from assetreg.web.attempts import Done, Refused, attempt, beside, dated, sent
from assetreg.web.device_moves import fields_of
from assetreg.web.device_shown import address
from assetreg.web.formats import day, moment, number, term
from assetreg.web.visit import needs, reading

PLACE = "place"
_MOVES = {move.value: move for move in Move}
MOVES = (Move.RETURN, Move.WIPE, Move.READY, Move.RESTOCK, Move.DISPATCH)
ASKS: dict[str, tuple[list[str], list[str]]] = {
    Move.RETURN.value: ([], ["reason"]),
    Move.WIPE.value: (["erasure_method"], ["reason"]),
    Move.READY.value: ([], ["erasure_method", "reason"]),
    Move.RESTOCK.value: ([], ["erasure_method", "reason"]),
    Move.DISPATCH.value: (["receiver"], ["reason"]),
    PLACE: (["unit"], ["reason"]),
}
_PLACE_LABEL = lazy_gettext("Flytta till en annan enhet")


class UnitNeeded(Invalid):
    code = "unit_needed"
    message = "Ange vart enheterna ska flyttas."


def offered() -> list[dict[str, str]]:
    """The acts the person may do with a selection."""
    actor = visit.actor()
    moves = MOVES if actor.may(Act.MOVE_DEVICES) else ()
    found = [{"value": move.value, "label": term(move)} for move in moves]
    return found + ([{"value": PLACE, "label": _("Flytta")}] if actor.may(Act.EDIT_DEVICES) else [])


@needs(Act.EDIT_DEVICES)
def choose() -> Any:
    """The form of an act, with the devices it is about; nothing is done yet."""
    try:
        return _page(_act(), request.form.getlist("tag"), {"date": day(visit.actor().today)}, None)
    except (NoneChosen, TooManyChosen) as refusal:
        flash(languages.sentence(refusal), "attention")
        return redirect(_back(), 303)


@needs(Act.EDIT_DEVICES)
def do() -> Any:
    act, values, tags = _act(), sent(), request.form.getlist("tag")

    def work(session: ScopedSession) -> Done:
        change = _do(session, act, values, tags)
        return Done(url_for("devices.bulk_done", act_id=change.id, back=request.form.get("back") or None), ())

    return attempt(work, lambda refused: _page(act, tags, values, refused))


@needs(Act.EDIT_DEVICES)
def done(act_id: int) -> Any:
    with reading() as session:
        act, tags = bulk.done_in(session, act_id, actor=visit.actor())
        found = bulk.look(session, tags, None)
    name = act.what.removeprefix("bulk ")
    return render_template(
        "devices/bulk_done.html",
        title=_done(name, len(tags)),
        lead=moment(act.at),
        rows=[_device(each) for each in found],
        back_url=list_address.back(request.args.get("back", "")),
    )


def _do(session: ScopedSession, act: str, values: Mapping[str, str], tags: Sequence[str]) -> Any:
    versions = {tag: request.form.get(f"version:{tag}", type=int) or -1 for tag in tags}
    actor = visit.actor()
    if act != PLACE:
        command = dated({**values, "to": Stage.RETURNED.value}, move_input)
        return bulk.move_all(session, versions, _MOVES[act], command, actor=actor)
    stated: dict[str, str | None] = {name: values.get(name, "").strip() or None for name in ("room", "group")}
    command_place = device_input({**stated, "unit": values.get("unit", "")}, reason=values.get("reason") or None)
    if "unit" not in command_place.values:
        raise UnitNeeded(field="unit")
    return bulk.place_all(session, versions, command_place, actor=actor)


def _page(act: str, tags: Sequence[str], values: Mapping[str, str], refused: Refused | None) -> Any:
    with reading() as session:
        chosen = bulk.look(session, tags, _MOVES.get(act))
        units = choices.units(session)
    refusal = refused.refusal if refused else None
    late = refusal.by_tag if isinstance(refusal, SomeRefuse) else {}
    stands = {each.tag: each.refusal or late.get(each.tag) for each in chosen}
    asks, may_ask = ASKS[act]
    fits = [each for each in chosen if stands[each.tag] is None]
    return render_template(
        "devices/bulk.html",
        act={"value": act, "label": _label(act), "button": _button(act, len(fits))},
        lead=_lead(len(fits), len(chosen)),
        count=_devices(len(fits)),
        devices=[_device(each) for each in fits],
        refused=_refused([(each, _why(stands[each.tag])) for each in chosen if stands[each.tag] is not None]),
        back=request.form.get("back", ""),
        back_url=_back(),
        asks=asks,
        may_ask=may_ask,
        has_date=act != PLACE,
        values=values,
        errors=beside(refused.errors if refused else {}, fields_of([*asks, *may_ask])),
        erasure_methods=device_shown.options(ErasureMethod),
        units=units,
        date_hint="",
    )


def _device(chosen: Chosen) -> dict[str, Any]:
    return {
        "tag": chosen.tag,
        "url": address(chosen.tag),
        "version": chosen.version,
        "model": chosen.model,
        "stage": chosen.stage.value,
        "stage_label": term(chosen.stage),
    }


def _refused(each: Sequence[tuple[Chosen, str]]) -> list[dict[str, Any]]:
    """The devices it cannot be done with, gathered under what stands in the way."""
    by_reason: dict[str, list[dict[str, Any]]] = {}
    for chosen, why in each:
        by_reason.setdefault(why, []).append(_device(chosen))
    return [{"why": why, "devices": devices} for why, devices in by_reason.items()]


def _lead(fits: int, chosen: int) -> str:
    if not fits:
        return _("Det går inte med någon av dem du valde.")
    if fits < chosen:
        return _("Det går med %(fits)s av de %(chosen)s du valde. De andra lämnas som de är.", fits=fits, chosen=chosen)
    return _("Alla ändras, eller ingen om det inte går med en av dem.") if fits > 1 else ""


def _devices(count: int) -> str:
    return _("1 enhet") if count == 1 else _("%(count)s enheter", count=number(count))


def _button(act: str, count: int) -> str:
    """What pressing it does: ``Återlämna 5 enheter``."""
    wordings = {
        Move.RETURN.value: _("Återlämna %(devices)s"),
        Move.WIPE.value: _("Anteckna %(devices)s som raderade")
        if count != 1
        else _("Anteckna %(devices)s som raderad"),
        Move.READY.value: _("Gör %(devices)s klara för avveckling")
        if count != 1
        else _("Gör %(devices)s klar för avveckling"),
        Move.RESTOCK.value: _("Lägg tillbaka %(devices)s i lager"),
        Move.DISPATCH.value: _("Skicka iväg %(devices)s"),
        PLACE: _("Flytta %(devices)s"),
    }
    return wordings[act] % {"devices": _devices(count)}


def _done(act: str, count: int) -> str:
    """What has been done: ``5 enheter är återlämnade``."""
    if count == 1:
        wordings = {
            Move.RETURN.value: _("1 enhet är återlämnad"),
            Move.WIPE.value: _("1 enhet är raderad"),
            Move.READY.value: _("1 enhet är klar för avveckling"),
            Move.RESTOCK.value: _("1 enhet är tillbaka i lager"),
            Move.DISPATCH.value: _("1 enhet är avsänd"),
            PLACE: _("1 enhet är flyttad"),
        }
        return wordings.get(act, act)
    many = {
        Move.RETURN.value: _("%(count)s enheter är återlämnade"),
        Move.WIPE.value: _("%(count)s enheter är raderade"),
        Move.READY.value: _("%(count)s enheter är klara för avveckling"),
        Move.RESTOCK.value: _("%(count)s enheter är tillbaka i lager"),
        Move.DISPATCH.value: _("%(count)s enheter är avsända"),
        PLACE: _("%(count)s enheter är flyttade"),
    }
    return many.get(act, act) % {"count": number(count)}


def _back() -> str:
    """The list as it was when the devices were chosen."""
    return list_address.back(request.form.get("back", ""))


def _why(refusal: Any) -> str:
    return " ".join(languages.form_errors(refusal).values())


def _act() -> str:
    """Raises Missing for an act there is not, or that the role may not do with a selection."""
    act = request.form.get("act", "")
    if act not in {each["value"] for each in offered()}:
        raise Missing
    return act


def _label(act: str) -> str:
    return str(_PLACE_LABEL) if act == PLACE else term(_MOVES[act])
