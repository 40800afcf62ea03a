"""Killed in the middle, twice at once, and what both leave."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from assetreg.db.session import Database
from assetreg.domain.terms import ImportState
from assetreg.services.imports import applying, running
from assetreg.services.imports.refusals import ImportBusy
from tests.cast import NOON
from tests.services.imports.lists import Importing, counts, fleet, listing, rows_of

ROWS = 45
TEXT = listing("serienummer;typ;kommun;os", *(f"PF3ABC{n:03};laptop;1860;Windows 11" for n in range(ROWS)))
LATER = NOON + timedelta(minutes=3)

KILLED = """
import os, signal, sys
from assetreg.db.session import Database
from assetreg.services.imports import applying, running
from tests.services.imports.lists import Importing

url, key, number, where = sys.argv[1:]
applying.WHOLE, applying.BATCH, applying.CHUNK = 10, 10, 5
calls = 0
def die_at(count, verb):
    def dying(*arguments, **options):
        global calls
        calls += 1
        if calls == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return verb(*arguments, **options)
    return dying
if where == "within a batch":
    applying.set_verdicts = die_at(4, applying.set_verdicts)
else:
    applying.apply_rows = running.applying.apply_rows = die_at(3, applying.apply_rows)
run = Importing(Database(url, history_key=key.encode()), holder="killed").run()
running.apply(run, int(number))
"""


@pytest.mark.parametrize(("where", "applied"), [("within a batch", 10), ("between batches", 20)])
@pytest.mark.parametrize("then", ["resumed", "undone"])
def test_killed_import_is_whole_up_to_a_row_and_goes_on_or_is_undone(
    importing: Importing, database: Database, history_key: bytes, where: str, applied: int, then: str
) -> None:
    number = importing.staged(TEXT)
    url = database.url.render_as_string(hide_password=False)
    died = subprocess.run(
        [sys.executable, "-c", KILLED, url, history_key.decode(), str(number), where], check=False, timeout=60
    )
    assert died.returncode == -9
    assert len(fleet(database)) == applied
    with pytest.raises(ImportBusy):
        running.apply(importing.run(), number)
    later = importing.at(LATER)
    seen = later.summary(number)
    assert (seen.state, seen.row, seen.created) == (ImportState.INTERRUPTED, applied + 1, applied)
    if then == "undone":
        assert later.undone(number).undone == applied
        assert fleet(database) == {}
        return
    running.resume(later.run(), number)
    assert counts(later.document(number)) == {"created": ROWS}
    assert len(fleet(database)) == ROWS
    assert later.summary(number).state is ImportState.DONE


def test_fault_in_a_batch_lets_go_of_the_import_at_once(
    importing: Importing, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = importing.staged(TEXT)
    with monkeypatch.context() as patch:
        patch.setattr(applying, "perform", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            running.apply(importing.run(), number)
    assert importing.summary(number).state is ImportState.INTERRUPTED
    running.resume(importing.run(), number)
    assert len(fleet(database)) == ROWS


def test_staging_goes_on_where_it_stopped(
    importing: Importing, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "STAGED_AT_ONCE", 10)
    number = importing.begun(TEXT)
    told = []

    def stops(done: int, total: int | None) -> None:
        told.append((done, total))
        if done == 20:
            raise KeyboardInterrupt

    run = importing.run()
    with pytest.raises(KeyboardInterrupt):
        running.stage(running.Run(run.database, run.who, run.holder, stops), number)
    assert told == [(10, None), (20, None)]
    assert importing.summary(number).state is ImportState.INTERRUPTED
    assert fleet(database) == {}
    running.resume(importing.run(), number)
    assert counts(importing.document(number)) == {"created": ROWS}
    assert [row.number for row in rows_of(database, number)] == list(range(2, ROWS + 2))


def test_two_imports_of_the_same_file_at_once_are_one(importing: Importing, database: Database) -> None:
    numbers = [importing.staged(TEXT) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda number: running.apply(importing.run(), number), numbers))
    assert len(fleet(database)) == ROWS
    told = [counts(importing.document(number)) for number in numbers]
    assert sorted(told, key=str) == [{"created": ROWS}, {"unchanged": ROWS}]


def test_register_may_have_changed_since_the_preview(importing: Importing, database: Database) -> None:
    first, second = importing.staged(TEXT), importing.staged(TEXT.replace("Windows 11", "Windows 12"))
    running.apply(importing.run(), second)
    running.apply(importing.run(), first)
    assert counts(importing.document(first)) == {"updated": ROWS}
