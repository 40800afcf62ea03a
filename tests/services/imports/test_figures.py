"""The indicator values file: years known by their totals, targets, and other indicators."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from assetreg.db.indicator import IndicatorValue
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, Scope
from tests.cast import Cast
from tests.services.imports.lists import Importing, counts, listing, reasons

HEADERS = "år;nämndmål;indikator;riktning;värde;målvärde;enhet;kommun;källa"
TOTAL = "2023;God miljö;I1;minst;864;1 100;st;;Årsredovisning 2023"


def figures(database: Database) -> list[dict[str, Any]]:
    names = ("year", "goal", "indicator", "direction", "value", "target", "unit", "owner_id", "source")
    with database.reading(EVERYTHING) as session:
        rows = session.execute(select(IndicatorValue).order_by(IndicatorValue.id)).scalars()
        return [{name: getattr(row, name) for name in names} for row in rows]


def test_totals_of_a_year_are_kept_and_the_same_file_changes_nothing(importing: Importing, database: Database) -> None:
    text = listing(
        HEADERS, TOTAL, "2023;God miljö;Mobila enheter;at_least;25;50;;;", "2023;Nöjda;Enkät;ja/nej;ja;;;1860;"
    )
    assert counts(importing.document(importing.applied(text, "indicator-values"))) == {"created": 3}
    kept = figures(database)
    assert [(each["indicator"], each["value"], each["target"]) for each in kept] == [
        ("I1", Decimal(864), Decimal(1100)),
        ("I2", Decimal(25), Decimal(50)),
        ("Enkät", Decimal(1), None),
    ]
    assert counts(importing.document(importing.applied(text, "indicator-values"))) == {"unchanged": 3}
    assert figures(database) == kept


def test_same_figure_is_changed_and_given_back(importing: Importing, database: Database) -> None:
    importing.applied(listing(HEADERS, TOTAL), "indicator-values")
    before = figures(database)
    changed = TOTAL.replace("864", "870").replace("1 100", "(tom)")
    number = importing.applied(listing(HEADERS, changed), "indicator-values")
    assert (figures(database)[0]["value"], figures(database)[0]["target"]) == (Decimal(870), None)
    assert importing.undone(number).undone == 1
    assert figures(database) == before


def test_undone_new_figure_says_nothing_any_more(importing: Importing, database: Database) -> None:
    number = importing.applied(listing(HEADERS, TOTAL), "indicator-values")
    importing.undone(number)
    assert [(each["value"], each["target"]) for each in figures(database)] == [(None, None)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (TOTAL.replace("2023;", "23;", 1), "year: 23 är inget år från 2000 till 2100"),
        (TOTAL.replace("864", "många"), "value: många går inte att läsa som ett tal"),
        (TOTAL.replace("minst", "mest"), "direction: mest är inget av de val som finns"),
        (TOTAL.replace("God miljö", ""), "goal: Uppgiften saknas"),
        (TOTAL.replace("864", "999999999999"), "value: Talet 999\u00a0999\u00a0999\u00a0999 är för stort"),
    ],
)
def test_figure_that_cannot_be_is_refused(importing: Importing, database: Database, row: str, reason: str) -> None:
    document = importing.document(importing.applied(listing(HEADERS, row), "indicator-values"))
    assert counts(document) == {"refused": 1}
    assert reason in reasons(document)[2]
    assert figures(database) == []


def test_two_rows_about_a_figure_must_agree(importing: Importing) -> None:
    text = listing(HEADERS, TOTAL, TOTAL, TOTAL.replace("864", "865"))
    document = importing.document(importing.applied(text, "indicator-values"))
    assert counts(document) == {"created": 1, "unchanged": 1, "refused": 1}


def test_figure_of_the_whole_is_not_for_one_owner_to_write(importing: Importing, cast: Cast) -> None:
    actor, laxa = cast.economist.actor, frozenset({cast.owners["1860"]})
    local = replace(importing, scope=Scope(owners=laxa, touched=laxa, account=actor.account), actor=actor)
    number = local.applied(listing(HEADERS, TOTAL, TOTAL.replace("st;;", "st;1860;")), "indicator-values")
    document = local.document(number)
    assert counts(document) == {"created": 1, "refused": 1}
    assert "Ange vilken kommun siffran gäller" in reasons(document)[2]
