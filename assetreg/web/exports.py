"""Files out of the register, with the same filters as the page they are taken from."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from flask import Blueprint, Response, request

from assetreg.domain.access import Act
from assetreg.domain.cells import parse_date
from assetreg.domain.errors import Invalid
from assetreg.domain.terms import Indicator
from assetreg.outputs import formats
from assetreg.services import exports, reading_log
from assetreg.services.exports import Export, ExportQuestion
from assetreg.services.figure_question import known_on
from assetreg.web import device_list, owners, visit
from assetreg.web.visit import needs, reading_list

blueprint = Blueprint("exports", __name__, url_prefix="/export")

IN_MEMORY = 4 * 1024 * 1024
PIECE = 64 * 1024
PATIENCE_MS = 10_000


class UnknownYear(Invalid):
    code = "unknown_year"
    message = "{value} är inget år. Skriv det med fyra siffror."


class UnknownIndicator(Invalid):
    code = "unknown_indicator"
    message = "{value} är ingen av indikatorerna. Välj {known}."


@blueprint.get("/<what>.<ending>")
@needs(Act.EXPORT)
def download(what: str, ending: str) -> Any:
    """The whole file is made before anything is sent, so that a refusal is a page and never half a file."""
    with reading_list(owners.chosen_scope()) as session:
        made = exports.build(session, _question(what), actor=visit.actor())
        spool = _written(made, ending)
    reading_log.write(visit.served().database, patience_ms=PATIENCE_MS)
    response = Response(_pieces(spool), content_type=formats.MEDIA_TYPES[ending])
    response.headers["Content-Disposition"] = f'attachment; filename="{made.name}.{ending}"'
    response.call_on_close(spool.close)
    return response


@blueprint.get("/enheter")
@needs(Act.EXPORT)
def devices() -> Any:
    """The list of devices as a workbook, as it is filtered."""
    return download("devices", "xlsx")


def _question(what: str) -> ExportQuestion:
    stated = {
        name: request.args.get(name, "").strip() for name in ("year", "as_of", "as_known_on", "indicator", "part")
    }
    as_of = parse_date(stated["as_of"]).value if stated["as_of"] else None
    known = known_on(parse_date(stated["as_known_on"]).value) if stated["as_known_on"] else None
    owner = owners.chosen()
    return ExportQuestion(
        what,
        year=_year(stated["year"]),
        owner=owner.code if owner else None,
        devices=device_list.asked_for(request.args),
        indicator=_indicator(stated["indicator"]),
        part=stated["part"] or None,
        as_of=as_of,
        as_known_on=known,
    )


def _year(stated: str) -> int | None:
    if not stated:
        return None
    if len(stated) != 4 or not stated.isascii() or not stated.isdecimal() or int(stated) < 1980:
        raise UnknownYear(field="year", value=stated)
    return int(stated)


def _indicator(stated: str) -> Indicator | None:
    if not stated:
        return None
    found = next((each for each in Indicator if each.value == stated), None)
    if found is None:
        raise UnknownIndicator(field="indicator", value=stated, known=[each.value for each in Indicator])
    return found


def _written(made: Export, ending: str) -> IO[bytes]:
    """The file, at its beginning; closed by whoever sends it."""
    spool: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
    try:
        formats.write(ending, made.sheet, spool, about=made.about)
    except BaseException:
        spool.close()
        raise
    spool.seek(0)
    return spool


def _pieces(spool: IO[bytes]) -> Iterator[bytes]:
    while piece := spool.read(PIECE):
        yield piece
