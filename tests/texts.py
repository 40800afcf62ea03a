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

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "assetreg" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
COMPILED = CATALOGUE.with_suffix(".mo")
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None}
SPOKEN_TABLES = {
    "assetreg/services/device_history.py": ("FIELDS", "MOVED", "KINDS"),
    "assetreg/services/register_extract.py": ("SEARCHED",),
    "assetreg/web/device_conflict.py": ("LABELS",),
}
SPOKEN_CALLS = {"Sentence": "template", "Phrase": "text", "Preset": "label"}
A_DAY = datetime(2026, 1, 1, tzinfo=UTC)


Text = str | tuple[str, ...]
"""A text, or the two forms of one that counts: for one thing and for several."""


def texts() -> set[Text]:
    """Every text that is looked up in the catalogue."""
    found: set[Text] = set(unmarked())
    for path in sorted((ROOT / "templates").rglob("*.html")):
        found |= marked(path, "jinja2", {"newstyle_gettext": "true", "silent": "false"})
    for path in sorted((ROOT / "assetreg").rglob("*.py")):
        found |= marked(path, "python", {})
    return found


def marked(path: Path, method: str, options: dict[str, str]) -> set[Text]:
    with path.open("rb") as file:
        return {message for _, message, _, _ in extract(method, file, KEYWORDS, options=options)}


def unmarked() -> Iterator[str]:
    """What the rules and services say, which is translated where it is shown."""
    for path in sorted((ROOT / "assetreg").rglob("*.py")):
        tables = SPOKEN_TABLES.get(path.relative_to(ROOT).as_posix(), ())
        yield from spoken(path.read_text(encoding="utf-8"), tables)


def spoken(source: str, tables: tuple[str, ...] = ()) -> Iterator[str]:
    """The sentences of refusals, the templates given to a Sentence, and the words under the named names.

    Also what is marked inside an f-string, which the extraction does not read before Python 3.12.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            yield from filter(None, map(said, node.body))
        elif isinstance(node, ast.Call):
            yield from words(spoken_argument(node))
        elif isinstance(node, ast.JoinedStr):
            yield from (text for part in ast.walk(node) for text in words(marked_argument(part)))
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and assigned_name(node) in tables:
            values = node.value.values if isinstance(node.value, ast.Dict) else [node.value]
            yield from (text for value in values for text in words(value))


def assigned_name(assigned: ast.Assign | ast.AnnAssign) -> str | None:
    name = assigned.targets[0] if isinstance(assigned, ast.Assign) else assigned.target
    return name.id if isinstance(name, ast.Name) else None


def marked_argument(node: ast.AST) -> ast.expr | None:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_" and node.args:
        return node.args[0]
    return None


def spoken_argument(call: ast.Call) -> ast.expr | None:
    """The text among the arguments: the one with its name, else the first."""
    called = call.func.id if isinstance(call.func, ast.Name) else ""
    if called not in SPOKEN_CALLS:
        return None
    named = {argument.arg: argument.value for argument in call.keywords}
    return named.get(SPOKEN_CALLS[called]) or (call.args[0] if call.args else None)


def words(expression: ast.expr | None) -> Iterator[str]:
    """A text, or a text that stands for what a table has no words for."""
    if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
        yield expression.value
    elif isinstance(expression, ast.Call) and isinstance(expression.func, ast.Attribute):
        yield from (text for argument in expression.args for text in words(argument))


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
    for text in sorted(texts(), key=first):
        present = before.get(first(text))
        kept = present is not None and present.id == text
        catalogue.add(text, present.string if present and kept else "")
    return catalogue


def first(text: Text) -> str:
    return text if isinstance(text, str) else text[0]


def compiled(catalogue: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def untranslated(catalogue: Catalog) -> list[str]:
    return [str(message.id) for message in catalogue if message.id and not has_words(message)]


def has_words(message: Message) -> bool:
    """Whether it says something, in each of its forms."""
    forms = message.string if isinstance(message.string, (list, tuple)) else (message.string,)
    return all(forms)


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
