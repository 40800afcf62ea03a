"""``assetreg imports``: the imports there are, going on with one that was interrupted, and undoing one."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from assetreg.cli.frame import Group, Register
from assetreg.cli.imports import ProgressLine
from assetreg.domain.access import EVERYTHING, STOCKHOLM
from assetreg.domain.errors import Conflict, Missing
from assetreg.domain.terms import Door


class NoSuchImport(Missing):
    code = "no_such_import"
    message = "Det finns ingen import {id}. Se vilka som finns med assetreg imports list."


class ImportHeld(Conflict):
    code = "import_held"
    message = (
        "Import {id} är i arbete. Vänta tills den är klar. Om det som arbetade med den har dött "
        "kan du fortsätta klockan {until}, med assetreg imports resume {id}."
    )


class ImportElsewhere(Conflict):
    code = "import_elsewhere"
    message = "Import {id} är {state}, så den går inte att {verb}. Inget är ändrat."


@click.group("imports", cls=Group)
def command() -> None:
    """Gjorda importer: visa, fortsätt eller ångra."""


@command.command("list")
@click.pass_obj
def list_(register: Register) -> None:
    """Visa de senaste importerna."""
    from assetreg.services.imports import reporting

    with register.reading() as session:
        found = reporting.listed(session, at=datetime.now(UTC)).rows
    documents = [
        {"id": each.id, "file": each.name, "preset": each.preset.name, "state": each.state.value, "rows": each.rows}
        | {name: getattr(each, name) for name in ("created", "updated", "unchanged", "refused")}
        for each in found
    ]
    lines = [f"{each.id}  {each.at:%Y-%m-%d %H:%M}  {each.preset.name}  {each.name}  {each.state.sv}" for each in found]
    register.say(documents, "\n".join(lines) or "Det finns inga importer.")


@command.command("resume")
@click.argument("import_id", type=int)
@click.pass_obj
def resume(register: Register, import_id: int) -> None:
    """Fortsätt en import som avbröts."""
    from assetreg.services.imports import reporting, running

    line = ProgressLine()
    run = running.Run(
        register.database,
        lambda: (EVERYTHING, register.actor(Door.IMPORT)),
        f"cli {secrets.token_hex(4)}",
        line.told("Inför"),
    )
    with _in_words(register, import_id, "fortsätta"):
        running.resume(run, import_id)
    line.close()
    with register.reading() as session:
        document = reporting.document(session, import_id)
    register.say(document, f"Import {import_id} är klar: {document['rows']} rader, {document['refused']} avvisade.")
    if document["refused"]:
        raise click.exceptions.Exit(1)


@command.command("undo")
@click.argument("import_id", type=int)
@click.pass_obj
def undo(register: Register, import_id: int) -> None:
    """Ångra en import: det den gjorde tas tillbaka, men inte det som har ändrats sedan dess."""
    from assetreg.services.imports import reporting, running

    line = ProgressLine()
    run = running.Run(
        register.database,
        lambda: (EVERYTHING, register.actor(Door.IMPORT)),
        f"cli {secrets.token_hex(4)}",
        line.told("Ångrar"),
    )
    with _in_words(register, import_id, "ångra"):
        running.undo(run, import_id)
    line.close()
    with register.reading() as session:
        done = reporting.summary(session, import_id, at=datetime.now(UTC))
    for kept in done.kept:
        what = ", ".join(kept["columns"]) or "något har hänt med enheten sedan dess"
        register.note(f"Kvar som det är: {kept['tag']} ({what}).")
    document = {"id": import_id, "undone": done.undone, "kept": list(done.kept)}
    register.say(document, f"Import {import_id} är ångrad: {done.undone} tillbaka, {done.kept_count} kvar.")


@contextmanager
def _in_words(register: Register, import_id: int, verb: str) -> Iterator[None]:
    """What stands in the way, for someone who has no page in front of them."""
    from assetreg.services.imports import holding
    from assetreg.services.imports.refusals import ImportBusy, ImportNotReady

    try:
        yield
    except Missing:
        raise NoSuchImport(id=import_id) from None
    except ImportNotReady as refusal:
        raise ImportElsewhere(id=import_id, state=refusal.params["state"], verb=verb) from None
    except ImportBusy:
        with register.reading() as session:
            until = holding.get(session, import_id).held_until
        shown = until.astimezone(STOCKHOLM).strftime("%H:%M:%S") if until else "–"
        raise ImportHeld(id=import_id, until=shown) from None
