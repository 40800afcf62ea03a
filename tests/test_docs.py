"""What the documents say is so: every setting, command and role is in the README, and none that is gone is anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from assetreg.cli.main import assetreg
from assetreg.config import SETTINGS
from assetreg.domain.terms import Role
from assetreg.services.imports.presets import PRESETS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = ROOT / "docs" / "in-service" / "examples"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
FILES = [ROOT / "Containerfile", ROOT / "compose.yaml", ROOT / "docs" / "alerts.yml", *sorted(EXAMPLES.iterdir())]
_CODE = re.compile(r"^```.*?^```$|(?:^ {4,}.*\n)+|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_TYPED = r"(?:^ *|[`;&|] *|^time |\S=\S+ |register |\* +|/bin/)"
_COMMAND = re.compile(_TYPED + r"assetreg((?: +[a-z-][\w|-]*)(?: +(?!&&|#|\|)[^\s`'\"|;)]+)*)")


def test_the_two_commands_stand_at_the_top() -> None:
    assert README.split("```")[1].split() == ["./run", "demo", "./run", "test"]


def test_every_setting_is_listed_with_its_default_and_meaning() -> None:
    listed = re.findall(r"^\| `(ASSETREG_\w+)` \| (.*?) \| (.*?) \|$", README, re.MULTILINE)
    assert listed == [(each.name, each.default or "–", each.meaning) for each in SETTINGS]


def test_every_command_is_listed() -> None:
    assert set(re.findall(r"^\| `assetreg ([\w-]+)` \|", README, re.MULTILINE)) == set(assetreg.commands)


def test_every_role_is_listed_by_its_label() -> None:
    listed = re.findall(r"^\| (.*?) \| `(\w+)` \|", README, re.MULTILINE)
    assert listed == [(role.sv, role.value) for role in Role]


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_file_and_heading_that_is_pointed_at_exists(page: Path) -> None:
    for target, heading in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", page.read_text(encoding="utf-8")):
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), target
        if heading:
            assert heading in headings(file), f"{target}#{heading}"


def headings(page: Path) -> set[str]:
    """As a page of the project's host would address them."""
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in found}


@pytest.mark.parametrize("page", [*PAGES, *FILES], ids=named)
def test_every_setting_that_is_named_exists(page: Path) -> None:
    known = {name for each in SETTINGS for name in (each.name, f"{each.name}_FILE")}
    stated = set(re.findall(r"\bASSETREG_[A-Z][A-Z_]*[A-Z]\b(?!\*)", page.read_text(encoding="utf-8")))
    assert stated - known == set()


def commands_in(page: Path) -> Iterator[list[str]]:
    """What follows ``assetreg`` where it is meant to be typed or run."""
    text = page.read_text(encoding="utf-8")
    code = "\n".join(_CODE.findall(text)) if page.suffix == ".md" else text
    for line in code.replace("\\\n", " ").splitlines():
        if page.suffix == ".md" or "ExecStart" in line:
            yield from (found[1].split() for found in _COMMAND.finditer(line))


def test_commands_are_found_where_they_are_typed() -> None:
    """The test below would be content with none."""
    assert len(list(commands_in(ROOT / "README.md"))) > 20
    assert ["prune"] in list(commands_in(EXAMPLES / "assetreg-prune.service"))


@pytest.mark.parametrize("page", [*PAGES, *FILES], ids=named)
def test_every_command_and_option_that_is_named_exists(page: Path) -> None:
    for words in commands_in(page):
        assert unknown(words) is None, f"assetreg {' '.join(words)}: {unknown(words)}"


def unknown(words: list[str]) -> str | None:
    """The word that the command line does not know, if any."""
    command: click.Command = assetreg
    rest = list(words)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        names = rest.pop(0).split("|")
        if not set(names) <= set(command.commands):
            return "|".join(names)
        command = command.commands[names[0]]
    options = {name for each in command.params for name in (*each.opts, *each.secondary_opts)} | {"--help", "--version"}
    stated = [re.sub(r"[\[\]]|=.*", "", word) for word in rest if re.match(r"\[?-", word)]
    return next((word for word in stated if word not in options), None)


def test_the_columns_of_every_kind_of_file_are_listed() -> None:
    """So that nobody has to read code to know what a list may hold."""
    page = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
    for preset in PRESETS.values():
        section = page.split(f"## `{preset.name}`")[1].split("\n## ")[0]
        listed = re.findall(r"^\| (\S+) \| `(\w+)` \|", section, re.MULTILINE)
        assert listed == [(column.swedish, column.name) for column in preset.columns]
