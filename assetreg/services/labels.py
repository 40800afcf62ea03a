"""Labels: drawing tokens, sticking them on devices, replacing and voiding them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import select

from assetreg.db import bulk
from assetreg.db.device import Device
from assetreg.db.label import Label
from assetreg.db.numbers import draw_id, draw_ids
from assetreg.db.session import ScopedSession
from assetreg.domain import identifiers
from assetreg.domain.access import Act, Actor
from assetreg.domain.cells import clean_text
from assetreg.domain.errors import Conflict, Missing
from assetreg.domain.sentences import Phrase
from assetreg.domain.terms import LabelState
from assetreg.services import history
from assetreg.services.remembered import remembered

MOST_DRAWS = 100
POOL = 512
LONGEST_REASON = 200


class LabelTaken(Conflict):
    code = "label_taken"
    message = "Etiketten {token} sitter redan på {tag}. Ta en annan etikett, eller ersätt den som sitter där."


class LabelOver(Conflict):
    code = "label_over"
    message = "Etiketten {token} är {state} och kan inte användas igen. Ta en ny etikett."


def chooser() -> Callable[[str], str]:
    """As ``secrets.choice``, from many random bytes at a time: a long list needs tens of thousands of letters."""
    pool: Iterator[int] = iter(())

    def choose(letters: str) -> str:
        nonlocal pool
        even = 256 - 256 % len(letters)
        while True:
            for byte in pool:
                if byte < even:
                    return letters[byte % len(letters)]
            pool = iter(secrets.token_bytes(POOL))

    return choose


def draw(session: ScopedSession, count: int, *, choose: Callable[[str], str] | None = None) -> list[str]:
    """So many tokens that no label has; drawn again until free, for chance makes some meet."""
    choose = choose or chooser()
    free: dict[str, None] = {}
    given: dict[str, None] = remembered(session, "tokens given")
    for _ in range(MOST_DRAWS):
        wanted = count - len(free)
        if not wanted:
            given.update(free)
            return list(free)
        drawn = {identifiers.new_token(choose) for _ in range(wanted)} - free.keys() - given.keys()
        with session.unguarded("a token is unique over all owners, also those outside the scope"):
            taken = set(session.execute(select(Label.token).where(Label.token.in_(sorted(drawn)))).scalars())
        free.update(dict.fromkeys(drawn - taken))
    raise RuntimeError("no free label tokens; make the token longer")


def print_blank(session: ScopedSession, count: int, *, actor: Actor) -> list[Label]:
    """Labels to be printed in advance and bound to a device later."""
    actor.require(Act.EDIT_DEVICES)
    rows = [
        Label(token=token, state=LabelState.BLANK, created_at=actor.at, owner_id=None) for token in draw(session, count)
    ]
    session.add_all(rows)
    session.flush()
    return rows


def find(session: ScopedSession, token: str) -> Label | None:
    return session.execute(select(Label).where(Label.token == token.upper())).scalar_one_or_none()


def of_device(session: ScopedSession, device: Device) -> list[Label]:
    rows = session.execute(select(Label).where(Label.device_id == device.id).order_by(Label.id))
    return list(rows.scalars())


def stick(session: ScopedSession, devices: Sequence[Device], *, actor: Actor) -> None:
    """The label that each device gets when it is registered."""
    numbers, tokens = draw_ids(session, Label, len(devices)), draw(session, len(devices))
    for device, number, token in zip(devices, numbers, tokens, strict=True):
        bulk.gather(session, Label, {"id": number, **_for(device, token, actor=actor)})


def attach(session: ScopedSession, device: Device, token: str, *, actor: Actor) -> Label:
    """Binds a blank label to a device. Raises LabelTaken, LabelOver, or Missing for an unknown token."""
    actor.require(Act.EDIT_DEVICES)
    wanted = select(Label).where(Label.token == identifiers.check_token(token)).with_for_update()
    label = session.execute(wanted.execution_options(populate_existing=True)).scalar_one_or_none()
    if label is None:
        raise Missing(field="token")
    if label.state is LabelState.ATTACHED:
        tag = session.execute(select(Device.tag).where(Device.id == label.device_id)).scalar_one_or_none()
        shown = tag or Phrase("en annan enhet")
        raise LabelTaken(field="token", token=identifiers.printed_token(label.token), tag=shown)
    if label.state is not LabelState.BLANK:
        raise LabelOver(field="token", token=identifiers.printed_token(label.token), state=label.state)
    label.state, label.device_id, label.attached_at = LabelState.ATTACHED, device.id, actor.at
    label.owner_id, label.department_id, label.unit_id = device.owner_id, device.department_id, device.unit_id
    history.record(session, device, "label_attached", {"label": label.id}, actor=actor)
    session.flush()
    return label


def replace(session: ScopedSession, device: Device, *, actor: Actor, reason: str) -> Label:
    """A new label for a device; the old ones keep leading to it, and say that they were replaced."""
    actor.require(Act.EDIT_DEVICES)
    reason = clean_text(reason, limit=LONGEST_REASON)
    session.flush()
    for label in of_device(session, device):
        if label.state is LabelState.ATTACHED:
            label.state, label.ended_at, label.end_reason = LabelState.REPLACED, actor.at, reason
    number = draw_id(session, Label)
    fresh = Label(id=number, **_for(device, draw(session, 1)[0], actor=actor))
    session.add(fresh)
    history.record(session, device, "label_replaced", {"label": number}, actor=actor)
    session.flush()
    return fresh


def void(session: ScopedSession, label: Label, *, actor: Actor, reason: str) -> None:
    """Takes a label out of use: it leads nowhere any more. Raises LabelOver for one that is void already."""
    actor.require(Act.EDIT_DEVICES)
    if label.state is LabelState.VOID:
        raise LabelOver(field="token", token=identifiers.printed_token(label.token), state=label.state)
    label.state, label.ended_at, label.end_reason = (
        LabelState.VOID,
        actor.at,
        clean_text(reason, limit=LONGEST_REASON),
    )
    if label.device_id is not None:
        device = session.get_one(Device, label.device_id, with_for_update=True)
        history.record(session, device, "label_voided", {"label": label.id}, actor=actor)
    session.flush()


def leads_on(label: Label) -> bool:
    return label.state in (LabelState.ATTACHED, LabelState.REPLACED)


def _for(device: Device, token: str, *, actor: Actor) -> dict[str, Any]:
    place = {name: getattr(device, name) for name in ("owner_id", "department_id", "unit_id")}
    when = {"created_at": actor.at, "attached_at": actor.at}
    return {"token": token, "state": LabelState.ATTACHED, "device_id": device.id, **place, **when}
