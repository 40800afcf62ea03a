"""What a fresh machine relies on: the locked lists, the script that installs them, and what ships beside the code."""

from __future__ import annotations

import ast
import hashlib
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.browsing import missing_browser
from tests.servers import REQUIRED, missing_postgres

ROOT = Path(__file__).resolve().parent.parent
LISTS = ("requirements.txt", "requirements-dev.txt")
VENDORED = [ROOT / "tests" / "vendored", ROOT / "static" / "vendored"]


def settings() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def locked(name: str) -> dict[str, Requirement]:
    text = (ROOT / name).read_text(encoding="utf-8")
    found = [Requirement(line.removesuffix("\\").strip()) for line in text.splitlines() if line[:1].isalnum()]
    assert found
    return {canonicalize_name(each.name): each for each in found}


def wanted(name: str) -> list[Requirement]:
    project = settings()["project"]
    found = [*project["dependencies"], *project["optional-dependencies"]["postgres"]]
    if name == "requirements-dev.txt":
        found += settings()["dependency-groups"]["dev"]
    return [Requirement(each) for each in found]


@pytest.mark.parametrize("name", LISTS)
def test_lock_holds_what_pyproject_asks_for(name: str) -> None:
    held = locked(name)
    for each in wanted(name):
        pin = next(iter(held[canonicalize_name(each.name)].specifier))
        assert pin.operator == "=="
        assert each.specifier.contains(pin.version), f"{each} is locked to {pin.version}: run ./run lock"


@pytest.mark.parametrize("name", LISTS)
def test_lock_has_a_hash_for_every_package_and_names_no_index(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert re.findall(r"https?://\S+|--(?!hash=)\S+", text) == []


def test_development_adds_to_the_runtime_and_changes_nothing() -> None:
    runtime, development = (locked(name) for name in LISTS)
    assert {name: str(each) for name, each in runtime.items()}.items() <= {
        name: str(each) for name, each in development.items()
    }.items()


def test_every_dependency_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for each in wanted("requirements-dev.txt"):
        line = next(line for line in text.splitlines() if re.match(rf"\W+{re.escape(each.name)}\b", line))
        assert "  # " in line, f"{each.name} has no reason beside it"


def test_wheel_carries_every_file_the_register_needs(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    carried = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    inside = {"assetreg": "assetreg", **{name: f"assetreg/{name}" for name in ("templates", "static", "migrations")}}
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *inside],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = [name.partition("/") for name in listed.stdout.decode().split("\0") if (ROOT / name).is_file()]
    assert {inside[top] for top, _, _ in names} == set(inside.values())
    assert {f"{inside[top]}/{rest}" for top, _, rest in names} <= carried
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in carried)


def test_run_imports_the_standard_library_alone() -> None:
    tree = ast.parse((ROOT / "run").read_text(encoding="utf-8"), feature_version=(3, 8))
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert modules <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("name", ["run", ".ci/run"])
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no executable bit")
def test_command_can_be_executed(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK)


def test_run_without_a_known_verb_explains_itself() -> None:
    done = subprocess.run([sys.executable, ROOT / "run", "dance"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "./run demo" in done.stdout
    assert "./run test" in done.stdout


def test_licence_is_the_one_named() -> None:
    assert settings()["project"]["license"] == "EUPL-1.2"
    assert settings()["project"]["license-files"] == ["LICENSE"]
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    assert "EUPL" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", [each for each in VENDORED if each.exists()], ids=lambda each: each.parent.name)
def test_vendored_files_are_the_ones_listed(folder: Path) -> None:
    present = {
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}"
        for path in folder.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }
    assert present == set((folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize(("name", "missing"), [("postgres", missing_postgres), ("browser", missing_browser)])
def test_what_this_run_requires_is_there(name: str, missing: Any) -> None:
    assert name not in REQUIRED or missing() is None


def test_requirement_is_spelled_as_the_tests_know_it() -> None:
    assert {"postgres", "browser"}.issuperset(REQUIRED)
