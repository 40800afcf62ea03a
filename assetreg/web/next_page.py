"""Where someone goes after logging in: only ever to a page of ours."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from flask import request, url_for

LONGEST = 2000


def local_path(stated: str | None) -> str:
    """The path with its query when it is one of ours, else empty: no host, no scheme, nothing mended to one."""
    if not stated or len(stated) > LONGEST or not stated.isprintable():
        return ""
    if not stated.startswith("/") or stated.startswith("//") or "\\" in stated:
        return ""
    parts = urlsplit(stated)
    return "" if parts.scheme or parts.netloc else stated


def login_address() -> str:
    """The log-in page, leading back to the page that was asked for."""
    query = quote(request.query_string, safe="/?=&%+:,;@!$'()*~")
    asked = local_path(quote(request.path) + (f"?{query}" if query else ""))
    return url_for("session.login", next=asked) if asked not in ("", "/") else url_for("session.login")
