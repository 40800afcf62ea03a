"""The command ``assetreg``."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import click

from assetreg import __version__
from assetreg import cli as package
from assetreg.cli.frame import JSON, Doors, Program, Register


@click.group(cls=Program, name="assetreg", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(version)s", help="Visa programmets version.")
@click.pass_context
def assetreg(context: click.Context) -> None:
    """IT-tillgångar från leverans till återbruk."""
    doors = context.obj if isinstance(context.obj, Doors) else Doors()
    context.obj = Register(doors, json=bool(context.meta.get(JSON)))


for found in iter_modules(package.__path__, f"{package.__name__}."):
    command = getattr(import_module(found.name), "command", None)
    if isinstance(command, click.Command):
        assetreg.add_command(command)
