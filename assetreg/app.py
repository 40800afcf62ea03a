"""The application: everything below put together for one register."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from assetreg import api, places, row_ids
from assetreg.config import Settings
from assetreg.db.session import Database
from assetreg.web import (
    errors,
    fingerprints,
    formats,
    frame,
    headers,
    languages,
    origins,
    owners,
    proxies,
    register_pages,
    visit,
    watch,
)

LONGEST_FORM = 2_000_000
MOST_FORM_PARTS = 5_000


def create_app(
    settings: Settings, *, database: Database | None = None, clock: Callable[[], datetime] | None = None
) -> Flask:
    """The pages of the register the settings name; ``clock`` gives aware moments, the system's unless stated."""
    app = Flask("assetreg", static_folder=places.folder("static"), template_folder=str(places.folder("templates")))
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=settings.max_request_bytes,
        MAX_FORM_MEMORY_SIZE=LONGEST_FORM,
        MAX_FORM_PARTS=MOST_FORM_PARTS,
        SESSION_COOKIE_NAME="__Host-notices" if settings.https else "notices",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.jinja_options = {**app.jinja_options, "trim_blocks": True, "lstrip_blocks": True}
    opened = database or settings.database(statement_limit_ms=settings.statement_limit_ms)
    now = clock or (lambda: datetime.now(UTC))
    programs = api.make_api(settings, opened, now)
    mounted: dict[str, Any] = {api.PREFIX: programs}
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, mounted)  # type: ignore[method-assign]
    proxies.install(app, settings)
    watch.install(app, settings, opened, mounted=[programs])
    errors.install(app)
    origins.install(app, settings)
    visit.serve(app, settings, opened, now)
    owners.install(app)
    languages.install(app)
    formats.install(app)
    fingerprints.install(app)
    headers.install(app, settings)
    frame.install(app)
    row_ids.install(app)
    register_pages(app)
    return app
