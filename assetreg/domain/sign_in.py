"""What the municipality's own log-in says of a person, and what the administrators' rules make of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from assetreg.domain.errors import Denied
from assetreg.domain.terms import Role, Term

Place = tuple[int, int | None, int | None]
"""An owner's id, and below it the ids of a department and a unit where the place is narrower."""


class ClaimKind(Term):
    """What a rule goes by."""

    APP_ROLE = "app_role", "Approll", "App role"
    GROUP = "group", "Grupp", "Group"


class GroupsLeftOut(Denied):
    code = "groups_left_out"
    message = (
        "Du är med i så många grupper att inloggningen inte talar om vilka. Be den som sköter Entra ID att ge dig en "
        "approll, eller att bara skicka med grupper som är tilldelade programmet."
    )


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as a verified log-in describes them; ``issuer`` and ``subject`` together never mean anybody else.

    ``groups_left_out`` is set where the directory sent a reference in place of the groups. ``session`` is the
    directory's own name for the session, where it gives one.
    """

    issuer: str
    subject: str
    login_name: str
    display_name: str
    app_roles: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    groups_left_out: bool = False
    session: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """Whoever has the claim gets the role and sees every owner (``whole``) or the places, through ``ends_on``."""

    id: int
    claim: ClaimKind
    value: str
    role: Role
    whole: bool
    places: frozenset[Place]
    position: int
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What someone may do and see, the first day any of it ends, and the rules that say so."""

    role: Role
    whole: bool
    places: frozenset[Place]
    ends_on: date | None
    rules: tuple[int, ...]


def claim_value(claim: ClaimKind, text: str) -> str:
    """The value as it is compared: an app role to the letter, a group's id in any case."""
    stripped = text.strip()
    return stripped.casefold() if claim is ClaimKind.GROUP else stripped


def decide(rules: Iterable[Rule], identity: Identity, *, today: date) -> Grant | None:
    """What the rules grant: the first that fits decides the role, and all that fit with that role add their places.

    None where no rule fits. Raises GroupsLeftOut where rules go by groups and the groups are not known: a decision
    on half the facts could be another one tomorrow.
    """
    valid = [rule for rule in rules if rule.ends_on is None or today <= rule.ends_on]
    if identity.groups_left_out and any(rule.claim is ClaimKind.GROUP for rule in valid):
        raise GroupsLeftOut
    held = {
        *((ClaimKind.APP_ROLE, claim_value(ClaimKind.APP_ROLE, each)) for each in identity.app_roles),
        *((ClaimKind.GROUP, claim_value(ClaimKind.GROUP, each)) for each in identity.groups),
    }
    fitting = sorted(
        (rule for rule in valid if (rule.claim, claim_value(rule.claim, rule.value)) in held),
        key=lambda rule: (rule.position, rule.id),
    )
    if not fitting:
        return None
    same = [rule for rule in fitting if rule.role is fitting[0].role]
    whole = any(rule.whole for rule in same)
    return Grant(
        role=fitting[0].role,
        whole=whole,
        places=frozenset() if whole else frozenset[Place]().union(*(rule.places for rule in same)),
        ends_on=min((rule.ends_on for rule in same if rule.ends_on is not None), default=None),
        rules=tuple(rule.id for rule in same),
    )
