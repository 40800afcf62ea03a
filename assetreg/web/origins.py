"""Requests from other sites: a write must come from a page of ours, and every request be meant for us.

No token in the forms, so nothing grows old in an open tab: the browser itself says where a request comes
from (Fetch Metadata, W3C; Origin, RFC 6454).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, abort, request

from assetreg.config import Settings
from assetreg.domain.errors import Denied

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HEALTH = frozenset({"/healthz", "/readyz"})


class OtherSite(Denied):
    code = "other_site"
    message = "Begäran kom inte från en av registrets egna sidor. Öppna sidan på nytt härifrån och försök igen."


def install(app: Flask, settings: Settings) -> None:
    hosts = known_hosts(settings)

    @app.before_request
    def check_host() -> None:
        if hosts and request.host.lower() not in hosts and request.path not in HEALTH:
            abort(400)

    @app.before_request
    def check_origin() -> None:
        if request.method not in SAFE and not same_origin(settings.base_url):
            raise OtherSite


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
