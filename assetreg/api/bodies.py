"""What a request carries: a JSON object, its values of the types that the description promises."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import request
from marshmallow import Schema
from werkzeug.exceptions import RequestEntityTooLarge

from assetreg.domain.cell_text import TextTooLong
from assetreg.domain.cells import is_blank
from assetreg.domain.errors import Invalid, InvalidInput, Refusal
from assetreg.schemas.fields import Amount, Required, Truth, Whole
from assetreg.schemas.loading import UnknownField, load, strict

LARGEST_BODY = 1 << 20
PIECE = 1 << 20


class NotJson(Invalid):
    code = "not_json"
    message = "Innehållet är inte ett JSON-objekt. Skicka ett, med varje namn en gång, kodat i UTF-8."


class UnsupportedMedia(Invalid):
    code = "unsupported_media"
    message = "Innehållet är av fel sort. Skicka {wanted}."


class BodyTooLarge(NotJson):
    code = "body_too_large"
    message = "Innehållet är större än 1 MB. Skicka stora mängder som en fil till /imports."


class WrongType(Invalid):
    code = "wrong_type"
    message = "Värdet ska vara {wanted}."


class StatedTwice(Invalid):
    code = "stated_twice"
    message = "Uppgiften är angiven flera gånger. Ange den en gång."


TYPES: tuple[tuple[type, tuple[type, ...], str], ...] = (
    (Amount, (int, Decimal, str), "ett tal eller en text med ett tal"),
    (Whole, (int,), "ett heltal"),
    (Truth, (bool,), "true eller false"),
)
TEXT: tuple[tuple[type, ...], str] = ((str,), "en text")


def sent() -> dict[str, Any]:
    """The JSON object of the request. Raises UnsupportedMedia or NotJson."""
    if request.mimetype != "application/json":
        raise UnsupportedMedia(wanted="application/json")
    try:
        found = json.loads(_body(), parse_float=Decimal, parse_constant=_refused, object_pairs_hook=_once)
        json.dumps(found, ensure_ascii=False, default=str).encode()
    except (ValueError, RecursionError, InvalidOperation) as error:
        raise NotJson from error
    if not isinstance(found, dict):
        raise NotJson
    return found


def _body() -> bytes:
    """What was sent, no more of it read than may be sent, also where it does not say how long it is."""
    request.max_content_length = LARGEST_BODY + 1
    try:
        found = request.get_data(cache=True)
    except RequestEntityTooLarge as error:
        raise BodyTooLarge from error
    if len(found) > LARGEST_BODY:
        raise BodyTooLarge
    return found


def checked(schema: type[Schema], data: Mapping[str, Any]) -> dict[str, Any]:
    """The object, when it has the fields of the schema and no others, each of its own type. Raises InvalidInput."""
    fields = strict(schema).fields
    faults: list[Refusal] = [UnknownField(field=name) for name in data if name not in fields]
    for name, value in data.items():
        if name in fields and value is not None:
            types, wanted = _types(fields[name])
            limit = getattr(fields[name], "limit", None)
            if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
                faults.append(WrongType(field=name, wanted=wanted))
            elif limit and isinstance(value, str) and len(value) > limit:
                faults.append(TextTooLong(field=name, length=len(value), limit=limit))
    if faults:
        raise InvalidInput(faults)
    return dict(data)


def asked(schema: type[Schema]) -> dict[str, Any]:
    """The parameters after the question mark, each stated once and with a value. Raises InvalidInput.

    A blank one is refused: a program whose filter came out empty would otherwise be given everything.
    """
    faults: list[Refusal] = [StatedTwice(field=name) for name, values in request.args.lists() if len(values) > 1]
    faults += [Required(field=name) for name, value in request.args.items() if is_blank(value)]
    if faults:
        raise InvalidInput(faults)
    return load(strict(schema), request.args)


def body_hash() -> str:
    """The SHA-256 of everything that was sent; a file's bytes are read in pieces and the file put back."""
    digest = hashlib.sha256(request.query_string)
    if not request.files:
        digest.update(request.get_data(cache=True, parse_form_data=False))
        for pair in sorted(request.form.items(multi=True)):
            digest.update(json.dumps(pair).encode())
        return digest.hexdigest()
    digest.update(json.dumps(sorted(request.form.items(multi=True))).encode())
    for name, file in sorted(request.files.items()):
        digest.update(f"{name}\0{file.filename}\0".encode(errors="replace"))
        while piece := file.stream.read(PIECE):
            digest.update(piece)
        file.stream.seek(0)
    return digest.hexdigest()


def _types(field: object) -> tuple[tuple[type, ...], str]:
    return next(((types, wanted) for kind, types, wanted in TYPES if isinstance(field, kind)), TEXT)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refused(_: str) -> Any:
    raise ValueError("not a number of JSON")
