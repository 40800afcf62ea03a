"""Requests from other sites and from anyone: a write must come from a page of ours, every request be meant for us,
and none be larger than what it may carry.

No token in the forms, so nothing grows old in an open tab: the browser itself says where a request comes
from (Fetch Metadata, W3C; Origin, RFC 6454).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, abort, current_app, request

from assetreg.config import Settings
from assetreg.domain.errors import Denied
from assetreg.web.visit import access_of

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HEALTH = frozenset({"/healthz", "/readyz", "/metrics"})
FILES = "multipart/form-data"
MOST_FROM_ANYONE = 64 * 1024
MOST_WITHOUT_FILES = 2 * 1024 * 1024
"""Bytes of a body; only a form with files may be as long as a file, and only from someone who is logged in."""


class OtherSite(Denied):
    code = "other_site"
    message = "Begäran kom inte från en av registrets egna sidor. Öppna sidan på nytt härifrån och försök igen."


def install(app: Flask, settings: Settings) -> None:
    hosts = known_hosts(settings)

    app.before_request(_refuse_climbing)

    @app.before_request
    def check_host() -> None:
        if hosts and request.host.lower() not in hosts and request.path not in HEALTH:
            abort(400)

    @app.before_request
    def check_origin() -> None:
        if request.method not in SAFE and not same_origin(settings.base_url):
            raise OtherSite

    app.before_request(_limit_body)


def known_hosts(settings: Settings) -> frozenset[str]:
    """The names we answer to; none means any."""
    if not settings.base_url:
        return frozenset()
    return settings.label_hosts | {urlsplit(settings.base_url).netloc}


def same_origin(base_url: str | None) -> bool:
    """Whether the browser says that the request comes from us; an old one says it by Origin alone."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin", "").lower()
    if base_url:
        return origin == base_url
    return origin in (f"http://{request.host}".lower(), f"https://{request.host}".lower())


def _refuse_climbing() -> None:
    """A file's address that climbs out of its folder, or ends before its end, is nobody's: not even looked for."""
    parts = set(request.path.replace("\\", "/").split("/"))
    if request.endpoint == "static" and ("\0" in request.path or {".", ".."} & parts):
        request.url_rule = None
        abort(404)


def _limit_body() -> None:
    """A browser says how long a form is; what comes in chunks, without saying so, could not be refused unread."""
    if "Transfer-Encoding" in request.headers:
        abort(411)
    view = current_app.view_functions.get(request.endpoint or "")
    if access_of(view) == "open":
        request.max_content_length = MOST_FROM_ANYONE
    elif request.mimetype != FILES:
        request.max_content_length = MOST_WITHOUT_FILES
