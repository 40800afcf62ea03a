"""What a row leaves out of a device, and what it says that a device of its stage cannot have."""

from __future__ import annotations

from dataclasses import replace

from assetreg.db.device import Device
from assetreg.db.organisation import Owner
from assetreg.domain.errors import InvalidInput
from assetreg.domain.lifecycle import ENDED, HELD_BY_USER, LOST, VoidedByUndo
from assetreg.domain.terms import Stage
from assetreg.schemas.device import DeviceInput
from assetreg.services.imports.refusals import NeededForNew, NobodyHolds

_NEEDED = {"kind": "typ", "owner": "kommun"}


def completed(command: DeviceInput, holder: Owner | None) -> tuple[DeviceInput, Owner]:
    """The command of a new device: one that states a user and no stage is in use.

    Raises InvalidInput for a row without kind or owner, NobodyHolds or VoidedByUndo.
    """
    if holder is None or command.get("kind") is None:
        lacking = [name for name in _NEEDED if command.get(name) is None]
        raise InvalidInput([NeededForNew(field=name, column=_NEEDED[name]) for name in lacking])
    stage = command.get("stage")
    if stage is Stage.VOIDED:
        raise VoidedByUndo(field="stage")
    if not command.get("user"):
        return command, holder
    if stage in (*ENDED, *LOST):
        return _without_user(command), holder
    if stage is not None and stage not in HELD_BY_USER:
        raise NobodyHolds(field="user", stage=stage)
    return replace(command, values={**command.values, "stage": stage or Stage.DEPLOYED}), holder


def without_idle_user(command: DeviceInput, device: Device) -> DeviceInput:
    """A list often names the last user of a device that has ended or is lost: that is not read.

    Raises NobodyHolds for one that is on a shelf.
    """
    if not command.get("user") or device.stage in HELD_BY_USER:
        return command
    if device.stage in ENDED or (device.stage in LOST and device.person_id is None):
        return _without_user(command)
    if device.stage in LOST:
        return command
    raise NobodyHolds(field="user", stage=device.stage)


def _without_user(command: DeviceInput) -> DeviceInput:
    return replace(command, values={name: value for name, value in command.values.items() if name != "user"})
