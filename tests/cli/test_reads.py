from __future__ import annotations

import csv
import errno
import io
import json
import os
from pathlib import Path

import openpyxl
import pytest

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.schemas.device import device_input
from assetreg.services import devices, labels
from tests.cli.conftest import Run
from tests.web.fleet import CLERK, fill

MISSING_FIGURES = {
    *("reuse", "parts_reuse", "recycling", "internal_reuse", "energy_recovery", "landfill", "lost_or_stolen"),
    *("other_ended", "pending", "bought", "readings", "frozen"),
}


@pytest.fixture
def filled(assetreg: Run, history_key: bytes) -> Run:
    database = Database(os.environ["ASSETREG_DATABASE_URL"], history_key=history_key)
    fill(database)
    with database.transaction(EVERYTHING) as session:
        for owner, tag, serial in (("1860", "1234", "SHOW1"), ("1861", "1234", "SHOW2")):
            data = {"owner": owner, "kind": "laptop", "asset_tag": tag, "serial": serial, "purchased": "2022-05"}
            devices.register(session, device_input(data), actor=CLERK)
    database.close()
    return assetreg


def token(history_key: bytes, tag: str) -> str:
    database = Database(os.environ["ASSETREG_DATABASE_URL"], history_key=history_key)
    with database.reading(EVERYTHING) as session:
        found = labels.of_device(session, devices.get(session, tag))[0].token
    database.close()
    return found


def test_figures_are_the_document_that_programs_rely_on(filled: Run) -> None:
    document = filled("indicators", "--year", "2026", "--json").document
    assert list(document) == ["year", "rule_version", "indicators"]
    assert (document["year"], document["rule_version"], len(document["indicators"])) == (2026, 1, 12)
    total = document["indicators"][0]
    assert total == {
        "id": "I1",
        "owner": None,
        "headline": 2,
        "reuse": 1,
        "parts_reuse": 0,
        "recycling": 1,
        "internal_reuse": 0,
        "energy_recovery": 0,
        "landfill": 0,
        "lost_or_stolen": 0,
        "other_ended": 0,
        "pending": 1,
        "bought": 0,
        "totals_only": False,
        "target": None,
        "readings": None,
        "shares": {"reuse_rate": "50.0", "handled_rate": "100.0", "take_back_rate": None, "goal": None},
        "frozen": None,
    }
    laxa = next(row for row in document["indicators"] if (row["id"], row["owner"]) == ("I1", "1860"))
    assert laxa == total | {"owner": "1860", "in_totals": True}
    mobile = next(row for row in document["indicators"] if (row["id"], row["owner"]) == ("I2", None))
    assert mobile["readings"] == {"all": 1, "bought_from_2023": 0, "in_intune": 0}


def test_year_known_by_its_total_gives_headline_target_and_goal_alone(filled: Run) -> None:
    total = filled("indicators", "--year", "2023", "--json").document["indicators"][0]
    assert (total["headline"], total["target"], total["totals_only"]) == (864, 1100, True)
    assert total["shares"] == {"reuse_rate": None, "handled_rate": None, "take_back_rate": None, "goal": "78.5"}
    assert {name for name, value in total.items() if value is None} == MISSING_FIGURES | {"owner"}


def test_figures_for_people_line_up_with_swedish_numbers(filled: Run) -> None:
    answer = filled("indicators", "--year", "2023")
    lines = answer.out.splitlines()
    head = next(line for line in lines if "Återbruksgrad" in line)
    total = next(line for line in lines if line.startswith("Totalt"))
    assert total.index("864") + 3 == head.index("Återvunna och återbrukade") + len("Återvunna och återbrukade")
    assert "1\u00a0100" in total
    assert head.endswith("Återtagna av köpta")
    assert total.endswith("saknas")
    assert "78,5 %" in total
    assert "Enhetsraderna ger 0." in answer.out
    assert answer.exit == 0


