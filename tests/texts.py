"""The texts people read: finds them in templates and code, and keeps the English catalogue in step.

`python -m tests.texts` adds what is new to the catalogue, takes out what is no longer said, compiles it, and names
what has no English words yet. The Swedish words are the ids themselves.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "assetreg" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
COMPILED = CATALOGUE.with_suffix(".mo")
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None}
A_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def texts() -> set[str]:
    """Every text that is looked up in the catalogue."""
    found = set(refusals())
    for path in sorted((ROOT / "templates").rglob("*.html")):
        found |= marked(path, "jinja2", {"newstyle_gettext": "true", "silent": "false"})
    for path in sorted((ROOT / "assetreg").rglob("*.py")):
        found |= marked(path, "python", {})
    return found


def marked(path: Path, method: str, options: dict[str, str]) -> set[str]:
    with path.open("rb") as file:
        messages = list(extract(method, file, KEYWORDS, options=options))
    several = [path for _, message, _, _ in messages if not isinstance(message, str)]
    if several:
        raise ValueError(f"{path}: the catalogue has no plurals; write one sentence for each number")
    return {str(message) for _, message, _, _ in messages}


def refusals() -> Iterator[str]:
    """The sentences of the refusals, which are translated where they are shown."""
    for path in sorted((ROOT / "assetreg").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                yield from filter(None, map(said, node.body))


def said(statement: ast.stmt) -> str | None:
    """The value of a class's ``message``, where the statement gives it one."""
    if isinstance(statement, ast.Assign):
        target: ast.expr = statement.targets[0]
    elif isinstance(statement, ast.AnnAssign):
        target = statement.target
    else:
        return None
    value = statement.value
    if isinstance(target, ast.Name) and target.id == "message" and isinstance(value, ast.Constant):
        return str(value.value)
    return None


def known() -> Catalog:
    if not CATALOGUE.exists():
        return Catalog(locale="en")
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


def renewed() -> Catalog:
    """The catalogue with the texts of today, each with the English words it already had."""
    before = known()
    catalogue = Catalog(
        locale="en",
        header_comment="# The English words of assetreg. Written by python -m tests.texts, filled in by hand.",
        project="assetreg",
        version="",
        msgid_bugs_address="",
        last_translator="",
        language_team="English",
        creation_date=A_DAY,
        revision_date=A_DAY,
        fuzzy=False,
    )
    for text in sorted(texts()):
        present = before.get(text)
        catalogue.add(text, present.string if present else "")
    return catalogue


def compiled(catalogue: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def untranslated(catalogue: Catalog) -> list[str]:
    return [str(message.id) for message in catalogue if message.id and not message.string]


def main() -> int:
    catalogue = renewed()
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("wb") as file:
        write_po(file, catalogue, width=110, sort_output=True, ignore_obsolete=True)
    COMPILED.write_bytes(compiled(known()))
    missing = untranslated(catalogue)
    print("\n".join(missing))
    print(f"{len(catalogue)} texts, {len(missing)} without English words", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
