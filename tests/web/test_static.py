from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Flask

from assetreg.web.fingerprints import Fingerprints
from tests.web.checked_pages import CheckedClient


def test_pages_name_each_file_by_its_content(app: Flask, client: CheckedClient) -> None:
    file = Path(app.static_folder or "") / "css" / "base.css"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
    assert f"/static/css/base.css?v={digest}" in client.get("/logga-in").get_data(as_text=True)
    kept = client.get(f"/static/css/base.css?v={digest}")
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in kept.headers


def test_other_addresses_of_a_file_are_asked_for_anew(client: CheckedClient) -> None:
    for path in (
        "/static/css/base.css",
        "/static/css/base.css?v=000000000000",
        "/static/css/no.css",
        "/static/no.css?v=",
    ):
        answer = client.get(path)
        assert answer.headers["Cache-Control"] != "public, max-age=31536000, immutable"
    first = client.get("/static/css/base.css")
    assert first.headers["Cache-Control"] == "no-cache"
    again = client.get("/static/css/base.css", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_changed_file_gets_another_fingerprint(tmp_path: Path) -> None:
    import os

    file = tmp_path / "a.css"
    file.write_text("a", encoding="ascii")
    fingerprints = Fingerprints(tmp_path)
    before = fingerprints.of("a.css")
    file.write_text("b", encoding="ascii")
    os.utime(file, ns=(1, 1))
    assert fingerprints.of("a.css") not in (before, None)
    assert fingerprints.of("b.css") is None
