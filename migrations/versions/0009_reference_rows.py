"""What a new register starts with: the owners, the policies, the kinds' indicators, the systems' support ends."""

from __future__ import annotations

import csv
from datetime import date
from importlib.resources import files
from typing import Any

import sqlalchemy as sa
from alembic import op

from assetreg.domain.policy_sets import CYCLE_BY_SWAP, DEFAULT_CYCLE, DEFAULT_DEPRECIATION, PolicySeed

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

OWNERS = (
    ("1814", "Lekeberg", "kommun"),
    ("1860", "Laxå", "kommun"),
    ("1861", "Hallsberg", "kommun"),
    ("1882", "Askersund", "kommun"),
    ("GEM", "Gemensamt", "gemensam"),
)
INDICATORS = {
    "I1": ("laptop", "desktop", "workstation", "thin_client", "server", "storage"),
    "I2": ("tablet", "phone"),
    None: ("monitor", "network", "printer", "other"),
}
POLICY_REASON = {
    "standard": "Budgetplan 2023: fyra år för inköp från och med 2023",
    "by_swap": "Budgetplan 2023, annan läsning: fyra år för det som byts från och med 2023",
}


def upgrade() -> None:
    owner_ids = _owners()
    _policies("cycle", "standard", DEFAULT_CYCLE, owner_ids)
    _policies("cycle", "by_swap", CYCLE_BY_SWAP, owner_ids)
    _policies("depreciation", "standard", DEFAULT_DEPRECIATION, owner_ids)
    _indicators()
    _systems()
    versions = sa.table("reference_version", sa.column("family"), sa.column("version"), sa.column("applied"))
    op.bulk_insert(versions, [{"family": "policy", "version": 1, "applied": 1}])


def _owners() -> dict[str, int]:
    names = ("id", "code", "name", "type", "in_totals", "position")
    table = sa.table("owner", *(sa.column(name) for name in names))
    rows: list[dict[str, Any]] = [
        dict(zip(names, (position, code, name, kind, True, position), strict=True))
        for position, (code, name, kind) in enumerate(OWNERS, start=1)
    ]
    op.bulk_insert(table, rows)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SELECT setval('owner_id_seq', (SELECT max(id) FROM owner))")
    return {row["code"]: row["id"] for row in rows}


def _policies(basis: str, variant: str, seeds: tuple[PolicySeed, ...], owner_ids: dict[str, int]) -> None:
    table = sa.table(
        "policy",
        *(sa.column(name) for name in ("basis", "variant", "kind", "owner_id", "months", "active", "reason")),
        sa.column("purchased_from", sa.Date()),
        sa.column("valid_from", sa.Date()),
        *(sa.column(name) for name in ("head_seq", "head_hash")),
    )
    rows = [
        {
            "basis": basis,
            "variant": variant,
            "kind": seed.kind.value if seed.kind else None,
            "owner_id": owner_ids[seed.owner_code] if seed.owner_code else None,
            "months": seed.months,
            "active": variant == "standard",
            "reason": POLICY_REASON[variant],
            "purchased_from": seed.purchased_from,
            "valid_from": seed.purchased_from,
            "head_seq": 0,
            "head_hash": "",
        }
        for seed in seeds
    ]
    op.bulk_insert(table, rows)


def _indicators() -> None:
    table = sa.table("indicator_kind", sa.column("version"), sa.column("kind"), sa.column("indicator"))
    rows = [
        {"version": 1, "kind": kind, "indicator": indicator}
        for indicator, kinds in INDICATORS.items()
        for kind in kinds
    ]
    op.bulk_insert(table, rows)


def _systems() -> None:
    table = sa.table(
        "os_release",
        *(sa.column(name) for name in ("product", "cycle", "label", "build")),
        sa.column("support_ends_on", sa.Date()),
        sa.column("extended_ends_on", sa.Date()),
    )
    with files("assetreg.db").joinpath("seed/os_support.csv").open(encoding="utf-8") as file:
        rows = [
            {
                "product": row["product"],
                "cycle": row["cycle"],
                "label": row["label"],
                "build": row["build_or_latest"] or None,
                "support_ends_on": _day(row["support_ends"]),
                "extended_ends_on": _day(row["extended_security_ends"]),
            }
            for row in csv.DictReader(file)
        ]
    op.bulk_insert(table, rows)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
