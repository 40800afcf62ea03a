"""Rows of the indicator values file."""

from __future__ import annotations

from collections.abc import Sequence

from assetreg.domain.terms import RowVerdict
from assetreg.schemas.indicator_value import from_loaded
from assetreg.services import indicator_values
from assetreg.services.imports.reading import Item
from assetreg.services.imports.work import Work, key_of


class FigureRows:
    careful = True

    def __init__(self, work: Work) -> None:
        self.work = work

    def prepare(self, items: Sequence[Item]) -> None:
        """Each figure is looked up by itself: there are few."""

    def keys(self, item: Item) -> tuple[str | None, str | None]:
        stated = from_loaded(item.loaded)
        return key_of("f", stated.year, stated.goal, stated.indicator, (stated.owner or "").casefold()), None

    def judge(self, item: Item) -> RowVerdict:
        stated = from_loaded(item.loaded)
        item.label = f"{stated.indicator} {stated.year}"
        stored = indicator_values.store(self.work.session, stated, actor=self.work.actor, act=self.work.act)
        if stored.created:
            return RowVerdict.CREATED
        return RowVerdict.UPDATED if stored.changed else RowVerdict.UNCHANGED

    def finish(self) -> None:
        """Nothing is gathered."""
