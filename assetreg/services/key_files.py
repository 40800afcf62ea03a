"""The secrets of an embedded register, in files beside the database."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path


def is_made(file: Path) -> bool:
    """Whether there is a database in the file; an empty one is none yet. Raises OSError."""
    return file.exists() and file.stat().st_size > 0


def kept_key(path: Path) -> bytes:
    """The key in the file; drawn the first time, whole before anyone can read it. Raises OSError."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        drawn = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        drawn.touch(mode=0o600, exist_ok=False)
        drawn.write_text(secrets.token_hex(32) + "\n", encoding="ascii")
        with suppress(FileExistsError):
            os.link(drawn, path)
        drawn.unlink()
    return path.read_bytes().strip()
