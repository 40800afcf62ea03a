"""The description of the interface, for programs (OpenAPI 3.1) and for people (one readable page)."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from flask import Flask, Response, render_template

from assetreg.api.description import describe
from assetreg.api.operations import Operation

POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"


def install(app: Flask, operations: list[Operation]) -> None:
    @cache
    def document() -> dict[str, Any]:
        return describe(operations)

    def openapi() -> Response:
        body = json.dumps(document(), ensure_ascii=False, indent=1)
        return Response(body, content_type="application/json; charset=utf-8")

    def docs() -> Response:
        body = render_template("api/docs.html", **_shown(document()))
        answer = Response(body, content_type="text/html; charset=utf-8")
        answer.headers["Content-Security-Policy"] = POLICY
        return answer

    app.add_url_rule("/openapi.json", "openapi", openapi)
    app.add_url_rule("/docs", "docs", docs)


def _shown(document: dict[str, Any]) -> dict[str, Any]:
    shown = [
        _operation(document, method.upper(), path, told)
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    ]
    return {
        "title": document["info"]["title"],
        "version": document["info"]["version"],
        "about": document["info"]["description"],
        "base": document["servers"][0]["url"],
        "operations": shown,
    }


def _operation(document: dict[str, Any], method: str, path: str, told: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = told.get("requestBody", {}).get("content", {})
    nothing: tuple[str, dict[str, Any]] = ("", {})
    kind, content = next(iter(body.items()), nothing)
    schema = _followed(document, content.get("schema", {}))
    parameters = [
        _field(each["name"], each["schema"], required=each["required"], at=each["in"]) for each in told["parameters"]
    ]
    needed = schema.get("required", [])
    fields = [_field(name, each, required=name in needed, at="") for name, each in schema.get("properties", {}).items()]
    example = content.get("example")
    return {
        "id": told["operationId"],
        "method": method,
        "path": path,
        "summary": told["summary"],
        "description": told.get("description", ""),
        "parameters": parameters,
        "kind": kind,
        "fields": fields,
        "example": json.dumps(example, ensure_ascii=False, indent=2) if example else "",
        "statuses": ", ".join(told["responses"]),
    }


def _followed(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = document["components"]["schemas"][name] if name else schema
    return found


def _field(name: str, schema: dict[str, Any], *, required: bool, at: str) -> dict[str, Any]:
    kinds = schema.get("type", "string")
    kind = " | ".join(kinds) if isinstance(kinds, list) else kinds
    choices = ", ".join(str(each) for each in schema.get("enum", []) if each is not None)
    return {"name": name, "kind": kind, "required": required, "at": at, "choices": choices}
