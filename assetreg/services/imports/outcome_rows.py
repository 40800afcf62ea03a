"""Rows of a partner's report: the outcome of each device, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from assetreg.db.device import Device
from assetreg.db.outcome import Outcome
from assetreg.domain.lifecycle import Voided
from assetreg.domain.outcomes import FINAL
from assetreg.domain.terms import RowVerdict, Stage
from assetreg.domain.waste import normal_waste_code
from assetreg.schemas.act import erasure_of, first_day
from assetreg.schemas.outcome import OutcomeInput
from assetreg.services import outcomes
from assetreg.services.imports.device_matching import DeviceMatches
from assetreg.services.imports.presets import OUTCOMES
from assetreg.services.imports.reading import Item
from assetreg.services.imports.refusals import LineDiffers, UnknownDevice
from assetreg.services.imports.work import Work, key_of

COMPARED = {
    **{name: name for name in ("weight_kg", "decision", "carrier", "receiver", "police_reference", "waste_code")},
    "proceeds": "proceeds_sek",
    "valuation": "valuation_sek",
}
"""The columns of an outcome that the same line has to agree with, and the file's names for them."""


class OutcomeRows:
    """A line is known by partner, report and device: the same line again changes nothing."""

    careful = True

    def __init__(self, work: Work) -> None:
        self.work = work
        self.matches = DeviceMatches(work)
        self.standing: dict[int, list[Outcome]] = {}

    def prepare(self, items: Sequence[Item]) -> None:
        self.matches.load(items)
        ids = sorted({device.id for device in self.matches.by_tag.values()})
        held = select(Outcome).where(Outcome.device_id.in_(ids), Outcome.reversed_at.is_(None)).order_by(Outcome.id)
        for outcome in self.work.session.execute(held).scalars():
            self.standing.setdefault(outcome.device_id, []).append(outcome)

    def keys(self, item: Item) -> tuple[str | None, str | None]:
        """Two lines with final outcomes of one device cannot both hold; others may on different days."""
        item.device = device = self._device(item)
        if item.loaded["outcome"] in FINAL:
            return key_of("o", device.id), None
        return key_of("o", device.id, item.loaded["outcome"].value, item.loaded["date"]), None

    def judge(self, item: Item) -> RowVerdict:
        item.device = device = self._device(item)
        item.device_id, item.label = device.id, device.tag
        command = self._command(item)
        same = self._same_line(device, command)
        if same is not None:
            _refuse_differing(same, command, item)
            return RowVerdict.UNCHANGED
        made = outcomes.register(self.work.session, device, command, actor=self.work.actor, act=self.work.act)
        self.standing.setdefault(device.id, []).append(made.outcome)
        return RowVerdict.CREATED

    def finish(self) -> None:
        """Nothing is gathered."""

    def _device(self, item: Item) -> Device:
        device = self.matches.find(item)
        if device is None:
            field = "asset_tag" if item.loaded.get("asset_tag") else "serial"
            raise UnknownDevice(field=field, code=item.loaded[field])
        if device.stage is Stage.VOIDED:
            raise Voided(field="asset_tag")
        return device

    def _command(self, item: Item) -> OutcomeInput:
        values = item.loaded
        same = ("partner", "report", "decision", "carrier", "receiver", "police_reference", "reason", "waste_code")
        command = OutcomeInput(
            type=values["outcome"],
            on=first_day(values["date"]),
            erasure=erasure_of(values),
            proceeds=values.get("proceeds_sek"),
            valuation=values.get("valuation_sek"),
            weight_kg=values.get("weight_kg"),
            import_id=self.work.batch.id,
            report_row=item.number,
            **{name: values.get(name) for name in same},
        )
        if command.waste_code:
            command = replace(command, waste_code=normal_waste_code(command.waste_code))
        return command

    def _same_line(self, device: Device, command: OutcomeInput) -> Outcome | None:
        """The outcome that the line has given already; a reversed one stands in no line's way."""
        for outcome in self.standing.get(device.id, ()):
            if (outcome.partner, outcome.report) != (command.partner, command.report):
                continue
            if (outcome.type, outcome.on) == (command.type, command.on) or (command.report and outcome.final):
                return outcome
        return None


def _refuse_differing(outcome: Outcome, command: OutcomeInput, item: Item) -> None:
    pairs = {"outcome": (outcome.type, command.type), "date": (outcome.on, command.on)}
    for column, field in COMPARED.items():
        if item.loaded.get(field) is not None:
            pairs[field] = (getattr(outcome, column), getattr(command, column))
    differing = [field for field, (held, stated) in pairs.items() if held != stated]
    if differing:
        columns = [OUTCOMES.header(field) for field in differing]
        raise LineDiffers(field=differing[0], type=outcome.type, on=outcome.on, columns=columns)
