"""``--help`` in Swedish: click's own words are English whatever the program says."""

from __future__ import annotations

import re

import click

SECTION_OPTIONS, SECTION_COMMANDS, LEAD = "Val", "Kommandon", "Så här: "
HELP_OF_HELP = "Visa den här hjälpen."
_EXTRAS = re.compile(r"\[([^\[\]]*)\]$")
_WORDS = (("default: ", "annars "), ("required", "krävs"), ("<=x<=", "–"), ("x>=", "minst "))


class SwedishHelp(click.Command):
    """A command, or with ``click.Group`` a group, whose help is in Swedish."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = HELP_OF_HELP
        return option

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        words = {"[OPTIONS]": "[VAL]", "COMMAND [ARGS]...": "KOMMANDO ..."}
        return [words.get(piece, piece) for piece in super().collect_usage_pieces(ctx)]

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix=LEAD)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        records = [record for option in options if (record := option.get_help_record(ctx)) is not None]
        with formatter.section(SECTION_OPTIONS):
            formatter.write_dl([(name, _EXTRAS.sub(_extra, text)) for name, text in records])
        if isinstance(self, click.Group):
            self._format_commands_below(self, ctx, formatter)

    def _format_commands_below(self, group: click.Group, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        found = [(name, group.get_command(ctx, name)) for name in group.list_commands(ctx)]
        shown = [(name, command) for name, command in found if command is not None and not command.hidden]
        room = formatter.width - 6 - max((len(name) for name, _ in shown), default=0)
        with formatter.section(SECTION_COMMANDS):
            formatter.write_dl([(name, command.get_short_help_str(room)) for name, command in shown])


def _extra(found: re.Match[str]) -> str:
    text = found[1]
    for english, swedish in _WORDS:
        text = text.replace(english, swedish)
    return f"[{text}]"
