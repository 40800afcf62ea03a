"""Commands of the device forms: what a person must state where a list may be silent."""

from __future__ import annotations

from assetreg.domain.terms import Kind
from assetreg.schemas.device import KIND_ALIASES, DeviceFields
from assetreg.schemas.fields import Word, Words
from assetreg.schemas.loading import CommandSchema


class NewDeviceFields(DeviceFields):
    """A new device has a kind and an owner, whoever registers it."""

    kind = Word(Kind, aliases=KIND_ALIASES, required=True)
    owner = Words(limit=80, required=True)


class LabelReason(CommandSchema):
    reason = Words(limit=200, required=True)


class LabelToken(CommandSchema):
    """A code as typed, or the whole address as a hand scanner gives it."""

    token = Words(limit=300, required=True)
