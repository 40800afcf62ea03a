"""What every command shares: the register it works on, ``--json``, and how it refuses.

A command is made with ``cls=Command`` (groups with ``cls=Group``) and takes ``@click.pass_obj`` for its
``Register``. A Refusal it raises becomes a sentence on stderr and exit 1; a misuse becomes one and exit 2.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import click
from sqlalchemy.exc import DBAPIError

from assetreg.cli.database_faults import database_fault
from assetreg.cli.help_texts import SwedishHelp
from assetreg.cli.usage import Misread, Misuse, TooMuch, misuse, written
from assetreg.config import Settings, unknown_settings
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING, Actor, Scope, system
from assetreg.domain.errors import Conflict, InvalidInput, Refusal
from assetreg.domain.sentences import Phrase
from assetreg.domain.system_faults import words_of
from assetreg.domain.terms import Door
from assetreg.services import readiness

JSON = "assetreg.json"
MISUSED = 2


class SystemRefused(Conflict):
    """What no command has foreseen; which file it was about is said where the system says it."""

    code = "system_refused"
    message = "Datorn nekade: {reason}{file}. Rätta det och kör kommandot igen."


class Interrupted(Conflict):
    code = "interrupted"
    message = "Avbrutet."


@dataclass(frozen=True, slots=True)
class Doors:
    """The other doors, handed down by the entry point; None for one that is not there."""

    create_app: Callable[[Settings], Any] | None = None
    run_worker: Callable[..., None] | None = None


@dataclass
class Register:
    """The register a command works on, opened when it is first asked for."""

    doors: Doors = field(default_factory=Doors)
    json: bool = False

    @cached_property
    def settings(self) -> Settings:
        return self._named(Settings.from_env())

    @cached_property
    def new_settings(self) -> Settings:
        """The settings of a register that this command may make."""
        return self._named(Settings.from_env(new_register=True))

    @property
    def shown_database(self) -> str:
        """The address as it was printed when the settings were read."""
        known = self.__dict__.get("settings") or self.__dict__.get("new_settings")
        return known.shown_database if known else "i ASSETREG_DATABASE_URL"

    @cached_property
    def database(self) -> Database:
        """The database at the newest migration. Raises NoRegister and what ``readiness.ready`` does."""
        return opened(self.settings)

    def actor(self, door: Door = Door.CLI) -> Actor:
        """Whoever holds the command line acts as the register itself, now."""
        return system(door, datetime.now(UTC))

    @contextmanager
    def reading(self, scope: Scope = EVERYTHING) -> Iterator[ScopedSession]:
        with self.database.reading(scope) as session:
            yield session

    @contextmanager
    def transaction(self, scope: Scope = EVERYTHING) -> Iterator[ScopedSession]:
        with self.database.transaction(scope) as session:
            yield session

    def say(self, document: Any, text: str) -> None:
        """The answer: the document with ``--json``, else the text. Once per command."""
        click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str) if self.json else text)

    def note(self, text: str) -> None:
        """Something beside the answer, on stderr."""
        click.echo(text, err=True)

    def refuse(self, refusal: Refusal, *, names: Mapping[str, str] | None = None) -> None:
        """Tells it; ``names`` are the fields of a command as they are written on the command line."""
        tell_refusal(refusal, as_json=self.json, names=names)

    def close(self) -> None:
        if "database" in self.__dict__:
            self.database.close()

    def _named(self, settings: Settings) -> Settings:
        self.note(f"Register: {settings.shown_database}")
        for name, near in unknown_settings(os.environ).items():
            asked = f" Menade du {near}?" if near else ""
            self.note(f"Varning: inställningen {name} finns inte och används inte.{asked}")
        return settings


def opened(settings: Settings) -> Database:
    """The database, ready to be used; else it is closed. Raises what ``readiness.ready`` does."""
    return readiness.ready(settings.database())


def tell_refusal(refusal: Refusal, *, as_json: bool, names: Mapping[str, str] | None = None) -> None:
    """Every sentence of a refusal on stderr, and in JSON also as the one document on stdout."""
    faults = refusal.refusals if isinstance(refusal, InvalidInput) else [refusal]
    for fault in faults:
        named = fault.field and not isinstance(fault, Misuse)
        name = (names or {}).get(fault.field or "", fault.field)
        click.echo(f"{name}: {fault.sentence()}" if named else fault.sentence(), err=True)
    if as_json:
        stated = [{"code": fault.code, "field": fault.field, "reason": fault.sentence()} for fault in faults]
        click.echo(json.dumps({"refused": stated}, ensure_ascii=False, indent=2))


def _wants_json(context: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001
    if value:
        context.meta[JSON] = True
        register = context.find_object(Register)
        if register is not None:
            register.json = True


def _json_option() -> click.Option:
    words = "Skriv svaret som ett JSON-dokument på stdout."
    return click.Option(["--json"], is_flag=True, is_eager=True, expose_value=False, callback=_wants_json, help=words)


class Command(SwedishHelp):
    """A command that takes ``--json`` and turns a Refusal into exit 1."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(_json_option())

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.allow_extra_args = True
        try:
            rest = super().parse_args(ctx, args)
        except click.UsageError as fault:
            fault.ctx = fault.ctx or ctx
            raise
        if rest and not ctx.resilient_parsing:
            raise Misread(TooMuch(values=rest), ctx)
        return rest

    def invoke(self, ctx: click.Context) -> Any:
        register = ctx.find_object(Register)
        if register is None:
            raise RuntimeError("a command runs below the group of cli.main")
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            register.refuse(refusal, names={param.name: written(param) for param in self.params if param.name})
        except DBAPIError as error:
            register.refuse(database_fault(error, place=register.shown_database))
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            file = Phrase(f" ({error.filename})" if error.filename else "")
            register.refuse(SystemRefused(reason=Phrase(words_of(error)), file=file))
        finally:
            register.close()
        raise click.exceptions.Exit(1)


class Group(SwedishHelp, click.Group):
    """Commands below a name; ``--json`` before the command means the same as after it."""

    command_class = Command

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(_json_option())


class Program(Group):
    """The outermost group: what is misused anywhere below is told here, in the form that was asked for."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: FBT001, FBT002
        **extra: Any,
    ) -> Any:
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, False, **extra)
        stated = list(sys.argv[1:] if args is None else args)
        as_json = "--json" in stated
        try:
            code = super().main(args, prog_name, complete_var, False, **extra)
        except click.exceptions.NoArgsIsHelpError as fault:
            fault.show()
            code = MISUSED
        except click.UsageError as fault:
            tell_refusal(misuse(fault), as_json=as_json)
            _point_to_help(fault)
            code = MISUSED
        except click.Abort:
            tell_refusal(Interrupted(), as_json=as_json)
            code = 1
        sys.exit(code if isinstance(code, int) else 0)


def _point_to_help(fault: click.UsageError) -> None:
    if fault.ctx is not None:
        click.echo(f"Se {fault.ctx.command_path} --help.", err=True)
