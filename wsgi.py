"""Where a WSGI server finds the application: `gunicorn wsgi:app`."""

from __future__ import annotations

from assetreg.app import create_app
from assetreg.config import Settings

app = create_app(Settings.from_env())
