"""What was measured: one line a promise, printed as Markdown and kept as JSON."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGES = ("flask", "jinja2", "sqlalchemy", "marshmallow", "psycopg")
HEADS = ("Engine", "Devices", "What", "Measured", "Floor", "Ratio", "Promise", "Kept")


@dataclass(frozen=True, slots=True)
class Line:
    """One measurement. ``ratio`` is measured over floor; ``kept`` is None where nothing is promised of it."""

    engine: str
    devices: int
    what: str
    measured: float
    unit: str
    floor: float | None = None
    ratio: float | None = None
    promise: str = ""
    kept: bool | None = None
    note: str = ""


@dataclass(slots=True)
class Table:
    """The lines of a run, and the machine they were measured on."""

    machine: dict[str, str]
    lines: list[Line] = field(default_factory=list)

    def add(self, line: Line) -> None:
        self.lines.append(line)

    @property
    def broken(self) -> list[Line]:
        """The promises that do not hold."""
        return [line for line in self.lines if line.kept is False]

    def as_markdown(self) -> str:
        about = [f"- {name}: {value}" for name, value in self.machine.items()]
        kept = sum(line.kept is True for line in self.lines)
        said = f"{kept} of {kept + len(self.broken)} promises hold."
        notes = sorted({f"- {line.what}: {line.note}" for line in self.lines if line.note})
        return "\n".join([*about, "", *_rows(self.lines), "", said, *(["", *notes] if notes else []), ""])

    def as_json(self) -> str:
        return json.dumps({"machine": self.machine, "lines": [asdict(line) for line in self.lines]}, indent=1) + "\n"


def at_most(limit: float, value: float, unit: str = "") -> dict[str, Any]:
    """The promise of a figure that may not exceed the limit, as a line states it."""
    return {"promise": f"≤ {_plain(limit)}{unit}", "kept": value <= limit}


def at_least(limit: float, value: float, unit: str = "") -> dict[str, Any]:
    return {"promise": f"≥ {_plain(limit)}{unit}", "kept": value >= limit}


def machine(extra: Iterable[tuple[str, str]] = ()) -> dict[str, str]:
    """The processor, its memory, and the versions of what does the work."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return {
        "Processor": f"{_processor()}, {os.cpu_count()} seen",
        "Memory": _memory(),
        "System": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "SQLite": sqlite3.sqlite_version,
        "Packages": packages,
        **dict(extra),
    }


def _rows(lines: Sequence[Line]) -> list[str]:
    rows = [HEADS, *(_cells(line) for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    shown = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    head, *body = [f"| {row} |" for row in shown]
    return [head, "|" + "|".join("-" * (width + 2) for width in widths) + "|", *body]


def _cells(line: Line) -> tuple[str, ...]:
    floor = "" if line.floor is None else f"{_plain(line.floor)} {line.unit}"
    ratio = "" if line.ratio is None else f"{line.ratio:.2f}"
    kept = {True: "yes", False: "**no**", None: ""}[line.kept]
    measured = f"{_plain(line.measured)} {line.unit}"
    return (line.engine, _plain(line.devices), line.what, measured, floor, ratio, line.promise, kept)


def _plain(value: float) -> str:
    """Three figures are enough of a measurement; thousands are set apart."""
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    lines = known.read_text(encoding="utf-8").splitlines() if known.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"


def _memory() -> str:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return "unknown"
    return f"{size / 2**30:.0f} GiB"