@pytest.mark.parametrize(
    ("days", "headline"),
    [(("--as-of", "2026-03-31"), 1), (("--as-known-on", "2026-11-19"), 0), (("--as-known-on", "20261120"), 2)],
)
def test_figures_as_of_a_day_and_as_they_were_known(filled: Run, days: tuple[str, str], headline: int) -> None:
    document = filled("indicators", "--year", "2026", *days, "--json").document
    assert document["indicators"][0]["headline"] == headline


def test_figures_of_one_owner_have_no_total(filled: Run) -> None:
    document = filled("indicators", "--year", "2026", "--owner", "1861", "--json").document
    assert [(row["id"], row["owner"], row["headline"]) for row in document["indicators"]] == [
        ("I1", "1861", 0),
        ("I2", "1861", 1),
    ]


def test_due_is_the_window_both_ends_included_with_the_undated_beside(filled: Run) -> None:
    document = filled("due", "--from", "2025-05-01", "--to", "2026-05-01", "--json").document
    assert [(row["due_on"], row["owner"], row["serial"]) for row in document["items"]] == [
        ("2025-05-01", "1860", "SHOW1"),
        ("2025-05-01", "1861", "SHOW2"),
    ]
    assert (document["from"], document["to"], document["undated"]) == ("2025-05-01", "2026-05-01", 1)
    own = filled("due", "--owner", "1861", "--json").document
    assert ([row["serial"] for row in own["items"]], own["undated"]) == (["SHOW2"], 1)
    people = filled("due", "--to", "2025-05-01").out
    assert "3 enheter ska bytas till och med 2025-05-01." in people
    assert "saknar 1 enheter bytesdatum" in people
    assert "Inga enheter ska bytas" in filled("due", "--from", "2031-01-01", "--to", "2031-12-31").out


@pytest.mark.parametrize("code", ["1860-1234", "SHOW1", "show1 "])
def test_device_is_shown_by_tag_and_by_serial(filled: Run, code: str) -> None:
    document = filled("device", "show", code, "--json").document
    needed = {"tag", "serial", "kind", "owner", "stage", "purchased", "due_on", "mdm_state", "outcome", "events"}
    assert needed <= set(document)
    assert (document["tag"], document["serial"], document["owner"]) == ("1860-1234", "SHOW1", "1860")
    assert (document["purchased"], document["purchased_precision"], document["due_on"]) == (
        "2022-05-01",
        "month",
        "2025-05-01",
    )
    assert (document["outcome"], document["mdm_state"]) == (None, None)
    assert [event["sentence"] for event in document["events"]] == ["Registret registrerade enheten"]


