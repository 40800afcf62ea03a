from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetreg.domain.sign_in import ClaimKind, GroupsLeftOut, Identity, Place, Rule, decide
from assetreg.domain.terms import Role

TODAY = date(2026, 11, 20)
ANNA = Identity("https://login.example", "1", "anna@kommun.example", "Anna")
LAXA: Place = (2, None, None)
SCHOOL: Place = (3, 31, 311)


def rule(id_: int, value: str, role: Role = Role.READER, *places: Place, **stated: object) -> Rule:
    usual: dict[str, object] = {
        "claim": ClaimKind.APP_ROLE,
        "whole": not places,
        "places": frozenset(places),
        "position": id_,
    }
    return Rule(id=id_, value=value, role=role, **{**usual, **stated})  # type: ignore[arg-type]


def holding(*roles: str, groups: tuple[str, ...] = ()) -> Identity:
    return replace(ANNA, app_roles=frozenset(roles), groups=frozenset(groups))


def test_nobody_without_a_rule_is_granted_anything() -> None:
    rules = [rule(1, "Admin", Role.ADMIN), rule(2, "g-1", claim=ClaimKind.GROUP)]
    assert decide(rules, holding(), today=TODAY) is None
    assert decide(rules, holding("Läsare", "ADMIN", groups=("g-2",)), today=TODAY) is None
    assert decide([], holding("Admin"), today=TODAY) is None


def test_group_is_known_in_any_case_and_an_app_role_to_the_letter() -> None:
    by_group = rule(1, "ABCD-1", claim=ClaimKind.GROUP)
    assert decide([by_group], holding(groups=("abcd-1",)), today=TODAY) is not None
    assert decide([by_group], holding("abcd-1"), today=TODAY) is None
    assert decide([rule(1, "Admin")], holding("admin"), today=TODAY) is None


def test_first_rule_decides_the_role_and_those_of_that_role_add_their_places() -> None:
    rules = [
        rule(1, "Planerare", Role.PLANNER, position=30),
        rule(2, "Tekniker.Laxa", Role.TECHNICIAN, LAXA, position=10),
        rule(3, "Tekniker.Skola", Role.TECHNICIAN, SCHOOL, position=20),
        rule(4, "Tekniker.Alla", Role.TECHNICIAN, position=40),
    ]
    found = decide(rules, holding("Planerare", "Tekniker.Skola", "Tekniker.Laxa"), today=TODAY)
    assert found is not None
    assert (found.role, found.whole, found.places) == (Role.TECHNICIAN, False, frozenset({LAXA, SCHOOL}))
    assert found.rules == (2, 3)
    wider = decide(rules, holding("Tekniker.Laxa", "Tekniker.Alla"), today=TODAY)
    assert wider is not None
    assert (wider.whole, wider.places, wider.rules) == (True, frozenset(), (2, 4))


def test_rule_gives_nothing_after_its_last_day() -> None:
    rules = [
        rule(1, "Revisor", Role.AUDITOR, ends_on=TODAY),
        rule(2, "Revisor.Mer", Role.AUDITOR, LAXA, ends_on=TODAY + timedelta(days=9)),
    ]
    both = holding("Revisor", "Revisor.Mer")
    today, tomorrow = (decide(rules, both, today=TODAY + timedelta(days=n)) for n in (0, 1))
    assert today is not None
    assert (today.whole, today.ends_on) == (True, TODAY)
    assert tomorrow is not None
    assert (tomorrow.places, tomorrow.ends_on) == (frozenset({LAXA}), TODAY + timedelta(days=9))
    assert decide(rules, both, today=TODAY + timedelta(days=10)) is None


def test_groups_that_were_left_out_are_refused_where_a_rule_goes_by_them() -> None:
    left_out = replace(holding("Admin"), groups_left_out=True)
    rules = [rule(1, "Admin", Role.ADMIN), rule(2, "g-1", claim=ClaimKind.GROUP, ends_on=TODAY)]
    with pytest.raises(GroupsLeftOut, match="approll"):
        decide(rules, left_out, today=TODAY)
    granted = decide(rules, left_out, today=TODAY + timedelta(days=1))
    assert granted is not None
    assert granted.role is Role.ADMIN


places = st.frozensets(st.sampled_from([LAXA, SCHOOL, (4, None, None), (5, 50, None)]), min_size=1)
a_rule = st.builds(
    lambda id_, value, role, whole, held, position, ends: Rule(
        id_, ClaimKind.APP_ROLE, value, role, whole, frozenset() if whole else held, position, ends
    ),
    st.integers(1, 1000),
    st.sampled_from("ABCDE"),
    st.sampled_from(list(Role)),
    st.booleans(),
    places,
    st.integers(1, 5),
    st.none() | st.dates(TODAY - timedelta(days=2), TODAY + timedelta(days=2)),
)


@given(
    st.lists(a_rule, max_size=8, unique_by=lambda each: each.id), st.frozensets(st.sampled_from("ABCDE")), st.randoms()
)
def test_grant_is_never_more_than_its_rules_and_does_not_depend_on_their_order(
    rules: list[Rule], held: frozenset[str], random: object
) -> None:
    who = replace(ANNA, app_roles=held)
    found = decide(rules, who, today=TODAY)
    shuffled = list(rules)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert decide(shuffled, who, today=TODAY) == found
    fitting = [each for each in rules if each.value in held and (each.ends_on is None or each.ends_on >= TODAY)]
    assert (found is None) is (not fitting)
    if found is None:
        return
    first = min(fitting, key=lambda each: (each.position, each.id))
    same = [each for each in fitting if each.role is first.role]
    assert found.role is first.role
    assert found.whole is any(each.whole for each in same)
    assert found.places == (frozenset() if found.whole else frozenset().union(*(each.places for each in same)))
    assert set(found.rules) == {each.id for each in same}
