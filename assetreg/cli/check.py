"""``assetreg check``: is everything that is derived right, and is the history whole."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from assetreg.cli import anchor_file
from assetreg.cli.frame import Command, Register


@click.command("check", cls=Command)
@click.option(
    "--anchor",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Jämför med roten i filen och lägg till dagens; förvara filen någon annanstans.",
)
@click.pass_obj
@click.pass_context
def command(context: click.Context, register: Register, anchor: Path | None) -> None:
    """Räkna om allt som härleds och kontrollera hela historiken."""
    from assetreg.services import anchors, integrity

    def progress(what: str, done: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{done} {what}", nl=False, err=True)

    known = anchor_file.lines(anchor) if anchor is not None else []
    with register.reading() as session:
        found = list(integrity.differences(session, progress=progress))
        if anchor is not None:
            found += anchors.compare(session, known)
        line = anchors.line(session, at=register.actor().at) if anchor is not None else ""
    if anchor is not None and not found:
        with anchor.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    rows = [{"about": each.about, "difference": each.sentence.text()} for each in found]
    text = "\n".join(f"{row['about']}: {row['difference']}" for row in rows) or "Allt stämmer."
    register.say({"differences": rows}, text)
    if found:
        context.exit(1)