def test_device_is_shown_by_its_label_and_by_the_labels_whole_address(
    filled: Run, history_key: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = token(history_key, "1860-1234")
    monkeypatch.setenv("ASSETREG_BASE_URL", "https://register.example.se")
    for asked in (code, f"https://register.example.se/t/{code}", f"HTTPS://REGISTER.EXAMPLE.SE/T/{code.upper()}"):
        assert filled("device", "show", asked, "--json").document["tag"] == "1860-1234"
    assert filled("device", "show", f"https://evil.example/t/{code}").exit == 1


def test_number_of_several_devices_lists_them_and_is_refused(filled: Run) -> None:
    answer = filled("device", "show", "1234")
    assert (answer.exit, answer.out) == (1, "")
    assert "1860-1234" in answer.err
    assert "1861-1234" in answer.err


def test_unknown_device_is_refused_with_what_to_do(filled: Run) -> None:
    answer = filled("device", "show", "FINNSINTE", "--json")
    assert answer.exit == 1
    assert "Ingen enhet har numret FINNSINTE" in answer.err
    assert answer.document["refused"][0]["code"] == "no_such_device"


def test_device_for_people_tells_facts_and_history(filled: Run) -> None:
    out = filled("device", "show", "SHOW1").out
    assert out.startswith("1860-1234\n")
    assert "Byts senast: 2025-05-01 (försenad)" in out
    assert "Registret registrerade enheten" in out


def test_take_back_share_stands_in_the_text_as_in_the_document(filled: Run) -> None:
    filled("import", "devices", "-", stdin="serienummer;typ;kommun;inköpsdatum\nKOPT1;laptop;1860;2026-02-02\n")
    total = filled("indicators", "--year", "2026", "--json").document["indicators"][0]
    assert (total["headline"], total["bought"]) == (2, 1)
    assert total["shares"]["take_back_rate"] == "200.0"
    line = next(row for row in filled("indicators", "--year", "2026").out.splitlines() if row.startswith("Totalt"))
    assert line.endswith("200,0 %")


def test_history_tells_each_changed_field_before_and_after(filled: Run) -> None:
    for name in ("DATOR-1", "DATOR-2"):
        changed = f"serienummer;inventarienummer;datornamn;pris\nSHOW1;1860-1234;{name};8 300,50\n"
        assert filled("import", "devices", "-", stdin=changed).exit == 0
    [second, first, registered] = filled("device", "show", "SHOW1", "--json").document["events"]
    assert second["fields"] == [{"name": "Datornamn", "before": "DATOR-1", "after": "DATOR-2"}]
    assert {"name": "Pris exkl. moms", "before": None, "after": "8300.50"} in first["fields"]
    assert (registered["fields"], second["skipped"]) == ([], [])
    out = filled("device", "show", "SHOW1").out
    assert "    Datornamn: DATOR-1 → DATOR-2" in out
    assert "    Datornamn: – → DATOR-1" in out


def test_history_tells_the_steps_an_outcome_skipped(filled: Run) -> None:
    line = "serienummer;utfall;datum;raderingsmetod\nSHOW2;external_reuse;2026-10-01;purge\n"
    answer = filled("import", "outcomes", "-", stdin=line)
    assert answer.exit == 0, answer.err
    event = filled("device", "show", "SHOW2", "--json").document["events"][0]
    assert event["skipped"][0] == "deployed"
    assert "    Överhoppade steg: i drift" in filled("device", "show", "SHOW2").out


@pytest.mark.parametrize("what", ["devices", "due", "aterbruk", "indicators", "history"])
def test_export_is_written_in_the_format_of_the_files_name(filled: Run, what: str, tmp_path: Path) -> None:
    files = {ending: tmp_path / f"ut fil.{ending}" for ending in ("csv", "xlsx", "json")}
    for ending, file in files.items():
        document = filled("export", what, "--year", "2026", "-o", str(file), "--json").document
        assert (document["file"], document["format"]) == (str(file), ending)
    rows = list(csv.reader(io.StringIO(files["csv"].read_text(encoding="utf-8-sig"), newline=""), delimiter=";"))
    table = json.loads(files["json"].read_text(encoding="utf-8"))
    book = openpyxl.load_workbook(files["xlsx"])
    assert len(rows) - 1 == len(table["rows"]) == book.worksheets[0].max_row - 1
    assert book.worksheets[1].title == "Om filen"
    assert {file.name for file in tmp_path.iterdir()} == {file.name for file in files.values()}


def test_export_without_a_file_is_written_to_stdout_and_nothing_else(filled: Run) -> None:
    answer = filled("export", "devices", "--owner", "1861")
    rows = list(csv.DictReader(io.StringIO(answer.out.lstrip("\ufeff"), newline=""), delimiter=";"))
    assert {row["kommun"] for row in rows} == {"Hallsberg"}
    assert json.loads(filled("export", "devices", "--json").out)["title"] == "Enheter"


def test_export_with_json_never_writes_another_format_on_stdout(filled: Run, tmp_path: Path) -> None:
    for chosen in ("csv", "xlsx"):
        answer = filled("export", "aterbruk", "--format", chosen, "--json")
        assert answer.exit == 2
        assert answer.document["refused"][0]["code"] == "json_beside_table"
    kept = tmp_path / "a.csv"
    assert filled("export", "aterbruk", "-o", str(kept), "--json").document["format"] == "csv"


def test_export_that_cannot_be_written_leaves_the_file_that_was_there(filled: Run, tmp_path: Path) -> None:
    answer = filled("export", "devices", "-o", str(tmp_path / "finns inte" / "a.csv"))
    assert answer.exit == 1
    assert "går inte att skriva" in answer.err
    kept = tmp_path / "a.csv"
    kept.write_text("det som fanns", encoding="utf-8")
    assert filled("export", "devices", "--owner", "9999", "-o", str(kept)).exit == 1
    assert [file.name for file in tmp_path.iterdir()] == ["a.csv"]
    assert kept.read_text(encoding="utf-8") == "det som fanns"


@pytest.mark.parametrize(
    "arguments",
    [
        ("indicators",),
        ("indicators", "--year", "i fjol"),
        ("indicators", "--year", "2026", "--as-of", "4/5/16"),
        ("due", "--from", "2026-02-31"),
        ("due", "--to", "2026"),
        ("export", "lösenord"),
        ("export", "devices", "--format", "exe"),
    ],
)
def test_wrong_usage_exits_with_two(filled: Run, arguments: tuple[str, ...]) -> None:
    answer = filled(*arguments)
    assert (answer.exit, answer.out) == (2, "")


@pytest.mark.parametrize("command", ["device", "due", "indicators", "export"])
def test_help_needs_no_register(bare: Run, command: str) -> None:
    assert bare(command, "--help").exit == 0


def test_reading_refuses_where_there_is_no_register(bare: Run) -> None:
    answer = bare("due")
    assert answer.exit == 1
    assert "upgrade" in answer.err


def test_anchor_that_cannot_be_written_is_refused_before_the_check(filled: Run, tmp_path: Path) -> None:
    answer = filled("check", "--anchor", str(tmp_path / "finns inte" / "rot"), "--json")
    assert answer.exit == 1
    assert answer.document["refused"][0]["code"] == "anchor_unusable"
    assert "mappen eller filen finns inte" in answer.err


@pytest.mark.parametrize("content", [b'{"token": "hemligt"}\n', b"PK\x03\x04\xff\xfe"])
def test_file_that_holds_no_roots_is_left_as_it_is_and_not_quoted(filled: Run, tmp_path: Path, content: bytes) -> None:
    wrong = tmp_path / "fel fil"
    wrong.write_bytes(content)
    answer = filled("check", "--anchor", str(wrong))
    assert answer.exit == 1
    assert "innehåller inga rötter" in answer.err
    assert "hemligt" not in answer.out + answer.err
    assert wrong.read_bytes() == content


def test_line_of_an_anchor_that_is_spoilt_is_a_difference(filled: Run, tmp_path: Path) -> None:
    anchor = tmp_path / "rot"
    assert filled("check", "--anchor", str(anchor)).exit == 0
    anchor.write_text(anchor.read_text(encoding="utf-8") + "inte en rot\n", encoding="utf-8")
    answer = filled("check", "--anchor", str(anchor), "--json")
    assert answer.exit == 1
    assert [row["about"] for row in answer.document["differences"]] == ["anchor"]


def test_date_known_by_its_month_is_shown_so(filled: Run) -> None:
    assert "Inköpt: 2022-05\n" in filled("device", "show", "SHOW1").out


def test_address_of_a_foreign_label_says_what_to_do(filled: Run) -> None:
    answer = filled("device", "show", "https://nagon.annan.se/t/ABCD2345")
    assert answer.exit == 1
    assert "ASSETREG_LABEL_HOSTS" in answer.err


def test_what_the_computer_refuses_is_a_sentence_and_json(
    filled: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/register/rot")

    monkeypatch.setattr("assetreg.cli.anchor_file.lines", full)
    answer = filled("check", "--anchor", str(tmp_path / "rot"), "--json")
    assert answer.exit == 1
    assert answer.document["refused"][0]["code"] == "system_refused"
    assert "disken är full (/register/rot)" in answer.err
