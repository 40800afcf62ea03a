"""A line of a partner's report: an outcome, and whose it is."""

from __future__ import annotations

from assetreg.schemas.fields import Words, serial_field
from assetreg.schemas.outcome import OutcomeFields


class OutcomeRowFields(OutcomeFields):
    """The columns of the outcomes file."""

    serial = serial_field()
    asset_tag = Words(limit=40)
