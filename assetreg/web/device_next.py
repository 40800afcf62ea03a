"""What can be done next with a device, by its stage and the role of who looks at it."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from assetreg.domain.access import Act, Actor
from assetreg.domain.lifecycle import ENDED, HELD_BY_USER, Transition
from assetreg.domain.moves import Move
from assetreg.domain.terms import Stage
from assetreg.services.device_page import DevicePage
from assetreg.web import owners
from assetreg.web.device_shown import address
from assetreg.web.formats import term

SHOWN = 3
"""Acts that stand as buttons; the others are in the menu beside them."""

ICONS = {
    Move.RECEIVE: "box",
    Move.DEPLOY: "user",
    Move.STORE: "box",
    Move.LEND: "user",
    Move.REPAIR: "wrench",
    Move.DISPATCH: "export",
    Move.REPORT_MISSING: "alert",
    Move.REPORT_STOLEN: "alert",
    Move.FOUND: "search",
    Move.READY: "check",
}
_USUAL = (Move.RECEIVE, Move.DEPLOY, Move.FOUND, Move.TAKE_BACK, Move.REPAIRED, Move.RETURN, Move.DISPATCH, Move.READY)
_LAST = (Move.REPORT_MISSING, Move.REPORT_STOLEN)
SECOND_LIFE = (*HELD_BY_USER, Stage.IN_STOCK, Stage.RETURNED, Stage.WIPED, Stage.READY_FOR_DISPOSAL)
_LEAVING = (Stage.READY_FOR_DISPOSAL, Stage.DISPATCHED, Stage.DISPOSED)


@dataclass(frozen=True, slots=True)
class NextAct:
    label: str
    url: str
    icon: str = "right"
    primary: bool = False


def acts(page: DevicePage, actor: Actor) -> list[NextAct]:
    """The acts the person may do now, the likeliest first; it is primary when it takes the device on its way."""
    device = page.device
    if device.stage is Stage.VOIDED:
        return []
    moves = page.next_moves if actor.may(Act.MOVE_DEVICES) else ()
    usual = sorted((step for step in moves if step.move not in _LAST), key=lambda step: step.move not in _USUAL)
    found = [_move(device.tag, step) for step in usual]
    outcome = _outcome(page, actor)
    found = outcome + found if device.stage in _LEAVING else found[:2] + outcome + found[2:]
    likely = len(found)
    found += _others(page, actor)
    found += [_move(device.tag, step) for step in moves if step.move in _LAST]
    return [
        NextAct(act.label, act.url, act.icon, primary=not index and bool(likely)) for index, act in enumerate(found)
    ]


def _move(tag: str, step: Transition) -> NextAct:
    return NextAct(term(step.move), address(tag, "devices.move", move=step.move.value), ICONS.get(step.move, "right"))


def _outcome(page: DevicePage, actor: Actor) -> list[NextAct]:
    if page.outcome is not None or page.device.outcome_id is not None or not actor.may(Act.REGISTER_OUTCOMES):
        return []
    return [NextAct(_("Registrera utfall"), address(page.device.tag, "devices.outcome"), "outcome")]


def _others(page: DevicePage, actor: Actor) -> list[NextAct]:
    device, found = page.device, []
    moves = actor.may(Act.MOVE_DEVICES)
    if moves and device.stage not in ENDED and device.replaced_by_id is None:
        found.append(NextAct(_("Byt ut enheten"), address(device.tag, "devices.swap"), "swap"))
    if moves and actor.may(Act.REGISTER_OUTCOMES) and device.stage in SECOND_LIFE and _used(page):
        found.append(NextAct(_("Nytt liv inom kommunen"), address(device.tag, "devices.second_life"), "outcome"))
    if actor.may(Act.TRANSFER_DEVICES) and device.stage not in ENDED and len(owners.visible()) > 1:
        found.append(NextAct(_("Flytta till en annan kommun"), address(device.tag, "devices.transfer"), "pin"))
    if actor.may(Act.EDIT_DEVICES):
        found.append(NextAct(_("Etikett"), address(device.tag, "devices.label"), "label"))
        found.append(NextAct(_("Ändra uppgifter"), address(device.tag, "devices.edit"), "settings"))
    return found


def _used(page: DevicePage) -> bool:
    return page.device.stage is not Stage.IN_STOCK or bool(page.device.in_service_on or page.device.returned_on)
