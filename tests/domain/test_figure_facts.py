"""What the figures count beside outcomes: told by day and by moment, from the events alone."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from assetreg.domain.figure_facts import Fact, FactOf, Step, beliefs, facts, matters, step_of
from assetreg.domain.terms import Kind, Stage

LAXA, HALLSBERG = 2, 3
BEGUN = datetime(2023, 1, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


class Device:
    """Events written one after another, each on the day it tells of unless another is stated."""

    def __init__(self, **stated: Any) -> None:
        now: dict[str, Any] = {"stage": "deployed", "owner_id": LAXA, "kind": "laptop", "purchased_on": "2022-05-01"}
        self.steps: list[Step] = []
        self.tell("registered", "2023-01-02", **(now | stated))

    def tell(self, what: str, at: str, /, *, on: str | None = None, reverses: int | None = None, **now: Any) -> int:
        payload = json.dumps({"changes": {name: [None, value] for name, value in now.items()}}, separators=(",", ":"))
        day = date.fromisoformat(on) if on else None
        moment = datetime.fromisoformat(at).replace(tzinfo=UTC) + timedelta(hours=9)
        seq = len(self.steps) + 1
        self.steps.append(step_of(seq, at=moment, on=day, kind=what, reverses=reverses, payload=payload))
        return seq

    def held(self, of: FactOf, at: str | None = None) -> list[Fact]:
        moment = datetime.fromisoformat(at).replace(tzinfo=UTC, hour=23) if at else None
        known = beliefs(self.steps)
        if moment is None:
            return [each.fact for each in known if each.until is None and each.fact.of is of]
        then = [each for each in known if each.since <= moment and (each.until is None or each.until > moment)]
        return [each.fact for each in then if each.fact.of is of]


def away(owner: int, since: str, start: str, until: str | None = None) -> Fact:
    end = date.fromisoformat(until) if until else None
    return Fact(FactOf.DISPATCHED, owner, Kind.LAPTOP, date.fromisoformat(since), date.fromisoformat(start), end)


def bought(owner: int, on: str, kind: Kind = Kind.LAPTOP) -> Fact:
    day = date.fromisoformat(on)
    return Fact(FactOf.BOUGHT, owner, kind, day, day)


def test_dispatched_device_waits_from_its_day_until_its_outcome() -> None:
    device = Device()
    device.tell("moved", "2023-12-27", on="2023-12-20", stage="dispatched")
    assert device.held(FactOf.DISPATCHED) == [away(LAXA, "2023-12-20", "2023-12-20")]
    device.tell("outcome", "2024-01-20", on="2024-01-15", stage="disposed")
    assert device.held(FactOf.DISPATCHED) == [away(LAXA, "2023-12-20", "2023-12-20", "2024-01-15")]


def test_what_was_known_before_each_event_can_be_asked_for() -> None:
    device = Device()
    device.tell("moved", "2023-12-27", on="2023-12-20", stage="dispatched")
    device.tell("outcome", "2024-01-20", on="2024-01-15", stage="disposed")
    assert device.held(FactOf.DISPATCHED, "2023-12-26") == []
    assert device.held(FactOf.DISPATCHED, "2024-01-19") == [away(LAXA, "2023-12-20", "2023-12-20")]
    assert device.held(FactOf.BOUGHT, "2023-01-01") == []
    assert device.held(FactOf.BOUGHT, "2023-01-02") == [bought(LAXA, "2022-05-01")]


def test_device_listed_as_dispatched_has_been_away_since_it_was_registered() -> None:
    assert Device(stage="dispatched").held(FactOf.DISPATCHED) == [away(LAXA, "2023-01-02", "2023-01-02")]


def test_reversed_outcome_leaves_it_waiting_as_if_it_had_not_been() -> None:
    device = Device()
    device.tell("moved", "2023-12-20", stage="dispatched")
    wrong = device.tell("outcome", "2024-01-15", stage="disposed")
    device.tell("outcome_reversed", "2024-03-01", reverses=wrong, stage="dispatched")
    assert device.held(FactOf.DISPATCHED) == [away(LAXA, "2023-12-20", "2023-12-20")]
    assert device.held(FactOf.DISPATCHED, "2024-02-01") == [away(LAXA, "2023-12-20", "2023-12-20", "2024-01-15")]


def test_owner_of_the_day_waits_for_it_and_has_bought_it() -> None:
    device = Device(purchased_on="2023-01-10")
    device.tell("moved", "2023-12-20", stage="dispatched")
    device.tell("transferred", "2024-02-01", owner_id=HALLSBERG)
    assert device.held(FactOf.BOUGHT) == [bought(LAXA, "2023-01-10")]
    assert device.held(FactOf.DISPATCHED) == [
        away(LAXA, "2023-12-20", "2023-12-20", "2024-02-01"),
        away(HALLSBERG, "2023-12-20", "2024-02-01"),
    ]


def test_purchase_date_corrected_after_a_transfer_asks_who_had_it_that_day() -> None:
    device = Device(purchased_on=None)
    device.tell("transferred", "2024-02-01", owner_id=HALLSBERG)
    device.tell("edited", "2024-03-01", purchased_on="2024-02-15")
    assert device.held(FactOf.BOUGHT) == [bought(HALLSBERG, "2024-02-15")]
    device.tell("edited", "2024-03-02", purchased_on="2023-06-01", kind="tablet")
    assert device.held(FactOf.BOUGHT) == [bought(LAXA, "2023-06-01", Kind.TABLET)]


def test_lost_on_the_way_waits_not_and_waits_again_from_the_first_day_when_found() -> None:
    device = Device()
    for at, stage in (("2023-12-20", "dispatched"), ("2023-12-28", "missing"), ("2024-01-03", "dispatched")):
        device.tell("moved", at, stage=stage)
    assert device.held(FactOf.DISPATCHED) == [
        away(LAXA, "2023-12-20", "2023-12-20", "2023-12-28"),
        away(LAXA, "2023-12-20", "2024-01-03"),
    ]


def test_voided_device_has_no_facts_and_starts_anew_when_registered_again() -> None:
    device = Device(stage="dispatched")
    device.tell("voided", "2023-02-01", reverses=1, stage="voided")
    assert facts(device.steps) == []
    device.tell("registered", "2023-03-01", stage="in_stock", purchased_on="2023-02-20")
    assert facts(device.steps) == [bought(LAXA, "2023-02-20")]


def test_events_that_touch_nothing_watched_do_not_matter() -> None:
    assert not matters('{"changes":{"hostname":[null,"stage"],"stage_before":[null,null]}}', None)
    assert matters('{"changes":{"stage":["in_stock","deployed"]}}', None)
    assert matters("{}", 3)


stages = st.sampled_from([stage.value for stage in Stage if stage is not Stage.VOIDED])
told = st.lists(
    st.tuples(
        st.integers(-40, 0),
        st.one_of(
            st.tuples(st.just("stage"), stages), st.tuples(st.just("owner_id"), st.sampled_from([LAXA, HALLSBERG]))
        ),
    ),
    max_size=8,
)


@given(told=told)
def test_stage_and_owner_of_a_day_are_those_recorded_last_from_that_day(told: list[Any]) -> None:
    """Against the plain definition: the latest event that speaks of the day or of one before it."""
    device, day = Device(), BEGUN.date()
    for number, (back, (column, value)) in enumerate(told, start=1):
        at = (BEGUN + number * DAY).date()
        kind = "transferred" if column == "owner_id" else "moved"
        device.tell(kind, at.isoformat(), on=(at + back * DAY).isoformat(), **{column: value})
    known = facts(device.steps)
    for offset in range(-45, 12):
        asked = day + offset * DAY
        stage = [s.now["stage"] for s in device.steps if "stage" in s.now and s.on <= asked]
        owner = [s.now["owner_id"] for s in device.steps if "owner_id" in s.now and (s.seq == 1 or s.on <= asked)]
        held = [f.owner_id for f in known if f.of is FactOf.DISPATCHED and f.start <= asked and not _over(f, asked)]
        assert held == ([owner[-1]] if stage[-1:] == ["dispatched"] else [])


def _over(fact: Fact, day: date) -> bool:
    return fact.until is not None and fact.until <= day


@given(told=told)
def test_what_is_believed_now_is_what_the_events_say_and_every_moment_had_one_belief(told: list[Any]) -> None:
    device = Device()
    for number, (back, (column, value)) in enumerate(told, start=1):
        at = (BEGUN + number * DAY).date()
        kind = "transferred" if column == "owner_id" else "moved"
        device.tell(kind, at.isoformat(), on=(at + back * DAY).isoformat(), **{column: value})
    for count in range(1, len(device.steps) + 1):
        moment = device.steps[count - 1].at
        then = [each.fact for each in beliefs(device.steps) if each.since <= moment and not _ended(each, moment)]
        assert sorted(map(repr, then)) == sorted(map(repr, facts(device.steps[:count])))


def _ended(belief: Any, moment: datetime) -> bool:
    return belief.until is not None and belief.until <= moment
