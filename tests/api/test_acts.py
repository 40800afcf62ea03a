"""What is done with a device by the programming interface, once for each Idempotency-Key."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from assetreg.db.session import Database
from assetreg.domain.terms import Role
from tests.api.conftest import MakeProgram, Program, problem

LAPTOP = {"kind": "laptop", "owner": "1860", "serial": "PF4K9T2C", "purchased": "2021-03-14", "stage": "deployed"}
SOLD = {
    "outcome": "external_reuse",
    "date": "2026-10-02",
    "partner": "Partner",
    "report": "R9",
    "erasure_method": "purge",
}


def made(holder: Program, **stated: Any) -> str:
    answer = holder.post("/devices", {**LAPTOP, **stated})
    assert answer.status_code == 201, answer.data
    tag: str = answer.json["tag"]
    return tag


def test_device_goes_from_use_to_a_reversed_outcome(program: MakeProgram) -> None:
    technician = program(Role.TECHNICIAN)
    tag = made(technician)
    made(technician, serial="NOISE1")
    refused = problem(technician.post(f"/devices/{tag}/transitions", {"to": "dispatched"}), 409)
    assert "returned" not in refused["detail"]
    assert technician.post(f"/devices/{tag}/transitions", {"to": "returned"}).json["stage"] == "returned"
    outcome = technician.post(f"/devices/{tag}/outcomes", SOLD)
    assert outcome.status_code == 201, outcome.data
    assert technician.get(outcome.headers["Location"].removeprefix("/api/v1")).json["report"] == "R9"
    assert technician.get(f"/devices/{tag}").json["outcome"]["type"] == "external_reuse"
    again = problem(technician.post(f"/devices/{tag}/outcomes", SOLD), 409)
    assert "R9" in again["detail"]
    figures = technician.get("/indicators?year=2026").json["indicators"]
    counted = {row["owner"]: row["headline"] for row in figures if row["id"] == "I1"}
    assert counted == {None: 1, "1814": 0, "1860": 1, "1861": 0, "1882": 0, "GEM": 0}
    listed = technician.get("/outcomes?year=2026").json["items"]
    assert [(row["id"], row["tag"]) for row in listed] == [(outcome.json["id"], tag)]
    path = f"/outcomes/{outcome.json['id']}/reversal"
    problem(technician.post(path, {"date": "2026-10-03"}), 422)
    taken = technician.post(path, {"reason": "fel enhet", "date": "2026-10-05"})
    assert taken.json["reversed_on"] == "2026-10-05"
    problem(technician.post(path, {"reason": "fel enhet"}), 409)
    assert technician.get(f"/devices/{tag}").json["stage"] == "returned"


def test_device_handed_over_leaves_what_the_program_sees(program: MakeProgram) -> None:
    laxa = program(Role.TECHNICIAN, "1860")
    tag = made(laxa)
    everyone = program(Role.TECHNICIAN)
    problem(everyone.post(f"/devices/{tag}/transfer", {"owner": "9999"}), 422)
    moved = everyone.post(f"/devices/{tag}/transfer", {"owner": "1861", "date": "2026-11-19", "reason": "avtal"})
    assert moved.json["owner"] == "1861"
    problem(laxa.get(f"/devices/{tag}"), 404)
    feed = laxa.get("/events").json["items"]
    assert [row["kind"] for row in feed if row["kind"] == "registered"] == ["registered"]


def test_transition_on_a_version_that_has_passed_is_refused_with_both(program: MakeProgram) -> None:
    technician = program(Role.TECHNICIAN)
    tag = made(technician)
    version = technician.get(f"/devices/{tag}").json["version"]
    technician.patch(f"/devices/{tag}", {"hostname": "LAX-1"}, version=version)
    stale = {"If-Match": f'"{version}"'}
    refused = problem(technician.post(f"/devices/{tag}/transitions", {"to": "returned"}, headers=stale), 412)
    assert (refused["sent"]["to"], refused["current"]["stage"]) == ("returned", "deployed")


@pytest.mark.parametrize("path", ["", "/transitions", "/outcomes"])
def test_request_repeated_with_its_key_is_done_once(program: MakeProgram, path: str) -> None:
    technician = program(Role.TECHNICIAN)
    body: dict[str, Any] = LAPTOP
    address = "/devices"
    if path:
        address = f"/devices/{made(technician)}{path}"
        body = {"to": "returned"} if path == "/transitions" else SOLD
    key = {"Idempotency-Key": "5c1f0d5e"}
    first = technician.post(address, body, headers=key)
    before = technician.get("/events").json["items"]
    second = technician.post(address, body, headers=key)
    assert (second.status_code, second.headers.get("Location")) == (first.status_code, first.headers.get("Location"))
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.json["tag"] == first.json["tag"]
    assert technician.get("/events").json["items"] == before
    other = {**body, "reason": "annat"}
    assert problem(technician.post(address, other, headers=key), 422)["code"] == "idempotency_key_reused"
    stranger = program(Role.TECHNICIAN)
    assert "Idempotent-Replayed" not in stranger.post(address, body, headers=key).headers
    assert problem(technician.post(address, body, headers={"Idempotency-Key": "x" * 201}), 422)


def test_refused_request_may_be_sent_again_with_its_key(program: MakeProgram) -> None:
    technician = program(Role.TECHNICIAN)
    key = {"Idempotency-Key": "k"}
    problem(technician.post("/devices", {**LAPTOP, "kind": "lapdog"}, headers=key), 422)
    assert technician.post("/devices", LAPTOP, headers=key).status_code == 201


def test_same_key_at_once_makes_one_device(program: MakeProgram, database: Database) -> None:
    technician = program(Role.TECHNICIAN)
    answers: list[Any] = []
    start = threading.Barrier(4)

    def send() -> None:
        start.wait()
        answers.append(technician.post("/devices", LAPTOP, headers={"Idempotency-Key": "together"}))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {201, 409}
    done = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.json["tag"] for answer in done}) == 1
    assert len(technician.get("/devices").json["items"]) == 1
