"""Searches, home pages and figures: promised in milliseconds, for there are no rows to ask the driver for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from sqlalchemy import select

from assetreg.db.device import Device
from assetreg.domain.access import EVERYTHING
from assetreg.domain.terms import Stage
from assetreg.services import device_list, figures
from assetreg.services.device_filter import DeviceFilter
from assetreg.services.figure_question import YearQuestion
from tests.bench.clocks import one
from tests.bench.pages import ACTOR, served
from tests.bench.registers import TODAY, Register
from tests.bench.table import Line, at_most

SEARCH_MS, FIGURES_MS = 50, 100
OVER_SMALL = 1.3


def measure(register: Register, *, rounds: int) -> dict[str, float]:
    """Milliseconds of processor time of each question."""
    database = register.database()
    found: dict[str, float] = {}
    with database.reading(EVERYTHING) as session:
        for name, typed in _typed(register).items():
            asked = partial(device_list.page, session, DeviceFilter(q=typed), actor=ACTOR)
            found[name] = 1000 * one(register.cpu, asked, rounds=rounds)
        told = partial(figures.report, session, YearQuestion(TODAY.year), actor=ACTOR)
        found["yearly figures"] = 1000 * one(register.cpu, told, rounds=rounds)
    database.close()
    with served(register) as (browser, _):
        found["home page, technician"] = 1000 * one(register.cpu, browser.repeat("/"), rounds=rounds)
        found["page of the year's figures"] = 1000 * one(
            register.cpu, browser.repeat(f"/aterbruk/{TODAY.year}"), rounds=rounds
        )
    return found


def lines(register: Register, found: Mapping[str, float], small: Mapping[str, float]) -> Iterator[Line]:
    limits = {"search": SEARCH_MS, "yearly": FIGURES_MS}
    for name, value in found.items():
        limit = limits.get(name.partition(" ")[0].rstrip(":"))
        promise = at_most(limit, value, " ms") if limit else {}
        known = small.get(name)
        over = value / known if known else None
        yield Line(register.engine, register.devices, name, value, "ms", known, over, **promise)


def _typed(register: Register) -> dict[str, str]:
    """What is typed into the search: parts of a number, of a serial and of a name, some known and some not."""
    database = register.database()
    with database.reading(EVERYTHING) as session:
        known = select(Device.tag, Device.serial).where(Device.serial.is_not(None), Device.stage == Stage.DEPLOYED)
        tag, stated = session.execute(known.order_by(Device.id.desc()).limit(1)).one()
    database.close()
    serial = stated or ""
    return {
        "search: three letters": serial[1:4],
        "search: part of a serial": serial[-5:],
        "search: a whole number": tag,
        "search: two letters": serial[:2],
        "search: a common word": "pro",
        "search: no such thing": "qzxqzx",
    }
