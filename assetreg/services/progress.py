"""How long work says how far it has come: what is being counted, and how many are done."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int], None]


def silent(_what: str, _done: int) -> None:
    """For whoever does not want to know."""
