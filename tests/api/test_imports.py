"""Files by the programming interface: read and applied in the background, followed, undone."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from assetreg.db.session import Database
from assetreg.domain.terms import Role
from assetreg.jobs import work_once
from tests.api.conftest import MakeProgram, Program, problem
from tests.cast import NOON

LIST = "serienummer;typ;kommun\nPF4K9T2C;Bärbar dator;Laxå\nPF4K9T2D;surfplatta;1861\nPF4K9T2E;lapdog;1861\n"


@pytest.fixture
def work(database: Database) -> Callable[[], None]:
    def done() -> None:
        while work_once(database, "worker", clock=lambda: NOON):
            pass

    return done


def sent(holder: Program, text: str = LIST, *, preset: str = "devices", key: str = "", **form: Any) -> Any:
    data = {"file": (io.BytesIO(text.encode()), "enheter.csv"), **form}
    headers = {"Idempotency-Key": key} if key else {}
    return holder.ask("POST", f"/imports/{preset}", data=data, headers=headers)


def test_file_is_read_applied_and_undone(program: MakeProgram, work: Callable[[], None]) -> None:
    technician = program(Role.TECHNICIAN)
    asked = sent(technician)
    assert (asked.status_code, asked.json["state"]) == (202, "staging")
    path = asked.headers["Location"].removeprefix("/api/v1")
    work()
    found = technician.get(path).json
    assert (found["state"], found["rows"], found["created"], found["refused"]) == ("done", 3, 2, 1)
    assert [(error["row"], error["column"]) for error in found["errors"]] == [(4, "kind")]
    assert len(technician.get("/devices").json["items"]) == 2
    assert technician.ask("DELETE", path).status_code == 202
    work()
    assert technician.get(path).json["state"] == "undone"
    assert technician.get("/devices").json["items"] == []
    problem(technician.ask("DELETE", path), 409)


def test_dry_run_changes_nothing(program: MakeProgram, work: Callable[[], None]) -> None:
    technician = program(Role.TECHNICIAN)
    path = sent(technician, dry_run="true").headers["Location"].removeprefix("/api/v1")
    work()
    found = technician.get(path).json
    assert (found["state"], found["created"]) == ("previewed", 2)
    assert technician.get("/devices").json["items"] == []


def test_file_sent_again_with_its_key_is_one_import(program: MakeProgram, work: Callable[[], None]) -> None:
    technician = program(Role.TECHNICIAN)
    first, second = sent(technician, key="k1"), sent(technician, key="k1")
    assert second.headers["Location"] == first.headers["Location"]
    problem(sent(technician, LIST + "X;laptop;1861\n", key="k1"), 422)
    work()
    assert len(technician.get("/devices").json["items"]) == 2


def test_what_the_list_leaves_out_is_set(program: MakeProgram, work: Callable[[], None]) -> None:
    technician = program(Role.TECHNICIAN)
    path = sent(technician, "serienummer\nABC123\n", set=["owner=1882", "kind=phone"]).headers["Location"]
    work()
    assert technician.get(path.removeprefix("/api/v1")).json["created"] == 1
    [device] = technician.get("/devices").json["items"]
    assert (device["owner"], device["kind"]) == ("1882", "phone")


def test_import_of_another_account_is_not_there(program: MakeProgram, work: Callable[[], None]) -> None:
    path = sent(program(Role.TECHNICIAN)).headers["Location"].removeprefix("/api/v1")
    stranger = program(Role.TECHNICIAN, "1882")
    assert problem(stranger.get(path), 404) == problem(stranger.get("/imports/424242"), 404)
    problem(stranger.ask("DELETE", path), 404)


@pytest.mark.parametrize(
    ("preset", "data", "status"),
    [
        ("devices", {}, 422),
        ("nothing", {"file": (io.BytesIO(b"a;b\n"), "a.csv")}, 404),
        ("devices", {"file": (io.BytesIO(b""), "a.csv")}, 422),
        ("devices", {"file": (io.BytesIO(b"a;b\n"), "a.csv"), "dry_run": "maybe"}, 422),
        ("devices", {"file": (io.BytesIO(b"a;b\n"), "a.csv"), "set": "owner"}, 422),
        ("devices", {"file": (io.BytesIO(b"a;b\n"), "a.csv"), "else": "x"}, 422),
        ("outcomes", {"file": (io.BytesIO(b"a;b\n"), "a.csv")}, 403),
    ],
)
def test_request_that_lacks_something_is_refused(
    program: MakeProgram, preset: str, data: dict[str, Any], status: int
) -> None:
    fresh = {
        name: (io.BytesIO(value[0].getvalue()), value[1]) if name == "file" else value for name, value in data.items()
    }
    answer = program(Role.TECHNICIAN).ask("POST", f"/imports/{preset}", data=fresh, content_type="multipart/form-data")
    problem(answer, status)
