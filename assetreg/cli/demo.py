"""``assetreg demo``: fills an empty register with a fictitious fleet."""

from __future__ import annotations

from datetime import date

import click

from assetreg.cli.frame import Command, Register, opened
from assetreg.cli.listing import DAY
from assetreg.config import sqlite_file
from assetreg.db.session import Database


@click.command("demo", cls=Command)
@click.option(
    "--devices", type=click.IntRange(1), metavar="N", help="Antal enheter i allt. Utan värde: en hel flotta, ca 15 600."
)
@click.option("--seed", default=1, show_default=True, metavar="S", help="Samma frö ger samma flotta.")
@click.option("--today", type=DAY, metavar="D", help="Dagen som flottan slutar vid. Utan värde: i dag.")
@click.pass_obj
def command(register: Register, devices: int | None, seed: int, today: date | None) -> None:
    """Fyll ett tomt register med en påhittad flotta."""
    from assetreg.demo import build
    from assetreg.demo.welcome import progress

    day = today or register.actor().today
    database = _opened(register)
    try:
        summary = build(database, seed=seed, today=day, devices=devices, progress=progress())
    finally:
        database.close()
    logins = [{"name": each.name, "password": each.password, "role": each.role.value} for each in summary.logins]
    counted = {name: getattr(summary, name) for name in ("devices", "persons", "outcomes", "events")}
    text = (
        f"Registret har {summary.devices} enheter, {summary.persons} personer, {summary.outcomes} utfall och "
        f"{summary.events} händelser. Lösenorden visas bara nu:\n"
    )
    text += "\n".join(f"  {each.name:<12}{each.password:<26}{each.role.sv}" for each in summary.logins)
    register.say({**counted, "logins": logins}, text)


def _opened(register: Register) -> Database:
    """The register to fill; a file that is not there is made. Raises what ``readiness.ready`` does."""
    from assetreg.services import upgrading

    settings = register.new_settings
    file = sqlite_file(settings.database_url)
    if file is not None and not file.exists():
        upgrading.upgrade(settings.database_url, history_key=settings.history_key)
    return opened(settings)
