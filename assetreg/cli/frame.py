"""What every command shares: the register it works on, ``--json``, and how it refuses.

A command is made with ``cls=Command`` (groups with ``cls=Group``) and takes ``@click.pass_obj`` for its
``Register``. A Refusal it raises becomes a sentence on stderr and exit 1.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import click
from sqlalchemy.exc import DBAPIError

from assetreg.config import Settings
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING, NOTHING, Actor, Scope, system
from assetreg.domain.errors import Conflict, InvalidInput, Refusal
from assetreg.domain.terms import Door
from assetreg.services import readiness


class DatabaseSilent(Conflict):
    code = "database_silent"
    message = "Databasen svarar inte ({reason}). Kontrollera ASSETREG_DATABASE_URL och att servern är igång."


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

    @cached_property
    def database(self) -> Database:
        """The database at the newest migration. Raises NoRegister, NotUpgraded or HistoryUnprotected."""
        opened = self.settings.database()
        with opened.reading(NOTHING) as session:
            readiness.check(session)
        return opened

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

    def refuse(self, refusal: Refusal) -> None:
        """Every sentence of a refusal on stderr; with ``--json`` also as the one document."""
        faults = refusal.refusals if isinstance(refusal, InvalidInput) else [refusal]
        for fault in faults:
            self.note(f"{fault.field}: {fault.sentence()}" if fault.field else fault.sentence())
        if self.json:
            stated = [{"code": fault.code, "field": fault.field, "reason": fault.sentence()} for fault in faults]
            click.echo(json.dumps({"refused": stated}, ensure_ascii=False, indent=2))

    def close(self) -> None:
        if "database" in self.__dict__:
            self.database.close()

    def _named(self, settings: Settings) -> Settings:
        self.note(f"Register: {settings.shown_database}")
        return settings


def _wants_json(context: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001
    if value:
        context.find_object(Register).json = True  # type: ignore[union-attr]


class Command(click.Command):
    """A command that takes ``--json`` and turns a Refusal into exit 1."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = "Skriv svaret som ett JSON-dokument på stdout."
        self.params.append(
            click.Option(["--json"], is_flag=True, is_eager=True, expose_value=False, callback=_wants_json, help=words)
        )

    def invoke(self, context: click.Context) -> Any:
        register = context.find_object(Register)
        if register is None:
            raise RuntimeError("a command runs below the group of cli.main")
        try:
            return super().invoke(context)
        except Refusal as refusal:
            register.refuse(refusal)
        except DBAPIError as error:
            register.refuse(DatabaseSilent(reason=str(error.orig).partition("\n")[0]))
        finally:
            register.close()
        raise click.exceptions.Exit(1)


class Group(click.Group):
    command_class = Command
