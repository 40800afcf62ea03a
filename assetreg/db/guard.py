"""The scope guard, as far as reading goes: what a session may ask of owned tables, checked on every statement.

SQLAlchemy's loader criteria narrow a query only where the query names a mapped entity. Everything that
slips past them (bare tables, text, literal columns, bulk statements, entities that are named in a WHERE
alone) is refused here at run time, so that a forgotten filter is an exception and never another owner's row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    Alias,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Join,
    Select,
    SelectBase,
    Subquery,
    TableClause,
    TableSample,
    TextClause,
    UpdateBase,
)
from sqlalchemy.orm import LoaderCriteriaOption, ORMExecuteState, QueryableAttribute
from sqlalchemy.sql import util as sql_util
from sqlalchemy.sql.elements import ColumnClause, OperatorExpression
from sqlalchemy.sql.lambdas import LambdaElement
from sqlalchemy.sql.operators import custom_op
from sqlalchemy.sql.selectable import TextualSelect

from assetreg.db.base import Base, Shared
from assetreg.domain.access import Scope


class ScopeBreach(Exception):
    """A statement or a change that the scope of its session does not allow; always a fault in the code."""


@cache
def owned_entities() -> tuple[type[Base], ...]:
    return tuple(mapper.class_ for mapper in Base.registry.mappers if not isinstance(mapper.class_.owned, Shared))


@cache
def _shared_tables() -> frozenset[str]:
    return frozenset(Base.metadata.tables) - {entity.__tablename__ for entity in owned_entities()}


_first_annotation: Callable[[Any, str], Any] = sql_util.extract_first_column_annotation
_CLOSED = (CTE, Subquery, CompoundSelect)
_RAW = (TextClause, TextualSelect, LambdaElement, UpdateBase, Join)
_HINTED = (Select, CTE)
_OPERATOR = re.compile(r"\w+|(?!.*(--|/\*))[^\w\s()'\";]+")


def narrow(state: ORMExecuteState) -> None:
    """Checks the statement and adds the scope's criterion to every owned entity in it."""
    session: Any = state.session
    if session.info.get("unguarded"):
        return
    if not state.is_select:
        raise ScopeBreach("only a select can be scoped; bulk statements belong in db/bulk.py")
    reading = _Reading()
    reading.read(state.statement)
    state.bind_arguments.setdefault("clause", state.statement)
    if session.scope.everything:
        return
    statement: Any = state.statement
    for entity in reading.found:
        statement = statement.options(_criterion(entity, session.scope))
        if state.is_column_load:
            statement = statement.where(entity.owned.criterion(entity, session.scope))
    state.statement = statement


class _Criterion(LoaderCriteriaOption):
    """A loader criterion that reaches the aliases an ON clause joins to, which SQLAlchemy leaves as they are."""

    _traverse_internals = LoaderCriteriaOption._traverse_internals

    def _resolve_where_criteria(self, ext_info: Any) -> ColumnElement[bool]:
        criterion = super()._resolve_where_criteria(ext_info)
        return ext_info._adapter.traverse(criterion) if ext_info.is_aliased_class else criterion


@lru_cache(maxsize=4096)
def _criterion(entity: type[Base], scope: Scope) -> _Criterion:
    return _Criterion(entity, entity.owned.criterion(entity, scope), include_aliases=True)


NONE: frozenset[Any] = frozenset()


class _Reading:
    """One walk through a statement, noting the owned entities whose criterion it needs."""

    def __init__(self) -> None:
        self.found: dict[type[Base], None] = {}
        self.seen: dict[int, Any] = {}

    def read(self, element: Any, outer: frozenset[Any] = NONE, tables: frozenset[Any] = NONE) -> None:
        """``outer`` holds what the enclosing select lends; ``tables`` those that may stand for their class."""
        _refuse_raw(element)
        entity = element._annotations.get("parententity")
        if entity is not None:
            self._note(entity)
            if isinstance(element, (ColumnClause, FromClause)):
                return
        _refuse_bare(element)
        if isinstance(element, Select):
            self._read_select(element, outer)
        elif isinstance(element, ColumnClause):
            if element.table is not None and element.table not in tables and id(element.table) not in self.seen:
                self.read(element.table, outer)
        else:
            self.seen[id(element)] = element
            lent = NONE if isinstance(element, _CLOSED) else outer
            for child in element.get_children():
                self.read(child, lent, tables)

    def _read_select(self, element: Select[Any], outer: frozenset[Any]) -> None:
        sources, conditions = _sources(element), _conditions(element)
        own = frozenset((*_entities(sources), *_leading(element._raw_columns)))
        for entity in frozenset(_entities((*element._raw_columns, *conditions))) - own:
            _refuse_implied(element, entity, outer)
        if own - {None} and element._propagate_attrs.get("compile_state_plugin") != "orm":
            raise ScopeBreach("a filter or a window alone names the class; add select_from()")
        tables = frozenset(entity.local_table for entity in own if entity is not None and entity.is_mapper)
        for part in (*sources, *element._raw_columns, *element._independent_ctes):
            self.read(part, own - outer)
        for part in conditions:
            self.read(part, own - outer, tables)

    def _note(self, entity: Any) -> None:
        if not isinstance(entity.mapper.class_.owned, Shared):
            self.found[entity.mapper.class_] = None
        if entity.is_aliased_class and getattr(entity.selectable, "element", None) is not entity.mapper.local_table:
            self.read(entity.selectable)


