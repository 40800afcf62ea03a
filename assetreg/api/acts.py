"""What is done with a device: another stage, another owner, an outcome, and an outcome taken back."""

from __future__ import annotations

from typing import Any

from flask import Response

from assetreg.api import calls, versions, writes
from assetreg.api.calls import reading
from assetreg.api.devices import current, listed, paged, shown
from assetreg.api.operations import Operation, Reply
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act
from assetreg.schemas.act import MoveFields, TransferFields, move_input, transfer_input
from assetreg.schemas.device_request import OutcomesQuery
from assetreg.schemas.outcome import OutcomeFields, ReversalFields, outcome_input, reversal_input
from assetreg.services import devices, moves, outcome_document, outcome_list, outcomes, ownership
from assetreg.services.figure_question import YearQuestion
from assetreg.services.outcome_list import NumberQuestion


def move_device(*, tag: str, sent: dict[str, Any]) -> Response:
    version = versions.stated(required=False)

    def work(session: ScopedSession) -> Reply:
        device = devices.lock(session, tag, version=version)
        moves.move(session, device, move_input(sent, version=version), actor=calls.actor())
        return shown(session, tag)

    return writes.on_version(sent, lambda: current(tag), lambda: writes.perform(work))


def transfer_device(*, tag: str, sent: dict[str, Any]) -> Response:
    version = versions.stated(required=False)

    def work(session: ScopedSession) -> Reply:
        device = devices.lock(session, tag, version=version)
        ownership.hand_over(session, device, transfer_input(sent, version=version), actor=calls.actor())
        return shown(session, tag) if calls.program().scope.covers(*_place(device)) else _gone(tag)

    return writes.on_version(sent, lambda: current(tag), lambda: writes.perform(work))


def add_outcome(*, tag: str, sent: dict[str, Any]) -> Response:
    version = versions.stated(required=False)

    def work(session: ScopedSession) -> Reply:
        device = devices.lock(session, tag, version=version)
        made = outcomes.register(session, device, outcome_input(sent, version=version), actor=calls.actor())
        notices = [notice.sv for notice in made.notices]
        return _outcome(session, made.outcome.id, status=201, notices=notices)

    return writes.on_version(sent, lambda: current(tag), lambda: writes.perform(work))


def list_outcomes(*, asked: dict[str, Any]) -> Reply:
    wanted = NumberQuestion(YearQuestion(asked["year"]), indicator=asked.get("indicator"), owner=asked.get("owner"))
    with reading() as session:
        page = outcome_list.page(session, wanted, actor=calls.actor(), **paged(asked))
    return listed([outcome_document.of_row(row) for row in page.rows], page.next)


def get_outcome(*, outcome_id: int) -> Reply:
    with reading() as session:
        return _outcome(session, outcome_id)


def reverse_outcome(*, outcome_id: int, sent: dict[str, Any]) -> Response:
    def work(session: ScopedSession) -> Reply:
        outcome = outcomes.get(session, outcome_id)
        outcomes.reverse(session, outcome, reversal_input(sent), actor=calls.actor())
        return _outcome(session, outcome_id)

    return writes.perform(work)


def _outcome(session: ScopedSession, outcome_id: int, *, status: int = 200, **more: Any) -> Reply:
    document = outcome_document.read(session, outcome_id, actor=calls.actor())
    location = f"/api/v1/outcomes/{outcome_id}" if status == 201 else None
    return Reply({**document, **more}, status=status, location=location, ids={"id": outcome_id, "tag": document["tag"]})


def _place(device: Any) -> tuple[int | None, int | None, int | None]:
    return device.owner_id, device.department_id, device.unit_id


def _gone(tag: str) -> Reply:
    """The device is another owner's now, outside what the program sees."""
    return Reply({"tag": tag, "transferred": True}, ids={"tag": tag})


OPERATIONS = [
    Operation(
        *("POST", "/devices/<tag:tag>/transitions", move_device, Act.MOVE_DEVICES, "Ge enheten en annan status"),
        "Device",
        takes=MoveFields,
        example={"to": "deployed", "unit": "Centralskolan", "date": "2026-08-17"},
        description="Vad som krävs beror på steget. Ett steg som inte är tillåtet nämner dem som är det.",
    ),
    Operation(
        *("POST", "/devices/<tag:tag>/transfer", transfer_device, Act.TRANSFER_DEVICES, "Lämna över enheten"),
        "Device",
        takes=TransferFields,
        example={"owner": "1861", "date": "2026-09-01", "reason": "Avtal om skolplattform"},
        description="En enhet som därmed hamnar utanför det programmet ser kommer tillbaka med bara sitt nummer.",
    ),
    Operation(
        *("POST", "/devices/<tag:tag>/outcomes", add_outcome, Act.REGISTER_OUTCOMES, "Registrera ett utfall"),
        "NewOutcome",
        takes=OutcomeFields,
        example={"outcome": "external_reuse", "date": "2026-10-02", "partner": "Partner", "report": "R-2026-10"},
        status=201,
        description="Fälten är outcomes-filens kolumner utan serienumret.",
    ),
    Operation(
        *("GET", "/outcomes", list_outcomes, Act.READ_FIGURES, "Årets utfall", "OutcomeList"),
        query=OutcomesQuery,
        description="Alla utfall under året, även de som inte räknas. Det senaste först.",
    ),
    Operation("GET", "/outcomes/<int:outcome_id>", get_outcome, Act.READ_FIGURES, "Ett utfall", "Outcome"),
    Operation(
        *("POST", "/outcomes/<int:outcome_id>/reversal", reverse_outcome, Act.REVERSE_OUTCOMES, "Makulera ett utfall"),
        "Outcome",
        takes=ReversalFields,
        example={"reason": "Partnern rapporterade fel serienummer", "date": "2026-10-09"},
    ),
]
