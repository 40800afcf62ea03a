"""Commands about one device. The field names are those of the devices file, the form and the API alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assetreg.domain import identifiers
from assetreg.domain.terms import Kind, Stage, Term
from assetreg.schemas.fields import LONGEST_NOTE, Amount, Checked, Day, Word, Words, read_mac, serial_field
from assetreg.schemas.loading import CommandSchema, load

KIND_ALIASES: dict[str, Term] = {
    "bärbar pc": Kind.LAPTOP,
    "bärbar": Kind.LAPTOP,
    "notebook": Kind.LAPTOP,
    "chromebook": Kind.LAPTOP,
    "macbook": Kind.LAPTOP,
    "stationär pc": Kind.DESKTOP,
    "stationär": Kind.DESKTOP,
    "pc": Kind.DESKTOP,
    "tunnklient": Kind.THIN_CLIENT,
    "ipad": Kind.TABLET,
    "platta": Kind.TABLET,
    "lärplatta": Kind.TABLET,
    "telefon": Kind.PHONE,
    "mobil": Kind.PHONE,
    "smartphone": Kind.PHONE,
    "iphone": Kind.PHONE,
    "bildskärm": Kind.MONITOR,
    "monitor": Kind.MONITOR,
    "display": Kind.MONITOR,
    "switch": Kind.NETWORK,
    "accesspunkt": Kind.NETWORK,
    "router": Kind.NETWORK,
    "nätverk": Kind.NETWORK,
    "nas": Kind.STORAGE,
    "san": Kind.STORAGE,
    "multifunktionsskrivare": Kind.PRINTER,
    "annat": Kind.OTHER,
}

STAGE_ALIASES: dict[str, Term] = {
    "aktiv": Stage.DEPLOYED,
    "i bruk": Stage.DEPLOYED,
    "används": Stage.DEPLOYED,
    "utlämnad": Stage.DEPLOYED,
    "lager": Stage.IN_STOCK,
    "på lager": Stage.IN_STOCK,
    "förråd": Stage.IN_STOCK,
    "reparation": Stage.IN_REPAIR,
    "lånad": Stage.ON_LOAN,
    "inlämnad": Stage.RETURNED,
    "skrotad": Stage.DISPOSED,
    "kasserad": Stage.DISPOSED,
    "avyttrad": Stage.DISPOSED,
    "försvunnen": Stage.MISSING,
}


@dataclass(frozen=True, slots=True)
class DeviceInput:
    """What is stated of a device: values by field name. None clears; what is absent changes nothing.

    Dates are PartialDate, ``price_sek`` is kronor excluding VAT, places, persons and models are named as
    people name them. ``version`` is the row's version the editor saw, ``reason`` why it is done.
    """

    values: Mapping[str, Any]
    reason: str | None = None
    version: int | None = None
    duplicate_reason: str | None = None

    def get(self, name: str) -> Any:
        return self.values.get(name)


class DeviceFields(CommandSchema):
    """The columns of the devices file."""

    serial = serial_field(allow_none=True)
    asset_tag = Words(limit=40, allow_none=True)
    kind = Word(Kind, aliases=KIND_ALIASES)
    owner = Words(limit=80)
    imei = Checked(identifiers.check_imei, allow_none=True)
    mac = Checked(read_mac, allow_none=True)
    hostname = Words(allow_none=True)
    group = Words(limit=80, allow_none=True)
    cost_centre = Words(limit=40, allow_none=True)
    manufacturer = Words(allow_none=True)
    model = Words(limit=160, allow_none=True)
    department = Words(allow_none=True)
    unit = Words(allow_none=True)
    room = Words(limit=80, allow_none=True)
    stage = Word(Stage, aliases=STAGE_ALIASES, unoffered=frozenset({Stage.VOIDED}))
    ordered = Day(allow_none=True)
    purchased = Day(allow_none=True)
    delivered = Day(allow_none=True)
    in_service = Day(allow_none=True)
    price_sek = Amount(least=0, allow_none=True)
    supplier = Words(allow_none=True)
    order_number = Words(limit=60, allow_none=True)
    warranty_until = Day(allow_none=True)
    user = Words(limit=254, allow_none=True)
    os = Words(limit=80, allow_none=True)
    os_version = Words(limit=80, allow_none=True)
    note = Words(limit=LONGEST_NOTE, allow_none=True)


def device_input(
    data: Mapping[str, Any],
    *,
    reason: str | None = None,
    version: int | None = None,
    duplicate_reason: str | None = None,
    schema: CommandSchema | None = None,
) -> DeviceInput:
    """The command for a new or a changed device. Raises InvalidInput."""
    values = load(schema or DeviceFields(), data)
    return DeviceInput(values=values, reason=reason, version=version, duplicate_reason=duplicate_reason)