def _refuse_raw(element: Any) -> None:
    """What SQLAlchemy hands to the database as it is written, or does not narrow."""
    if isinstance(element, _RAW) or (isinstance(element, _HINTED) and _hints(element)):
        raise ScopeBreach(f"{type(element).__name__} cannot be scoped")
    if isinstance(element, ColumnClause) and element.is_literal and element.name not in ("*", "1"):
        raise ScopeBreach("a literal column cannot be scoped")
    operator = element.operator if isinstance(element, OperatorExpression) else None
    if isinstance(operator, custom_op) and not _OPERATOR.fullmatch(operator.opstring):
        raise ScopeBreach(f"operator {operator.opstring} cannot be scoped")


def _hints(element: Select[Any] | CTE) -> bool:
    return any(getattr(element, name, None) for name in ("_prefixes", "_suffixes", "_hints", "_statement_hints"))


def _refuse_bare(element: Any) -> None:
    """A table that no class stands for, by itself or under an alias of Core."""
    if isinstance(element, TableClause) and element.fullname not in _shared_tables():
        raise ScopeBreach(f"table {element.name} must be named through its class")
    if isinstance(element, (Alias, TableSample)) and element.element._annotations:
        raise ScopeBreach("an alias of a class must be made with aliased()")


def _refuse_implied(reader: Select[Any], entity: Any, outer: frozenset[Any]) -> None:
    """An entity that is not read in the open gets no criterion, unless it is the enclosing select's."""
    if isinstance(entity.mapper.class_.owned, Shared):
        return
    lent = entity in outer and (reader._auto_correlate or entity.selectable in (reader._correlate or ()))
    if not lent or not (reader._from_obj or reader._setup_joins or reader.columns_clause_froms):
        raise ScopeBreach(f"{entity.mapper.class_.__name__} is only implied; name it with join() or select_from()")


def _sources(reader: Select[Any]) -> list[Any]:
    """What the select reads from beside its columns; read first, so that a lateral is met before its columns."""
    parts: list[Any] = [*reader._from_obj]
    for target, _, left, flags in reader._setup_joins:
        if flags["full"] or isinstance(target, QueryableAttribute):
            raise ScopeBreach("only an inner or left join to a class can be scoped")
        parts += [part for part in (target, left) if part is not None]
    return parts


def _conditions(reader: Select[Any]) -> list[Any]:
    """What the select narrows, groups, sorts and cuts by."""
    parts: list[Any] = [*reader._where_criteria, *reader._having_criteria, *reader._distinct_on]
    parts += [*reader._order_by_clauses, *reader._group_by_clauses]
    parts += [condition for _, condition, _, _ in reader._setup_joins if condition is not None]
    return parts + [
        part for part in (reader._limit_clause, reader._offset_clause, reader._fetch_clause) if part is not None
    ]


def _leading(columns: Iterable[Any]) -> Iterator[Any]:
    """The one entity in each column that SQLAlchemy narrows by; others in the same expression are only implied."""
    for column in columns:
        if "bundle" in column._annotations:
            yield from _leading(column.get_children())
        else:
            yield _first_annotation(column, "parententity")


def _entities(parts: Iterable[Any]) -> Iterator[Any]:
    """The mapped entities named in the parts, not those inside their own sub-selects."""
    for part in parts:
        entity = part._annotations.get("parententity")
        if entity is not None:
            yield entity
        elif not isinstance(part, (SelectBase, *_CLOSED)):
            yield from _entities(part.get_children())
