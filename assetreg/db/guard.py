"""The scope guard: what a session may ask of owned tables, checked on every statement and every flush.

SQLAlchemy's loader criteria narrow a query only where the query names a mapped entity. Everything that
slips past them (bare tables, text, literal columns, bulk statements, entities that are named in a WHERE
alone) is refused here at run time, so that a forgotten filter is an exception and never another owner's row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Table, inspect
from sqlalchemy.orm import AttributeState, ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql.elements import ColumnClause, TextClause
from sqlalchemy.sql.selectable import Select, SelectBase, Subquery, TextualSelect

from assetreg.db.base import Base, Shared
from assetreg.domain.access import Scope


class ScopeBreach(Exception):
    """A statement or a change that the scope of its session does not allow; always a fault in the code."""


@cache
def owned_entities() -> tuple[type[Base], ...]:
    return tuple(mapper.class_ for mapper in Base.registry.mappers if not isinstance(mapper.class_.owned, Shared))


@cache
def _owned_tables() -> frozenset[str]:
    return frozenset(entity.__tablename__ for entity in owned_entities())


def narrow(state: ORMExecuteState) -> None:
    """Checks the statement and adds the scope's criterion to every owned entity in it."""
    session = state.session
    if session.info.get("unguarded"):
        return
    scope: Scope = session.info["scope"]
    found: set[type[Base]] = set()
    _read(state.statement, frozenset(), found)
    if not state.is_select:
        raise ScopeBreach("bulk statements belong in db/bulk.py")
    if not scope.everything:
        state.statement = state.statement.options(*(_criterion(entity, scope) for entity in found))


@lru_cache(maxsize=4096)
def _criterion(entity: type[Base], scope: Scope) -> Any:
    return with_loader_criteria(entity, entity.owned.criterion(entity, scope), include_aliases=True)


def _read(element: Any, outer: frozenset[Any], found: set[type[Base]]) -> None:
    """Walks down to the mapped entities, noting the owned ones; ``outer`` holds those of enclosing selects."""
    entity = element._annotations.get("parententity")
    if entity is not None:
        if not isinstance(entity.mapper.class_.owned, Shared):
            found.add(entity.mapper.class_)
        return
    _refuse_bare(element)
    if not isinstance(element, Select):
        for child in element.get_children():
            _read(child, outer, found)
        return
    named = outer | frozenset(_entities(_from_parts(element)))
    _refuse_implied(element, named)
    for part in (*_from_parts(element), *_condition_parts(element)):
        _read(part, named, found)


def _refuse_bare(element: Any) -> None:
    if isinstance(element, (TextClause, TextualSelect)):
        raise ScopeBreach("text in a statement cannot be scoped")
    if isinstance(element, ColumnClause) and element.is_literal and element.name != "*":
        raise ScopeBreach("a literal column cannot be scoped")
    table = element.table if isinstance(element, ColumnClause) else element
    if isinstance(table, Table) and table.name in _owned_tables():
        raise ScopeBreach(f"table {table.name} must be named through its class")


def _refuse_implied(select: Select[Any], named: frozenset[Any]) -> None:
    """An entity that a condition alone names gets no criterion, so it has to be joined in the open."""
    for entity in _entities(_condition_parts(select)):
        if entity not in named and not isinstance(entity.mapper.class_.owned, Shared):
            raise ScopeBreach(f"{entity.mapper.class_.__name__} is only implied by a condition; join it")


def _from_parts(select: Select[Any]) -> list[Any]:
    """What the select reads from: its columns' entities, its from list and its joins."""
    parts: list[Any] = [*select._raw_columns, *select._from_obj]
    for target, _, left, _ in select._setup_joins:
        parts += [part for part in (target, left) if part is not None]
    return parts


def _condition_parts(select: Select[Any]) -> list[Any]:
    """What the select narrows, groups and sorts by."""
    parts: list[Any] = [*select._where_criteria, *select._having_criteria]
    parts += [*select._order_by_clauses, *select._group_by_clauses]
    parts += [condition for _, condition, _, _ in select._setup_joins if condition is not None]
    return parts


def _entities(parts: Iterable[Any]) -> Iterator[Any]:
    """The mapped entities named in the parts, not those inside their own sub-selects."""
    for part in parts:
        entity = part._annotations.get("parententity")
        if entity is not None:
            yield entity
        elif not isinstance(part, (SelectBase, Subquery)):
            yield from _entities(part.get_children())


_PLACE_COLUMNS = ("owner_id", "department_id", "unit_id", "account_id")


@dataclass
class _Place:
    owner_id: int | None = None
    department_id: int | None = None
    unit_id: int | None = None
    account_id: int | None = None


def check_flush(session: Session, *_: object) -> None:
    """Refuses a flush that creates, moves, takes or deletes a row outside the scope."""
    if session.info.get("unguarded"):
        return
    scope: Scope = session.info["scope"]
    if scope.everything:
        return
    for row in (*session.new, *session.dirty, *session.deleted):
        owned = type(row).owned
        if not owned.holds(row, scope) or not owned.holds(_before(row), scope):
            raise ScopeBreach(f"{type(row).__name__} lies outside the scope of this session")


def _before(row: Any) -> _Place:
    """Whose the row was when it was loaded."""
    attributes = inspect(row).attrs
    return _Place(**{name: _old(attributes[name]) for name in _PLACE_COLUMNS if name in attributes})


def _old(attribute: AttributeState) -> Any:
    deleted = attribute.history.deleted
    return deleted[0] if deleted else attribute.value
