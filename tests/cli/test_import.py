"""`assetreg import` as people and scripts use it."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Run

LIST = "serienummer;typ;kommun;os\nPF3ABC01;laptop;1860;Windows 11\nPF3ABC02;lapdog;1860;\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "en lista.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


def test_report_is_the_contracts_json_and_a_refused_row_makes_it_1(assetreg: Run, file: Path) -> None:
    answer = assetreg("import", "devices", str(file), "--json")
    assert answer.exit == 1
    assert answer.document == {
        "rows": 2,
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "refused": 1,
        "errors": [{"row": 3, "column": "kind", "value": "lapdog", "reason": answer.document["errors"][0]["reason"]}],
    }
    assert answer.document["errors"][0]["reason"].startswith("lapdog är inget av de val som finns")
    assert "Rad 3, typ lapdog: " in answer.err


def test_dry_run_changes_nothing(assetreg: Run, file: Path) -> None:
    assert assetreg("import", "devices", str(file), "--dry-run").exit == 1
    again = assetreg("import", "devices", str(file), "--json", "--dry-run").document
    assert (again["created"], again["refused"]) == (1, 1)


def test_refused_rows_are_written_mended_and_read_in_again(assetreg: Run, file: Path, tmp_path: Path) -> None:
    errors = tmp_path / "fel.csv"
    assetreg("import", "devices", str(file), "--errors", str(errors))
    text = errors.read_text(encoding="utf-8-sig")
    assert text.splitlines()[0] == "serienummer;typ;kommun;os;listans datum;orsak"
    errors.write_text(text.replace("lapdog;", "laptop;", 1), encoding="utf-8")
    answer = assetreg("import", "devices", str(errors), "--json")
    assert (answer.exit, answer.document["created"]) == (0, 1)
    assert assetreg("import", "devices", str(errors), "--json").document["unchanged"] == 1


def test_errors_never_write_over_what_is_read(assetreg: Run, file: Path, tmp_path: Path) -> None:
    (tmp_path / "länk.csv").symlink_to(file)
    for name in (str(file), str(tmp_path / "länk.csv"), str(file.parent / "." / file.name)):
        answer = assetreg("import", "devices", str(file), "--errors", name, "--json")
        assert answer.exit == 1
        assert answer.document["refused"][0]["code"] == "errors_over_input"
    assert file.read_text(encoding="utf-8") == LIST
    assert assetreg("imports", "list", "--json").document == []


def test_errors_that_cannot_be_written_are_found_out_before_anything_is_read_in(
    assetreg: Run, file: Path, tmp_path: Path
) -> None:
    for name in (tmp_path / "finns inte" / "fel.csv", tmp_path):
        answer = assetreg("import", "devices", str(file), "--errors", str(name), "--json")
        assert answer.exit == 1
        assert answer.document["refused"][0]["code"] == "errors_unwritable"
    assert assetreg("imports", "list", "--json").document == []
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_errors_lost_at_the_end_leave_the_counts_told(
    assetreg: Run, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assetreg.cli import import_errors

    folder = tmp_path / "mapp"
    folder.mkdir()
    whole = import_errors.write

    def gone(errors: str, pieces: object) -> None:
        folder.rmdir()
        whole(errors, pieces)  # type: ignore[arg-type]

    monkeypatch.setattr(import_errors, "write", gone)
    answer = assetreg("import", "devices", str(file), "--errors", str(folder / "fel.csv"), "--json")
    assert (answer.exit, answer.document["created"], answer.document["refused"]) == (1, 1, 1)
    assert "Allt annat är gjort" in answer.err


def test_errors_may_go_to_what_is_no_plain_file(assetreg: Run, file: Path) -> None:
    assert assetreg("import", "devices", str(file), "--errors", os.devnull, "--json").document["refused"] == 1
    assert not Path(os.devnull).is_file()


def test_set_mapping_and_stdin(assetreg: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mapping = tmp_path / "karta.json"
    mapping.write_text(json.dumps({"columns": {"S/N nr": "serial"}, "set": {"kind": "laptop"}}), encoding="utf-8")
    arguments = ("import", "devices", "-", "--mapping", str(mapping), "--set", "owner=1860", "--json")
    answer = assetreg(*arguments, stdin="S/N nr\nPF3ABC09\n")
    assert (answer.exit, answer.document["created"]) == (0, 1)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("devices", "finns-inte.csv"), "går inte att öppna"),
        (("devices", "-", "--set", "owner"), "--set owner går inte att läsa"),
        (("devices", "-", "--set", "färg=blå"), "färg är ingen kolumn"),
        (("devices", "-", "--file-date", "igår"), "--file-date igår är ingen hel dag"),
        (("devices", "-", "--file-date", "2025-05"), "--file-date 2025-05 är ingen hel dag"),
        (("devices", "-", "--mapping", "finns-inte.json"), "går inte att öppna"),
        (("persons", "-"), "saknar kolumnen namn"),
    ],
)
def test_what_cannot_be_done_is_said_on_stderr(assetreg: Run, arguments: tuple[str, ...], told: str) -> None:
    answer = assetreg("import", *arguments, stdin=LIST)
    assert answer.exit == 1
    assert told in answer.err
    assert "Traceback" not in answer.err


def test_unknown_preset_is_misuse(assetreg: Run) -> None:
    assert assetreg("import", "cars", "-").exit == 2


def test_file_larger_than_the_setting_is_refused(
    assetreg: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "stor.csv"
    path.touch()
    os.truncate(path, 200_000_000)
    monkeypatch.setenv("ASSETREG_MAX_UPLOAD_MB", "150")
    answer = assetreg("import", "devices", str(path))
    assert answer.exit == 1
    assert "200 MB, men högst 150 MB" in answer.err


def test_no_reader_stops_short_of_the_setting() -> None:
    from assetreg.config import MEGABYTE, SETTINGS
    from assetreg.sources.rows import DEFAULT

    [setting] = [each for each in SETTINGS if each.attribute == "max_upload_mb"]
    assert setting.read("4096") * MEGABYTE <= DEFAULT.csv_bytes


@pytest.mark.long
def test_list_of_60_megabytes_is_read(assetreg: Run, tmp_path: Path) -> None:
    path = tmp_path / "stor.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("serienummer;typ;kommun;färg\n")
        file.writelines(f"SERIE{number:05};laptop;1860;{'blå' * 1_500}\n" for number in range(12_000))
    assert path.stat().st_size > 60_000_000
    assert assetreg("import", "devices", str(path), "--dry-run", "--json").document["created"] == 12_000


def test_stdin_without_end_is_refused_when_it_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    from assetreg.cli import imports
    from assetreg.sources.refusals import FileTooLarge

    class Endless(io.RawIOBase):
        read_so_far = 0

        def read(self, size: int = -1) -> bytes:
            self.read_so_far += size
            return b"x" * size

    endless = Endless()
    with pytest.raises(FileTooLarge):
        imports._kept(endless, limit=5_000_000)  # type: ignore[arg-type]
    assert endless.read_so_far < 7_000_000


def test_hand_edit_after_the_files_own_day_is_kept(assetreg: Run, file: Path) -> None:
    assetreg("import", "devices", str(file))
    old = file.stat().st_mtime - 3 * 24 * 3600
    os.utime(file, (old, old))
    assert assetreg("import", "devices", str(file), "--json").document["unchanged"] == 1


def test_imports_are_listed_and_undone(assetreg: Run, file: Path) -> None:
    assetreg("import", "devices", str(file))
    [listed] = assetreg("imports", "list", "--json").document
    assert (listed["file"], listed["state"], listed["created"]) == ("en lista.csv", "done", 1)
    undone = assetreg("imports", "undo", str(listed["id"]), "--json")
    assert (undone.exit, undone.document["undone"]) == (0, 1)
    again = assetreg("imports", "undo", str(listed["id"]))
    assert again.exit == 1
    assert f"Import {listed['id']} är ångrad" in again.err
    for verb in ("resume", "undo"):
        missing = assetreg("imports", verb, "4711")
        assert missing.exit == 1
        assert "Det finns ingen import 4711" in missing.err


def test_import_that_is_held_says_when_it_can_be_taken_up_again(assetreg: Run, file: Path) -> None:
    from assetreg.db.intake import Import
    from assetreg.db.session import Database
    from assetreg.domain.access import EVERYTHING
    from tests.cli.conftest import KEYS

    assetreg("import", "devices", str(file))
    [listed] = assetreg("imports", "list", "--json").document
    key = KEYS["ASSETREG_HISTORY_KEY"].encode()
    database = Database(os.environ["ASSETREG_DATABASE_URL"], history_key=key)
    with database.transaction(EVERYTHING) as session:
        batch = session.get_one(Import, listed["id"])
        batch.held_by, batch.held_until = "en annan", datetime.now(UTC) + timedelta(minutes=2)
    database.close()
    answer = assetreg("imports", "undo", str(listed["id"]))
    assert answer.exit == 1
    assert re.search(r"fortsätta klockan \d\d:\d\d:\d\d", answer.err)


def test_progress_is_shown_in_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from assetreg.cli.imports import ProgressLine

    ProgressLine().told("Läser")(10, None)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    line = ProgressLine()
    line.told("Inför")(10, 40)
    line.close()
    assert "Inför rad 10 av 40 (25 %)" in capsys.readouterr().err


def test_value_that_is_missing_is_told_by_the_columns_own_name(assetreg: Run) -> None:
    answer = assetreg("import", "devices", "-", stdin="serial;kind;owner\n;laptop;1860\nPF3ABC07;;1860\n")
    assert "Rad 2, serienummer: " in answer.err
    assert "Rad 3, typ: " in answer.err


def test_many_new_places_are_counted_and_not_all_named(assetreg: Run) -> None:
    rows = "".join(f"PF3ABC{n:02};laptop;1860;Skola {n:02}\n" for n in range(25))
    answer = assetreg("import", "devices", "-", stdin="serial;kind;owner;unit\n" + rows)
    assert answer.exit == 0
    [told] = [line for line in answer.err.splitlines() if line.startswith("Tillagda platser: ")]
    assert told.count(",") == 19
    assert told.endswith(" och 6 till.")


def test_total_of_a_year_that_is_not_over_is_refused_but_its_target_is_not(assetreg: Run) -> None:
    year = datetime.now(UTC).year
    head = "year;goal;indicator;direction;value;target\n"
    refused = assetreg("import", "indicator-values", "-", stdin=f"{head}{year};Miljö;I1;minst;7;1000\n")
    assert refused.exit == 1
    assert f"Rad 2, värde 7: I1 räknas ur registret tills året är slut, så {year}" in refused.err
    for row in (f"{year};Miljö;I1;minst;;1000", f"{year - 1};Miljö;I1;minst;7;1000", f"{year};Miljö;Nöjda;minst;7;"):
        assert assetreg("import", "indicator-values", "-", stdin=f"{head}{row}\n").exit == 0


def test_refusal_names_the_option_as_it_is_written(assetreg: Run) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date()
    answer = assetreg("import", "devices", "-", "--file-date", str(tomorrow), stdin=LIST)
    assert "--file-date: Listan kan inte vara från" in answer.err
