"""The plan of a fleet: what a seed draws, before anything is written."""

from __future__ import annotations

from collections import Counter
from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assetreg.demo import cohorts, products
from assetreg.demo.build import planned
from assetreg.demo.plan import Verb
from assetreg.domain.identifiers import check_imei, check_serial, serial_key
from assetreg.domain.terms import Kind

TODAY = date(2026, 11, 21)


def test_whole_fleet_has_the_size_of_sydnarke() -> None:
    there: Counter[Kind] = Counter()
    left: Counter[int] = Counter()
    for cohort in cohorts.cohorts(TODAY):
        if cohort.left is None:
            there[cohort.kind] += cohort.count
        elif cohort.kind in (Kind.LAPTOP, Kind.DESKTOP, Kind.THIN_CLIENT, Kind.SERVER):
            left[TODAY.year - cohort.left] += cohort.count
    assert there[Kind.LAPTOP] + there[Kind.DESKTOP] + there[Kind.WORKSTATION] + there[Kind.THIN_CLIENT] == 4000
    assert there[Kind.TABLET] + there[Kind.PHONE] == 2500
    assert there[Kind.SERVER] + there[Kind.STORAGE] == 120
    assert there[Kind.MONITOR] == 3000
    assert all(860 <= left[year] <= 1150 for year in (2022, 2024, 2025, 2026))
    assert left[2023] < 864


@given(total=st.integers(0, 20_000))
def test_scaled_composition_has_exactly_the_number_asked_for(total: int) -> None:
    scaled = cohorts.scaled(cohorts.cohorts(TODAY), total)
    assert sum(cohort.count for cohort in scaled) == total
    whole = sum(cohort.count for cohort in cohorts.cohorts(TODAY))
    for full, part in zip(cohorts.cohorts(TODAY), scaled, strict=True):
        assert abs(part.count - full.count * total / whole) < 1


@settings(max_examples=15)
@given(
    seed=st.integers(0, 10_000),
    today=st.dates(date(2024, 1, 1), date(2031, 12, 31)),
    total=st.integers(100, 700),
)
def test_every_life_runs_forward_from_its_registration_to_yesterday(seed: int, today: date, total: int) -> None:
    plan, begun = planned(seed=seed, today=today, devices=total)
    assert len(plan.devices) == total
    last: dict[int, date] = {}
    for act in plan.acts:
        assert begun <= act.on < today
        assert (act.device in last) is (act.verb is not Verb.REGISTER)
        assert last.get(act.device, begun) <= act.on
        last[act.device] = act.on
    assert set(last) == set(range(total))


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_what_a_new_device_takes_over_it_has_come_for(seed: int) -> None:
    plan, _ = planned(seed=seed, today=TODAY, devices=600)
    swaps = [act for act in plan.acts if act.verb is Verb.SWAP]
    new = [plan.devices[act.told["new"]] for act in swaps]
    assert swaps
    assert len({device.index for device in new}) == len(new)
    for act, device in zip(swaps, new, strict=True):
        old = plan.devices[act.device]
        assert device.registered < act.on
        assert (device.town, device.kind, device.audience) == (old.town, old.kind, old.audience)


@given(seed=st.integers(0, 10_000), maker=st.sampled_from(sorted(products.SERIALS)))
def test_drawn_numbers_are_what_makers_write(seed: int, maker: str) -> None:
    rng = Random(seed)
    serial = products.serial(maker, rng)
    assert check_serial(serial) == serial == serial_key(serial)
    imei = products.imei(rng)
    assert check_imei(imei) == imei


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("year", [2011, 2018, 2026, 2040])
def test_every_kind_could_be_bought_any_year(kind: Kind, year: int) -> None:
    found = products.product(kind, year, Random(1))
    assert found.kind is kind
    assert products.price(found, date(year, 5, 1)) > 0
    assert found.maker in products.SERIALS
