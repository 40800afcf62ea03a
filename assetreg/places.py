"""Where the files of the project lie: beside the package in a checkout, inside it in an installed wheel."""

from __future__ import annotations

from pathlib import Path

import platformdirs

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent


def is_checkout() -> bool:
    return (CHECKOUT / "pyproject.toml").is_file() and (CHECKOUT / "migrations").is_dir()


def folder(name: str) -> Path:
    """The folder ``templates``, ``static`` or ``migrations``."""
    return (CHECKOUT if is_checkout() else PACKAGE) / name


def data() -> Path:
    """Where an embedded database is kept: ``var`` in a checkout, else the platform's data folder."""
    return CHECKOUT / "var" if is_checkout() else Path(platformdirs.user_data_dir("assetreg", appauthor=False))
