"""``./run demo``: the register on a fictitious fleet, on this machine only.

The first start fills ``demo.db``, the next ones keep it. It is filled under another name and renamed when it is
whole, so a start that was interrupted leaves nothing that the next one could take for a register. Of two starts at
once the second waits, and then keeps what the first has filled.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import NoReturn

import click

from assetreg import places
from assetreg.config import Settings
from assetreg.demo import build
from assetreg.demo.alone import alone, claim
from assetreg.demo.welcome import HOST, free_port, greeting, keep_logins, label_address, progress, told_to_wait
from assetreg.domain.access import EVERYTHING, STOCKHOLM
from assetreg.domain.errors import Refusal
from assetreg.services import upgrading

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    wanted = _arguments(arguments)
    try:
        database = ready(places.data(), devices=wanted.devices, today=wanted.today)
        port = free_port(wanted.port, claimed=partial(claim, database.parent))
    except KeyboardInterrupt:
        click.echo("\nAvbrutet. Nästa start börjar om från början.", err=True)
        sys.exit(INTERRUPTED)
    except Refusal as refusal:
        sys.exit(refusal.sentence())
    click.echo(greeting(database, port, label=_label(database)))
    sys.stdout.flush()
    _serve(database, port)


def ready(folder: Path, *, devices: int | None, today: date) -> Path:
    """The demo's database in the folder, filled if it is not there, at the newest migration."""
    folder.mkdir(parents=True, exist_ok=True)
    database = folder / "demo.db"
    with alone(folder, waits=told_to_wait):
        if database.exists():
            upgrading.upgrade(_url(database))
        else:
            _fill(database, devices=devices, today=today)
    return database


def _fill(database: Path, *, devices: int | None, today: date) -> None:
    """Under another name first. What is left of a register that was taken away would be read into the new one."""
    part = database.with_name(database.name + ".part")
    for file in (database, part):
        for suffix in ("", "-wal", "-shm", "-journal"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
    settings = Settings.from_env({"ASSETREG_DATABASE_URL": _url(part)}, new_register=True)
    upgrading.upgrade(settings.database_url)
    register = settings.database()
    try:
        summary = build(register, today=today, devices=devices, progress=progress())
    finally:
        register.close()
    keep_logins(database.parent, summary.logins)
    part.rename(database)


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run demo", description="Startar registret med en påhittad flotta.")
    parser.add_argument("--port", type=int, default=8080, help="porten, eller nästa lediga (8080)")
    parser.add_argument("--devices", type=int, help="antal enheter i allt, vid första starten")
    parser.add_argument("--today", type=date.fromisoformat, help="dagen som flottan slutar vid, vid första starten")
    parser.set_defaults(today=datetime.now(STOCKHOLM).date())
    return parser.parse_args(arguments)


def _url(file: Path) -> str:
    return f"sqlite:///{file}"


def _label(file: Path) -> str:
    register = Settings.from_env({"ASSETREG_DATABASE_URL": _url(file)}).database()
    try:
        with register.reading(EVERYTHING) as session:
            return label_address(session)
    finally:
        register.close()


def _serve(database: Path, port: int) -> NoReturn:
    """Becomes the production server; no setting of another register follows along."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ASSETREG_")}
    environment["ASSETREG_DATABASE_URL"] = _url(database)
    command = [sys.executable, "-m", "assetreg", "serve", "--host", HOST, "--port", str(port)]
    if sys.platform == "win32":
        sys.exit(subprocess.call(command, env=environment))
    os.execve(command[0], command, environment)  # noqa: S606


if __name__ == "__main__":
    main()
