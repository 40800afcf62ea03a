"""Owners and the places below them: department, unit, room, group."""

from __future__ import annotations

from sqlalchemy import Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from assetreg.db.base import Base, ByOwnerTouched, Chained, Identified, Key, Shared, TermColumn, refers_to
from assetreg.domain.terms import GroupType, OwnerType, UnitType


class Owner(Identified, Base):
    """A kommun, the shared infrastructure, or a company with an agreement; ``code`` is the kommunkod."""

    __tablename__ = "owner"
    owned = Shared()

    code: Mapped[str] = mapped_column(Key(16), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    type: Mapped[OwnerType] = mapped_column(TermColumn(OwnerType))
    in_totals: Mapped[bool]
    position: Mapped[int]


class NamedPlace(Chained):
    """A place whose history tells who added and renamed it; those that lists have added have none until then."""

    head_seq: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    head_hash: Mapped[str] = mapped_column(String(64), default="", server_default=text("''"))


class Department(Identified, NamedPlace, Base):
    """A förvaltning."""

    __tablename__ = "department"
    __table_args__ = (UniqueConstraint("owner_id", "name"),)
    owned = ByOwnerTouched()

    owner_id: Mapped[int] = mapped_column(refers_to("owner.id"))
    name: Mapped[str] = mapped_column(String(120))
    sort_key: Mapped[str] = mapped_column(Key(300))


class Unit(Identified, NamedPlace, Base):
    """An enhet: a school, an office, a home."""

    __tablename__ = "unit"
    __table_args__ = (UniqueConstraint("owner_id", "name"),)
    owned = ByOwnerTouched()

    owner_id: Mapped[int] = mapped_column(refers_to("owner.id"))
    department_id: Mapped[int] = mapped_column(refers_to("department.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    type: Mapped[UnitType] = mapped_column(TermColumn(UnitType))
    sort_key: Mapped[str] = mapped_column(Key(300))


class Room(Identified, NamedPlace, Base):
    __tablename__ = "room"
    __table_args__ = (UniqueConstraint("unit_id", "name"),)
    owned = ByOwnerTouched()

    owner_id: Mapped[int] = mapped_column(refers_to("owner.id"), index=True)
    unit_id: Mapped[int] = mapped_column(refers_to("unit.id"))
    name: Mapped[str] = mapped_column(String(80))
    sort_key: Mapped[str] = mapped_column(Key(200))


class Group(Identified, NamedPlace, Base):
    """A klass, vagn or arbetslag; a klass belongs to a school year, written by its first calendar year."""

    __tablename__ = "device_group"
    __table_args__ = (UniqueConstraint("unit_id", "name", "school_year"),)
    owned = ByOwnerTouched()

    owner_id: Mapped[int] = mapped_column(refers_to("owner.id"), index=True)
    unit_id: Mapped[int] = mapped_column(refers_to("unit.id"))
    name: Mapped[str] = mapped_column(String(80))
    type: Mapped[GroupType] = mapped_column(TermColumn(GroupType))
    school_year: Mapped[int | None]
    sort_key: Mapped[str] = mapped_column(Key(200))
