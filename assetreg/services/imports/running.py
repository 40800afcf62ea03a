"""The steps of an import from file to end, each batch in a transaction of its own.

Whoever runs them (a background worker, the command line) says for every batch who acts and what is seen, so that
an account that has been closed meanwhile gets no further.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import BinaryIO, TypeVar

from sqlalchemy.exc import OperationalError

from assetreg.db.intake import Import
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import Actor, Scope
from assetreg.domain.errors import Invalid
from assetreg.domain.terms import ImportState
from assetreg.services import uploads
from assetreg.services.imports import applying, holding, staging, undoing
from assetreg.services.imports.reading import Reader
from assetreg.sources.rows import DEFAULT, Limits, RowFault, TableRow
from assetreg.sources.tabular import Table, open_tables

STAGED_AT_ONCE = 1_000
DEADLOCKED = "40P01"
TRIES = 4
Done = TypeVar("Done")


def _untold(_done: int, _total: int | None) -> None:
    """Nobody follows the progress."""


Progress = Callable[[int, int | None], None]
"""Told how much is done and, where that is known, of how much."""


@dataclass(frozen=True, slots=True)
class Run:
    """Who runs the steps: ``who`` gives scope and actor anew for each batch, ``holder`` is a name of its own."""

    database: Database
    who: Callable[[], tuple[Scope, Actor]]
    holder: str
    progress: Progress = _untold

    @contextlib.contextmanager
    def batch(self) -> Iterator[tuple[ScopedSession, Actor]]:
        scope, actor = self.who()
        with self.database.transaction(scope) as session:
            yield session, actor


def stage(run: Run, import_id: int, *, limits: Limits = DEFAULT) -> None:
    """Reads the file and judges its rows. Raises Invalid (as FileRefused), which the import keeps as its fault."""
    scope, actor = run.who()
    with run.database.reading(scope) as session:
        upload = uploads.get(session, holding.get(session, import_id).upload_id)
        name, stream = upload.name, uploads.opened(session, upload.id)
    refused = None
    with stream:
        try:
            _stage(run, import_id, stream, name=name, limits=limits)
        except Invalid as refusal:
            # What was reading the stream has to be gone before the stream is closed, and tracebacks keep it.
            refused = refusal.with_traceback(None)
            refused.__context__ = None
    if refused is not None:
        with run.batch() as (session, actor):
            staging.fail(session, import_id, refused, actor=actor)
        raise refused


def apply(run: Run, import_id: int) -> None:
    """Applies a staged import, or the rest of one that was interrupted."""
    with run.batch() as (session, actor):
        batch = applying.start(session, import_id, holder=run.holder, actor=actor)
        total = batch.rows
    more = True
    with _interruption(run, import_id):
        while more:
            more, done = _unless_deadlocked(partial(_apply_batch, run, import_id))
            run.progress(done, total)


def _apply_batch(run: Run, import_id: int) -> tuple[bool, int]:
    with run.batch() as (session, actor):
        more = applying.apply_rows(session, import_id, holder=run.holder, actor=actor)
        return more, _counted(holding.get(session, import_id))


def _unless_deadlocked(batch: Callable[[], Done]) -> Done:
    """A batch that PostgreSQL took back, because it and somebody at work waited for each other, is done again."""
    for _ in range(TRIES - 1):
        try:
            return batch()
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != DEADLOCKED:
                raise
    return batch()


def resume(run: Run, import_id: int) -> None:
    """Goes on with whatever the import was interrupted in: the reading and applying of it, or the undoing."""
    scope, _ = run.who()
    with run.database.reading(scope) as session:
        state = holding.get(session, import_id).state
    if state is ImportState.UNDOING:
        undo(run, import_id)
        return
    if state is ImportState.STAGING:
        stage(run, import_id)
    apply(run, import_id)


def undo(run: Run, import_id: int) -> None:
    """Takes an import back, or goes on doing so."""
    with run.batch() as (session, actor):
        batch = undoing.start(session, import_id, holder=run.holder, actor=actor)
        total = batch.created + batch.updated
    more = True
    with _interruption(run, import_id):
        while more:
            with run.batch() as (session, actor):
                more = undoing.undo_events(session, import_id, holder=run.holder, actor=actor)
                done = holding.get(session, import_id).undone
            run.progress(done, max(total, done))


def _stage(run: Run, import_id: int, stream: BinaryIO, *, name: str, limits: Limits) -> None:
    tables = open_tables(stream, name=name, limits=limits)
    with run.batch() as (session, actor):
        table, reader = staging.open_file(session, import_id, tables, holder=run.holder, actor=actor)
    with _interruption(run, import_id), contextlib.closing(_batches(table)) as batches:
        for rows in batches:
            _stage_rows(run, import_id, rows, reader=reader)
        with run.batch() as (session, actor):
            staging.finish(session, import_id, holder=run.holder, actor=actor)


def _stage_rows(run: Run, import_id: int, rows: list[TableRow | RowFault], *, reader: Reader) -> None:
    with run.batch() as (session, actor):
        done = staging.stage_rows(session, import_id, rows, reader=reader, holder=run.holder, actor=actor)
    run.progress(done, None)


def _batches(table: Table) -> Generator[list[TableRow | RowFault], None, None]:
    rows = iter(table)
    while found := list(islice(rows, STAGED_AT_ONCE)):
        yield found


def _counted(batch: Import) -> int:
    return batch.created + batch.updated + batch.unchanged + batch.refused


@contextlib.contextmanager
def _interruption(run: Run, import_id: int) -> Iterator[None]:
    """Whatever stops the steps, the import is let go of, so that another can go on with it at once."""
    try:
        yield
    except Invalid:
        raise
    except BaseException:
        with contextlib.suppress(Exception):
            scope, actor = run.who()
            with run.database.transaction(scope) as session:
                holding.interrupt(session, import_id, holder=run.holder, at=actor.at)
        raise
