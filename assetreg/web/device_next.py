"""What can be done next with a device, by its stage and the role of who looks at it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask_babel import gettext as _

from assetreg.domain.access import Act, Actor
from assetreg.domain.lifecycle import ENDED, HELD_BY_USER, LOST, Transition
from assetreg.domain.moves import Move
from assetreg.domain.terms import Stage
from assetreg.services.device_page import DevicePage
from assetreg.web import owners
from assetreg.web.device_shown import address
from assetreg.web.formats import term

SHOWN = 4
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
_USUAL = (
    *(Move.RECEIVE, Move.DEPLOY, Move.FOUND, Move.TAKE_BACK, Move.REPAIRED, Move.REPAIRED_TO_STOCK, Move.RETURN),
    *(Move.DISPATCH, Move.READY, Move.WIPE, Move.REPAIR, Move.LEND),
)
_LAST = (Move.REPORT_MISSING, Move.REPORT_STOLEN)
SECOND_LIFE = (*HELD_BY_USER, Stage.IN_STOCK, Stage.RETURNED, Stage.WIPED, Stage.READY_FOR_DISPOSAL)
_LEAVING = (Stage.READY_FOR_DISPOSAL, Stage.DISPATCHED, Stage.DISPOSED)
_DONE_WITH = (Stage.RETURNED, Stage.WIPED, *LOST)
"""The stages in which an outcome may well be next, but not first."""


@dataclass(frozen=True, slots=True)
class NextAct:
    label: str
    url: str
    icon: str = "right"
    primary: bool = False
    alarm: bool = False


def acts(page: DevicePage, actor: Actor) -> list[NextAct]:
    """The acts the person may do now, the likeliest first; it is primary when it takes the device on its way."""
    device = page.device
    if device.stage is Stage.VOIDED:
        return []
    moves = page.next_moves if actor.may(Act.MOVE_DEVICES) else ()
    usual = sorted((step for step in moves if step.move not in _LAST), key=_usual)
    found = [_move(device.tag, step) for step in usual]
    outcome, swap = _outcome(page, actor), _swap(page, actor)
    if device.stage is Stage.DEPLOYED:
        found = found[:1] + swap + found[1:] + outcome
    elif device.stage in _LEAVING:
        found = outcome + found + swap
    elif device.stage in _DONE_WITH:
        found = found[:2] + outcome + found[2:] + swap
    else:
        found = found + swap + outcome
    if found:
        found[0] = replace(found[0], primary=True)
    found += _others(page, actor)
    return found + [replace(_move(device.tag, step), alarm=True) for step in moves if step.move in _LAST]


def _usual(step: Transition) -> int:
    return _USUAL.index(step.move) if step.move in _USUAL else len(_USUAL)


def _move(tag: str, step: Transition) -> NextAct:
    return NextAct(term(step.move), address(tag, "devices.move", move=step.move.value), ICONS.get(step.move, "right"))


def _outcome(page: DevicePage, actor: Actor) -> list[NextAct]:
    if page.outcome is not None or page.device.outcome_id is not None or not actor.may(Act.REGISTER_OUTCOMES):
        return []
    return [NextAct(_("Registrera utfall"), address(page.device.tag, "devices.outcome"), "outcome")]


def _swap(page: DevicePage, actor: Actor) -> list[NextAct]:
    device = page.device
    if not actor.may(Act.MOVE_DEVICES) or device.stage in ENDED or device.replaced_by_id is not None:
        return []
    return [NextAct(_("Byt ut enheten"), address(device.tag, "devices.swap"), "swap")]


def _others(page: DevicePage, actor: Actor) -> list[NextAct]:
    device, found = page.device, []
    moves = actor.may(Act.MOVE_DEVICES)
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
