"""Where a WSGI server finds the application: `gunicorn wsgi:app`."""

from __future__ import annotations

from assetreg.app import create_app
from assetreg.config import Settings
from assetreg.services import readiness

settings = Settings.from_env()
readiness.ready(settings.database()).close()
app = create_app(settings)
