"""What every table shares: the column types that behave the same on both engines, and who owns a row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Protocol, TypeVar

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    Numeric,
    String,
    Text,
    false,
    or_,
    true,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from assetreg.domain.access import Scope
from assetreg.domain.terms import Term

BigId = BigInteger().with_variant(Integer(), "sqlite")


def Key(length: int) -> String:  # noqa: N802
    """Text that is compared and sorted by code point, the same on both engines."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def refers_to(column: str) -> ForeignKey:
    """A foreign key that is checked at the commit, so that rows of one flush may come in any order."""
    return ForeignKey(column, deferrable=True, initially="DEFERRED")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC; SQLite keeps no zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Money(TypeDecorator[Decimal]):
    """Kronor and öre; SQLite has no decimals, so there the amount is kept as whole öre."""

    impl = Numeric(14, 2)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else Numeric(14, 2))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | int | None:
        if value is None or dialect.name != "sqlite":
            return value
        return int((value * 100).to_integral_exact())

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None or dialect.name != "sqlite":
            return value  # type: ignore[no-any-return]
        return (Decimal(value) / 100).quantize(Decimal("0.01"))


_T = TypeVar("_T", bound=Term)


class TermColumn(TypeDecorator[_T]):
    """A word of the vocabulary, stored as its English value."""

    impl = String(32)
    cache_ok = True

    def __init__(self, term: type[_T]) -> None:
        super().__init__()
        self.term = term
        self.by_value: dict[str, _T] = {member.value: member for member in term}

    def process_bind_param(self, value: _T | str | None, dialect: Dialect) -> str | None:
        return None if value is None else self.by_value[value].value

    def process_result_value(self, value: str | None, dialect: Dialect) -> _T | None:
        return None if value is None else self.by_value[value]


class Ownership(Protocol):
    """How a table says which rows belong to a scope; every table has one."""

    def criterion(self, entity: Any, scope: Scope) -> ColumnElement[bool]: ...

    def holds(self, row: Any, scope: Scope) -> bool: ...


@dataclass(frozen=True)
class Shared:
    """Everyone's: reference data and catalogues without personal or local facts."""

    def criterion(self, entity: Any, scope: Scope) -> ColumnElement[bool]:
        return true()

    def holds(self, row: Any, scope: Scope) -> bool:
        return True


@dataclass(frozen=True)
class ByPlace:
    """Owned through its own owner, department and unit columns.

    A row that belongs to nobody is seen by the whole scope only, or by everyone where
    ``nobody_is_everybody`` says that such a row holds no local fact (a blank label).
    """

    nobody_is_everybody: bool = False

    def criterion(self, entity: Any, scope: Scope) -> ColumnElement[bool]:
        columns = (
            (entity.owner_id, scope.owners),
            (entity.department_id, scope.departments),
            (entity.unit_id, scope.units),
        )
        places = [column.in_(sorted(ids)) for column, ids in columns if ids]
        if self.nobody_is_everybody and (places or scope.account is not None):
            places.append(entity.owner_id.is_(None))
        return or_(*places) if places else false()

    def holds(self, row: Any, scope: Scope) -> bool:
        if self.nobody_is_everybody and row.owner_id is None:
            return True
        return scope.covers(row.owner_id, row.department_id, row.unit_id)


@dataclass(frozen=True)
class ByOwnerTouched:
    """Names of places: read and added by whoever has any part of the owner in scope."""

    def criterion(self, entity: Any, scope: Scope) -> ColumnElement[bool]:
        return entity.owner_id.in_(sorted(scope.touched)) if scope.touched else false()

    def holds(self, row: Any, scope: Scope) -> bool:
        return row.owner_id in scope.touched


@dataclass(frozen=True)
class ByAccount:
    """Work in progress: belongs to the account that started it."""

    def criterion(self, entity: Any, scope: Scope) -> ColumnElement[bool]:
        return entity.account_id == scope.account if scope.account is not None else false()

    def holds(self, row: Any, scope: Scope) -> bool:
        return scope.account is not None and row.account_id == scope.account


@dataclass(frozen=True)
class ByNobody:
    """The administrators' own lists: read and written by whoever sees everything, and by nobody else."""

    def criterion(self, entity: Any, scope: Scope) -> ColumnElement[bool]:
        return false()

    def holds(self, row: Any, scope: Scope) -> bool:
        return scope.everything


class Base(DeclarativeBase):
    """Declares ``owned`` for every table; a test fails on one that leaves it out."""

    owned: ClassVar[Ownership]

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        date: Date(),
        datetime: UtcDateTime(),
        Decimal: Money(),
        str: Text(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
    }


class Identified:
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)


class Placed:
    """Where a row lies: owner, and where known the department and unit below it."""

    owner_id: Mapped[int] = mapped_column(refers_to("owner.id"))
    department_id: Mapped[int | None] = mapped_column(refers_to("department.id"))
    unit_id: Mapped[int | None] = mapped_column(refers_to("unit.id"))


class Chained:
    """The head of the row's own history; written only together with the event it names."""

    head_seq: Mapped[int] = mapped_column(Integer, default=0)
    head_hash: Mapped[str] = mapped_column(String(64), default="")
