"""Reference data (policies, operating systems, the kinds' indicators) and the facts derived from it.

A stored fact is a function of one device and the reference rows, never of the calendar, so it is written
when either changes and can be recomputed at any time by ``assetreg check``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from assetreg.db.catalogue import IndicatorKind, OsRelease, Policy
from assetreg.db.device import Device
from assetreg.db.session import ScopedSession
from assetreg.domain import os_support, replacement
from assetreg.domain.terms import Indicator, Kind

CYCLE = "cycle"
DEPRECIATION = "depreciation"


@dataclass(frozen=True, slots=True)
class Reference:
    """What the stored facts are derived from, read once per transaction."""

    cycle: tuple[replacement.Policy, ...]
    releases: os_support.Releases
    indicators: Mapping[Kind, Indicator | None]
    support_ends: dict[tuple[str, str], date | None] = field(default_factory=dict)

    def support_end(self, os: str, version: str) -> date | None:
        """The end of support of what a device says it runs; remembered, for fleets run few systems."""
        key = (os, version)
        if key not in self.support_ends:
            self.support_ends[key] = os_support.support_end(os_support.recognise(os, version, self.releases))
        return self.support_ends[key]


@dataclass(frozen=True, slots=True)
class StoredFacts:
    """The facts a device carries so that lists can be index ranges."""

    due_on: date | None
    retire_from: date | None
    support_ends_on: date | None
    indicator: Indicator | None


DERIVED_FROM = frozenset({"kind", "owner_id", "purchased_on", "due_override", "os", "os_version"})
"""The columns that the stored facts of a device depend on."""
STORED_FACTS = tuple(StoredFacts.__dataclass_fields__)


def read(session: ScopedSession) -> Reference:
    """The reference rows in force; kept with the session, so that a bulk act reads them once."""
    known: Reference | None = session.info.get("reference")
    if known is None:
        known = Reference(cycle=_policies(session, CYCLE), releases=_releases(session), indicators=_mapping(session))
        session.info["reference"] = known
    return known


def derive(device: Device, reference: Reference) -> StoredFacts:
    facts = replacement.CycleFacts(
        kind=device.kind, owner_id=device.owner_id, purchased=device.purchased_on, override=device.due_override
    )
    due = replacement.due_for(facts, reference.cycle)
    return StoredFacts(
        due_on=due,
        retire_from=replacement.retire_from(due),
        support_ends_on=reference.support_end(device.os or "", device.os_version or ""),
        indicator=reference.indicators.get(device.kind),
    )


def store(device: Device, reference: Reference) -> None:
    """Writes the derived facts on the device, touching only what differs."""
    facts = derive(device, reference)
    for name in STORED_FACTS:
        value = getattr(facts, name)
        if getattr(device, name) != value:
            setattr(device, name, value)


def _policies(session: ScopedSession, basis: str) -> tuple[replacement.Policy, ...]:
    rows = session.execute(
        select(Policy.purchased_from, Policy.months, Policy.kind, Policy.owner_id)
        .where(Policy.basis == basis, Policy.active)
        .order_by(Policy.id)
    )
    return tuple(replacement.Policy(*row) for row in rows)


def _releases(session: ScopedSession) -> os_support.Releases:
    rows = session.execute(
        select(
            OsRelease.product,
            OsRelease.cycle,
            OsRelease.label,
            OsRelease.build,
            OsRelease.support_ends_on,
            OsRelease.extended_ends_on,
        )
    )
    return os_support.catalogue(
        os_support.OsRelease(product, cycle, label, build or "", ends, extended)
        for product, cycle, label, build, ends, extended in rows
    )


def _mapping(session: ScopedSession) -> dict[Kind, Indicator | None]:
    """The newest version of which indicator each kind counts in."""
    rows = session.execute(select(IndicatorKind.kind, IndicatorKind.indicator).order_by(IndicatorKind.version))
    return {row.kind: row.indicator for row in rows}
