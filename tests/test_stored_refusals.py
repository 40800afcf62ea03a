"""Every refusal there is, stored and read back: it says the same in Swedish and in English."""

from __future__ import annotations

import gettext
import importlib
import json
import pkgutil
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import cycle
from string import Formatter
from typing import Any, TypeVar

from hypothesis import given
from hypothesis import strategies as st

import assetreg
from assetreg.domain.errors import Refusal
from assetreg.domain.sentences import Sentence
from assetreg.domain.stored_sentences import from_json, to_json
from assetreg.domain.terms import Term
from tests.domain.sentence_values import values
from tests.texts import COMPILED

T = TypeVar("T")
ELSEWHERE = {"assetreg.__main__", "assetreg.demo.__main__", "assetreg.cli.servers.on_waitress"}
"""Entry points, and what only some systems have the package for."""


def classes(of: type[T]) -> Iterator[type[T]]:
    for each in type.__subclasses__(of):
        yield each
        yield from classes(each)


def ours(of: type[T]) -> list[type[T]]:
    """Every class of the package below one, whichever module it is in."""
    for module in pkgutil.walk_packages(assetreg.__path__, "assetreg."):
        if module.name not in ELSEWHERE:
            importlib.import_module(module.name)
    found = {each for each in classes(of) if each.__module__.startswith("assetreg.")}
    return sorted(found, key=lambda each: (each.__module__, each.__qualname__))


with COMPILED.open("rb") as file:
    english = gettext.GNUTranslations(file).gettext


@cache
def refusals() -> list[type[Refusal]]:
    return ours(Refusal)


def refused(kind: type[Refusal], params: dict[str, Any]) -> Refusal:
    """One of the kind with these values, also where the kind itself takes other arguments."""
    made = kind.__new__(kind)
    Refusal.__init__(made, **params)
    return made


def named(kind: type[Refusal]) -> list[str]:
    return sorted({name for _, name, _, _ in Formatter().parse(kind.message) if name})


def test_all_refusals_of_the_package_are_looked_at() -> None:
    modules = {kind.__module__.split(".")[1] for kind in refusals()}
    assert {"domain", "schemas", "sources", "services", "web", "cli", "db"} <= modules
    assert len(refusals()) > 200


@given(st.lists(values, min_size=8, max_size=8))
def test_every_refusal_says_the_same_when_it_has_been_stored(drawn: list[object]) -> None:
    for kind in refusals():
        said = refused(kind, dict(zip(named(kind), cycle(drawn), strict=False))).said()
        kept = from_json(json.loads(json.dumps(to_json(said), allow_nan=False)))
        told = [kind.__name__, said.text(), said.text(english, "en")]
        assert [kind.__name__, kept.text(), kept.text(english, "en")] == told


def test_words_are_told_apart_by_the_name_of_their_family() -> None:
    families = ours(Term)
    assert [name for name, times in Counter(each.__name__ for each in families).items() if times > 1] == []
    members = [member for family in families for member in family]
    kept = from_json(json.loads(json.dumps(to_json(Sentence("{members}", {"members": members})))))
    assert kept.values == {"members": members}
    assert kept.text(english, "en") == ", ".join(member.en.lower() for member in members)
