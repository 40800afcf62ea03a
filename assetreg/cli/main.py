"""The command ``assetreg``."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import click

from assetreg import cli as package
from assetreg.cli.frame import Doors, Group, Register


@click.group(cls=Group, name="assetreg", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="assetreg", message="%(version)s")
@click.pass_context
def assetreg(context: click.Context) -> None:
    """IT-tillgångar från leverans till återbruk."""
    doors = context.obj if isinstance(context.obj, Doors) else Doors()
    context.obj = Register(doors)


for found in iter_modules(package.__path__, f"{package.__name__}."):
    command = getattr(import_module(found.name), "command", None)
    if isinstance(command, click.Command):
        assetreg.add_command(command)
