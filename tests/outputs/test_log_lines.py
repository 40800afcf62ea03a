"""A line of the log says what happened and where in the code, and never what a person typed."""

from __future__ import annotations

import json
import logging
import sqlite3
import sys

import pytest

from assetreg.outputs.log_lines import FRAMES, JsonLines, TextLines

NAME = "Kim Ek 19850312-1234"


def record(name: str, message: str, *arguments: object, **more: object) -> logging.LogRecord:
    made = logging.LogRecord(name, logging.ERROR, __file__, 1, message, arguments, None)
    made.__dict__.update(more)
    return made


def failed(depth: int = 0) -> logging.LogRecord:
    """A fault deep in the code whose messages all quote a person."""

    def deeper(left: int) -> None:
        if left:
            return deeper(left - 1)
        try:
            raise sqlite3.IntegrityError(f"UNIQUE constraint failed: {NAME}")
        except sqlite3.IntegrityError as error:
            raise KeyError(NAME) from error

    try:
        deeper(depth)
    except KeyError:
        return record("assetreg.web", "fault %s", "abc", exc_info=sys.exc_info())
    raise AssertionError


@pytest.mark.parametrize("form", [JsonLines, TextLines])
def test_fault_is_told_without_its_words(form: type[JsonLines]) -> None:
    line = form(request=lambda: "r-1").format(failed())
    assert NAME not in line
    assert "\n" not in line
    for expected in ("fault abc", "r-1", "KeyError", "IntegrityError", "test_log_lines.py"):
        assert expected in line


def test_innermost_place_comes_first_and_the_list_ends() -> None:
    told = json.loads(JsonLines(request=lambda: None).format(failed(depth=40)))
    assert len(told["at"]) == FRAMES
    assert told["at"][0].endswith("deeper")
    assert told["fault"] == ["KeyError", "IntegrityError"]
    assert "request" not in told


def test_only_debug_tells_the_words() -> None:
    assert NAME in JsonLines(request=lambda: None, tell_all=True).format(failed())
    assert NAME in TextLines(request=lambda: None, tell_all=True).format(failed())


def test_values_of_libraries_are_left_out_but_for_numbers() -> None:
    lines = JsonLines(request=lambda: None)
    asked = record("gunicorn.error", "Error handling request %s", "/enheter?q=Kim+Ek")
    assert json.loads(lines.format(asked))["message"] == "Error handling request …"
    exited = record("gunicorn.error", "Worker (pid:%s) exited with code %s", 42, 3)
    assert json.loads(lines.format(exited))["message"] == "Worker (pid:42) exited with code 3"
    odd = record("urllib3", "100% of it, %d", "Kim Ek")
    assert "Kim" not in json.loads(lines.format(odd))["message"]


def test_own_fields_stand_by_themselves() -> None:
    told = json.loads(
        JsonLines(request=lambda: None).format(record("assetreg.request", "request", facts={"status": 200}))
    )
    assert {name: told[name] for name in ("level", "logger", "message", "status")} == {
        "level": "error",
        "logger": "assetreg.request",
        "message": "request",
        "status": 200,
    }
    assert told["time"].endswith("+00:00")
