"""``assetreg import``: reads a list in, and says what became of every row."""

from __future__ import annotations

import secrets
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import click

from assetreg.cli import import_errors
from assetreg.cli.frame import Command, Register
from assetreg.cli.usage import Misread, Misuse
from assetreg.domain.access import EVERYTHING, STOCKHOLM, Actor, Scope
from assetreg.domain.errors import Invalid, Refusal
from assetreg.domain.terms import Door, Precision

if TYPE_CHECKING:
    from assetreg.services.imports.reporting import Summary

PRESETS = ("devices", "persons", "outcomes", "indicator-values")
SHOWN = 20
PIECE = 1 << 20
LONGEST_MAPPING = 1_000_000


class FileMissing(Invalid):
    code = "file_missing"
    message = "Filen {name} går inte att öppna. Kontrollera sökvägen och att du får läsa filen."


class BadSet(Invalid):
    code = "bad_set"
    message = "Valet --set {value} går inte att läsa. Skriv KOLUMN=VÄRDE, till exempel --set owner=1860."


class BadFileDate(Invalid):
    code = "bad_file_date"
    message = "Valet --file-date {value} är ingen hel dag. Skriv den som ÅÅÅÅ-MM-DD."


class SetTwice(Misuse):
    code = "set_twice"
    message = "Kolumnen {name} har fått två värden med --set ({first} och {second}). Ange den en gång."


@click.command("import", cls=Command)
@click.argument("preset", type=click.Choice(PRESETS))
@click.argument("file")
@click.option("--dry-run", is_flag=True, help="Granska bara; registret ändras inte.")
@click.option("--errors", metavar="FILE", default="", help="Skriv de avvisade raderna hit, med orsak, att rätta.")
@click.option("--mapping", metavar="FILE", default="", help="Kolumnmappning (JSON): columns, dates, values, set.")
@click.option("--set", "stated", metavar="COLUMN=VALUE", multiple=True, help="Värde där filen inget säger.")
@click.option("--file-date", metavar="DATE", default="", help="Dagen listan är från. Utan: dagen filen ändrades.")
@click.pass_obj
def command(
    register: Register,
    preset: str,
    file: str,
    *,
    dry_run: bool,
    errors: str,
    mapping: str,
    stated: tuple[str, ...],
    file_date: str,
) -> None:
    """Läs in en lista (CSV eller XLSX). FILE kan vara - för stdin. Avvisade rader stoppar inte de andra."""
    from assetreg.services.imports import running

    asked = {"mapping": read_mapping_file(mapping), "given": given(preset, stated)}
    if errors:
        import_errors.refuse_unwritable(errors, read=(file, mapping))
    on = _day(file_date) or _changed_on(file)
    with ExitStack() as opened:
        stream = opened.enter_context(_opened(file, limit=register.settings.max_upload_bytes))
        import_id = _begun(register, stream, preset, name=_name(file), file_date=on, **asked)
    line = ProgressLine()
    run = running.Run(register.database, lambda: _who(register), f"cli {secrets.token_hex(4)}", line.told("Läser"))
    running.stage(run, import_id)
    if not dry_run:
        running.apply(running.Run(run.database, run.who, run.holder, line.told("Inför")), import_id)
    line.close()
    _report(register, import_id, errors=errors, dry_run=dry_run)


def read_mapping_file(name: str) -> Any:
    """The mapping in the file; None for no file. Raises FileMissing or MappingRefused."""
    from assetreg.sources.mapping_file import read_mapping

    if not name:
        return None
    with _opened(name, limit=LONGEST_MAPPING) as stream:
        return read_mapping(stream)


def _begun(register: Register, stream: BinaryIO, preset: str, *, name: str, **asked: Any) -> int:
    from assetreg.services import uploads
    from assetreg.services.imports import staging

    actor = register.actor()
    with register.transaction() as session:
        upload = uploads.receive(session, stream, name=name, limit=register.settings.max_upload_bytes, at=actor.at)
        return staging.begin(session, upload, preset, actor=actor, **asked).id


def _report(register: Register, import_id: int, *, errors: str, dry_run: bool) -> None:
    from assetreg.services.imports import reporting

    with register.reading() as session:
        document = reporting.document(session, import_id)
        summary = reporting.summary(session, import_id, at=datetime.now(UTC))
        lost = _write_errors(errors, reporting.errors_file(session, import_id)) if errors else None
    _tell_faults(register, document["errors"], summary)
    _tell_beside(register, summary, dry_run=dry_run)
    counts = (
        f"{document['rows']} rader: {document['created']} nya, {document['updated']} ändrade, "
        f"{document['unchanged']} oförändrade, {document['refused']} avvisade."
    )
    lead = "Inget är ändrat (--dry-run). " if dry_run else f"Import {import_id}. "
    register.say(document, lead + counts)
    if lost is not None:
        register.note(lost.sentence())
    if document["refused"] or lost is not None:
        raise click.exceptions.Exit(1)


