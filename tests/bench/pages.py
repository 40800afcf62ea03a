"""Pages, each against its floor, and against itself on a small register."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from sqlalchemy import select

from assetreg.app import create_app
from assetreg.db.device import Device
from assetreg.db.label import Label
from assetreg.domain.access import EVERYTHING
from assetreg.services import device_list
from assetreg.services.device_filter import DeviceFilter
from assetreg.domain.access import system
from assetreg.domain.terms import Door, LabelState, Stage
from tests.bench.clocks import each, ratio
from tests.bench.floor import bare, watch
from tests.bench.registers import ACCOUNT, NOON, PASSWORD, Register
from tests.bench.requests import Browser, log_in
from tests.bench.table import Line, at_most

OVER_FLOOR, OVER_SMALL = 2.0, 1.3
OWNER = "1814"


@dataclass(frozen=True, slots=True)
class Measured:
    cpu_ms: float
    floor_ms: float
    ratio: float


def addresses(register: Register) -> dict[str, str]:
    """The pages that are promised, by what they are called."""
    lists = {
        "list, page 1": "",
        "view: owner, to be replaced": f"owner={OWNER}&due_to=2026-11-19&sort=due",
        "view: owner, in use": f"owner={OWNER}&stage=deployed",
        "view: in stock": "stage=in_stock",
        "view: purchased first": "sort=purchased",
        "view: support ends": f"owner={OWNER}&support_before=2027-01-01&sort=support",
        "view: unit": f"owner={OWNER}&unit=" + _unit(register),
    }
    database = register.database()
    with database.reading(EVERYTHING) as session:
        middle = session.execute(select(Device.id).order_by(Device.id).limit(1).offset(register.devices // 2)).scalar_one()
        device = session.get_one(Device, middle)
        token = session.execute(
            select(Label.token).where(Label.device_id == device.id, Label.state == LabelState.ATTACHED)
        ).scalars().first()
    database.close()
    return {
        "label page, a stranger's": f"/t/{token}",
        "device page": f"/enheter/{device.tag}",
        **{name: f"/enheter?{asked}" for name, asked in lists.items()},
        "list, deep page": f"/enheter?{_deep(register)}",
    }


def measure(register: Register) -> dict[str, Measured]:
    """Every promised page, in milliseconds of processor time."""
    found = {}
    with served(register) as (browser, stranger, engine):
        for name, address in addresses(register).items():
            asker = stranger if name.startswith("label") else browser
            seen = watch(asker, engine, address)
            with bare(seen, register.url, asker.app, address) as floor:
                page_s, floor_s = each(register.cpu, [asker.repeat(address), floor])
            found[name] = Measured(1000 * median(page_s), 1000 * median(floor_s), ratio(page_s, floor_s))
    return found


def lines(register: Register, found: Mapping[str, Measured], small: Mapping[str, Measured]) -> Iterator[Line]:
    for name, each_ in found.items():
        yield Line(
            register.engine,
            register.devices,
            name,
            each_.cpu_ms,
            "ms",
            each_.floor_ms,
            each_.ratio,
            **at_most(OVER_FLOOR, each_.ratio, " × floor"),
        )
    for name, each_ in found.items():
        if name in small:
            over = each_.cpu_ms / small[name].cpu_ms
            promise = at_most(OVER_SMALL, over, " × small")
            yield Line(register.engine, register.devices, f"{name}, against the small register", each_.cpu_ms, "ms", small[name].cpu_ms, over, **promise)
