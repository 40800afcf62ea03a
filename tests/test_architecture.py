"""The rules of the house that import-linter cannot see: sizes, where SQL may be written, what a rule may know."""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "assetreg"
MODULES = sorted(PACKAGE.rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
DOORS = ("web", "api", "cli", "jobs")

FILE_LINES, FILE_MEDIAN = 400, 120
FUNCTION_LINES, FUNCTION_P95 = 50, 30
TEMPLATE_LINES = 120

IN_AND_OUT = {
    *("http", "io", "logging", "multiprocessing", "os", "pathlib", "platform", "shutil", "socket", "sqlite3", "ssl"),
    *("subprocess", "sys", "tempfile", "threading", "time", "urllib.request"),
}
CLOCKS = {"now", "today", "utcnow", "localtime", "gmtime"}
BARE_SQL = {"text", "literal_column", "__table__"}
MACHINE_PATHS = tuple(f"/{folder}/" for folder in ("work", "root", "home"))
INDEX_HOSTS = tuple(".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org")))
THIRD_PARTY = ("LICENSE", "static/vendored/", "tests/vendored/")


def named(paths: list[Path]) -> list[object]:
    return [pytest.param(path, id=path.relative_to(ROOT).as_posix()) for path in paths]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} line {node.lineno}: imports are absolute here"
            yield node.module or ""


def bare_sql(module: ast.Module) -> set[str]:
    """What a module takes from below the mapped classes: imported from SQLAlchemy, or reached as an attribute."""
    found = set()
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sqlalchemy":
            found |= {alias.name for alias in node.names} & BARE_SQL
        elif isinstance(node, ast.Attribute) and node.attr in BARE_SQL - {"text"}:
            found.add(node.attr)
        elif isinstance(node, ast.Attribute) and node.attr == "text" and isinstance(node.value, ast.Name):
            found |= {"text"} if node.value.id in {"sa", "sqlalchemy"} else set()
    return found


def published_files() -> list[Path]:
    """Every file that is committed or would be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return [ROOT / name for name in listed if name and not name.startswith(THIRD_PARTY) and (ROOT / name).is_file()]


@pytest.mark.parametrize("path", named(MODULES))
def test_module_fits_on_a_desk(path: Path) -> None:
    assert lines(path) <= FILE_LINES
    assert {name: length for name, length in functions(path) if length > FUNCTION_LINES} == {}


def test_the_usual_file_and_function_are_short() -> None:
    assert statistics.median(lines(path) for path in MODULES if lines(path)) <= FILE_MEDIAN
    lengths = sorted(length for path in MODULES for _, length in functions(path))
    assert lengths[int(len(lengths) * 0.95)] <= FUNCTION_P95


@pytest.mark.parametrize("path", named(TEMPLATES))
def test_template_fits_on_a_desk(path: Path) -> None:
    assert lines(path) <= TEMPLATE_LINES


@pytest.mark.parametrize("path", named([path for path in MODULES if PACKAGE / "db" not in path.parents]))
def test_sql_is_written_in_db_alone(path: Path) -> None:
    assert bare_sql(tree(path)) == set()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from sqlalchemy import select, text", {"text"}),
        ("from sqlalchemy.sql.expression import literal_column", {"literal_column"}),
        ("import sqlalchemy as sa\nsa.text('1')", {"text"}),
        ("rows = Device.__table__.select()", {"__table__"}),
        ("class Device:\n    __table_args__ = ()\n    text = answer.text", set()),
    ],
)
def test_bare_sql_is_seen_however_it_is_reached(source: str, found: set[str]) -> None:
    assert bare_sql(ast.parse(source)) == found


@pytest.mark.parametrize("path", named(sorted((PACKAGE / "domain").rglob("*.py"))))
def test_rule_knows_neither_clock_nor_world(path: Path) -> None:
    foreign = {
        name
        for name in imports(path)
        if name.split(".")[:2] != ["assetreg", "domain"]
        and (
            name.split(".")[0] not in sys.stdlib_module_names or name in IN_AND_OUT or name.split(".")[0] in IN_AND_OUT
        )
    }
    assert foreign == set()
    calls = {node.func for node in ast.walk(tree(path)) if isinstance(node, ast.Call)}
    assert [call.attr for call in calls if isinstance(call, ast.Attribute) and call.attr in CLOCKS] == []
    assert [call.id for call in calls if isinstance(call, ast.Name) and call.id in {"open", "print", "input"}] == []


def test_every_door_is_forbidden_the_tables() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = next(each for each in settings["tool"]["importlinter"]["contracts"] if each["type"] == "forbidden")
    assert set(contract["source_modules"]) == {f"assetreg.{door}" for door in DOORS if (PACKAGE / door).is_dir()}


def test_no_catch_all_modules() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert [path for path in MODULES if vague & {path.stem, path.parent.name}] == []


def test_published_files_name_no_machine_and_no_index() -> None:
    unwanted = (*MACHINE_PATHS, *INDEX_HOSTS)
    found = []
    for path in published_files():
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += [f"{path.relative_to(ROOT)}: {each}" for each in unwanted if each in text]
    assert found == []
