"""``assetreg restore``: a backup into an empty register, and then the same check as ``assetreg check``."""

from __future__ import annotations

from pathlib import Path

import click

from assetreg.cli.backup import progress
from assetreg.cli.frame import Command, Register, opened

SEALED_WITH_ANOTHER = (
    "ASSETREG_SECRET_KEY är en annan än i det gamla registret. Alla behöver logga in igen, och den som har "
    "tvåstegsinloggning med kod behöver lägga upp den på nytt."
)


@click.command("restore", cls=Command)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
@click.pass_context
def command(context: click.Context, register: Register, file: Path) -> None:
    """Återställ en säkerhetskopia i ett tomt register, och kontrollera sedan allt."""
    from assetreg.domain.access import EVERYTHING
    from assetreg.services import backup, integrity, restoring
    from assetreg.sources.backup_file import BackupFile

    settings = register.new_settings
    keys = backup.Keys(settings.history_key, settings.secret_key)
    with BackupFile(file) as source:
        done = restoring.restore(settings.database_url, source, keys=keys, progress=progress)
        made_at = source.manifest.made_at
    if not done.same_secret_key:
        register.note(SEALED_WITH_ANOTHER)
    database = opened(settings)
    try:
        with database.reading(EVERYTHING) as session:
            found = list(integrity.differences(session, progress=progress))
    finally:
        database.close()
    rows = [{"about": each.about, "difference": each.sentence.text()} for each in found]
    lines = [f"{done.rows} rader är återställda, som registret var {made_at} (UTC)."]
    if done.upgraded_to != done.migration:
        lines.append(f"Registret är uppgraderat från migration {done.migration} till {done.upgraded_to}.")
    lines += [f"{row['about']}: {row['difference']}" for row in rows] or ["Allt stämmer."]
    document = {
        "rows": done.rows,
        "made_at": made_at,
        "before": done.migration,
        "after": done.upgraded_to,
        "same_secret_key": done.same_secret_key,
        "differences": rows,
    }
    register.say(document, "\n".join(lines))
    if found:
        context.exit(1)
