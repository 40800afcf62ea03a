"""Every refusal the register can give is a Swedish sentence with nothing left to fill in but what it is given."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from string import Formatter

import pytest

import assetreg.domain
import assetreg.schemas
import assetreg.services
import assetreg.sources
from assetreg.domain.errors import Refusal

PACKAGES = (assetreg.domain, assetreg.schemas, assetreg.services, assetreg.sources)
SWEDISH = ("å", "ä", "ö", " är ", " inte ", " eller ", " och ", " en ", " det ", " den ", " om ", " fyll ")


def kinds() -> list[type[Refusal]]:
    for package in PACKAGES:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    found, waiting = [], [Refusal]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting += kind.__subclasses__()
    found = [kind for kind in found if kind.__module__.startswith(tuple(f"{each.__name__}." for each in PACKAGES))]
    return sorted(found, key=lambda kind: (kind.__module__, kind.__name__))


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_refusal_is_a_swedish_sentence(kind: type[Refusal]) -> None:
    names = {name for _, name, _, _ in Formatter().parse(kind.message) if name is not None}
    assert all(name.isidentifier() for name in names)
    filled = kind.message.format(**dict.fromkeys(names, "X"))
    assert filled.endswith((".", "?"))
    assert any(word in f" {filled.lower()}" for word in SWEDISH)
    assert "  " not in filled
    assert filled[0].isupper() or filled[0].isdigit()


def test_each_code_is_one_refusals() -> None:
    codes = [kind.__dict__["code"] for kind in kinds() if "code" in kind.__dict__]
    assert sorted(code for code in set(codes) if codes.count(code) > 1) == []