def _tell_faults(register: Register, faults: Sequence[dict[str, Any]], summary: Summary) -> None:
    for fault in faults[:SHOWN]:
        header = summary.preset.header(fault["column"]).sv if fault["column"] else ""
        where = " ".join(filter(None, (header, fault["value"])))
        register.note(f"Rad {fault['row']}{', ' if where else ''}{where}: {fault['reason']}")
    if len(faults) > SHOWN:
        register.note(f"… och {len(faults) - SHOWN} fel till. Skriv dem till en fil med --errors.")


def _tell_beside(register: Register, summary: Summary, *, dry_run: bool) -> None:
    """What was read and what was not, and the places that the list brought with it."""
    if summary.sheet:
        register.note(f"Bladet {summary.sheet} lästes. Lästes inte: {_some(summary.other_sheets)}.")
    if summary.unread:
        register.note(f"Kolumner som inte lästes: {_some(summary.unread)}.")
    if summary.added:
        verb = "Läggs till" if dry_run else "Tillagda platser"
        register.note(f"{verb}: {_some(summary.added)}.")


def _some(names: Sequence[str]) -> str:
    more = f" och {len(names) - SHOWN} till" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _write_errors(name: str, pieces: Any) -> Refusal | None:
    """What hindered it, which is told beside the counts: the rest is done and cannot be told as refused."""
    try:
        import_errors.write(name, pieces)
    except import_errors.ErrorsLost as lost:
        return lost
    return None


def _who(register: Register) -> tuple[Scope, Actor]:
    return EVERYTHING, register.actor(Door.IMPORT)


def _opened(name: str, *, limit: int) -> BinaryIO:
    """The file, or what comes on stdin kept so that it can be read twice. Raises FileMissing or FileTooLarge."""
    if name == "-":
        return _kept(sys.stdin.buffer, limit=limit)
    try:
        return Path(name).open("rb")
    except OSError:
        raise FileMissing(name=name) from None


def _kept(incoming: BinaryIO, *, limit: int) -> BinaryIO:
    from assetreg.services.uploads import refuse_size

    kept = cast("BinaryIO", tempfile.SpooledTemporaryFile(max_size=4 * PIECE))  # noqa: SIM115
    size = 0
    try:
        while piece := incoming.read(PIECE):
            size += len(piece)
            refuse_size(size, name="stdin", limit=limit)
            kept.write(piece)
    except BaseException:
        kept.close()
        raise
    return kept


def _name(file: str) -> str:
    return "stdin" if file == "-" else Path(file).name


def _changed_on(file: str) -> date | None:
    """The day the file was last changed, which is the best there is to say how old its facts are."""
    if file == "-" or not Path(file).is_file():
        return None
    return datetime.fromtimestamp(Path(file).stat().st_mtime, tz=STOCKHOLM).date()


def _day(text: str) -> date | None:
    from assetreg.domain.cells import parse_date

    if not text:
        return None
    try:
        found = parse_date(text)
    except Refusal:
        raise BadFileDate(value=text) from None
    if found.precision is not Precision.DAY:
        raise BadFileDate(value=text)
    return found.value


def given(preset: str, stated: Sequence[str]) -> dict[str, str]:
    """The values that fill what the list leaves out, by column as it was written.

    Raises BadSet, UnknownColumn, and Misread for a column stated twice.
    """
    from assetreg.services.imports import presets

    found: dict[str, tuple[str, str]] = {}
    for text in stated:
        name, value = _pair(text)
        column = presets.preset(preset).column(name)
        if column in found:
            raise Misread(SetTwice(field="--set", name=name, first=found[column][1], second=value))
        found[column] = (name, value)
    return dict(found.values())


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise BadSet(value=text)
    return name.strip(), value


class ProgressLine:
    """How far it has come, on one line of a terminal; silent anywhere else."""

    def __init__(self) -> None:
        self.shows = sys.stderr.isatty()
        self.written = False

    def told(self, verb: str) -> Callable[[int, int | None], None]:
        def tell(done: int, total: int | None) -> None:
            if self.shows:
                share = f" av {total} ({100 * done // max(total, 1)} %)" if total is not None else ""
                click.echo(f"\r{verb} rad {done}{share}\x1b[K", err=True, nl=False)
                self.written = True

        return tell

    def close(self) -> None:
        if self.written:
            click.echo("", err=True)
