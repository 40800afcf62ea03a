"""The administrators' rules: which app role or group gives which role, and sight of what. Every change is an event."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import func, select

from assetreg.db.organisation import Department, Owner, Unit
from assetreg.db.session import ScopedSession
from assetreg.db.sign_in import SignInRule, SignInRulePlace
from assetreg.domain.access import Act, Actor
from assetreg.domain.errors import Conflict, Missing
from assetreg.domain.sign_in import ClaimKind, Place, Rule
from assetreg.domain.terms import Role
from assetreg.schemas.sign_in import RuleInput
from assetreg.services import account_grants, account_scope, history
from assetreg.services.account_scope import PlaceIds
from assetreg.services.accounts import require_administrator

STEP = 10
"""Between the positions of rules, so that one fits between two others."""


class RuleExists(Conflict):
    code = "rule_exists"
    message = "Det finns redan en regel för {claim} {value}. Ändra den i stället."


class RuleChanged(Conflict):
    code = "rule_changed"
    message = "Regeln har ändrats sedan du öppnade sidan. Läs om den och gör om ändringen."


class UnknownRule(Missing):
    code = "unknown_rule"
    message = "Det finns ingen regel för {claim} {value}."


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule as lists show it; without ``places`` it gives every owner. ``version`` counts its changes."""

    id: int
    claim: ClaimKind
    value: str
    role: Role
    position: int
    ends_on: date | None
    version: int
    places: tuple[str, ...] = ()


def rules(session: ScopedSession) -> list[Rule]:
    """The rules as they are judged by."""
    places: dict[int, set[Place]] = {}
    columns = (SignInRulePlace.rule_id, SignInRulePlace.owner_id, SignInRulePlace.department_id)
    for rule, owner, department, unit in session.execute(select(*columns, SignInRulePlace.unit_id)):
        places.setdefault(rule, set()).add((owner, department, unit))
    found = session.execute(select(SignInRule).where(SignInRule.removed_at.is_(None))).scalars()
    return [
        Rule(
            id=row.id,
            claim=row.claim,
            value=row.value,
            role=row.role,
            whole=row.whole,
            places=frozenset(places.get(row.id, ())),
            position=row.position,
            ends_on=row.ends_on,
        )
        for row in found
    ]


def listed(session: ScopedSession, *, actor: Actor) -> tuple[RuleRow, ...]:
    """Every rule, in the order they are judged. Raises Denied."""
    actor.require(Act.ADMINISTER)
    return _rows(session)


def one(session: ScopedSession, rule: int, *, actor: Actor) -> RuleRow:
    """Raises Missing or Denied."""
    actor.require(Act.ADMINISTER)
    found = next((row for row in _rows(session) if row.id == rule), None)
    if found is None:
        raise Missing
    return found


def get(session: ScopedSession, rule: int) -> SignInRule:
    """The rule, locked for a change. Raises Missing."""
    query = select(SignInRule).where(SignInRule.id == rule, SignInRule.removed_at.is_(None))
    found = session.execute(query.with_for_update()).scalar_one_or_none()
    if found is None:
        raise Missing
    return found


def find(session: ScopedSession, claim: ClaimKind, value: str) -> SignInRule:
    """The rule for the claim, locked for a change. Raises UnknownRule."""
    found = _standing(session, claim, value)
    if found is None:
        raise UnknownRule(claim=claim, value=value)
    return found


def add(session: ScopedSession, command: RuleInput, *, actor: Actor) -> SignInRule:
    """Raises RuleExists, UnknownAccountPlace or Denied. Without a position the rule comes last."""
    require_administrator(session, actor)
    places = account_scope.resolve(session, command.places)
    if _standing(session, command.claim, command.value) is not None:
        raise RuleExists(field="value", claim=command.claim, value=command.value)
    rule = SignInRule(
        claim=command.claim,
        value=command.value,
        role=command.role,
        whole=command.whole,
        position=command.position or next_position(session),
        ends_on=command.ends_on,
        removed_at=None,
        head_seq=0,
        head_hash="",
    )
    session.add(rule)
    session.flush()
    _put_places(session, rule, places)
    history.record(session, rule, "sign_in_rule_added", _facts(rule, places), actor=actor)
    session.flush()
    return rule


