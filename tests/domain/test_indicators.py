from __future__ import annotations

from dataclasses import asdict
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetreg.domain.indicators import Figures, Frozen, Readings, Shares, figures, merged, total, totals_only, year_of
from assetreg.domain.terms import OutcomeType

T = OutcomeType
tallies = st.dictionaries(st.sampled_from(OutcomeType), st.integers(0, 500))
PLAN_2023 = {T.EXTERNAL_REUSE: 700, T.MATERIAL_RECYCLING: 164, T.LOST_OR_STOLEN: 20}


def test_the_example_of_the_contract() -> None:
    tally = {**PLAN_2023, T.INTERNAL_REUSE: 31, T.LEASE_RETURN: 2, T.WARRANTY_SWAP: 1, T.RETURNED_REJECTED: 9}
    frozen = Frozen(version=1, headline=864, late=0, reversed=0)
    assert asdict(figures(tally, pending=12, bought=1010, target=1100, frozen=frozen)) == {
        "headline": 864, "reuse": 700, "parts_reuse": 0, "recycling": 164, "internal_reuse": 31,
        "energy_recovery": 0, "landfill": 0, "lost_or_stolen": 20, "other_ended": 3, "pending": 12, "bought": 1010,
        "totals_only": False, "target": 1100, "readings": None,
        "shares": {"reuse_rate": "81.0", "handled_rate": "97.7", "take_back_rate": "85.5", "goal": "78.5"},
        "frozen": {"version": 1, "headline": 864, "late": 0, "reversed": 0},
    }  # fmt: skip


def test_reuse_is_sold_given_and_bought_out() -> None:
    found = figures({T.EXTERNAL_REUSE: 5, T.GIFT: 3, T.BUYOUT: 2, T.PARTS_REUSE: 7}, pending=0, bought=0)
    assert (found.headline, found.reuse, found.parts_reuse) == (17, 10, 7)


def test_the_switch_takes_internal_reuse_into_the_headline_and_no_share_passes_the_whole() -> None:
    tally = {T.EXTERNAL_REUSE: 6, T.INTERNAL_REUSE: 40, T.LOST_OR_STOLEN: 4}
    off = figures(tally, pending=0, bought=100)
    on = figures(tally, pending=0, bought=100, internal_counts=True)
    assert (off.headline, on.headline, on.internal_reuse) == (6, 46, 40)
    assert (off.shares.handled_rate, on.shares.handled_rate) == ("60.0", "92.0")
    assert off.shares.reuse_rate == on.shares.reuse_rate == "100.0"


def test_a_year_without_anything_has_missing_shares_never_zero() -> None:
    assert figures({}, pending=3, bought=0).shares == Shares()
    assert figures({T.LOST_OR_STOLEN: 2}, pending=0, bought=5, target=0).shares == Shares(
        handled_rate="0.0", take_back_rate="0.0"
    )


def test_more_may_be_taken_back_than_bought() -> None:
    assert figures({T.EXTERNAL_REUSE: 30}, pending=0, bought=20).shares.take_back_rate == "150.0"


@pytest.mark.parametrize(("headline", "target", "goal"), [(864, 1100, "78.5"), (25, 50, "50.0"), (25, None, None)])
def test_a_year_known_by_its_total_has_no_split(headline: int, target: int | None, goal: str | None) -> None:
    found = totals_only(headline, target=target)
    given_fields = {name for name, value in asdict(found).items() if value is not None} - {"shares"}
    assert given_fields - {"target"} == {"headline", "totals_only"}
    assert found.totals_only
    assert found.shares == Shares(goal=goal)


@given(tallies)
def test_headline_is_reuse_parts_and_recycling_whatever_else_there_is(tally: dict[OutcomeType, int]) -> None:
    found = figures(tally, pending=0, bought=10)
    assert found.headline == (found.reuse or 0) + (found.parts_reuse or 0) + (found.recycling or 0)
    counted = sum(n for outcome, n in tally.items() if outcome is not T.RETURNED_REJECTED)
    shown = (found.internal_reuse, found.energy_recovery, found.landfill, found.lost_or_stolen, found.other_ended)
    assert found.headline + sum(n or 0 for n in shown) == counted
    assert all(share is None or float(share) <= 100 for share in (found.shares.reuse_rate, found.shares.handled_rate))


@given(st.lists(st.tuples(tallies, st.integers(0, 99), st.integers(0, 999)), max_size=5), st.booleans())
def test_the_owners_sum_to_the_total(owners: list[tuple[dict[OutcomeType, int], int, int]], switch: bool) -> None:  # noqa: FBT001
    parts = [figures(t, pending=p, bought=b, internal_counts=switch) for t, p, b in owners]
    whole = total(parts, target=1100, internal_counts=switch)
    assert whole == figures(
        merged(t for t, _, _ in owners),
        pending=sum(p for _, p, _ in owners),
        bought=sum(b for _, _, b in owners),
        target=1100,
        internal_counts=switch,
    )


def owner(headline: int, *, frozen: Frozen | None = None, readings: Readings | None = None) -> Figures:
    return figures({T.GIFT: headline}, pending=0, bought=0, frozen=frozen, readings=readings)


def test_the_total_of_frozen_and_read_figures() -> None:
    whole = total(
        [
            owner(5, frozen=Frozen(1, 4, 1, 0), readings=Readings(5, 2, 1)),
            owner(7, frozen=Frozen(2, 8, 0, 1), readings=Readings(7, 3, 0)),
        ],
        target=None,
    )
    assert whole.frozen == Frozen(version=2, headline=12, late=1, reversed=1)
    assert whole.readings == Readings(12, 5, 1)
    assert total([owner(5, frozen=Frozen(1, 5, 0, 0)), owner(7)], target=None).frozen is None


def test_an_owner_known_by_its_total_makes_the_sum_such_a_figure() -> None:
    whole = total([owner(5), totals_only(20, target=None)], target=50)
    assert (whole.headline, whole.totals_only, whole.reuse, whole.shares.goal) == (25, True, None, "50.0")


def test_the_year_is_that_of_the_confirmed_day() -> None:
    assert [year_of(day) for day in (date(2023, 12, 31), date(2024, 1, 1))] == [2023, 2024]
