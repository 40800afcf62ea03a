"""Devices: lists, one with its history, new ones, and what is stated of one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response

from assetreg.api import calls, versions, writes
from assetreg.api.calls import reading, reading_list
from assetreg.api.operations import Operation, Reply
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act
from assetreg.schemas.device import device_input
from assetreg.schemas.device_request import DeviceEdit, DeviceQuery, EventsQuery, NewDevice
from assetreg.services import device_document, device_list, device_page, devices, history_pages, paging
from assetreg.services.device_list import DeviceFilter, Sort

BESIDE = ("reason", "duplicate_reason")


def list_devices(*, asked: dict[str, Any]) -> Reply:
    before = asked.get("due_before")
    wanted = DeviceFilter(
        owner=asked.get("owner"),
        kind=asked.get("kind"),
        stage=asked.get("stage"),
        q=asked.get("q"),
        due_to=before.value - timedelta(days=1) if before else None,
        sort=Sort.DUE if before else Sort.TAG,
    )
    with reading_list() as session:
        page = device_list.page(session, wanted, actor=calls.actor(), **paged(asked))
    return listed([device_document.of_row(row) for row in page.rows], page.next)


def get_device(*, tag: str) -> Reply:
    with reading() as session:
        return shown(session, tag)


def add_device(*, sent: dict[str, Any]) -> Response:
    def work(session: ScopedSession) -> Reply:
        command = device_input(
            without(sent), schema=NewDevice(), reason=sent.get("reason"), duplicate_reason=sent.get("duplicate_reason")
        )
        device = devices.register(session, command, actor=calls.actor())
        return shown(session, device.tag, status=201)

    return writes.perform(work)


def edit_device(*, tag: str, sent: dict[str, Any]) -> Response:
    version = versions.stated(required=True)

    def work(session: ScopedSession) -> Reply:
        device = devices.lock(session, tag, version=version)
        command = device_input(
            without(sent), schema=DeviceEdit(), reason=sent.get("reason"), duplicate_reason=sent.get("duplicate_reason")
        )
        devices.edit(session, device, command, actor=calls.actor())
        return shown(session, tag)

    return writes.on_version(sent, lambda: current(tag), lambda: writes.perform(work))


def list_device_events(*, tag: str, asked: dict[str, Any]) -> Reply:
    with reading() as session:
        device = devices.get(session, tag)
        page = history_pages.of_device(session, device, actor=calls.actor(), **paged(asked))
    return listed([device_document.of_event(line) for line in page.rows], page.next)


def shown(session: ScopedSession, tag: str, *, status: int = 200, **ids: Any) -> Reply:
    """One device as it is, with its version and address."""
    page = device_page.read(session, devices.get(session, tag), actor=calls.actor())
    document = device_document.of_page(page)
    return Reply(
        document,
        status=status,
        location=address(tag) if status == 201 else None,
        etag=versions.etag(page.device.version),
        ids={"tag": tag, "version": page.device.version, **ids},
    )


def current(tag: str) -> dict[str, Any]:
    with reading() as session:
        document: dict[str, Any] = shown(session, tag).document
    return document


def address(tag: str) -> str:
    return f"/api/v1/devices/{tag}"


def paged(asked: dict[str, Any]) -> dict[str, Any]:
    return {"cursor": asked.get("cursor"), "limit": asked.get("limit", paging.PAGE)}


def listed(items: list[dict[str, Any]], following: str | None, **more: Any) -> Reply:
    return Reply({"items": items, "next": following, **more})


def without(sent: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in sent.items() if name not in BESIDE}


EXAMPLE = {
    "kind": "laptop",
    "owner": "1860",
    "serial": "PF4K9T2C",
    "model": "ThinkPad T14 Gen 4",
    "purchased": "2025-03-14",
}
OPERATIONS = [
    Operation(
        *("GET", "/devices", list_devices, Act.READ_DEVICES, "Enheter, filtrerade", "DeviceList"),
        query=DeviceQuery,
        description="Ordnas efter inventarienummer, med due_before efter bytesdatum.",
    ),
    Operation("GET", "/devices/<tag:tag>", get_device, Act.READ_DEVICES, "En enhet med historik", "Device"),
    Operation(
        *("POST", "/devices", add_device, Act.EDIT_DEVICES, "Registrera en enhet", "Device"),
        takes=NewDevice,
        example=EXAMPLE,
        status=201,
        description="Fälten är devices-filens kolumner. Enheten får en etikett och ett inventarienummer.",
    ),
    Operation(
        *("PATCH", "/devices/<tag:tag>", edit_device, Act.EDIT_DEVICES, "Ändra uppgifter om en enhet", "Device"),
        takes=DeviceEdit,
        example={"unit": "Centralskolan", "room": "B12", "note": None, "reason": "Flyttad vid terminsstart"},
        versioned=True,
        description="Det som inte står med ändras inte; null tömmer. Ägare och status ändras med transfer, "
        "transitions och outcomes.",
    ),
    Operation(
        *("GET", "/devices/<tag:tag>/events", list_device_events, Act.READ_DEVICES, "Enhetens historik", "EventList"),
        query=EventsQuery,
        description="Det senaste först.",
    ),
]
