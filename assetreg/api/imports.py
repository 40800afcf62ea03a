"""Lists coming in: a file is read and applied in the background, can be followed, and can be undone."""

from __future__ import annotations

from typing import BinaryIO, cast

from flask import Response, request

from assetreg.api import calls, writes
from assetreg.api.bodies import UnsupportedMedia
from assetreg.api.calls import reading
from assetreg.api.operations import Operation, Reply
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act
from assetreg.domain.errors import Denied, Invalid
from assetreg.schemas.import_request import ImportForm, pairs
from assetreg.schemas.loading import load, strict
from assetreg.services.imports import asking, presets, reporting
from assetreg.sources.mapping_file import FileMapping, read_mapping


class FileMissing(Invalid):
    code = "file_missing"
    message = "Filen saknas. Skicka den som multipart/form-data i fältet file."


def add_import(*, preset: str) -> Response:
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMedia(wanted="multipart/form-data med filen i fältet file")
    file = request.files.get("file")
    if file is None or not file.filename:
        raise FileMissing(field="file")
    stated = load(strict(ImportForm), {name: value for name, value in request.form.items() if name != "set"})
    given = pairs(request.form.getlist("set"))
    day = stated.get("file_date")

    def work(session: ScopedSession) -> Reply:
        import_id = asking.read_in(
            session,
            cast("BinaryIO", file.stream),
            preset,
            name=str(file.filename),
            actor=calls.actor(),
            mapping=_mapping(),
            given=given,
            file_date=day.value if day else None,
            largest=calls.served().settings.max_upload_bytes,
            applies=not stated.get("dry_run", False),
        )
        return _shown(session, import_id, status=202)

    return writes.perform(work)


def get_import(*, import_id: int) -> Reply:
    with reading() as session:
        return _shown(session, import_id)


def undo_import(*, import_id: int) -> Response:
    def work(session: ScopedSession) -> Reply:
        asking.undo(session, import_id, actor=calls.actor())
        return _shown(session, import_id, status=202)

    return writes.perform(work)


def _mapping() -> FileMapping | None:
    file = request.files.get("mapping")
    return read_mapping(cast("BinaryIO", file.stream)) if file else None


def _shown(session: ScopedSession, import_id: int, *, status: int = 200) -> Reply:
    found = reporting.summary(session, import_id, at=calls.now())
    job = asking.standing(session, import_id, actor=calls.actor())
    if not reporting.may_read(found, calls.actor()):
        raise Denied
    document = {
        "id": found.id,
        "preset": found.preset.name,
        "name": found.name,
        "sha256": found.sha256,
        "state": found.state.value,
        "fault": found.fault.text() if found.fault else None,
        "job": {"state": job.state.value, "done": job.done, "total": job.total} if job else None,
        **reporting.document(session, import_id),
    }
    location = f"/api/v1/imports/{import_id}" if status == 202 else None
    return Reply(document, status=status, location=location, ids={"id": import_id})


PRESET = f"<any({', '.join(repr(name) for name in presets.PRESETS)}):preset>"
OPERATIONS = [
    Operation(
        *("POST", f"/imports/{PRESET}", add_import, Act.READ_QUALITY, "Läs in en fil", "Import"),
        takes=ImportForm,
        file=True,
        status=202,
        description="Filen läses i bakgrunden. Utan dry_run införs den också. Följ den på adressen i Location.",
    ),
    Operation("GET", "/imports/<int:import_id>", get_import, Act.READ_QUALITY, "En inläsning och dess fel", "Import"),
    Operation(
        *("DELETE", "/imports/<int:import_id>", undo_import, Act.READ_QUALITY, "Ångra en inläsning", "Import"),
        status=202,
        description="Det som ändrats efteråt lämnas och räknas upp.",
    ),
]
