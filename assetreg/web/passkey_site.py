"""Whom passkeys are bound to: the host of the settings, never one that a request states."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from assetreg.domain.errors import Conflict
from assetreg.services.passkeys import Site
from assetreg.web.visit import served


class NoPasskeysHere(Conflict):
    code = "no_passkeys_here"
    message = "Registret tar inte emot passnycklar: ASSETREG_BASE_URL är inte satt till en adress med ett värdnamn."


def site() -> Site | None:
    """None where the register has no address, or one that is a number: browsers make no passkeys for those."""
    settings = served().settings
    host = urlsplit(settings.base_url or "").hostname
    if not host or _is_number(host):
        return None
    return Site(host=host, origin=str(settings.base_url), name=settings.organisation)


def needed() -> Site:
    """Raises NoPasskeysHere."""
    found = site()
    if found is None:
        raise NoPasskeysHere
    return found


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
