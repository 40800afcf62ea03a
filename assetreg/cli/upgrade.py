"""``assetreg upgrade``: makes the register, or brings it to the newest migration."""

from __future__ import annotations

import click

from assetreg.cli.frame import Command, Register


@click.command("upgrade", cls=Command)
@click.pass_obj
def command(register: Register) -> None:
    """Skapa registret, eller uppgradera det till den nyaste versionen."""
    from assetreg.services import upgrading

    settings = register.new_settings
    done = upgrading.upgrade(settings.database_url, history_key=settings.history_key)
    document = {"database": settings.shown_database, "before": done.before, "after": done.after}
    if done.before is None:
        register.say(document, f"Registret är skapat, på migration {done.after}.")
    elif done.before == done.after:
        register.say(document, f"Registret står redan på den nyaste migrationen, {done.after}.")
    else:
        register.say(document, f"Registret är uppgraderat från migration {done.before} till {done.after}.")
