"""The worked cases of counting rule version 1, through the services that register what happens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import chain, count, repeat
from typing import Any

import pytest

from assetreg.db.device import Device
from assetreg.db.organisation import Owner
from assetreg.db.outcome import Outcome
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING, Actor, system
from assetreg.domain.indicators import Figures
from assetreg.domain.terms import Door, ErasureMethod, Indicator, OutcomeType, Stage
from assetreg.schemas.act import ErasureInput, MoveInput, TransferInput
from assetreg.schemas.device import device_input
from assetreg.schemas.outcome import OutcomeInput, ReversalInput
from assetreg.services import devices, figures, identity, moves, outcomes, ownership
from assetreg.services.figures import YearQuestion
from tests.db import rows

CLERK = system(Door.CLI, datetime(2026, 11, 21, 9, tzinfo=UTC))
EARLIER = datetime(2024, 2, 1, 9, tzinfo=UTC)


class Register:
    """A session, and the few acts the cases are made of."""

    def __init__(self, session: ScopedSession) -> None:
        self.session = session
        self.numbers = count(1)

    def devices(self, number: int, kind: str = "laptop", owner: str = "1860") -> list[Device]:
        made = [
            device_input({"serial": f"SN{next(self.numbers):06}", "kind": kind, "owner": owner, "purchased": "2019"})
            for _ in range(number)
        ]
        return devices.register_many(self.session, made, actor=CLERK)

    def device(self, kind: str = "laptop", owner: str = "1860") -> Device:
        return self.devices(1, kind, owner)[0]

    def end(self, device: Device, outcome: OutcomeType, on: str, *, actor: Actor = CLERK, **stated: Any) -> Outcome:
        stated.setdefault("reason", "enligt rapporten")
        command = OutcomeInput(type=outcome, on=date.fromisoformat(on), **stated)
        return outcomes.register(self.session, device, command, actor=actor).outcome

    def reverse(self, outcome: Outcome, on: str, *, at: datetime = CLERK.at) -> None:
        command = ReversalInput(reason="fel rad", on=date.fromisoformat(on))
        outcomes.reverse(self.session, outcome, command, actor=system(Door.CLI, at))

    def figures(
        self, year: int, indicator: Indicator = Indicator.I1, owner: str | None = None, **asked: Any
    ) -> Figures:
        found = figures.report(self.session, YearQuestion(year, **asked), actor=CLERK)
        row = found.row(indicator, owner)
        assert row is not None
        return row.figures


@pytest.fixture
def register(database: Database) -> Iterator[Register]:
    """With noise that none of the cases may count: other kinds, other years, ways that are not reuse."""
    with database.transaction(EVERYTHING) as session:
        made = Register(session)
        made.end(made.device("monitor"), OutcomeType.MATERIAL_RECYCLING, "2023-05-05")
        made.end(made.device("laptop"), OutcomeType.EXTERNAL_REUSE, "2022-12-31")
        made.end(made.device("laptop"), OutcomeType.EXTERNAL_REUSE, "2025-01-01")
        made.end(made.device("laptop"), OutcomeType.RETURNED_REJECTED, "2023-05-06")
        yield made


def counts(found: Figures) -> tuple[int, int | None, int | None]:
    return found.headline, found.reuse, found.recycling


def test_laptop_reused_counts_in_i1_of_its_owner_alone(register: Register) -> None:
    register.end(register.device(), OutcomeType.EXTERNAL_REUSE, "2023-11-30")
    assert counts(register.figures(2023)) == (1, 1, 0)
    assert counts(register.figures(2023, owner="1860")) == (1, 1, 0)
    assert counts(register.figures(2023, owner="1814")) == (0, 0, 0)
    assert counts(register.figures(2023, Indicator.I2)) == (0, 0, 0)


def test_server_recycled_is_handled_and_not_reused(register: Register) -> None:
    register.end(register.device("server", "GEM"), OutcomeType.MATERIAL_RECYCLING, "2023-06-01")
    found = register.figures(2023)
    assert counts(found) == (1, 0, 1)
    assert (found.shares.reuse_rate, found.shares.handled_rate) == ("0.0", "100.0")


def test_dispatched_in_december_counts_the_year_the_receiver_confirms(register: Register) -> None:
    device = register.device()
    erased = ErasureInput(method=ErasureMethod.PURGE, on=date(2023, 12, 19))
    for to, more in ((Stage.READY_FOR_DISPOSAL, {"erasure": erased}), (Stage.DISPATCHED, {"receiver": "Partnern"})):
        step: Any = MoveInput(to=to, on=date(2023, 12, 20), **more)
        moves.move(register.session, device, step, actor=CLERK)
    assert [register.figures(year).pending for year in (2022, 2023, 2024)] == [0, 1, 1]
    register.end(device, OutcomeType.EXTERNAL_REUSE, "2024-01-15")
    assert [(register.figures(year).headline, register.figures(year).pending) for year in (2023, 2024)] == [
        (0, 0),
        (1, 0),
    ]


def test_reversed_reuse_gives_way_to_the_recycling_after_it(register: Register) -> None:
    device = register.device()
    register.reverse(register.end(device, OutcomeType.EXTERNAL_REUSE, "2023-03-01"), "2023-03-02")
    register.end(device, OutcomeType.MATERIAL_RECYCLING, "2023-09-01")
    assert counts(register.figures(2023)) == (1, 0, 1)


def test_pallet_counts_the_lines_that_are_ours(register: Register) -> None:
    made = register.devices(40)
    listed = [device.serial or "" for device in made[:38]] + ["OKÄND1", "OKÄND2"]
    unknown = []
    for row, serial in enumerate(listed):
        kind = OutcomeType.EXTERNAL_REUSE if row < 35 else OutcomeType.MATERIAL_RECYCLING
        found = identity.by_identity(register.session, None, None, serial)
        if not found:
            unknown.append(serial)
            continue
        register.end(found[0], kind, "2023-10-10", partner="Partnern", report="R9", report_row=row + 2)
    assert counts(register.figures(2023)) == (38, 35, 3)
    assert unknown == ["OKÄND1", "OKÄND2"]


def test_owner_on_the_day_of_the_outcome_gets_it(register: Register) -> None:
    device, other = register.device(owner="1860"), register.device(owner="1860")
    for each in (device, other):
        command = TransferInput(owner="1861", on=date(2023, 7, 1))
        ownership.hand_over(register.session, each, command, actor=CLERK)
    register.end(device, OutcomeType.EXTERNAL_REUSE, "2023-09-01")
    register.end(other, OutcomeType.EXTERNAL_REUSE, "2023-06-30")
    assert register.figures(2023, owner="1861").headline == 1
    assert register.figures(2023, owner="1860").headline == 1
    assert register.figures(2023).headline == 2


def test_864_of_884_leave_us_a_second_life_or_as_material(register: Register) -> None:
    owner = register.session.get_one(Owner, 3)
    ends = {OutcomeType.EXTERNAL_REUSE: 700, OutcomeType.MATERIAL_RECYCLING: 164, OutcomeType.LOST_OR_STOLEN: 20}
    for kind in chain.from_iterable(repeat(kind, times) for kind, times in ends.items()):
        device = rows.new_device(owner, indicator=Indicator.I1)
        register.session.add(device)
        register.session.flush()
        stated = {"type": kind, "year": 2023, "on": date(2023, 8, 8), "indicator": Indicator.I1}
        register.session.add(rows.made(Outcome, device_id=device.id, final=True, **rows.place_of(device), **stated))
    found = register.figures(2023)
    assert counts(found) == (864, 700, 164)
    assert found.lost_or_stolen == 20
    assert (found.shares.reuse_rate, found.shares.handled_rate) == ("81.0", "97.7")


def test_what_was_known_before_a_late_correction_can_still_be_asked_for(register: Register) -> None:
    device = register.device()
    first = system(Door.CLI, datetime(2023, 12, 1, 9, tzinfo=UTC))
    reuse = register.end(
        device,
        OutcomeType.EXTERNAL_REUSE,
        "2023-11-30",
        actor=first,
        erasure=ErasureInput(method=ErasureMethod.CLEAR, on=date(2023, 11, 29)),
    )
    register.reverse(reuse, "2024-03-01", at=datetime(2024, 3, 1, 9, tzinfo=UTC))
    register.end(device, OutcomeType.MATERIAL_RECYCLING, "2024-03-15")
    assert [register.figures(year).headline for year in (2023, 2024)] == [0, 1]
    assert [register.figures(year, as_known_on=EARLIER).headline for year in (2023, 2024)] == [1, 0]


def test_internal_reuse_is_a_row_of_its_own_until_the_device_ends_the_same_year(register: Register) -> None:
    kept, ended, twice = register.devices(3)
    for device in (kept, ended, twice):
        register.end(device, OutcomeType.INTERNAL_REUSE, "2023-02-02")
    register.end(twice, OutcomeType.INTERNAL_REUSE, "2023-08-20")
    register.end(ended, OutcomeType.EXTERNAL_REUSE, "2023-10-10")
    found = register.figures(2023)
    assert (found.headline, found.internal_reuse) == (1, 2)
    in_june = register.figures(2023, as_of=date(2023, 6, 30))
    assert (in_june.headline, in_june.internal_reuse) == (0, 3)
