from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetreg.domain.chain import Fault, FaultKind, StoredEvent, verify_chain
from assetreg.domain.history import GENESIS, EventFacts, anchor_root, canonical, event_hash, text_hash
from assetreg.domain.terms import Stage

KEY = b"k" * 32
AT = datetime(2026, 11, 21, 8, 30, 0, 123456, tzinfo=UTC)
FIRST = EventFacts(
    subject="device",
    subject_id=7,
    seq=1,
    at=AT,
    kind="created",
    actor_id=3,
    door="web",
    person_id=None,
    owner_id=1,
    department_id=2,
    unit_id=5,
    on=date(2026, 11, 20),
    reverses=None,
    change_id=None,
    text_hash=None,
    format=1,
    payload='{"stage":"in_stock"}',
)


def chain(length: int, key: bytes = KEY) -> list[StoredEvent]:
    events: list[StoredEvent] = []
    prev = GENESIS
    for seq in range(1, length + 1):
        facts = replace(FIRST, seq=seq, at=AT + timedelta(minutes=seq), payload=canonical({"note": seq}))
        prev_hash, prev = prev, event_hash(key, facts, prev=prev)
        events.append(StoredEvent(facts, prev_hash, prev))
    return events


def verify(events: list[StoredEvent], whole: list[StoredEvent]) -> list[Fault]:
    return verify_chain(events, KEY, head_seq=len(whole), head_hash=whole[-1].hash if whole else GENESIS)


@given(st.integers(0, 12))
def test_a_whole_chain_has_no_fault(length: int) -> None:
    events = chain(length)
    assert verify(events, events) == []


def changed(value: Any) -> Any:
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1)
    if isinstance(value, date):
        return value + timedelta(days=1)
    if value is None:
        return 0
    return value + 1 if isinstance(value, int) else f"{value} "


@given(st.integers(1, 6), st.data())
def test_every_single_edit_of_a_column_is_found_at_its_event(length: int, data: st.DataObject) -> None:
    whole = chain(length)
    at = data.draw(st.integers(0, length - 1))
    column = data.draw(st.sampled_from([f.name for f in fields(EventFacts) if f.name != "seq"]))
    facts = whole[at].facts
    events = list(whole)
    events[at] = replace(events[at], facts=replace(facts, **{column: changed(getattr(facts, column))}))
    assert Fault(FaultKind.EDITED, at + 1) in verify(events, whole)


@pytest.mark.parametrize("column", ["prev", "hash"])
@pytest.mark.parametrize("at", [0, 2, 4])
def test_an_edited_hash_is_found(column: str, at: int) -> None:
    whole = chain(5)
    events = list(whole)
    zeros: dict[str, Any] = {column: "0" * 64}
    events[at] = replace(events[at], **zeros)
    assert Fault(FaultKind.EDITED, at + 1) in verify(events, whole)


def test_an_event_taken_out_is_one_gap() -> None:
    whole = chain(5)
    assert verify(whole[:2] + whole[3:], whole) == [Fault(FaultKind.GAP, 4)]
    assert verify(whole[1:], whole) == [Fault(FaultKind.GAP, 2)]


def test_a_cut_tail_names_the_first_that_is_gone() -> None:
    whole = chain(5)
    assert verify(whole[:3], whole) == [Fault(FaultKind.CUT_TAIL, 4)]
    assert verify([], whole) == [Fault(FaultKind.CUT_TAIL, 1)]


def test_an_event_past_the_head_and_one_that_occurs_twice_are_found() -> None:
    longer = chain(6)
    assert verify(longer, longer[:5]) == [Fault(FaultKind.BEYOND_HEAD, 6)]
    assert Fault(FaultKind.OUT_OF_ORDER, 3) in verify([*longer[:3], longer[2], *longer[3:]], longer)


def test_two_events_that_changed_places_are_found() -> None:
    whole = chain(4)
    kinds = {fault.kind for fault in verify([whole[0], whole[2], whole[1], whole[3]], whole)}
    assert {FaultKind.GAP, FaultKind.OUT_OF_ORDER} <= kinds


def test_a_tail_forged_anew_without_the_key_is_found() -> None:
    whole = chain(5)
    forged = chain(5, key=b"another key")
    assert {f.kind for f in verify(whole[:3] + forged[3:], whole)} == {
        FaultKind.EDITED,
        FaultKind.UNLINKED,
        FaultKind.WRONG_HEAD,
    }


def test_a_last_event_replaced_by_another_true_one_shows_at_the_head() -> None:
    whole = chain(3)
    other = replace(whole[2].facts, payload="{}")
    events = [*whole[:2], StoredEvent(other, whole[1].hash, event_hash(KEY, other, prev=whole[1].hash))]
    assert verify(events, whole) == [Fault(FaultKind.WRONG_HEAD, 3)]


def test_an_event_of_another_device_is_a_stranger() -> None:
    whole = chain(3)
    foreign = replace(whole[1], facts=replace(whole[1].facts, subject_id=8))
    assert Fault(FaultKind.STRANGER, 2) in verify([whole[0], foreign, whole[2]], whole)


def test_the_hash_is_the_same_for_the_same_moment_in_another_zone_and_not_between_neighbours() -> None:
    stockholm = replace(FIRST, at=AT.astimezone(timezone(timedelta(hours=1))))
    assert event_hash(KEY, FIRST, prev="") == event_hash(KEY, stockholm, prev="")
    moved = replace(FIRST, subject="device7", subject_id=1)
    assert event_hash(KEY, FIRST, prev="") != event_hash(KEY, moved, prev="")
    swapped = replace(FIRST, owner_id=FIRST.department_id, department_id=FIRST.owner_id)
    assert event_hash(KEY, FIRST, prev="") != event_hash(KEY, swapped, prev="")


def test_a_naive_time_is_never_hashed() -> None:
    with pytest.raises(ValueError, match="2026"):
        event_hash(KEY, replace(FIRST, at=AT.replace(tzinfo=None)), prev="")


def test_a_payload_has_one_text() -> None:
    payload = {"z": Decimal("8300.50"), "ä": [date(2024, 2, 29), None, True], "b": {"y": Stage.IN_STOCK, "x": AT}}
    expected = '{"b":{"x":"2026-11-21T08:30:00.123456Z","y":"in_stock"},"z":"8300.50","ä":["2024-02-29",null,true]}'
    assert canonical(payload) == canonical(dict(reversed(payload.items()))) == expected


@pytest.mark.parametrize("value", [1.5, float("nan"), {1: "a"}, {"a", "b"}, b"x", object()])
def test_what_has_no_one_text_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical({"a": value})


def test_a_text_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        canonical({"a": "\ud800"})


def test_a_text_hash_hangs_on_text_and_salt() -> None:
    one = text_hash(b"salt", "Skärmen är sprucken")
    assert len(one) == 64
    assert len({one, text_hash(b"salt", "Skärmen är sprucken."), text_hash(b"tlas", "Skärmen är sprucken")}) == 3


def test_the_anchor_changes_with_any_head() -> None:
    heads = [("device", 1, 3, "a" * 64), ("device", 2, 1, "b" * 64)]
    roots = {anchor_root(h) for h in (heads, heads[:1], heads[::-1], [*heads[:1], ("device", 2, 2, "b" * 64)])}
    assert len(roots) == 4
