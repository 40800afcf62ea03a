"""From what a door received to a frozen command, with every fault named beside its field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError

from assetreg.domain.cells import is_blank
from assetreg.domain.errors import Invalid, InvalidInput, Refusal
from assetreg.schemas.fields import UnreadableField


class UnknownField(Invalid):
    code = "unknown_field"
    message = "Fältet finns inte. Ta bort det eller rätta namnet."


class CommandSchema(Schema):
    """A schema of a frozen command. Unknown fields are left out unless the door asks for ``strict``."""

    class Meta:
        unknown = EXCLUDE


def load(schema: Schema, data: Mapping[str, Any]) -> dict[str, Any]:
    """The stated values by field; what was left out or left blank is absent.

    Raises InvalidInput with one refusal for each fault.
    """
    stated = {name: value for name, value in data.items() if not _is_blank(value)}
    try:
        loaded: dict[str, Any] = schema.load(stated)
    except ValidationError as error:
        raise InvalidInput(list(_refusals(schema, error.messages_dict))) from error
    return loaded


def strict(schema: type[Schema]) -> Schema:
    """The schema as the API wants it: a field it does not know is a fault."""
    return schema(unknown=RAISE)


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and is_blank(value)


def _refusals(schema: Schema, messages: Mapping[Any, Any]) -> Iterator[Refusal]:
    for name, faults in messages.items():
        for fault in faults if isinstance(faults, list) else [faults]:
            if isinstance(fault, Refusal):
                yield type(fault)(field=str(name), **fault.params)
            else:
                yield (UnreadableField if name in schema.fields else UnknownField)(field=str(name))
