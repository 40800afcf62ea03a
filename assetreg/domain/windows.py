"""Reading what lists call a Windows: names, editions, feature releases and build numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

Build = tuple[str, str]
"""A cycle and its build, ``("11-23h2-w", "10.0.22631")``."""

_SERVER = re.compile(r"\bserver\b", re.IGNORECASE)
_LONG_TERM = re.compile(r"\bLTS[BC]\b", re.IGNORECASE)
_IOT = re.compile(r"\bIoT\b", re.IGNORECASE)
_LONG_EDITION = re.compile(r"\b(?:Enterprise|Education|Ent|Edu|Företag|Utbildning)\b", re.IGNORECASE)
_RELEASE = re.compile(r"\b(\d\dH[12]|1507|1511|1607|1703|1709|1803|1809|1903|1909|2004)\b", re.IGNORECASE)
_BUILD = re.compile(r"\b(?:(10\.0|6\.[0-4]|5\.[0-2])\.)?(\d{4,5})(?:\.\d+)*\b")
_NAME = re.compile(r"\bwindows\s+(?:NT\s+)?(11|10|8\.1|8|7|vista|xp)\b", re.IGNORECASE)
_SERVER_YEAR = re.compile(r"\b(20(?:00|03|08|12|16|19|22|25))\b(\s*R2)?", re.IGNORECASE)

_CLOSED = {"8.1": "8.1", "8": "8", "7": "7-sp1", "vista": "6-sp2", "xp": "5-sp3"}
_FIRST_OF_11 = 22000
_LONG_TERM_YEAR = re.compile(r"\b20(?:15|16|19|21|24)\b")
_LONG_TERM_STEMS = {"2015": "10-1507", "2016": "10-1607", "2019": "10-1809", "2021": "10-21h2", "2024": "11-24h2"}


def is_server(text: str) -> bool:
    return _SERVER.search(text) is not None


def _builds_in(text: str) -> list[str]:
    """The builds the text names, with their version before them; a bare one is of Windows 10 or later."""
    found = [(match[1], match[2]) for match in _BUILD.finditer(text)]
    return [f"{version or '10.0'}.{build}" for version, build in found if version or len(build) == 5]


def _endings(text: str) -> Sequence[str]:
    """The endings of the cycles that fit the edition, the best first."""
    if _LONG_TERM.search(text):
        return ("-iot-lts", "-iot", "-e-lts") if _IOT.search(text) else ("-e-lts",)
    return ("-e", "") if _LONG_EDITION.search(text) else ("-w", "")


def client_cycles(text: str, builds: Iterable[Build]) -> list[str]:
    """The cycles the text can mean, the best first; none when it names no release."""
    endings = _endings(text)
    name, release = _NAME.search(text), _RELEASE.search(text)
    named = name[1].lower() if name else ""
    if named in _CLOSED:
        return [_CLOSED[named]]
    stems = [f"{named}-{release[1].lower()}"] if release and named else []
    by_build = {build: _stem(cycle) for cycle, build in builds}
    stems += [by_build[build] for build in _builds_in(text) if build in by_build]
    if _LONG_TERM.search(text):
        stems += [_LONG_TERM_STEMS[year] for year in _LONG_TERM_YEAR.findall(text)]
    if release and not named:
        stems += [f"{major}-{release[1].lower()}" for major in _majors(text)]
    return [stem + ending for stem in stems for ending in endings]


def _stem(cycle: str) -> str:
    """The part of a cycle that says which release it is, ``11-23h2``."""
    return "-".join(cycle.split("-")[:2])


def _majors(text: str) -> Sequence[str]:
    """Which Windows a bare feature release belongs to, by the build beside it; without one it stays unknown."""
    numbers = [int(build.rpartition(".")[2]) for build in _builds_in(text)]
    return [("11" if number >= _FIRST_OF_11 else "10") for number in numbers]


def server_cycles(text: str, builds: Iterable[Build]) -> list[str]:
    """The cycles the text can mean: by the year in the name, by feature release, else by build.

    A build is shared by a long-term release and a half-yearly one; without "SAC" it is the long-term one.
    """
    release, year = _RELEASE.search(text), _SERVER_YEAR.search(text)
    if year:
        stem = year[1] + ("-r2" if year[2] and year[1] != "2003" else "")
        return [f"{stem}-sp2", f"{stem}-sp1", stem]
    if release:
        return [f"{release[1].lower()}-{ending}" for ending in ("sac", "ac")]
    stated = _builds_in(text)
    cycles = [cycle for cycle, build in builds if build in stated]
    return sorted(cycles, key=lambda cycle: cycle.endswith("ac"))
