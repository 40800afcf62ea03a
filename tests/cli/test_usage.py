"""Misuse of the command line: a Swedish sentence, exit 2, and one JSON document where JSON is asked for."""

from __future__ import annotations

import json

import pytest

from assetreg import __version__
from tests.cli.conftest import Run

MISUSED = [
    ((), "command_missing", "Skriv vad som ska göras efter assetreg: "),
    (("user",), "command_missing", "Skriv vad som ska göras efter assetreg user: add, "),
    (("sign-in", "rule"), "command_missing", "add, list, remove"),
    (("devise", "show", "X"), "no_such_command", "Kommandot devise finns inte. Menade du device?"),
    (("bogus",), "no_such_command", "Kommandot bogus finns inte."),
    (("due", "--form", "2025-01-01"), "no_such_option", "Valet --form finns inte. Menade du --from?"),
    (("check", "--anchor", "/"), "bad_value", "Värdet till --anchor går inte att använda. Ange en fil"),
    (("import", "devices", "-", "--dry-run=yes"), "option_takes_no_value", "Valet --dry-run tar inget värde"),
    (("indicators",), "value_missing", "Valet --year saknas. Skriv ett heltal från 1980 till 2100."),
    (("device", "show"), "value_missing", "CODE saknas."),
    (("device", "show", " "), "no_code", "Skriv enhetens nummer"),
    (("indicators", "--year", "i fjol"), "bad_value", "Skriv ett heltal från 1980 till 2100."),
    (("imports", "undo", "sju"), "bad_value", "Skriv ett heltal."),
    (("demo", "--devices", "0"), "bad_value", "Skriv ett heltal, minst 1."),
    (("demo", "--today", "igår"), "bad_value", "Skriv det som ÅÅÅÅ-MM-DD"),
    (("export", "lösenord"), "bad_value", "Välj något av: devices, due"),
    (("due", "--from", "4/5/16"), "bad_value", "kan läsas på flera sätt"),
    (("due", "2025", "2026"), "too_many_arguments", "2025, 2026 är för mycket"),
    (("due", "--from", "2025-01-02", "--to", "2025-01-01"), "period_backwards", "börjar 2025-01-02 men slutar"),
    (("due", "--from", "2099-01-01"), "period_backwards", "börjar 2099-01-01"),
    (("indicators", "--year", "2026", "--as-known-on", "2099-01-01"), "day_not_yet", "--as-known-on 2099-01-01"),
    (("indicators", "--year", "2026", "--as-of", "2099-01-01"), "day_not_yet", "--as-of 2099-01-01"),
    (("place", "list"), "value_missing", "Valet --owner saknas. Ange det: "),
    (("sign-in", "rule", "add", "group", "X", "--role", "reader"), "sight_unclear", "--all för alla kommuner"),
    (
        ("sign-in", "rule", "add", "group", "X", "--role", "reader", "--all", "--owner", "1860"),
        *("sight_unclear", "--owner en eller flera gånger"),
    ),
    (("user", "set-role", "anna"), "role_unclear", "efter namnet eller med --role: technician, planner"),
    (("user", "set-role", "anna", "admin", "--role", "reader"), "role_unclear", "Ange en roll"),
    (("export", "devices", "--format", "csv"), "json_beside_table", "Ange en fil för csv med -o"),
    (("import", "devices", "-", "--set", "owner=1860", "--set", "kommun=1861"), "set_twice", "1860 och 1861"),
]


@pytest.mark.parametrize(("arguments", "code", "told"), MISUSED)
def test_misuse_is_one_json_document_and_a_swedish_sentence(
    bare: Run, arguments: tuple[str, ...], code: str, told: str
) -> None:
    answer = bare(*arguments, "--json")
    assert answer.exit == 2
    [stated] = json.loads(answer.out)["refused"]
    assert stated["code"] == code
    assert told in stated["reason"]
    assert stated["reason"] in answer.err
    assert "Error" not in answer.err
    assert "Usage" not in answer.err


@pytest.mark.parametrize(("arguments", "code", "told"), MISUSED[1:-2])
def test_misuse_without_json_leaves_stdout_empty(
    assetreg: Run, arguments: tuple[str, ...], code: str, told: str
) -> None:
    answer = assetreg(*arguments)
    assert (answer.exit, answer.out) == (2, "")
    assert "Traceback" not in answer.err


def test_option_without_its_value_is_named(bare: Run) -> None:
    answer = bare("due", "--json", "--to")
    assert answer.exit == 2
    [stated] = answer.document["refused"]
    assert (stated["code"], stated["field"]) == ("option_lacks_value", "--to")
    assert answer.err.splitlines() == ["Valet --to behöver ett värde efter sig.", "Se assetreg due --help."]


def test_json_may_stand_before_the_command(assetreg: Run) -> None:
    assert json.loads(assetreg("--json", "user", "list").out) == []
    assert json.loads(assetreg("user", "--json", "list").out) == []
    assert assetreg("--json", "due", "x").document["refused"][0]["code"] == "too_many_arguments"


def test_misuse_says_where_the_help_is(bare: Run) -> None:
    assert bare("imports", "undo").err.splitlines()[-1] == "Se assetreg imports undo --help."


def test_nothing_at_all_shows_what_there_is(bare: Run) -> None:
    answer = bare()
    assert (answer.exit, answer.out) == (2, "")
    assert "indicators" in answer.err


def test_version_is_told_without_an_installed_package(bare: Run) -> None:
    assert (bare("--version").exit, bare("--version").out) == (0, f"{__version__}\n")


@pytest.mark.parametrize("role", [("reader",), ("--role", "reader"), ("reader", "--role", "reader")])
def test_role_is_set_by_position_and_by_option(assetreg: Run, role: tuple[str, ...]) -> None:
    stated = ("--role", "admin", "--password-stdin")
    assetreg("user", "add", "anna", *stated, stdin="en lång mening som ingen gissar\n")
    assetreg("user", "add", "bo", *stated, stdin="en annan mening som ingen gissar\n")
    answer = assetreg("user", "set-role", "anna", *role, "--json")
    assert (answer.exit, answer.document["role"]) == (0, "reader")


def test_unknown_setting_is_named_with_the_nearest_one(assetreg: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSETREG_DATABSE_URL", "sqlite:////någon/annanstans.db")
    answer = assetreg("user", "list", "--json")
    assert "ASSETREG_DATABSE_URL finns inte och används inte. Menade du ASSETREG_DATABASE_URL?" in answer.err
    assert "annanstans" not in answer.err
    assert answer.document == []


HELPED = [(), ("serve",), ("demo",), ("import",), ("export",), ("user",), ("user", "add"), ("sign-in", "rule", "add")]


@pytest.mark.parametrize("command", HELPED, ids=" ".join)
def test_help_is_in_swedish_to_its_last_word(bare: Run, command: tuple[str, ...]) -> None:
    told = bare(*command, "--help").out
    assert told.startswith(f"Så här: {' '.join(('assetreg', *command))} [VAL]")
    assert "\nVal:\n" in told
    assert "Visa den här hjälpen." in told
    for english in ("Usage", "Options", "Commands", "Show this", "default", "required", "RANGE", "x<="):
        assert english not in told


def test_help_says_what_holds_when_an_option_is_left_out(bare: Run) -> None:
    told = bare("serve", "--help").out
    assert "[annars 8000; 1–65535]" in told
    assert "[krävs]" in bare("user", "add", "--help").out
