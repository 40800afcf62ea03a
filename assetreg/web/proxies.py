"""Who is really asking, when the register stands behind proxies that the settings name."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

from assetreg.config import Network, Settings

Environ = dict[str, Any]


def install(app: Flask, settings: Settings) -> None:
    app.wsgi_app = Forwarded(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]


class Forwarded:
    """Reads X-Forwarded-For, -Proto and -Host from trusted proxies; from anyone else they are taken away unread."""

    def __init__(self, app: Callable[..., Iterable[bytes]], trusted: tuple[Network, ...]) -> None:
        self.app = app
        self.trusted = trusted

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        stated = {
            name: environ.pop(f"HTTP_X_FORWARDED_{name}", "") for name in ("FOR", "PROTO", "HOST", "PORT", "PREFIX")
        }
        if self._is_trusted(environ.get("REMOTE_ADDR", "")):
            environ["REMOTE_ADDR"] = self._client(stated["FOR"], environ["REMOTE_ADDR"])
            scheme = stated["PROTO"].rpartition(",")[2].strip().lower()
            if scheme in ("http", "https"):
                environ["wsgi.url_scheme"] = scheme
            host = stated["HOST"].rpartition(",")[2].strip()
            if host:
                environ["HTTP_HOST"] = host
        return self.app(environ, start_response)

    def _client(self, chain: str, nearest: str) -> str:
        """The last address in the chain that is not a proxy of ours: what stands before it anyone may have written."""
        for address in reversed([part.strip() for part in chain.split(",") if part.strip()]):
            if _parsed(address) is None:
                break
            nearest = address
            if not self._is_trusted(address):
                break
        return nearest

    def _is_trusted(self, address: str) -> bool:
        parsed = _parsed(address)
        return parsed is not None and any(parsed in network for network in self.trusted)


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None
