"""Making a register and bringing it to the newest migration."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from assetreg.db import migrations
from assetreg.db.session import driver_url, make_engine


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The migrations it went between; ``before`` is None for a register that was made."""

    before: str | None
    after: str


def upgrade(database_url: str) -> Upgrade:
    url = driver_url(database_url)
    if url.get_backend_name() == "sqlite":
        _make_private(Path(url.database or ""))
    engine = make_engine(url).execution_options(writes=True)
    try:
        with engine.connect() as connection:
            before = migrations.current(connection)
        migrations.upgrade_with(engine)
    finally:
        engine.dispose()
    return Upgrade(before, migrations.newest())


def _make_private(file: Path) -> None:
    """An embedded register is its owner's to read; what SQLite puts beside it takes after it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))
