"""What a file never does to a device in silence: each is a conflict that names the act that does it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from assetreg.db.device import Device
from assetreg.db.organisation import Owner
from assetreg.domain.lifecycle import ENDED, TRANSITIONS
from assetreg.domain.sentences import Bilingual, Phrase
from assetreg.domain.terms import RowVerdict, Stage
from assetreg.services.device_values import DATES, PLACES, PLAIN, PRECISIONS
from assetreg.services.imports.presets import DEVICES, Preset
from assetreg.services.imports.reading import Item
from assetreg.services.imports.refusals import (
    ContradictsRow,
    EndedDiffers,
    EndedWithoutOutcome,
    HandEdited,
    OwnerDiffers,
    SerialDiffers,
    StageDiffers,
)

FIELDS = {
    **{column: field for field, column in {**PLAIN, **DATES}.items()},
    **{f"{name}_id": name for name in PLACES},
    **{PRECISIONS[column]: field for field, column in DATES.items()},
    "person_id": "user",
    "model_id": "model",
    "supplier_id": "supplier",
    "note_id": "note",
}
"""The column of the file that sets a column of the device."""


def refuse_owner(device: Device, stated: Owner | None, *, owner: Owner) -> None:
    if stated is not None and stated.id != device.owner_id:
        raise OwnerDiffers(field="owner", tag=device.tag, owner=owner.name, stated=stated.name)


def refuse_stage(device: Device, stated: Stage | None) -> None:
    if stated is not None and stated is not device.stage:
        raise StageDiffers(field="stage", tag=device.tag, stage=device.stage, stated=stated, act=_act(device, stated))


def refuse_other_start(item: Item, twin: Item) -> None:
    """A row that gives another number or stage to a device that an earlier row of the file is what makes."""
    if twin.verdict is not RowVerdict.CREATED:
        return
    if item.loaded.get("asset_tag") and not twin.loaded.get("asset_tag"):
        raise ContradictsRow(field="asset_tag", row=twin.number, columns=[DEVICES.header("asset_tag")])
    given = twin.loaded.get("stage") or (Stage.DEPLOYED if twin.loaded.get("user") else Stage.IN_STOCK)
    if item.loaded.get("stage") not in (None, given):
        raise ContradictsRow(field="stage", row=twin.number, columns=[DEVICES.header("stage")])
    added = [name for name in item.fresh if name != "stage"]
    if given in ENDED and added:
        raise ContradictsRow(field=added[0], row=twin.number, columns=[DEVICES.header(name) for name in added])


def refuse_serial(device: Device, differing: Sequence[str], stated: str | None) -> None:
    """A number that came to stand on another device would otherwise take its serial along; junk may be replaced."""
    if "serial" in differing and device.serial_key is not None:
        raise SerialDiffers(field="serial", tag=device.tag, serial=device.serial, stated=stated or "(tom)")


def refuse_ended(device: Device, differing: Sequence[str], preset: Preset) -> None:
    if device.stage in ENDED:
        fields = list(dict.fromkeys(FIELDS.get(column, column) for column in differing))
        kind = EndedDiffers if device.outcome_id is not None else EndedWithoutOutcome
        raise kind(field=fields[0], tag=device.tag, columns=[preset.header(field) for field in fields])


def refuse_hand_edited(device: Device, differing: Sequence[str], preset: Preset, *, dated: date) -> None:
    """Days are all that is kept, so an edit on the file's own day may be the later one and is not overwritten."""
    for column in differing:
        edited = device.hand_edited.get(column)
        if edited and date.fromisoformat(edited) >= dated:
            field = FIELDS.get(column, column)
            header = preset.header(field)
            named = Bilingual(header.sv.capitalize(), header.en)
            raise HandEdited(field=field, column=named, tag=device.tag, on=edited, file_date=dated)


def _act(device: Device, stated: Stage) -> Bilingual | Phrase:
    """The button on the device's page."""
    if stated is Stage.DISPOSED:
        return Phrase("Registrera utfall")
    if device.stage is Stage.DISPOSED:
        return Phrase("Makulera utfallet") if device.outcome_id is not None else Phrase("Registrera utfall")
    transition = TRANSITIONS.get((device.stage, stated))
    return Bilingual(transition.move.sv, transition.move.en) if transition else Phrase("Nästa steg")
