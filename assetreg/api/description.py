"""The OpenAPI 3.1 document: made of the operations as they are mounted and the schemas that read the requests."""

from __future__ import annotations

import re
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields

from assetreg import __version__
from assetreg.api.operations import NoQuery, Operation
from assetreg.api.problems import KIND, TITLES
from assetreg.api.shapes import SHAPES, refers, text
from assetreg.row_ids import LARGEST
from assetreg.schemas.device_request import Within
from assetreg.schemas.fields import Amount, Day, Truth, Whole, Word, Words
from assetreg.schemas.loading import strict

ABOUT = (
    "Registret för program: samma ord, samma regler och samma behörighet som på sidorna. En token skapas med "
    "assetreg token add och skickas i Authorization: Bearer. Fel kommer som application/problem+json på svenska. "
    "Listor bläddras med cursor. Idempotency-Key på en POST gör att den blir gjord en gång i dygnet."
)
_NAMED = re.compile(r"<(?:(\w+)(?:\(([^)]*)\))?:)?(\w+)>")
DAYS = r"^\d{4}(-\d{2}(-\d{2})?)?$"


def describe(operations: list[Operation]) -> dict[str, Any]:
    plugin = MarshmallowPlugin()
    spec = APISpec(
        title="assetreg",
        version=__version__,
        openapi_version="3.1.0",
        plugins=[plugin],
        info={"description": ABOUT, "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"}},
        servers=[{"url": "/api/v1"}],
        security=[{"token": []}],
        tags=[],
    )
    converter: Any = plugin.converter
    converter.add_attribute_function(_attributes)
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    for name, shape in SHAPES.items():
        spec.components.schema(name, shape)
    spec.components.response("Problem", _content(KIND, refers("Problem"), "Varför det inte gick, på svenska"))
    for operation in operations:
        spec.path(path=_path(operation.path), operations={operation.method.lower(): _operation(operation)})
    document: dict[str, Any] = spec.to_dict()
    return document


def _operation(operation: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": [*_named(operation), *_headers(operation), *_query(operation)],
        "responses": _responses(operation),
    }
    if operation.description:
        told["description"] = operation.description
    if operation.takes is not None:
        told["requestBody"] = _body(operation, operation.takes)
    return told


def _responses(operation: Operation) -> dict[str, Any]:
    shape = refers(operation.gives)
    if operation.method == "POST":
        shape = {"anyOf": [shape, refers("Repeated")]}
    if operation.path.endswith("/transfer"):
        shape["anyOf"].append(refers("Transferred"))
    told: dict[str, Any] = {str(operation.status): _content("application/json", shape, operation.summary)}
    headers = {"ETag": text(description="Enhetens version, för If-Match")} if operation.gives == "Device" else {}
    if operation.status in (201, 202):
        headers["Location"] = text(description="Där det som blev gjort kan läsas")
    if headers:
        told[str(operation.status)]["headers"] = {name: {"schema": schema} for name, schema in headers.items()}
    return told | {str(status): "Problem" for status in _statuses(operation)}


def _statuses(operation: Operation) -> list[int]:
    """The refusals that the operation can give."""
    found = {401, 403, 422, 429, 500, 503}
    if _NAMED.search(operation.path):
        found.add(404)
    if operation.method != "GET":
        found.add(409)
    if operation.takes is not None:
        found |= {400, 413, 415}
    if operation.versioned:
        found |= {412, 428}
    elif operation.gives in ("Device", "NewOutcome") and operation.method == "POST" and "<tag:tag>" in operation.path:
        found.add(412)
    return sorted(found & set(TITLES))


def _body(operation: Operation, takes: type[Schema]) -> dict[str, Any]:
    if operation.file:
        form = {
            "type": "object",
            "properties": {
                "file": {
                    "type": "string",
                    "contentMediaType": "application/octet-stream",
                    "description": "CSV eller XLSX",
                },
                "mapping": {"type": "string", "contentMediaType": "application/octet-stream"},
                "dry_run": {"type": "string", "enum": ["true", "false"]},
                "file_date": text(pattern=DAYS, description="Dagen som filens uppgifter gäller"),
                "set": {"type": "array", "items": text(example="owner=1860"), "description": "kolumn=värde"},
            },
            "required": ["file"],
        }
        return {"required": True, "content": {"multipart/form-data": {"schema": form}}}
    content: dict[str, Any] = {"schema": strict(takes)}
    if operation.example is not None:
        content["example"] = dict(operation.example)
    return {"required": True, "content": {"application/json": content}}


def _content(kind: str, shape: Any, description: str) -> dict[str, Any]:
    return {"description": description, "content": {kind: {"schema": shape}}}


def _path(path: str) -> str:
    return _NAMED.sub(lambda found: "{" + found[3] + "}", path)


def _named(operation: Operation) -> list[dict[str, Any]]:
    """The parameters in the address."""
    found = []
    for kind, choices, name in _NAMED.findall(operation.path):
        schema: dict[str, Any] = {"type": "string", "minLength": 1}
        if kind == "int":
            schema = {"type": "integer", "minimum": 1, "maximum": LARGEST}
        elif choices:
            schema = {"type": "string", "enum": re.findall(r"'([^']+)'", choices)}
        found.append({"name": name, "in": "path", "required": True, "schema": schema})
    return found


def _headers(operation: Operation) -> list[dict[str, Any]]:
    found = []
    if operation.versioned:
        found.append(_header("If-Match", "Versionen ur ETag", required=True, pattern=r'^("\d{1,9}"|\*)$'))
    elif operation.method == "POST" and "<tag:tag>" in operation.path:
        found.append(
            _header("If-Match", "Versionen ur ETag, om den ska gälla", required=False, pattern=r'^("\d{1,9}"|\*)$')
        )
    if operation.method == "POST":
        found.append(_header("Idempotency-Key", "Gör begäran en gång", required=False, pattern=r"^[!-~]{1,200}$"))
    return found


def _header(name: str, description: str, *, required: bool, pattern: str) -> dict[str, Any]:
    schema = {"type": "string", "pattern": pattern}
    return {"name": name, "in": "header", "required": required, "description": description, "schema": schema}


def _query(operation: Operation) -> list[dict[str, Any]]:
    if operation.query is NoQuery:
        return []
    return [
        {"name": name, "in": "query", "required": field.required, "schema": _attributes(None, field)}
        for name, field in operation.query().fields.items()
    ]


def _attributes(_: Any, field: fields.Field[Any], **__: Any) -> dict[str, Any]:
    """What a field of ours takes, in the words of JSON Schema."""
    found: dict[str, Any] = {"type": "string"}
    if isinstance(field, Word):
        found = {"type": "string", "enum": [member.value for member in field.term]}
    elif isinstance(field, Words):
        found = {"type": "string", "maxLength": field.limit}
    elif isinstance(field, Day):
        found = {"type": "string", "pattern": DAYS, "example": "2026-03-14"}
    elif isinstance(field, Amount):
        found = {"type": ["number", "string"], "example": 8300.5}
    elif isinstance(field, Within):
        found = {"type": "integer", "minimum": field.least, "maximum": field.most}
    elif isinstance(field, Whole):
        found = {"type": "integer"}
    elif isinstance(field, Truth):
        found = {"type": "boolean"}
    if field.allow_none:
        kinds = found["type"] if isinstance(found["type"], list) else [found["type"]]
        found["type"] = [*kinds, "null"]
        if "enum" in found:
            found["enum"] = [*found["enum"], None]
    return found
