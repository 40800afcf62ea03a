"""What the programming interface takes about devices and lists: the file's fields, and what a list is narrowed to."""

from __future__ import annotations

from typing import Any

from assetreg.domain.errors import Invalid
from assetreg.domain.terms import Indicator, Kind, Stage
from assetreg.schemas.device import KIND_ALIASES, STAGE_ALIASES, DeviceFields
from assetreg.schemas.fields import LONGEST_NOTE, Whole, WholeDay, Word, Words
from assetreg.schemas.loading import CommandSchema

MOST_ROWS = 1000
LARGEST_NUMBER = 2**53 - 1
FIRST_YEAR, LAST_YEAR = 1990, 2200


class OutOfRange(Invalid):
    code = "out_of_range"
    message = "{value} ligger utanför {least} till {most}."


class Within(Whole):
    """A whole number from ``least`` to ``most``."""

    def __init__(self, *, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least, self.most = least, most

    def read(self, value: Any) -> int:
        found = super().read(value)
        if not self.least <= found <= self.most:
            raise OutOfRange(value=found, least=self.least, most=self.most)
        return found


class NewDevice(DeviceFields):
    """A device to be registered, and why one with the same serial is another device all the same."""

    kind = Word(Kind, aliases=KIND_ALIASES, required=True)
    owner = Words(limit=80, required=True)
    duplicate_reason = Words(limit=LONGEST_NOTE)
    reason = Words(limit=LONGEST_NOTE)


class DeviceEdit(DeviceFields):
    """What is stated of a device; what changes by an act of its own is not edited."""

    class Meta(CommandSchema.Meta):
        exclude = ("owner", "stage", "asset_tag")

    duplicate_reason = Words(limit=LONGEST_NOTE)
    reason = Words(limit=LONGEST_NOTE)


class PageQuery(CommandSchema):
    """One page of a list: how many rows at most, and where the one before ended."""

    limit = Within(least=1, most=MOST_ROWS)
    cursor = Words(limit=500)


class EventsQuery(PageQuery):
    pass


class DeviceQuery(PageQuery):
    owner = Words(limit=80)
    kind = Word(Kind, aliases=KIND_ALIASES)
    stage = Word(Stage, aliases=STAGE_ALIASES)
    q = Words(limit=200)
    due_before = WholeDay()


class FeedQuery(CommandSchema):
    after = Within(least=0, most=LARGEST_NUMBER)
    limit = Within(least=1, most=MOST_ROWS)


class OutcomesQuery(PageQuery):
    year = Within(least=FIRST_YEAR, most=LAST_YEAR, required=True)
    indicator = Word(Indicator)
    owner = Words(limit=80)


class FiguresQuery(CommandSchema):
    year = Within(least=FIRST_YEAR, most=LAST_YEAR, required=True)
    owner = Words(limit=80)
    as_of = WholeDay()
    as_known_on = WholeDay()


DueQuery = type(
    "DueQuery",
    (PageQuery,),
    {"from": WholeDay(), "to": WholeDay(), "owner": Words(limit=80), "__doc__": "A window of due days."},
)
