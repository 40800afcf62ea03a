from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from tests import texts

PLACES = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def test_every_text_has_english_words() -> None:
    known = texts.known()
    there = {message.id for message in known if message.id and texts.has_words(message)}
    missing = sorted(texts.texts() - there, key=texts.first)
    assert missing == [], "run python -m tests.texts and fill in the English words"


def test_catalogue_says_nothing_that_nobody_says() -> None:
    assert {message.id for message in texts.known() if message.id} - texts.texts() == set()


def test_compiled_catalogue_is_the_written_one() -> None:
    assert texts.COMPILED.read_bytes() == texts.compiled(texts.known()), "run python -m tests.texts"


def test_translations_name_the_same_values() -> None:
    pairs = [(str(message.id), str(message.string)) for message in texts.known() if message.id]
    different = [text for text, english in pairs if set(PLACES.findall(text)) != set(PLACES.findall(english))]
    assert different == []


def test_texts_are_found_in_templates_code_and_refusals() -> None:
    found = texts.texts()
    assert {"Hoppa till innehållet", "Lösenordet är bytt. Du är utloggad överallt utom här."} <= found
    assert "Fel användarnamn eller lösenord. Kontrollera båda och försök igen." in found
    assert "Registrerar utfall och tar fram årets siffror." in found
    assert {"{who} lånade ut enheten", "{who} makulerade enheten", "Eget bytesdatum"} <= found


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


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('Sentence("{who} kom", {"who": "Ingen"})', ["{who} kom"]),
        ('Sentence(KINDS.get(kind, "{who} gick"), values)', ["{who} gick"]),
        ('WrongKind(name=name, kind=Phrase("en bild"))', ["en bild"]),
        ('Preset(name="devices", label="Enheter", hint="En rad var.")', ["Enheter"]),
        ('FIELDS: dict[str, str] = {"os": "System"}\nOTHER = {"os": "Annat"}', ["System"]),
        ('FIELDS = ("Allt är " "genomsökt.")\nOTHER = "Annat"', ["Allt är genomsökt."]),
        ("said = f\"{where} · {_('aldrig') if new else used}\"", ["aldrig"]),
        ('print("Hej")', []),
    ],
)
def test_unmarked_words_are_found(source: str, found: list[str]) -> None:
    assert list(texts.spoken(source, ("FIELDS",))) == found


def test_text_that_counts_has_both_forms(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text("{{ ngettext('en', 'flera', 2) }}{{ _('alla') }}", encoding="utf-8")
    assert texts.marked(page, "jinja2", {}) == {("en", "flera"), "alla"}


def test_count_with_one_form_missing_lacks_words() -> None:
    assert not texts.has_words(Message(("en", "flera"), ("one", "")))
    assert texts.has_words(Message(("en", "flera"), ("one", "several")))
