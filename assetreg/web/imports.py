"""Lists coming in: choosing a file, looking at what it would do, applying it, and undoing it."""

from __future__ import annotations

import csv
import io
from typing import Any, BinaryIO, cast

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act
from assetreg.domain.errors import Denied, Invalid, Missing, Overloaded, Refusal
from assetreg.domain.terms import ImportState
from assetreg.services import uploads
from assetreg.services.imports import asking, changed_cells, presets, reporting
from assetreg.services.imports.reporting import Summary
from assetreg.services.paging import BadCursor
from assetreg.web import import_form, import_shown, languages, owners, visit
from assetreg.web.visit import needs, reading, transaction

blueprint = Blueprint("imports", __name__, url_prefix="/import")

PIECE = 1 << 20
"""What a form may weigh beside its file."""


class FileNotChosen(Invalid):
    code = "file_not_chosen"
    message = "Välj en fil att läsa in."


@blueprint.get("")
@needs(Act.READ_QUALITY)
def index() -> Any:
    cursor = request.args.get("cursor")
    with reading() as session:
        try:
            page = reporting.listed(session, at=visit.now(), cursor=cursor)
        except BadCursor:
            page = reporting.listed(session, at=visit.now())
    return render_template(
        "imports/list.html",
        rows=[import_shown.line(each) for each in page.rows],
        previous=url_for("imports.index") if cursor else "",
        next=url_for("imports.index", cursor=page.next) if page.next else "",
        count="",
        may_import=bool(import_form.presets_for(visit.actor())),
    )


@blueprint.get("/ny")
@needs(Act.READ_QUALITY)
def new() -> Any:
    return _form_page({"preset": request.args.get("slag", "")}, {})


@blueprint.post("/ny")
@needs(Act.READ_QUALITY)
def create() -> Any:
    if (request.content_length or 0) > visit.served().settings.max_request_bytes:
        return _form_page({}, {"file": languages.sentence(_too_large())}), 422
    stated = import_form.stated(request.form)
    try:
        file = request.files.get("file")
        if file is None or not file.filename:
            raise FileNotChosen(field="file")
        asked = import_form.asked(stated)
        with transaction() as session:
            import_id = asking.read_in(
                session,
                cast("BinaryIO", file.stream),
                stated["preset"],
                name=file.filename,
                actor=visit.actor(),
                largest=visit.served().settings.max_upload_bytes,
                **asked,
            )
    except (Denied, Missing, Overloaded):
        raise
    except Refusal as refusal:
        errors = languages.form_errors(refusal)
        return _form_page(stated, {name or "file": text for name, text in errors.items()}), 422
    return redirect(url_for("imports.show", import_id=import_id), 303)


@blueprint.get("/<int:import_id>")
@needs(Act.READ_QUALITY)
def show(import_id: int) -> Any:
    actor = visit.actor()
    with reading() as session:
        found = reporting.summary(session, import_id, at=visit.now())
        job = asking.standing(session, import_id, actor=actor)
        readable = reporting.may_read(found, actor)
        rows = reporting.first_rows(session, import_id) if found.rows and readable else []
        foretold = found.state is ImportState.PREVIEWED
        before = changed_cells.before(session, import_id, rows) if foretold else {}
        faults = reporting.refused(session, import_id, limit=import_shown.MOST_REFUSED)
        refused = list(faults) if found.refused and readable else []
    shown = import_shown.page(found, job, actor, rows=rows, before=before, refused=refused)
    return render_template("imports/show.html", **shown)


@blueprint.get("/<int:import_id>/lage")
@needs(Act.READ_QUALITY)
def progress(import_id: int) -> Any:
    """How far it has come, as a piece of the page; 204 when the page should be read again."""
    with reading() as session:
        found = reporting.summary(session, import_id, at=visit.now())
        job = asking.standing(session, import_id, actor=visit.actor())
    told = import_shown.progress(found, job)
    if told is None:
        return Response(status=204)
    return render_template("imports/_progress.html", progress=told)


@blueprint.post("/<int:import_id>/infor")
@needs(Act.READ_QUALITY)
def apply(import_id: int) -> Any:
    return _asked(import_id, asking.apply)


@blueprint.post("/<int:import_id>/angra")
@needs(Act.READ_QUALITY)
def undo(import_id: int) -> Any:
    return _asked(import_id, asking.undo)


@blueprint.get("/<int:import_id>/avvisade.csv")
@needs(Act.READ_QUALITY)
def refused(import_id: int) -> Any:
    """The refused rows with their reasons, to be mended and read in again."""
    with reading() as session:
        name = _readable(session, import_id).name
        body = b"".join(reporting.errors_file(session, import_id))
    return _download(body, name=f"avvisade-{name.rpartition('.')[0] or name}.csv", kind="text/csv; charset=utf-8")


@blueprint.get("/<int:import_id>/fil")
@needs(Act.READ_QUALITY)
def file(import_id: int) -> Any:
    """The file as it was received."""
    with reading() as session:
        found = _readable(session, import_id)
        body = b"".join(uploads.parts(session, found.upload_id))
    return _download(body, name=found.name, kind="application/octet-stream")


@blueprint.get("/mall/<preset>.csv")
@needs(Act.READ_QUALITY)
def template(preset: str) -> Any:
    """An empty list with the headers of a preset."""
    if preset not in presets.PRESETS:
        abort(404)
    text = io.StringIO(newline="")
    columns = presets.PRESETS[preset].columns
    names = [column.name if languages.language() == "en" else column.swedish for column in columns]
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerow(names)
    return _download(("\ufeff" + text.getvalue()).encode(), name=f"{preset}.csv", kind="text/csv; charset=utf-8")


def _readable(session: ScopedSession, import_id: int) -> Summary:
    """The import, for someone who may read its rows. Raises Missing or Denied."""
    found = reporting.summary(session, import_id, at=visit.now())
    if not reporting.may_read(found, visit.actor()):
        raise Denied
    return found


def _asked(import_id: int, ask: Any) -> Any:
    try:
        with transaction() as session:
            ask(session, import_id, actor=visit.actor())
    except (Denied, Missing, Overloaded):
        raise
    except Refusal as refusal:
        flash(languages.sentence(refusal), "attention")
    return redirect(url_for("imports.show", import_id=import_id), 303)


def _form_page(values: dict[str, Any], errors: dict[str, str]) -> str:
    offered = import_form.presets_for(visit.actor())
    if not offered:
        raise Denied
    return render_template(
        "imports/new.html",
        presets=import_form.choices(offered),
        owners=[{"value": each.code, "label": each.name} for each in owners.visible()],
        max_size=_("CSV högst %(csv)s MB, Excel högst %(xlsx)s MB.", **import_form.sizes()),
        columns=import_form.columns(offered),
        template_urls=import_form.templates(offered),
        values={"preset": offered[0].name, **{name: value for name, value in values.items() if value}},
        errors=errors,
    )


def _too_large() -> Refusal:
    """Reads the request to its end without keeping it, for a browser that is cut off shows no answer."""
    size = request.content_length or 0
    request.max_content_length = size
    while request.stream.read(PIECE):
        pass
    try:
        uploads.refuse_size(size, name=_("som du valde"), limit=visit.served().settings.max_upload_bytes)
    except Refusal as refusal:
        return refusal
    return Invalid()


def _download(body: bytes, *, name: str, kind: str) -> Response:
    response = Response(body, content_type=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
