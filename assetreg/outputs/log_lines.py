"""A record of the log as one line, with nothing in it that says who: as JSON for a collector, or as text for eyes.

A fault is told by its type and where it went through the code. Its message is left out, for it may quote what a
person typed or a row the database refused; only the level debug tells it. Of a record from a library, whose values
we do not know, only numbers are kept.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

OURS = "assetreg"
FRAMES = 12
ABSENT = "…"
_PACKAGES = ("site-packages", "dist-packages")


class JsonLines(logging.Formatter):
    """``time level logger message``, ``request`` where there is one, then the record's own fields."""

    def __init__(self, *, request: Callable[[], str | None], tell_all: bool = False) -> None:
        super().__init__()
        self.request = request
        self.tell_all = tell_all

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(self.facts(record), ensure_ascii=False, default=str)

    def facts(self, record: logging.LogRecord) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message(record),
        }
        request = self.request()
        if request:
            facts["request"] = request
        facts |= getattr(record, "facts", {})
        if record.exc_info and record.exc_info[1] is not None:
            facts |= {"fault": list(_chain(record.exc_info[1])), "at": list(_frames(record.exc_info[1]))}
            if self.tell_all:
                facts["traceback"] = "".join(traceback.format_exception(record.exc_info[1]))
        return facts


class TextLines(JsonLines):
    """The same facts, each as ``name=value`` after the message."""

    def format(self, record: logging.LogRecord) -> str:
        facts = self.facts(record)
        head = f"{facts.pop('time')} {facts.pop('level').upper()} {facts.pop('logger')}: {facts.pop('message')}"
        told = facts.pop("traceback", "")
        return " ".join([head, *(f"{name}={_text(value)}" for name, value in facts.items())]) + (told and f"\n{told}")


def message(record: logging.LogRecord) -> str:
    """Our own as it is written; a library's with its numbers alone filled in."""
    if record.name.split(".")[0] == OURS:
        return record.getMessage()
    arguments = record.args if isinstance(record.args, tuple) else ()
    kept = tuple(each if isinstance(each, (int, float)) else ABSENT for each in arguments)
    try:
        return str(record.msg) % kept if kept else str(record.msg)
    except (TypeError, ValueError):
        return str(record.msg)


def _chain(error: BaseException) -> Iterator[str]:
    """The fault and what caused it, by type; a database's also by its code (SQLSTATE)."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        state = getattr(found, "sqlstate", None) or getattr(found, "sqlite_errorname", None)
        yield f"{type(found).__name__}({state})" if state else type(found).__name__
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)


def _frames(error: BaseException) -> Iterator[str]:
    """Where it went through, innermost first."""
    for frame in traceback.extract_tb(error.__traceback__)[: -FRAMES - 1 : -1]:
        parts = Path(frame.filename).parts
        start = next((parts.index(each) + 1 for each in (*_PACKAGES, OURS) if each in parts), len(parts) - 1)
        shown = "/".join(parts[start - 1 if parts[start - 1] == OURS else start :])
        yield f"{shown}:{frame.lineno} {frame.name}"


def _text(value: Any) -> str:
    return " < ".join(map(str, value)) if isinstance(value, list) else str(value)
