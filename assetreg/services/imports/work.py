"""What the judging of rows works with: the import, its session, and whether anything is to be written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from assetreg.db.history import Change
from assetreg.db.intake import Import
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Actor
from assetreg.domain.errors import Refusal
from assetreg.domain.terms import RowVerdict
from assetreg.services import provisional
from assetreg.services.imports.reading import Item, Reader

LONGEST_KEY = 100


@dataclass(slots=True)
class Work:
    """A batch of rows of one import. ``act`` is None in a dry run, where nothing of what is written is kept."""

    session: ScopedSession
    batch: Import
    reader: Reader
    actor: Actor
    file_date: date
    act: Change | None = None
    added: dict[str, None] = field(default_factory=dict)

    @property
    def writing(self) -> bool:
        return self.act is not None

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """All that is written inside, or nothing of it."""
        added = dict(self.added)
        nested = self.session.begin_nested()
        try:
            with provisional.set_aside(self.session):
                yield
            self.session.flush()
        except BaseException:
            nested.rollback()
            self.added = added
            raise
        nested.commit()

    @contextmanager
    def row(self) -> Iterator[None]:
        """One row, whose places, models and suppliers are only added if it is not refused."""
        added = dict(self.added)
        try:
            with provisional.additions(self.session):
                yield
        except Refusal:
            self.added = added
            raise

    def dated(self, item: Item) -> date:
        """The day that what the row says is from: the list's, or an earlier one that the row itself states."""
        return min(self.file_date, item.file_date or self.file_date)

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Everything inside is done for real and then taken back."""
        nested = self.session.begin_nested()
        try:
            yield
        finally:
            nested.rollback()


class Handler(Protocol):
    """How the rows of one preset become changes. ``judge`` raises a Refusal, and writes unless it is a dry run."""

    careful: bool

    def prepare(self, items: Sequence[Item]) -> None: ...

    def keys(self, item: Item) -> tuple[str | None, str | None]: ...

    def judge(self, item: Item) -> RowVerdict: ...

    def finish(self) -> None: ...


def key_of(kind: str, *parts: object) -> str:
    """A key of limited length under which rows about the same thing meet."""
    key = "|".join([kind, *(str(part) for part in parts)])
    return key if len(key) <= LONGEST_KEY else f"{kind}|{hashlib.sha256(key.encode(errors='replace')).hexdigest()}"
