"""Misuse of the command line as Swedish sentences: what cannot be read, and what to write instead."""

from __future__ import annotations

import difflib

import click
from click.types import IntParamType

from assetreg.domain.errors import Invalid
from assetreg.domain.sentences import Phrase

NEAR = 0.6


class Misuse(Invalid):
    """How the command was written; exit 2."""

    code = "misuse"
    message = "{rule}"


class CommandMissing(Misuse):
    code = "command_missing"
    message = "Skriv vad som ska göras efter {command}: {commands}."


class NoSuchCommand(Misuse):
    code = "no_such_command"
    message = "Kommandot {value} finns inte.{nearest}"


class NoSuchOption(Misuse):
    code = "no_such_option"
    message = "Valet {value} finns inte.{nearest}"


class ValueMissing(Misuse):
    code = "value_missing"
    message = "{name} saknas.{rule}"


class OptionLacksValue(Misuse):
    code = "option_lacks_value"
    message = "Valet {name} behöver ett värde efter sig."


class OptionTakesNoValue(Misuse):
    code = "option_takes_no_value"
    message = "Valet {name} tar inget värde."


class BadValue(Misuse):
    code = "bad_value"
    message = "Värdet till {name} går inte att använda. {rule}"


class TooMuch(Misuse):
    code = "too_many_arguments"
    message = "{values} är för mycket: kommandot tar inte emot det. Sätt citattecken om ett värde med blanksteg."


class Misread(click.UsageError):
    """A misuse that a command of ours has found itself."""

    def __init__(self, refusal: Misuse, context: click.Context | None = None) -> None:
        super().__init__(refusal.sentence(), context)
        self.refusal = refusal


def misuse(fault: click.UsageError) -> Misuse:
    """What click found wrong, as a refusal in our own words; ``field`` is the option or argument."""
    if isinstance(fault, Misread):
        return fault.refusal
    if isinstance(fault, click.NoSuchOption):
        return NoSuchOption(value=fault.option_name, nearest=_nearest(fault.option_name, _options(fault.ctx)))
    if isinstance(fault, click.MissingParameter):
        rule = _rule(fault.param) or _help_of(fault.param)
        return ValueMissing(field=_name(fault.param), name=_named(fault.param), rule=_after(rule))
    if isinstance(fault, click.BadOptionUsage):
        unvalued = _is_flag(fault.ctx, fault.option_name)
        kind = OptionTakesNoValue if unvalued else OptionLacksValue
        return kind(field=fault.option_name, name=fault.option_name)
    if isinstance(fault, click.BadParameter):
        hint = fault.param_hint if isinstance(fault.param_hint, str) else _name(fault.param)
        return BadValue(field=hint, name=hint, rule=Phrase(_rule(fault.param) or fault.message))
    return _of_group(fault)


def _of_group(fault: click.UsageError) -> Misuse:
    group = fault.ctx.command if fault.ctx else None
    if not isinstance(group, click.Group) or fault.ctx is None:
        return Misuse(rule=Phrase(fault.message))
    wanted = getattr(fault, "command_name", None)
    if wanted is None:
        return CommandMissing(command=fault.ctx.command_path, commands=sorted(group.commands))
    return NoSuchCommand(value=wanted, nearest=_nearest(wanted, list(group.commands)))


def _options(context: click.Context | None) -> list[str]:
    params = context.command.get_params(context) if context else []
    return [name for param in params if isinstance(param, click.Option) and not param.hidden for name in param.opts]


def _is_flag(context: click.Context | None, name: str) -> bool:
    params = context.command.get_params(context) if context else []
    return any(isinstance(param, click.Option) and param.is_flag for param in params if name in param.opts)


def _nearest(wanted: str, known: list[str]) -> Phrase:
    found = difflib.get_close_matches(wanted, known, n=1, cutoff=NEAR)
    return Phrase(f" Menade du {found[0]}?" if found else "")


def written(param: click.Parameter) -> str:
    """The option or argument as people write it."""
    return param.opts[0] if isinstance(param, click.Option) else param.human_readable_name.strip("[]").upper()


def _name(param: click.Parameter | None) -> str | None:
    return written(param) if param is not None else None


def _named(param: click.Parameter | None) -> Phrase:
    lead = "Valet " if isinstance(param, click.Option) else ""
    return Phrase(f"{lead}{_name(param)}")


def _help_of(param: click.Parameter | None) -> str:
    text = param.help if isinstance(param, click.Option) else None
    return f"Ange det: {text[:1].lower()}{text[1:]}" if text else ""


def _after(rule: str) -> Phrase:
    return Phrase(f" {rule}" if rule else "")


def _rule(param: click.Parameter | None) -> str:
    """What the parameter takes; empty where its type says it in words of its own."""
    kind = param.type if param is not None else None
    if isinstance(kind, click.Choice):
        return f"Välj något av: {', '.join(map(str, kind.choices))}."
    if isinstance(kind, click.IntRange):
        return _range(kind)
    if isinstance(kind, IntParamType):
        return "Skriv ett heltal."
    if isinstance(kind, click.Path):
        return "Ange en fil som finns." if kind.exists else "Ange en fil, inte en mapp."
    return ""


def _range(kind: click.IntRange) -> str:
    if kind.min is not None and kind.max is not None:
        return f"Skriv ett heltal från {kind.min} till {kind.max}."
    return f"Skriv ett heltal, minst {kind.min}." if kind.min is not None else f"Skriv ett heltal, högst {kind.max}."
