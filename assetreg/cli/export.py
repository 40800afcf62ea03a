"""``assetreg export``: tables out of the register, as files."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile, SpooledTemporaryFile
from typing import IO

import click

from assetreg.cli.frame import Command, Register
from assetreg.cli.listing import YEAR
from assetreg.cli.usage import Misread, Misuse
from assetreg.domain.errors import Invalid
from assetreg.domain.sentences import Phrase
from assetreg.domain.system_faults import words_of

WHATS = ("devices", "due", "aterbruk", "indicators", "history")
FORMATS = ("csv", "xlsx", "json")
IN_MEMORY = 8 * 1024 * 1024


class FileUnwritable(Invalid):
    code = "file_unwritable"
    message = "Filen {file} går inte att skriva ({reason}). Välj en annan mapp eller ett annat namn."


class WorkbookOnScreen(Invalid):
    code = "workbook_on_screen"
    message = "En arbetsbok kan inte skrivas på skärmen. Ange en fil med -o."


class JsonBesideTable(Misuse):
    code = "json_beside_table"
    message = "Med --json är svaret ett JSON-dokument. Ange en fil för {format} med -o, eller ta bort --json."


@click.command("export", cls=Command)
@click.argument("what", type=click.Choice(WHATS))
@click.option("--format", "format_", type=click.Choice(FORMATS), help="Annars det som filens ändelse säger, eller csv.")
@click.option("--year", type=YEAR, metavar="Y", help="Årets siffror, bytesår eller händelser.")
@click.option("--owner", metavar="CODE", help="Kommunkod, för en ägares rader.")
@click.option(
    "-o", "file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Filen; annars stdout."
)
@click.pass_obj
def command(
    register: Register, what: str, *, format_: str | None, year: int | None, owner: str | None, file: Path | None
) -> None:
    """Skriv en tabell till en fil: enheter, byten, utfallen bakom siffrorna, siffrorna eller historiken."""
    from assetreg.outputs import formats
    from assetreg.services import exports

    chosen = format_ or _from_ending(file) or ("json" if register.json and file is None else "csv")
    if file is None and register.json and chosen != "json":
        raise Misread(JsonBesideTable(field="--format", format=chosen))
    if file is None and chosen == "xlsx" and sys.stdout.isatty():
        raise WorkbookOnScreen(field="-o")
    question = exports.ExportQuestion(what, year=year, owner=owner)
    with register.reading() as session:
        made = exports.build(session, question, actor=register.actor())
        if file is None:
            _to_stdout(lambda out: formats.write(chosen, made.sheet, out, about=made.about))
            return
        to_file(file, lambda out: formats.write(chosen, made.sheet, out, about=made.about))
    size = file.stat().st_size
    register.say({"file": str(file), "format": chosen, "bytes": size}, f"Filen {file} är skriven.")


def _from_ending(file: Path | None) -> str | None:
    ending = file.suffix.lower().lstrip(".") if file else ""
    return ending if ending in FORMATS else None


def _to_stdout(write: Callable[[IO[bytes]], None]) -> None:
    """Through a file, for a workbook is written back and forth."""
    with SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
        write(spool)
        spool.seek(0)
        out: IO[bytes] = sys.stdout.buffer
        shutil.copyfileobj(spool, out)


def to_file(file: Path, write: Callable[[IO[bytes]], None]) -> None:
    """The file is there when it is whole; until then the one that was there stays."""
    try:
        with NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}-", delete=False) as made:
            part = Path(made.name)
            try:
                write(made)
            except BaseException:
                part.unlink()
                raise
        part.replace(file)
    except OSError as error:
        raise FileUnwritable(field="-o", file=Phrase(str(file)), reason=Phrase(words_of(error))) from error
