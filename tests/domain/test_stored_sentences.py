from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given

from assetreg.domain.errors import LONGEST_SHOWN, Invalid
from assetreg.domain.moves import Move
from assetreg.domain.sentences import Bilingual, Phrase, Sentence
from assetreg.domain.stored_sentences import fault_from_json, fault_to_json, from_json, to_json
from assetreg.domain.terms import Stage
from tests.domain.sentence_values import values

ENGLISH = {
    "Delen {what} saknas: {more}.": "The part {what} is missing: {more}.",
    "inga": "none",
    "{count} delar": "{count} parts",
}


class Lacking(Invalid):
    code = "lacking"
    message = "Delen {what} saknas: {more}."


def english(text: str) -> str:
    return ENGLISH.get(text, text)


def stored(sentence: Sentence) -> Sentence:
    return from_json(json.loads(json.dumps(to_json(sentence), allow_nan=False)))


@pytest.mark.parametrize(
    ("value", "sv", "en"),
    [
        ("hund {katt} %s", "hund {katt} %s", "hund {katt} %s"),
        ("inga", "inga", "inga"),
        (Phrase("inga"), "inga", "none"),
        (Stage.IN_STOCK, "i lager", "in stock"),
        (Move.LEND, Move.LEND.sv.lower(), Move.LEND.en.lower()),
        (Bilingual("serienummer", "serial"), "serienummer", "serial"),
        (Sentence("{count} delar", {"count": 3}), "3 delar", "3 parts"),
        ([Stage.IN_STOCK, Phrase("inga"), "A"], "i lager, inga, A", "in stock, none, A"),
        (date(2026, 3, 1), "2026-03-01", "2026-03-01"),
        (datetime(2026, 3, 1, 12, tzinfo=UTC), "2026-03-01T12:00:00+00:00", "2026-03-01T12:00:00+00:00"),
        (Decimal("-1234.50"), "−1\u00a0234,5", "-1,234.5"),
        (Decimal("1E+40"), "1E+40", "1E+40"),
        (Decimal("1E-27"), "1E-27", "1E-27"),
        (10**40, "1" + "0" * 40, "1" + "0" * 40),
        (float("nan"), "nan", "nan"),
        (None, "–", "–"),
        (True, "True", "True"),
    ],
)
def test_value_says_the_same_in_each_language_when_it_has_been_stored(value: object, sv: str, en: str) -> None:
    kept = stored(Lacking(what=value, more="noll").said())
    assert kept.text() == f"Delen {sv} saknas: noll."
    assert kept.text(english, "en") == f"The part {en} is missing: noll."


@given(values, values)
def test_any_value_survives_being_stored(what: object, more: object) -> None:
    said = Lacking(what=what, more=more).said()
    assert stored(said).text() == said.text()
    assert stored(said).text(english, "en") == said.text(english, "en")


def test_no_more_is_stored_than_the_sentence_shows() -> None:
    kept = json.dumps(fault_to_json(Lacking(field="x", what="a" * 5_000, more=["b" * 61], unsaid="Kim Ek")))
    assert "a" * (LONGEST_SHOWN - 1) in kept
    assert "a" * LONGEST_SHOWN not in kept
    assert "b" * LONGEST_SHOWN not in kept
    assert "Kim" not in kept


def test_fault_keeps_its_code_and_field() -> None:
    kept = fault_to_json(Lacking(field="serial", what="A", more="B"))
    assert (kept["code"], kept["field"]) == ("lacking", "serial")
    assert fault_from_json(kept) == Sentence("Delen {what} saknas: {more}.", {"what": "A", "more": "B"})
    assert fault_from_json(None) is None


def test_word_that_has_left_the_vocabulary_is_shown_as_it_was_stored() -> None:
    kept = {"text": "{a} {b}", "values": {"a": {"term": ["Stage", "sold"]}, "b": {"term": ["Mood", "glad"]}}}
    assert from_json(kept).text() == "sold glad"


def test_text_without_values_keeps_its_braces() -> None:
    assert from_json({"text": "{{0}} och {{x}} {{", "values": {}}).text() == "{0} och {x} {"
