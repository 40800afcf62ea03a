"""What can be asked: each operation says its address, who may, what it takes and what it gives, and is mounted so."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response
from marshmallow import Schema
from werkzeug.routing import BaseConverter

from assetreg.api import bodies, calls
from assetreg.domain.access import Act


class Tag(BaseConverter):
    """A tag in an address. It may hold a slash, percent-encoded; what follows it after one is not part of it."""

    regex = r"(?:(?!/(?:events|transitions|transfer|outcomes)$).)+"
    part_isolating = False


class NoQuery(Schema):
    """An operation that takes no parameters after the question mark."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its document, status, and where what was made can be read. ``ids`` is what a repeat is told."""

    document: Any
    status: int = 200
    location: str | None = None
    etag: str | None = None
    ids: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address.

    ``view`` takes what stands in the address, a query as ``asked`` and a JSON body as ``sent``.
    """

    method: str
    path: str
    view: Callable[..., Reply | Response]
    act: Act
    summary: str
    gives: str
    query: type[Schema] = NoQuery
    takes: type[Schema] | None = None
    example: Mapping[str, Any] | None = None
    status: int = 200
    file: bool = False
    versioned: bool = False
    description: str = ""

    @property
    def name(self) -> str:
        return self.view.__name__


def mount(app: Flask, operations: list[Operation]) -> None:
    app.url_map.converters["tag"] = Tag
    for operation in operations:
        app.add_url_rule(operation.path, operation.name, _answering(operation), methods=[operation.method])


def _answering(operation: Operation) -> Callable[..., Response]:
    def answer(**named: Any) -> Response:
        calls.admit()
        calls.actor().require(operation.act)
        asked = bodies.asked(operation.query)
        if operation.query is not NoQuery:
            named["asked"] = asked
        if operation.takes is not None and not operation.file:
            named["sent"] = bodies.checked(operation.takes, bodies.sent())
        reply = operation.view(**named)
        return reply if isinstance(reply, Response) else respond(reply)

    return answer


def respond(reply: Reply) -> Response:
    body = json.dumps(reply.document, ensure_ascii=False, default=str, separators=(",", ":"))
    answer = Response(body, status=reply.status, content_type="application/json; charset=utf-8")
    answer.headers["Cache-Control"] = "no-store"
    if reply.location:
        answer.headers["Location"] = reply.location
    if reply.etag:
        answer.headers["ETag"] = reply.etag
    return answer
