"""`assetreg import` as people and scripts use it."""

from __future__ import annotations

import io
import json
import os
import sys
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
    assert "Rad 3, kind lapdog: " in answer.err


def test_dry_run_changes_nothing(assetreg: Run, file: Path) -> None:
    assert assetreg("import", "devices", str(file), "--dry-run").exit == 1
    again = assetreg("import", "devices", str(file), "--json", "--dry-run").document
    assert (again["created"], again["refused"]) == (1, 1)


def test_refused_rows_are_written_mended_and_read_in_again(assetreg: Run, file: Path, tmp_path: Path) -> None:
    errors = tmp_path / "fel.csv"
    assetreg("import", "devices", str(file), "--errors", str(errors))
    text = errors.read_text(encoding="utf-8-sig")
    assert text.splitlines()[0] == "serienummer;typ;kommun;os;orsak"
    errors.write_text(text.replace("lapdog;", "laptop;", 1), encoding="utf-8")
    answer = assetreg("import", "devices", str(errors), "--json")
    assert (answer.exit, answer.document["created"]) == (0, 1)
    assert assetreg("import", "devices", str(errors), "--json").document["unchanged"] == 1


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
        (("devices", "-", "--file-date", "igår"), "--file-date igår är inget datum"),
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


def test_file_of_200_megabytes_is_refused(assetreg: Run, tmp_path: Path) -> None:
    path = tmp_path / "stor.csv"
    path.touch()
    os.truncate(path, 200_000_000)
    answer = assetreg("import", "devices", str(path))
    assert answer.exit == 1
    assert "200 MB, men högst 50 MB" in answer.err


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
        imports._kept(endless)  # type: ignore[arg-type]
    assert endless.read_so_far < 60_000_000


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
    assert "Importen är ångrad" in again.err
    assert assetreg("imports", "resume", "4711").exit == 1


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
