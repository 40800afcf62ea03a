"""The programming interface: an application of its own below ``/api/v1``, for programs that hold a token."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from importlib import import_module

from flask import Flask

from assetreg import places, row_ids
from assetreg.api import calls, documentation, problems
from assetreg.api.operations import Operation, mount
from assetreg.config import Settings
from assetreg.db.session import Database

PREFIX = "/api/v1"
LONGEST_FORM = 2_000_000
CHAPTERS = ("devices", "acts", "figures", "events", "imports")


def make_api(settings: Settings, database: Database, clock: Callable[[], datetime]) -> Flask:
    """The application that is served below ``PREFIX``: no cookies, no pages but its own description."""
    app = Flask("assetreg.api", static_folder=None, template_folder=str(places.folder("templates")))
    app.config.update(MAX_CONTENT_LENGTH=settings.max_request_bytes, MAX_FORM_MEMORY_SIZE=LONGEST_FORM)
    problems.install(app)
    calls.serve(app, settings, database, clock)
    row_ids.install(app)
    mount(app, operations())
    documentation.install(app, operations())
    return app


def operations() -> list[Operation]:
    """Every operation there is, in the order they are described."""
    modules = (import_module(f"{__name__}.{chapter}") for chapter in CHAPTERS)
    return [operation for module in modules for operation in module.OPERATIONS]
