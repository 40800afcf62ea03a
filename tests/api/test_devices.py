"""Devices by the programming interface: reading, registering, editing, and who sees which."""

from __future__ import annotations

from assetreg.domain.terms import Role
from tests.api.conftest import MakeProgram, problem

LAPTOP = {"kind": "laptop", "owner": "1860", "serial": "PF4K9T2C", "purchased": "2025-03-14", "price_sek": 8300.5}


def test_registered_device_is_read_back_as_it_was_stated(program: MakeProgram) -> None:
    technician = program(Role.TECHNICIAN)
    made = technician.post("/devices", LAPTOP)
    assert made.status_code == 201
    tag = made.json["tag"]
    assert made.headers["Location"] == f"/api/v1/devices/{tag}"
    read = technician.get(f"/devices/{tag}")
    assert read.json == made.json
    assert read.headers["ETag"] == f'"{read.json["version"]}"'
    stated = {
        name: read.json[name] for name in ("kind", "owner", "serial", "purchased", "price_sek", "due_on", "stage")
    }
    assert stated == {**LAPTOP, "price_sek": "8300.50", "due_on": "2029-03-14", "stage": "in_stock"}
    assert [event["door"] for event in read.json["events"]] == ["api"]


def test_device_of_another_owner_is_not_there(program: MakeProgram) -> None:
    tag = program(Role.TECHNICIAN).post("/devices", LAPTOP).json["tag"]
    stranger = program(Role.TECHNICIAN, "1882")
    nowhere = problem(stranger.get("/devices/IT-999999K"), 404)
    for method, path, body in (
        ("GET", f"/devices/{tag}", None),
        ("GET", f"/devices/{tag}/events", None),
        ("PATCH", f"/devices/{tag}", {"hostname": "x"}),
        ("POST", f"/devices/{tag}/transitions", {"to": "deployed"}),
        ("POST", f"/devices/{tag}/transfer", {"owner": "1882"}),
        ("POST", f"/devices/{tag}/outcomes", {"outcome": "gift"}),
    ):
        answer = stranger.ask(method, path, json=body, headers={"If-Match": "*"} if method == "PATCH" else None)
        assert problem(answer, 404) == nowhere
    assert stranger.get("/devices").json == {"items": [], "next": None}
    assert stranger.get("/events").json["items"] == []
    assert stranger.get("/devices?q=PF4K9T2C").json["items"] == []


def test_edit_needs_the_version_it_was_made_on(program: MakeProgram) -> None:
    technician = program(Role.TECHNICIAN)
    first = technician.post("/devices", LAPTOP).json
    path = f"/devices/{first['tag']}"
    assert "If-Match" in problem(technician.patch(path, {"hostname": "LAX-1"}), 428)["detail"]
    second = technician.patch(path, {"hostname": "LAX-1", "reason": "omdöpt"}, version=first["version"])
    assert (second.status_code, second.json["hostname"]) == (200, "LAX-1")
    late = problem(technician.patch(path, {"hostname": "LAX-2"}, version=first["version"]), 412)
    assert late["sent"] == {"hostname": "LAX-2", "version": first["version"]}
    assert late["current"]["hostname"] == "LAX-1"
    assert technician.patch(path, {"hostname": None}, version="*").json["hostname"] is None
    assert [event["reason"] for event in technician.get(path).json["events"]] == [None, "omdöpt", None]
    assert problem(technician.patch(path, {"hostname": "x"}, version="seven"), 422)["errors"][0]["field"] == "If-Match"


def test_owner_and_stage_are_not_edited(program: MakeProgram) -> None:
    technician = program(Role.TECHNICIAN)
    first = technician.post("/devices", LAPTOP).json
    for name, value in (("owner", "1861"), ("stage", "disposed"), ("asset_tag", "X-1"), ("tag", "X-1")):
        refused = problem(technician.patch(f"/devices/{first['tag']}", {name: value}, version=first["version"]), 422)
        assert [error["field"] for error in refused["errors"]] == [name]
    assert technician.get(f"/devices/{first['tag']}").json == first


def test_every_fault_of_a_body_is_named_beside_its_field(program: MakeProgram) -> None:
    technician = program(Role.TECHNICIAN)
    body = {"kind": "lapdog", "owner": "1860", "serial": 17, "purchased": "4/5/16", "colour": "red", "price_sek": True}
    refused = problem(technician.post("/devices", body), 422)
    assert {error["field"] for error in refused["errors"]} == {"serial", "colour", "price_sek"}
    body = {"kind": "lapdog", "owner": "1860", "purchased": "4/5/16", "price_sek": -1}
    refused = problem(technician.post("/devices", body), 422)
    assert {error["field"] for error in refused["errors"]} == {"kind", "purchased", "price_sek"}
    assert technician.get("/devices").json["items"] == []


def test_serial_that_another_owner_has_is_refused_without_a_name(program: MakeProgram) -> None:
    tag = program(Role.TECHNICIAN).post("/devices", LAPTOP).json["tag"]
    refused = problem(program(Role.TECHNICIAN, "1882").post("/devices", {**LAPTOP, "owner": "1882"}), 409)
    told = str(refused)
    assert "kontakta förvaltaren" in told
    assert tag not in told
    assert "1860" not in told
    assert "Laxå" not in told


def test_list_pages_follow_each_other_without_gap_or_repeat(program: MakeProgram) -> None:
    technician = program(Role.TECHNICIAN)
    made = [
        technician.post("/devices", {"kind": kind, "owner": owner, "serial": f"SER{owner}{n:03}", "purchased": bought})
        for n, (kind, owner, bought) in enumerate(
            [("laptop", "1860", "2021-01-01"), ("tablet", "1861", "2022-05-31"), ("laptop", "1861", "2019-12-31")] * 3
        )
    ]
    tags = sorted(answer.json["tag"] for answer in made)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = technician.get(f"/devices?limit=2&cursor={cursor}" if cursor else "/devices?limit=2").json
        assert len(page["items"]) <= 2
        seen += [item["tag"] for item in page["items"]]
        cursor = page["next"]
    assert seen == tags
    assert len(technician.get("/devices?kind=tablet&owner=1861").json["items"]) == 3
    due = technician.get("/devices?due_before=2024-01-01").json["items"]
    assert [item["due_on"] for item in due] == ["2022-12-31"] * 3
    assert technician.get("/devices?q=SER1861001").json["items"][0]["kind"] == "tablet"


def test_parameter_that_is_unknown_or_out_of_range_is_refused(program: MakeProgram) -> None:
    reader = program(Role.READER)
    for query, name in (
        ("ower=1860", "ower"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("kind=lapdog", "kind"),
        ("owner=9999", "owner"),
        ("cursor=abc", "cursor"),
        ("cursor=", "cursor"),
        ("owner=%20", "owner"),
        ("due_before=4/5/16", "due_before"),
        ("kind=laptop&kind=tablet", "kind"),
    ):
        assert [e["field"] for e in problem(reader.get(f"/devices?{query}"), 422)["errors"]] == [name], query
