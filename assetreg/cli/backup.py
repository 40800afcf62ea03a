"""``assetreg backup``: the whole register as one portable file."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from assetreg.cli.frame import Command, Register

KEYS_APART = (
    "Nycklarna (ASSETREG_HISTORY_KEY och ASSETREG_SECRET_KEY, eller filerna history-key och secret-key) finns INTE i "
    "kopian. Spara dem på ett annat ställe: utan history-key går kopian inte att återställa."
)


def progress(what: str, done: int) -> None:
    """How far it has come, on a terminal."""
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{done} {what}", nl=False, err=True)


@click.command("backup", cls=Command)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def command(register: Register, file: Path) -> None:
    """Spara hela registret, med bilagor, i en fil som går att återställa på SQLite och PostgreSQL."""
    from assetreg.services import backup

    settings = register.settings
    keys = backup.Keys(settings.history_key, settings.secret_key)
    made = backup.write(register.database, file, keys=keys, at=register.actor().at, progress=progress)
    document = {
        "file": str(file),
        "bytes": file.stat().st_size,
        "sha256": made.sha256,
        "version": made.version,
        "migration": made.migration,
        "made_at": made.made_at,
        "rows": {table.name: table.rows for table in made.tables},
        "keys_included": False,
    }
    told = (
        f"{file}: {made.rows} rader i {len(made.tables)} tabeller, migration {made.migration}.\nSHA-256 {made.sha256}"
    )
    register.say(document, f"{told}\n{KEYS_APART}")
