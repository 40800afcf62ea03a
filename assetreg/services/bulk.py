"""One act on many devices: all of them in one transaction, or none and a sentence for each that stands in the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from assetreg.db.device import Device
from assetreg.db.history import Change, Event
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Actor
from assetreg.domain.errors import Conflict, Invalid, InvalidInput, Missing, Refusal
from assetreg.domain.lifecycle import NotAllowed
from assetreg.domain.moves import Move
from assetreg.domain.sentences import Phrase
from assetreg.domain.terms import Stage
from assetreg.schemas.act import MoveInput
from assetreg.schemas.device import DeviceInput
from assetreg.services import changes, devices, history, moves

MOST = 200


class NoneChosen(Invalid):
    code = "none_chosen"
    message = "Du har inte valt någon enhet. Kryssa för dem det gäller och försök igen."


class TooManyChosen(Invalid):
    code = "too_many_chosen"
    message = "Du har valt {count} enheter. Gör högst {most} åt gången."


class SomeRefuse(Conflict):
    """Nothing was done; ``by_tag`` says why of each device that stood in the way."""

    code = "some_refuse"
    message = "Inget är gjort. Det här står i vägen för {count} av enheterna."

    def __init__(self, by_tag: Mapping[str, Refusal]) -> None:
        self.by_tag = dict(by_tag)
        super().__init__(count=len(by_tag))


class MoveNotOpen(NotAllowed):
    code = "bulk_move_not_open"
    message = "Enhetens status är {stage}. Möjliga steg härifrån: {allowed}."


@dataclass(frozen=True, slots=True)
class Chosen:
    """A device among those chosen, and why the act cannot be done with it, where it cannot."""

    tag: str
    version: int
    model: str
    stage: Stage
    refusal: Refusal | None


def look(session: ScopedSession, tags: Sequence[str], move: Move | None) -> list[Chosen]:
    """The chosen devices as they are, in the order chosen; ``move`` None is a change of place.

    Raises NoneChosen or TooManyChosen, or Missing when one is not there for the caller.
    """
    wanted = list(dict.fromkeys(tags))
    if not wanted:
        raise NoneChosen
    if len(wanted) > MOST:
        raise TooManyChosen(count=len(wanted), most=MOST)
    rows = {row.tag: row for row in session.execute(select(Device).where(Device.tag.in_(wanted))).scalars()}
    if len(rows) < len(wanted):
        raise Missing
    return [
        Chosen(tag, row.version, changes.model_name(session, row.model_id), row.stage, _refusal(row, move))
        for tag, row in ((tag, rows[tag]) for tag in wanted)
    ]


def move_all(
    session: ScopedSession, versions: Mapping[str, int], move: Move, command: MoveInput, *, actor: Actor
) -> Change:
    """Takes every device the same step; ``versions`` are those the form was opened on. Raises SomeRefuse."""

    def step(device: Device, act: Change) -> None:
        transition = next((each for each in moves.next_moves(device) if each.move is move), None)
        if transition is None:
            raise _not_open(device)
        moves.move(session, device, replace(command, to=transition.target), actor=actor, act=act)

    return _each(session, versions, move.value, step, actor=actor)


def place_all(session: ScopedSession, versions: Mapping[str, int], command: DeviceInput, *, actor: Actor) -> Change:
    """Gives every device the same place. Raises SomeRefuse."""

    def step(device: Device, act: Change) -> None:
        devices.edit(session, device, command, actor=actor, act=act)

    return _each(session, versions, "place", step, actor=actor)


def done_in(session: ScopedSession, act_id: int, *, actor: Actor) -> tuple[Change, list[str]]:
    """An act of the caller's own and the tags it changed. Raises Missing for anybody else's."""
    act = session.execute(
        select(Change).where(Change.id == act_id, Change.account_id == actor.account, Change.what.startswith("bulk "))
    ).scalar_one_or_none()
    if act is None:
        raise Missing
    rows = session.execute(
        select(Device.tag)
        .join(Event, Event.subject_id == Device.id)
        .where(Event.subject == "device", Event.change_id == act.id)
        .order_by(Device.tag)
    )
    return act, list(rows.scalars())


def _each(
    session: ScopedSession,
    versions: Mapping[str, int],
    what: str,
    step: Callable[[Device, Change], None],
    *,
    actor: Actor,
) -> Change:
    """Devices are locked in the order of their tags, so that two bulk acts cannot wait for each other."""
    if not versions:
        raise NoneChosen
    if len(versions) > MOST:
        raise TooManyChosen(count=len(versions), most=MOST)
    locked = {tag: devices.lock(session, tag) for tag in sorted(versions)}
    act = history.begin(session, f"bulk {what}", actor=actor)
    refused: dict[str, Refusal] = {}
    for tag, device in locked.items():
        try:
            devices.lock(session, tag, version=versions[tag])
            with session.begin_nested():
                step(device, act)
        except (Conflict, Invalid) as refusal:
            refused[tag] = refusal
    _raise_common(refused, len(locked))
    if refused:
        raise SomeRefuse(refused)
    return act


def _raise_common(refused: Mapping[str, Refusal], count: int) -> None:
    """What is wrong with the form itself is the same for every device, and belongs beside its field."""
    kinds = {str(refusal) + repr(_fields(refusal)) for refusal in refused.values()}
    first = next(iter(refused.values()), None)
    if isinstance(first, Invalid) and len(refused) == count and len(kinds) == 1:
        raise first


def _fields(refusal: Refusal) -> list[str | None]:
    return [each.field for each in refusal.refusals] if isinstance(refusal, InvalidInput) else [refusal.field]


def _refusal(device: Device, move: Move | None) -> Refusal | None:
    if move is None:
        return _not_open(device) if device.stage is Stage.VOIDED else None
    allowed = any(each.move is move for each in moves.next_moves(device))
    return None if allowed else _not_open(device)


def _not_open(device: Device) -> Refusal:
    return MoveNotOpen(stage=device.stage, allowed=[each.move for each in moves.next_moves(device)] or [Phrase("inga")])
