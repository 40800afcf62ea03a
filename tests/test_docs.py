"""What the README says is so: every setting, command and role is in it, and nothing that is gone."""

from __future__ import annotations

import re
from pathlib import Path

from assetreg.cli.main import assetreg
from assetreg.config import SETTINGS
from assetreg.domain.terms import Role
from assetreg.services.imports.presets import PRESETS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


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


def test_every_file_the_docs_point_at_exists() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} points at {target}"


def test_the_columns_of_every_kind_of_file_are_listed() -> None:
    """So that nobody has to read code to know what a list may hold."""
    page = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
    for preset in PRESETS.values():
        section = page.split(f"## `{preset.name}`")[1].split("\n## ")[0]
        listed = re.findall(r"^\| (\S+) \| `(\w+)` \|", section, re.MULTILINE)
        assert listed == [(column.swedish, column.name) for column in preset.columns]
