from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests import texts

PLACES = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def test_every_text_has_english_words() -> None:
    missing = [text for text in texts.texts() if not getattr(texts.known().get(text), "string", None)]
    assert missing == [], "run python -m tests.texts and fill in the English words"


def test_catalogue_says_nothing_that_nobody_says() -> None:
    assert {str(message.id) for message in texts.known() if message.id} - texts.texts() == set()


def test_compiled_catalogue_is_the_written_one() -> None:
    assert texts.COMPILED.read_bytes() == texts.compiled(texts.known()), "run python -m tests.texts"


def test_translations_name_the_same_values() -> None:
    pairs = [(str(message.id), str(message.string)) for message in texts.known() if message.id and message.string]
    different = [text for text, english in pairs if set(PLACES.findall(text)) != set(PLACES.findall(english))]
    assert different == []


def test_texts_are_found_in_templates_code_and_refusals() -> None:
    found = texts.texts()
    assert {"Hoppa till innehållet", "Lösenordet är bytt. Du är utloggad överallt utom här."} <= found
    assert "Fel användarnamn eller lösenord. Kontrollera båda och försök igen." in found
    assert "Registrerar utfall och tar fram årets siffror." in found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('class A:\n    message = "Nej."', ["Nej."]),
        ('class A:\n    message: ClassVar[str] = ("Nej, "\n        "tack.")', ["Nej, tack."]),
        ('class A:\n    code = "a"\n    def message(self): ...', []),
    ],
)
def test_sentence_of_a_refusal_is_found(source: str, found: list[str]) -> None:
    (node,) = ast.parse(source).body
    assert isinstance(node, ast.ClassDef)
    assert [text for text in map(texts.said, node.body) if text] == found


def test_plural_forms_are_refused(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text("{{ ngettext('en', 'flera', 2) }}", encoding="utf-8")
    with pytest.raises(ValueError, match="plurals"):
        texts.marked(page, "jinja2", {})
