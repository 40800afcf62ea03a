"""What a file says of itself: what it holds, of which year, by which rules, when it was made and by which filter."""

from __future__ import annotations

from collections.abc import Mapping

from assetreg.domain.access import Actor
from assetreg.outputs.sheet import About, local


def about(what: str, facts: Mapping[str, str | None], *, actor: Actor) -> About:
    """The facts that are known, in the order given, and the moment last."""
    stated = [("Innehåll", what), *((name, text) for name, text in facts.items() if text)]
    return About([*stated, ("Hämtad", local(actor.at).strftime("%Y-%m-%d %H:%M"))])


def shown_filter(stated: Mapping[str, object]) -> str:
    """A filter in words; what is not narrowed is left out."""
    return ", ".join(f"{name}: {value}" for name, value in stated.items() if value) or "Allt"
