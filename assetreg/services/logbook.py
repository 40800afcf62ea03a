"""The log of the process: where it goes, how its lines look, and which request or job they belong to."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from assetreg.outputs.log_lines import JsonLines, TextLines

_request: ContextVar[str | None] = ContextVar("request", default=None)


def current() -> str | None:
    """The id of the request or job that is being worked on, if any."""
    return _request.get()


@contextmanager
def about(request: str) -> Iterator[None]:
    """Every line inside bears the id."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


class Stderr(logging.Handler):
    """What stderr is when the line is written."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except Exception:
            self.handleError(record)


def open_log(form: str, level: str) -> None:
    """Lines of ``form`` ("json" or "text") to stderr, from ``level`` upwards, instead of what was set up before."""
    lines = {"json": JsonLines, "text": TextLines}[form]
    handler = Stderr()
    handler.setFormatter(lines(request=current, tell_all=level == "debug"))
    root = logging.getLogger()
    for before in [each for each in root.handlers if isinstance(each, Stderr)]:
        root.removeHandler(before)
    root.addHandler(handler)
    root.setLevel(logging.WARNING if level == "info" else level.upper())
    logging.getLogger("assetreg").setLevel(level.upper())
    logging.captureWarnings(True)
