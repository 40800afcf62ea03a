"""A blank label in the hand: binding it to the device it was stuck on, and taking that back at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from assetreg.db.device import Device
from assetreg.db.label import Label
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.domain.errors import Conflict, Missing
from assetreg.domain.identifiers import printed_token
from assetreg.domain.sentences import Phrase
from assetreg.domain.terms import LabelState
from assetreg.services import history, labels

RELEASED_WITHIN = timedelta(hours=1)
REPLACED_BY_BLANK = Phrase("Ersatt av en förtryckt etikett")


class TooLateToRelease(Conflict):
    code = "label_too_late_to_release"
    message = "Etiketten {token} sattes på för mer än en timme sedan. Makulera den om den sitter fel, och ta en ny."


def attached(session: ScopedSession, device: Device) -> list[Label]:
    """The labels that sit on a device now, the oldest first."""
    return [label for label in labels.of_device(session, device) if label.state is LabelState.ATTACHED]


def bind(session: ScopedSession, device: Device, token: str, *, replaces: Sequence[Label] = (), actor: Actor) -> Label:
    """Binds a blank label to a device, which is locked; those it ``replaces`` lead on and say that they are replaced.

    The same label bound to the same device again stays as it is. Raises what ``labels.attach`` raises.
    """
    found = labels.find(session, token)
    if found is not None and found.state is LabelState.ATTACHED and found.device_id == device.id:
        return found
    label = labels.attach(session, device, token, actor=actor)
    for old in replaces:
        old.state, old.ended_at, old.end_reason = LabelState.REPLACED, actor.at, str(REPLACED_BY_BLANK)
    session.flush()
    return label


def bind_first(session: ScopedSession, device: Device, token: str, *, actor: Actor) -> Label:
    """The label of a device that was registered in this transaction, in the place of the one drawn for it."""
    session.flush()
    for drawn in attached(session, device):
        session.delete(drawn)
    session.flush()
    return labels.attach(session, device, token, actor=actor)


def release(session: ScopedSession, token: str, *, actor: Actor) -> str:
    """Makes a label blank again that was just bound, and puts back those it replaced; gives the device's tag.

    Raises Missing for a label that is on no device within the scope, TooLateToRelease after an hour.
    """
    actor.require(Act.EDIT_DEVICES)
    label = labels.find(session, token)
    if label is None or label.state is not LabelState.ATTACHED or label.attached_at is None:
        raise Missing
    device = session.execute(select(Device).where(Device.id == label.device_id).with_for_update()).scalar_one_or_none()
    if device is None:
        raise Missing
    since = label.attached_at
    if actor.at - since > RELEASED_WITHIN:
        raise TooLateToRelease(token=printed_token(label.token))
    for old in labels.of_device(session, device):
        if old.state is LabelState.REPLACED and old.ended_at == since:
            old.state, old.ended_at, old.end_reason = LabelState.ATTACHED, None, None
    label.state, label.device_id, label.attached_at = LabelState.BLANK, None, None
    label.owner_id = label.department_id = label.unit_id = None
    history.record(session, device, "label_released", {"label": label.id}, actor=actor)
    session.flush()
    return device.tag
