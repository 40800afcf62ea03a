"""Pages, each against its floor, and against itself on a small register."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from sqlalchemy import Engine, select

from assetreg.app import create_app
from assetreg.db.device import Device
from assetreg.db.label import Label
from assetreg.db.organisation import Unit
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.terms import Door, LabelState
from assetreg.services import device_list
from assetreg.services.device_filter import DeviceFilter, Standing
from assetreg.services.paging import encode
from tests.bench.clocks import each, ratio
from tests.bench.floor import bare, watch
from tests.bench.registers import ACCOUNT, NOON, PASSWORD, Register
from tests.bench.requests import Browser, log_in
from tests.bench.table import Line, at_most

OVER_FLOOR, OVER_SMALL = 2.0, 1.3
OWNER = "1814"
ACTOR = system(Door.CLI, NOON)
VIEWS = {
    "list, page 1": "",
    "view: owner, to be replaced": f"owner={OWNER}&due_to=2026-11-19&sort=due",
    "view: owner, in use": f"owner={OWNER}&stage=deployed",
    "view: in stock": "stage=in_stock",
    "view: by purchase": f"owner={OWNER}&sort=purchased",
    "view: support ends": f"owner={OWNER}&support_before=2027-01-01&sort=support",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds of processor time of a page, its floor, and the same page of the small register."""

    page_ms: float
    floor_ms: float
    small_ms: float
    over_floor: float
    over_small: float


def measure(register: Register, small: Register, *, rounds: int) -> dict[str, Measured]:
    """Every page that is promised; the three take turns, so that a slow minute is slow for all of them."""
    found = {}
    few = _addresses(small)
    with served(register) as (browser, engine), served(small) as (other, _):
        for name, address in _addresses(register).items():
            asker, beside = (Browser(one.app) if address.startswith("/t/") else one for one in (browser, other))
            with bare(watch(asker, engine, address), register.url, asker.app) as floor:
                works = [asker.repeat(address), floor, beside.repeat(few.get(name, address))]
                page_s, floor_s, small_s = each(register.cpu, works, rounds=rounds)
            page_ms, floor_ms, small_ms = (1000 * median(seconds) for seconds in (page_s, floor_s, small_s))
            found[name] = Measured(page_ms, floor_ms, small_ms, ratio(page_s, floor_s), ratio(page_s, small_s))
    return found


def lines(register: Register, found: Mapping[str, Measured]) -> Iterator[Line]:
    """Each page over its floor, then over what it costs on the small register."""
    about = (register.engine, register.devices)
    for name, one in found.items():
        promise = at_most(OVER_FLOOR, one.over_floor, " × floor")
        yield Line(*about, name, one.page_ms, "ms", one.floor_ms, one.over_floor, **promise)
    for name, one in found.items():
        promise = at_most(OVER_SMALL, one.over_small, " × small")
        yield Line(
            *about, f"{name}: against the small register", one.page_ms, "ms", one.small_ms, one.over_small, **promise
        )


@contextmanager
def served(register: Register) -> Iterator[tuple[Browser, Engine]]:
    """The application on the register, somebody logged in, and the engine it works on."""
    database = register.database()
    try:
        app = create_app(register.settings(), database=database, clock=lambda: NOON)
        yield log_in(app, ACCOUNT, PASSWORD), database.engine
    finally:
        database.close()


def _addresses(register: Register) -> dict[str, str]:
    """Of one device in the middle its label and its page; the lists, the views and a page deep down."""
    database = register.database()
    with database.reading(EVERYTHING) as session:
        middle = select(Device).order_by(Device.tag).offset(register.devices // 2).limit(1)
        device = session.execute(middle).scalar_one()
        stuck = (Label.device_id == device.id, Label.state == LabelState.ATTACHED)
        token = session.execute(select(Label.token).where(*stuck).limit(1)).scalar_one()
        unit = session.execute(select(Unit.name).where(Unit.id == device.unit_id)).scalar_one_or_none()
        deep = device_list.page(
            session, DeviceFilter(standing=Standing.REGISTER), actor=ACTOR, cursor=encode(None, device.tag)
        )
    database.close()
    views = {name: f"/enheter?{asked}" for name, asked in VIEWS.items()}
    views |= {"view: unit": f"/enheter?unit={unit}"} if unit else {}
    return {
        "label, for a stranger": f"/t/{token}",
        "device": f"/enheter/{device.tag}",
        **views,
        "list, deep page": f"/enheter?cursor={deep.next or encode(None, device.tag)}",
    }
