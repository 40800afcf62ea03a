"""``assetreg import`` killed at any moment: whole rows so far, and in the end the same register as if it had lived."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import select

from assetreg.db.intake import Import
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.terms import Door, ImportState
from assetreg.services.imports import running
from tests.cast import Cast
from tests.databases import Databases
from tests.faults import whole
from tests.faults.lists import device_list, outcome_list
from tests.faults.programs import Moments, Program
from tests.services.imports.lists import Importing, counts

ROWS = 120
HOLD_HAS_RUN_OUT = datetime.now(UTC) + timedelta(hours=1)


@dataclass(frozen=True)
class Unhurt:
    """How long a round takes, the newest import before it, and how the register is when it has ended well."""

    seconds: float
    before: int
    fleet: whole.Fleet
    places: dict[str, int]
    counts: dict[str, int]


@dataclass(frozen=True)
class Round:
    """One import of one file on copies of one register: how it is when nothing happens, and when it is killed."""

    databases: Databases
    template: str
    key: bytes
    asked: tuple[str, ...]
    small_batches: bool

    def program(self, url: str) -> Program:
        return Program(url, self.key, small_batches=self.small_batches)

    def unhurt(self) -> Unhurt:
        url = self.databases.copy(self.template)
        database = Database(url, history_key=self.key)
        batch = last(database)
        database.close()
        seconds = self.program(url).work_time(*self.asked)
        found = Unhurt(
            seconds, batch.id if batch else 0, whole.fleet(database), whole.places(database), last_counts(database)
        )
        assert whole.faults(database) == []
        self.discard(database)
        return found

    def killed(self, after_s: float) -> Database:
        """The register that a process killed at the moment leaves."""
        url = self.databases.copy(self.template)
        self.program(url).killed(after_s, *self.asked)
        return Database(url, history_key=self.key)

    def discard(self, database: Database) -> None:
        database.close()
        self.databases.discard(database.url.render_as_string(hide_password=False))


def later(database: Database) -> Importing:
    """Whoever goes on when what the dead process held has run out."""
    return Importing(database, actor=system(Door.CLI, HOLD_HAS_RUN_OUT), holder="after")


def last(database: Database, *, after: int = 0) -> Import | None:
    with database.reading(EVERYTHING) as session:
        newest = select(Import).where(Import.id > after).order_by(Import.id.desc()).limit(1)
        return session.execute(newest).scalar_one_or_none()


def last_counts(database: Database) -> dict[str, int]:
    batch = last(database)
    assert batch is not None
    return counts(later(database).document(batch.id))


def where(batch: Import | None) -> str:
    """Which part of its work the process was killed in."""
    if batch is None:
        return "before"
    return f"{batch.state} at {'the start' if batch.resume_row == 0 else 'a later batch'}"


def gone_on_with(batch: Import | None, round_: Round, database: Database) -> None:
    if batch is None:
        later(database).applied(Path(round_.asked[2]).read_bytes(), round_.asked[1])
    elif batch.state is not ImportState.DONE:
        running.resume(later(database).run(), batch.id)


def killed_again_and_again(round_: Round, unhurt: Unhurt, count: int) -> Counter[str]:
    """Where the process was killed, how often; asserts that each register was whole then and is right in the end."""
    died: Counter[str] = Counter()
    times = Moments(unhurt.seconds, count)
    for after_s in times:
        database = round_.killed(after_s)
        batch = last(database, after=unhurt.before)
        died[where(batch)] += 1
        times.told(over=batch is not None and batch.state is ImportState.DONE, begun=batch is not None)
        said = f"killed {after_s:.3f} s into about {times.seconds:.3f} s, {where(batch)}"
        assert whole.faults(database) == [], said
        gone_on_with(batch, round_, database)
        assert last_counts(database) == unhurt.counts, said
        assert whole.fleet(database) == unhurt.fleet, said
        assert whole.places(database) == unhurt.places, said
        assert whole.faults(database) == [], said
        round_.discard(database)
    print(f"\n{round_.databases.name} {round_.asked[1]}, small batches {round_.small_batches}: {dict(died)}")
    return died


Rounds = Callable[..., tuple[Round, Unhurt]]


@pytest.fixture(scope="session")
def rounds(
    databases: Databases, cast_template: tuple[str, Cast], history_key: bytes, tmp_path_factory: pytest.TempPathFactory
) -> Rounds:
    """A round of one sort, and how it is when nothing happens; each sort is gone through once."""
    folder = tmp_path_factory.mktemp("listor i väntan")

    @cache
    def found(preset: str, *, small_batches: bool) -> tuple[Round, Unhurt]:
        template, file = cast_template[0], device_list(folder, ROWS)
        if preset == "outcomes":
            template, file = with_devices(databases, template, history_key, file), outcome_list(folder, ROWS)
        round_ = Round(databases, template, history_key, ("import", preset, str(file)), small_batches)
        return round_, round_.unhurt()

    return found


def with_devices(databases: Databases, template: str, key: bytes, file: Path) -> str:
    """A register in which the devices of the list are."""
    url = databases.copy(template)
    database = Database(url, history_key=key)
    Importing(database).applied(file.read_bytes())
    database.close()
    return url


def test_killed_import_goes_on_to_the_same_register(rounds: Rounds) -> None:
    assert sum(killed_again_and_again(*rounds("devices", small_batches=True), 3).values()) == 3


@pytest.mark.long
@pytest.mark.parametrize("part", range(20))
def test_import_killed_at_a_hundred_moments_goes_on_to_the_same_register(rounds: Rounds, part: int) -> None:
    """Every other five of them with the whole list in one transaction."""
    assert sum(killed_again_and_again(*rounds("devices", small_batches=part % 2 == 0), 5).values()) == 5


@pytest.mark.long
@pytest.mark.parametrize("part", range(4))
def test_import_of_outcomes_killed_at_twenty_moments_goes_on_to_the_same_register(rounds: Rounds, part: int) -> None:
    assert sum(killed_again_and_again(*rounds("outcomes", small_batches=part % 2 == 0), 5).values()) == 5
