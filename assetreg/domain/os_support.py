"""Which operating system release a device runs, and until when its maker supports it.

The releases are reference data (endoflife.date, MIT). A system that is not recognised has no support end
and is shown as "okänt", never as supported. Windows texts are read in ``windows``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from assetreg.domain.windows import client_cycles, is_server, server_cycles


@dataclass(frozen=True, slots=True)
class OsRelease:
    """One release; ``build`` is its first build or latest version, ``extended`` the end of paid support."""

    product: str
    cycle: str
    label: str
    build: str
    support_ends: date | None
    extended: date | None = None


Releases = Mapping[tuple[str, str], OsRelease]

_VERSION = re.compile(r"\d+(?:\.\d+)*")
_PRODUCTS = (
    ("ipados", re.compile(r"ipad", re.IGNORECASE)),
    ("ios", re.compile(r"^(?:apple\s+)?ios\b|iphone", re.IGNORECASE)),
    ("macos", re.compile(r"mac ?os|\bos x\b", re.IGNORECASE)),
)


def catalogue(releases: Iterable[OsRelease]) -> dict[tuple[str, str], OsRelease]:
    """The releases by product and cycle, as ``recognise`` looks them up."""
    return {(release.product, release.cycle): release for release in releases}


def recognise(os: str, version: str, releases: Releases) -> OsRelease | None:
    """The release that a list's two texts mean, or None.

    ``os`` may hold the version too ("Windows 11 Enterprise 23H2", "macOS 14.2"), ``version`` may be a
    build ("10.0.22631.3007"). Windows without a stated edition is taken for the one supported shortest.
    """
    text = f"{os} {version}".strip()
    if re.search(r"windows", text, re.IGNORECASE):
        product = "windows-server" if is_server(text) else "windows"
        builds = [(r.cycle, r.build) for r in releases.values() if r.product == product]
        cycles = server_cycles(text, builds) if product == "windows-server" else client_cycles(text, builds)
        return _first(product, cycles, releases)
    product = next((name for name, pattern in _PRODUCTS if pattern.search(os)), _first_word(os))
    stated = _VERSION.search(version) or _VERSION.search(os)
    if stated is None:
        return None
    parts = stated[0].split(".")
    return _first(product, [".".join(parts[:2]), parts[0]], releases)


def _first_word(os: str) -> str:
    words = os.split()
    return words[0].lower() if words else ""


def _first(product: str, cycles: Iterable[str], releases: Releases) -> OsRelease | None:
    found = (releases.get((product, cycle)) for cycle in cycles)
    return next((release for release in found if release is not None), None)


def support_end(release: OsRelease | None) -> date | None:
    """The last day of support that comes with the system; None when the maker has not said, or it is unknown."""
    return release.support_ends if release is not None else None
