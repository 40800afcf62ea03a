from __future__ import annotations

import pytest

from tests.cli.conftest import Run

PASSWORD = "ett gammalt paraply i hallen"


def rule(assetreg: Run, claim: str, value: str, *more: str) -> None:
    assert assetreg("sign-in", "rule", "add", claim, value, "--role", "reader", *more).exit == 0


def test_rules_are_added_listed_and_removed(assetreg: Run) -> None:
    rule(assetreg, "app-role", "Läsare.Laxå", "--owner", "1860", "--owner", "1861")
    rule(assetreg, "group", "ABCD-1", "--all", "--position", "5")
    listed = assetreg("sign-in", "rule", "list", "--json").document
    assert [(row["claim"], row["value"], row["owners"], row["position"]) for row in listed] == [
        ("group", "abcd-1", None, 5),
        ("app-role", "Läsare.Laxå", ["1860", "1861"], 10),
    ]
    assert "10  Approll Läsare.Laxå  Kommunkontakt  1860, 1861" in assetreg("sign-in", "rule", "list").out
    assert assetreg("sign-in", "rule", "remove", "group", "AbCd-1").exit == 0
    assert [row["value"] for row in assetreg("sign-in", "rule", "list", "--json").document] == ["Läsare.Laxå"]
    assert assetreg("check").exit == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["add", "app-role", "Ny", "--role", "reader", "--owner", "9999"], "9999 finns inte"),
        (["add", "app-role", "Ny", "--role", "auditor", "--all"], "tar slut"),
        (["add", "app-role", "Känd", "--role", "admin", "--all"], "redan en regel"),
        (["add", "app-role", "Ny", "--role", "admin", "--all", "--position", "0"], "från 1 till"),
        (["remove", "group", "Känd"], "ingen regel"),
    ],
)
def test_refusal_is_a_sentence_and_changes_nothing(assetreg: Run, arguments: list[str], sentence: str) -> None:
    rule(assetreg, "app-role", "Känd", "--all")
    before = assetreg("sign-in", "rule", "list", "--json").document
    done = assetreg("sign-in", "rule", *arguments)
    assert (done.exit, done.out) == (1, "")
    assert sentence in done.err
    assert assetreg("sign-in", "rule", "list", "--json").document == before


@pytest.mark.parametrize("arguments", [["add", "email", "x"], ["add", "group", "x"], ["remove", "group"]])
def test_usage_is_exit_2(assetreg: Run, arguments: list[str]) -> None:
    assert assetreg("sign-in", "rule", *arguments).exit == 2


def add(assetreg: Run, name: str, *more: str) -> int:
    return assetreg("user", "add", name, *more, "--password-stdin", stdin=PASSWORD).exit


def test_auditors_access_has_an_end(assetreg: Run) -> None:
    assert add(assetreg, "rev", "--role", "auditor") == 1
    assert add(assetreg, "rev", "--role", "auditor", "--expires", "2027-06-30") == 0
    assert add(assetreg, "anna", "--role", "reader") == 0
    assert assetreg("user", "set-role", "anna", "auditor").exit == 1
    assert assetreg("user", "set-expiry", "rev").exit == 1
    assert assetreg("user", "set-role", "anna", "auditor", "--expires", "2027-01-31").exit == 0
    anna, rev = assetreg("user", "list", "--json").document
    assert (anna["role"], anna["expires_on"]) == ("auditor", "2027-01-31")
    assert rev["expires_on"] == "2027-06-30"
    assert "till och med 2027-06-30" in assetreg("user", "list").out


def test_last_day_is_set_and_taken_away(assetreg: Run) -> None:
    add(assetreg, "anna", "--role", "reader")
    add(assetreg, "noise", "--role", "reader")
    assert assetreg("user", "set-expiry", "anna", "2027-01-31").exit == 0
    assert [row["expires_on"] for row in assetreg("user", "list", "--json").document] == ["2027-01-31", None]
    assert assetreg("user", "set-expiry", "anna", "snart").exit == 1
    assert assetreg("user", "set-expiry", "anna").exit == 0
    assert assetreg("user", "list", "--json").document[0]["expires_on"] is None


def test_second_factor_is_reset_by_name(assetreg: Run) -> None:
    add(assetreg, "anna", "--role", "reader")
    assert assetreg("user", "reset-second-factor", "anna", "--json").document == {
        "name": "anna",
        "second_factor": False,
    }
    assert assetreg("user", "reset-second-factor", "nobody").exit == 1
