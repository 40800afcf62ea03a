"""What devices are made of and judged by: models, suppliers, operating systems, policies, settings."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assetreg.db.base import Base, Chained, Identified, Key, Shared, TermColumn, refers_to
from assetreg.domain.terms import Indicator, Kind


class Model(Identified, Base):
    """A maker's product; ``match_key`` is how differently spelled names of one product meet."""

    __tablename__ = "model"
    owned = Shared()

    kind: Mapped[Kind] = mapped_column(TermColumn(Kind))
    manufacturer: Mapped[str] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(160))
    match_key: Mapped[str] = mapped_column(Key(400), unique=True)
    sort_key: Mapped[str] = mapped_column(Key(400))


class Supplier(Identified, Base):
    __tablename__ = "supplier"
    owned = Shared()

    name: Mapped[str] = mapped_column(String(120))
    match_key: Mapped[str] = mapped_column(Key(300), unique=True)


class OsRelease(Identified, Base):
    """One version of an operating system and the day its support ends, where that is published."""

    __tablename__ = "os_release"
    __table_args__ = (UniqueConstraint("product", "cycle"),)
    owned = Shared()

    product: Mapped[str] = mapped_column(Key(40))
    cycle: Mapped[str] = mapped_column(Key(40))
    label: Mapped[str] = mapped_column(String(120))
    build: Mapped[str | None] = mapped_column(String(40))
    support_ends_on: Mapped[date | None]
    extended_ends_on: Mapped[date | None]


class Policy(Identified, Chained, Base):
    """A dated row of the cycle or of the depreciation time; an empty kind or owner means all of them.

    ``variant`` names the reading the row belongs to; only active rows apply.
    """

    __tablename__ = "policy"
    owned = Shared()

    basis: Mapped[str] = mapped_column(String(16))
    variant: Mapped[str] = mapped_column(String(16))
    kind: Mapped[Kind | None] = mapped_column(TermColumn(Kind))
    owner_id: Mapped[int | None] = mapped_column(refers_to("owner.id"))
    purchased_from: Mapped[date]
    months: Mapped[int]
    valid_from: Mapped[date]
    active: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(400))


class IndicatorKind(Identified, Base):
    """Which indicator a kind of device counts in, by version of the mapping."""

    __tablename__ = "indicator_kind"
    __table_args__ = (UniqueConstraint("version", "kind"),)
    owned = Shared()

    version: Mapped[int]
    kind: Mapped[Kind] = mapped_column(TermColumn(Kind))
    indicator: Mapped[Indicator | None] = mapped_column(TermColumn(Indicator))


class Setting(Base):
    """A choice an administrator can change; its default stands in ``services.settings``."""

    __tablename__ = "setting"
    owned = Shared()

    key: Mapped[str] = mapped_column(Key(60), primary_key=True)
    value: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]


class ReferenceVersion(Base):
    """The version of each family of reference data, and how far stored facts have caught up with it."""

    __tablename__ = "reference_version"
    owned = Shared()

    family: Mapped[str] = mapped_column(Key(40), primary_key=True)
    version: Mapped[int]
    applied: Mapped[int]
