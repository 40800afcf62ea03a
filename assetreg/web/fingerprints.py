"""Static files under addresses that change with their content, so that a browser may keep them for good."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, request, url_for

KEPT = "public, max-age=31536000, immutable"
ASKED = "no-cache"
DIGITS = 12


class Fingerprints:
    """The digests of a folder's files, read again when a file has changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[str, tuple[int, str]] = {}

    def of(self, name: str) -> str | None:
        try:
            changed = (self.folder / name).stat().st_mtime_ns
            at, digest = self.known.get(name, (0, ""))
            if at != changed:
                digest = hashlib.sha256((self.folder / name).read_bytes()).hexdigest()[:DIGITS]
                self.known[name] = (changed, digest)
        except (OSError, ValueError):
            return None
        return digest


def install(app: Flask) -> None:
    fingerprints = Fingerprints(Path(app.static_folder or ""))

    @app.url_defaults
    def add_fingerprint(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "v" not in values:
            values["v"] = fingerprints.of(values["filename"])

    @app.template_global()
    def static_url(filename: str) -> str:
        """The address of a static file, found once for a page that names it many times."""
        known: dict[str, str] = g.setdefault("static_urls", {})
        if filename not in known:
            known[filename] = url_for("static", filename=filename)
        return known[filename]

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint == "static":
            name = (request.view_args or {}).get("filename", "")
            current = response.status_code < 400 and request.args.get("v") == fingerprints.of(name)
            response.headers["Cache-Control"] = KEPT if current else ASKED
        return response
