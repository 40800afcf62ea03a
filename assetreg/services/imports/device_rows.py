"""Rows of the devices file: a new device, a change of one there is, or a conflict that is named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assetreg.db.device import Device
from assetreg.db.organisation import Owner
from assetreg.domain.errors import InvalidInput, Refusal
from assetreg.domain.lifecycle import HELD_BY_USER
from assetreg.domain.terms import RowVerdict, Stage
from assetreg.schemas.device import DeviceInput
from assetreg.services import changes, device_values, devices, history, places
from assetreg.services.imports import device_conflicts
from assetreg.services.imports.device_matching import DeviceMatches
from assetreg.services.imports.new_devices import completed, without_idle_user
from assetreg.services.imports.reading import Item
from assetreg.services.imports.refusals import VoidedDevice
from assetreg.services.imports.row_places import RowPlaces
from assetreg.services.imports.work import Work

STARTED_ANEW = (
    *("model_id", "serial", "imei", "mac", "hostname", "department_id", "unit_id", "room_id", "group_id", "person_id"),
    *("cost_centre", *device_values.DATES.values(), *device_values.PRECISIONS.values()),
    *("price", "supplier_id", "order_number", "os", "os_version", "note_id", "stage_before"),
    *("loan_until", "returned_on"),
)
"""What a number that was voided and comes again does not keep from its first time."""

_NOTHING = Device()


class DeviceRows:
    """New devices are gathered and registered together, before any row that means one of them again."""

    careful = False

    def __init__(self, work: Work) -> None:
        self.work = work
        self.matches = DeviceMatches(work)
        self.places = RowPlaces(work)
        self.pending: list[tuple[Item, DeviceInput]] = []

    def prepare(self, items: Sequence[Item]) -> None:
        self.matches.load(items)
        self.places.prepare(items)

    def keys(self, item: Item) -> tuple[str | None, str | None]:
        item.device = self.matches.find(item)
        return self.matches.keys(item)

    def judge(self, item: Item) -> RowVerdict:
        if item.twins and self.pending:
            self.finish()
        item.device = device = self.matches.find(item)
        item.label = str(item.loaded.get("asset_tag") or item.loaded.get("serial") or "")
        command = DeviceInput(item.loaded)
        holder = self.matches.holder(item)
        if device is None:
            return self._new(item, command, holder)
        item.device_id = device.id
        if device.stage is Stage.VOIDED:
            return self._started_anew(item, device, command, holder)
        return self._changed(item, device, command, holder)

    def finish(self) -> None:
        """Registers what has been gathered; what has passed the preview is checked there alone."""
        pending, self.pending = self.pending, []
        if not pending or not self.work.writing:
            return
        self._register_all(pending)

    def _register_all(self, pending: Sequence[tuple[Item, DeviceInput]]) -> None:
        """Together, and should that be refused, in halves until what is refused stands alone."""
        try:
            self._register(pending)
        except Refusal as refusal:
            if len(pending) == 1:
                pending[0][0].refuse(refusal)
                return
            half = len(pending) // 2
            self._register_all(pending[:half])
            self._register_all(pending[half:])

    def _register(self, pending: Sequence[tuple[Item, DeviceInput]]) -> None:
        work = self.work
        with work.attempt():
            commands = [command for _, command in pending]
            for command in commands:
                self.places.ensure(places.owner(work.session, command.get("owner")), command.values)
            made = devices.register_many(work.session, commands, actor=work.actor, act=work.act)
        for (item, _), device in zip(pending, made, strict=True):
            item.device, item.device_id = device, device.id
            self.matches.add(device)

    def _new(self, item: Item, command: DeviceInput, holder: Owner | None) -> RowVerdict:
        command, holder = completed(command, holder)
        tag = command.get("asset_tag")
        self.matches.refuse_taken(item, self.matches.new_tag(item, tag) if tag else None)
        if not (self.work.writing and item.passed and self.work.session.scope.everything):
            self._columns(command, holder)
        self.pending.append((item, command))
        return RowVerdict.CREATED

    def _started_anew(self, item: Item, device: Device, command: DeviceInput, holder: Owner | None) -> RowVerdict:
        """A number whose device an undoing has voided: the row registers it again, as the row states it."""
        try:
            command, holder = completed(command, holder)
        except InvalidInput:
            raise VoidedDevice(field="asset_tag", tag=device.tag) from None
        self.matches.refuse_taken(item, None)
        stage = command.get("stage") or Stage.IN_STOCK
        values: dict[str, Any] = dict.fromkeys(STARTED_ANEW) | self._columns(command, holder)
        values |= {"owner_id": holder.id, "stage": stage}
        if stage not in HELD_BY_USER:
            values["person_id"] = None
        if self.work.writing:
            if command.get("note"):
                values["note_id"] = history.write_text(self.work.session, command.get("note"), beside=device).id
            self._record(device, values, "registered")
        return RowVerdict.CREATED

    def _changed(self, item: Item, device: Device, command: DeviceInput, holder: Owner | None) -> RowVerdict:
        session = self.work.session
        owner = session.get_one(Owner, device.owner_id)
        device_conflicts.refuse_owner(device, holder, owner=owner)
        device_conflicts.refuse_stage(device, command.get("stage"))
        command = without_idle_user(command, device)
        self.places.ensure(owner, command.values)
        values = device_values.columns(session, command, holder=owner, device=device)
        differing = list(changes.differing(device, values))
        if "note" in command.values and command.get("note") != history.read_text(session, device.note_id):
            differing.append("note_id")
        if not differing:
            return RowVerdict.UNCHANGED
        device_conflicts.refuse_ended(device, differing, self.work.reader.preset)
        device_conflicts.refuse_serial(device, differing, command.get("serial"))
        device_conflicts.refuse_hand_edited(device, differing, self.work.reader.preset, dated=self.work.dated(item))
        if "serial" in differing:
            self.matches.refuse_taken(item, None)
        self._check(device, values)
        item.before = {"was": history.plain({name: getattr(device, name) for name in differing})}
        if self.work.writing:
            self._record(device, device_values.with_note(session, command, device, values), "edited")
        return RowVerdict.UPDATED

    def _record(self, device: Device, values: dict[str, Any], kind: str) -> None:
        work = self.work
        changes.change(work.session, device, values, kind, actor=work.actor, act=work.act)
        self.matches.add(device)

    def _columns(self, command: DeviceInput, holder: Owner) -> dict[str, Any]:
        """What the row sets on a device that is new. Raises what its places, persons and dates raise."""
        self.places.ensure(holder, command.values)
        values = device_values.columns(self.work.session, command, holder=holder)
        self._check(_NOTHING, {"owner_id": holder.id, **values})
        return values

    def _check(self, device: Device, values: dict[str, Any]) -> None:
        place = [values.get(name, getattr(device, name)) for name in ("owner_id", "department_id", "unit_id")]
        self.places.refuse_outside(*place)
        device_values.check(device, values, today=self.work.actor.today)
