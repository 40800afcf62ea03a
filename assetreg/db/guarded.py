"""A session that knows its scope, and stands between everything and the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Mapper, Session

from assetreg.db import row_guard
from assetreg.db.guard import ScopeBreach
from assetreg.domain.access import Scope

_Row = TypeVar("_Row")


class GuardedSession(Session):
    """Its scope is fixed when it is opened and narrows everything it reads or writes.

    ``home`` is the engine of the register itself, where ``engine`` is that of a copy.
    """

    def __init__(self, engine: Engine, scope: Scope, *, history_key: bytes, home: Engine | None = None) -> None:
        super().__init__(expire_on_commit=False)
        self._engine = engine
        self.home = home or engine
        self._scope = scope
        self.info["history_key"] = history_key

    @property
    def scope(self) -> Scope:
        return self._scope

    @property
    def dialect(self) -> str:
        return self._engine.dialect.name

    @property
    def is_sqlite(self) -> bool:
        return self.dialect == "sqlite"

    @contextmanager
    def unguarded(self, why: str) -> Iterator[Connection]:
        """The bare connection, for the few places in ``db`` that take the scope as an argument; says why."""
        if not why:
            raise ScopeBreach("say why the guard is left")
        before = self.info.get("unguarded")
        self.info["unguarded"] = why
        try:
            yield super().connection()
        finally:
            self.info["unguarded"] = before

    def get_bind(self, mapper: Any = None, **options: Any) -> Engine:
        """The engine, for SQLAlchemy itself, which always says what for."""
        if mapper is None and not options and not self.info.get("unguarded"):
            raise ScopeBreach("a bare engine has no scope; use unguarded() in db")
        return self._engine

    def get(self, entity: type[_Row] | Mapper[_Row], ident: Any, **options: Any) -> _Row | None:
        """The row, or None where there is none in scope, even if an unguarded block has already met it."""
        row = super().get(entity, ident, **options)
        return row if row is not None and row_guard.in_scope(row, self.scope) else None

    def connection(self, *_: Any, **__: Any) -> NoReturn:
        raise ScopeBreach("a bare connection has no scope; use unguarded() in db")

    def _refuse_bulk(self, *_: Any, **__: Any) -> NoReturn:
        raise ScopeBreach("bulk statements belong in db/bulk.py")

    bulk_save_objects = _refuse_bulk
    bulk_insert_mappings = _refuse_bulk
    bulk_update_mappings = _refuse_bulk