def change(
    session: ScopedSession, rule: SignInRule, command: RuleInput, *, actor: Actor, version: int | None = None
) -> None:
    """Gives the rule what is stated, all of it. ``version`` is the one the editor saw.

    Those who are logged in are judged anew when they next log in. Raises RuleChanged, RuleExists, Denied.
    """
    require_administrator(session, actor)
    if version is not None and version != rule.head_seq:
        raise RuleChanged
    places = account_scope.resolve(session, command.places)
    other = _standing(session, command.claim, command.value)
    if other is not None and other.id != rule.id:
        raise RuleExists(field="value", claim=command.claim, value=command.value)
    before = _facts(rule, _places(session, rule.id))
    rule.claim, rule.value, rule.role = command.claim, command.value, command.role
    rule.whole, rule.ends_on = command.whole, command.ends_on
    rule.position = command.position or rule.position
    after = _facts(rule, places)
    if after == before:
        return
    _put_places(session, rule, places)
    history.record(session, rule, "sign_in_rule_changed", {"before": before, "after": after}, actor=actor)
    session.flush()


def remove(session: ScopedSession, rule: SignInRule, *, actor: Actor) -> None:
    """Nobody is let in by the rule any more."""
    require_administrator(session, actor)
    rule.removed_at = actor.at
    history.record(session, rule, "sign_in_rule_removed", {}, actor=actor)
    session.flush()


def next_position(session: ScopedSession) -> int:
    query = select(func.max(SignInRule.position)).where(SignInRule.removed_at.is_(None))
    return (session.execute(query).scalar_one() or 0) + STEP


def _standing(session: ScopedSession, claim: ClaimKind, value: str) -> SignInRule | None:
    query = select(SignInRule).where(SignInRule.claim == claim, SignInRule.value == value)
    return session.execute(query.where(SignInRule.removed_at.is_(None)).with_for_update()).scalar_one_or_none()


def _rows(session: ScopedSession) -> tuple[RuleRow, ...]:
    rule = SignInRule
    columns = (rule.id, rule.claim, rule.value, rule.role, rule.position, rule.ends_on, rule.head_seq)
    query = select(*columns).where(rule.removed_at.is_(None)).order_by(rule.position, rule.id)
    found = [RuleRow(*row) for row in session.execute(query)]
    places: dict[int, list[str]] = {}
    named = session.execute(
        select(SignInRulePlace.rule_id, Owner.code, Department.name, Unit.name)
        .join(Owner, Owner.id == SignInRulePlace.owner_id)
        .outerjoin(Department, Department.id == SignInRulePlace.department_id)
        .outerjoin(Unit, Unit.id == SignInRulePlace.unit_id)
        .order_by(Owner.position, SignInRulePlace.id)
    )
    for of, code, department, unit in named:
        below = unit or department
        places.setdefault(of, []).append(f"{code}/{below}" if below else code)
    return tuple(replace(row, places=tuple(places.get(row.id, ()))) for row in found)


def _places(session: ScopedSession, rule: int) -> tuple[PlaceIds, ...]:
    columns = (SignInRulePlace.owner_id, SignInRulePlace.department_id, SignInRulePlace.unit_id)
    rows = session.execute(select(*columns).where(SignInRulePlace.rule_id == rule).order_by(SignInRulePlace.id))
    return tuple(PlaceIds(*row) for row in rows)


def _put_places(session: ScopedSession, rule: SignInRule, places: tuple[PlaceIds, ...]) -> None:
    for row in session.execute(select(SignInRulePlace).where(SignInRulePlace.rule_id == rule.id)).scalars():
        session.delete(row)
    session.add_all(
        SignInRulePlace(rule_id=rule.id, owner_id=each.owner, department_id=each.department, unit_id=each.unit)
        for each in places
    )
    session.flush()


def _facts(rule: SignInRule, places: tuple[PlaceIds, ...]) -> dict[str, object]:
    """The rule as an event holds it; the name of a group or app role is no person's."""
    return {
        "claim": rule.claim,
        "value": rule.value,
        "role": rule.role,
        "places": account_grants.stated(places),
        "position": rule.position,
        "ends_on": rule.ends_on,
    }
