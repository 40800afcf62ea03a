"""The description of the interface: what a stranger's tools make of it."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client

from assetreg.app import create_app
from assetreg.config import Settings
from assetreg.db.session import Database
from assetreg.domain.terms import Role
from tests.browsing import serving

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
"""A description is the same whichever engine the register is on."""
PROMISES = Path(__file__).parent / "schemathesis.toml"


@pytest.fixture
def document(app: Flask) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Client(app).get("/api/v1/openapi.json").data)
    return found


@pytest.fixture
def client_package(document: dict[str, Any], tmp_path: Path) -> ModuleType:
    """The package that openapi-python-client makes of the description."""
    (tmp_path / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    (tmp_path / "config.yml").write_text("post_hooks: []\n", encoding="utf-8")
    made = tmp_path / "assetreg_client"
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", "openapi.json", "--meta", "none"]
    told = subprocess.run(
        [*command, "--output-path", str(made), "--config", "config.yml", "--fail-on-warning"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    spec = importlib.util.spec_from_file_location("assetreg_client", made / "__init__.py")
    assert spec
    assert spec.loader
    package = importlib.util.module_from_spec(spec)
    sys.modules["assetreg_client"] = package
    spec.loader.exec_module(package)
    return package


def test_generated_client_registers_edits_and_lists(
    client_package: ModuleType, app: Flask, make_token: Callable[..., str]
) -> None:
    from importlib import import_module

    def operation(name: str) -> Any:
        return import_module(f"assetreg_client.api.default.{name}")

    models: Any = import_module("assetreg_client.models")
    token = make_token(Role.TECHNICIAN)
    with serving(app) as address:
        client = client_package.AuthenticatedClient(base_url=f"{address}/api/v1", token=token)
        body = models.NewDevice.from_dict(
            {"kind": "laptop", "owner": "1860", "serial": "GEN1", "purchased": "2024-02-29"}
        )
        made = operation("add_device").sync(client=client, body=body, idempotency_key="one")
        assert (made.serial, str(made.due_on)) == ("GEN1", "2028-02-29")
        edit = models.DeviceEdit.from_dict({"hostname": "LAX-1"})
        changed = operation("edit_device").sync(made.tag, client=client, body=edit, if_match=f'"{made.version}"')
        assert changed.hostname == "LAX-1"
        listed = operation("list_devices").sync(client=client, owner="1860")
        assert [item.tag for item in listed.items] == [made.tag]
        feed = operation("list_events").sync(client=client, after=0)
        assert [item.kind for item in feed.items] == ["registered", "edited"]
        refused = operation("get_device").sync(client=client, tag="IT-999999K")
        assert refused.status == 404


def test_description_is_valid_openapi(document: dict[str, Any]) -> None:
    from openapi_spec_validator import validate

    validate(document)


@pytest.mark.long
def test_no_request_of_any_shape_breaks_a_promise(
    settings: Settings, database: Database, make_token: Callable[..., str], tmp_path: Path
) -> None:
    token = make_token(Role.ADMIN)
    app = create_app(replace(settings, api_per_minute=1_000_000), database=database)
    with serving(app) as address:
        told = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(PROMISES)),
                *("run", f"{address}/api/v1/openapi.json"),
                *("-H", f"Authorization: Bearer {token}", "--max-examples", "40", "--seed", "7", "--no-color"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert told.returncode == 0, told.stdout[-20_000:]
