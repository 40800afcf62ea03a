"""Writers and readers in processes of their own at one register: nothing lost, nothing seen half, nobody locked out."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import pytest
from sqlalchemy import func, select

from assetreg.db.device import Device
from assetreg.db.history import Event
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from tests.cast import Cast, miscounted
from tests.faults import acting, whole
from tests.faults.acting import COUNTER, EVENTS_OF, SHARED, Done
from tests.faults.programs import PATIENCE_S

WRITERS, READERS = 4, 8
LONG_ENOUGH_S = 30


def at_once(database: Database, cast: Cast, history_key: bytes, seconds: float) -> tuple[list[Done], list[Done]]:
    """What four writers and eight readers did in the time."""
    url = database.url.render_as_string(hide_password=False)
    accounts = [player.actor.account or 0 for player in (cast.technician, cast.admin, cast.laxa, cast.school)]
    with ProcessPoolExecutor(WRITERS + READERS, mp_context=acting.processes()) as pool:
        writing = [pool.submit(acting.write, url, history_key, account, seconds) for account in accounts]
        reading = [pool.submit(acting.read, url, history_key, number, seconds) for number in range(READERS)]
        wait = seconds + PATIENCE_S
        return [each.result(wait) for each in writing], [each.result(wait) for each in reading]


def everyone_is_whole(database: Database, cast: Cast, history_key: bytes, seconds: float) -> None:
    with database.transaction(EVERYTHING) as session:
        acting.prepare(session)
        before = sum(session.execute(select(Device.version).where(Device.serial.in_(SHARED))).scalars())
    writers, readers = at_once(database, cast, history_key, seconds)
    told = {name: sum((each.acts for each in some), Counter()) for name, some in (("w", writers), ("r", readers))}
    refused = sum((each.refused for each in writers), Counter[str]())
    longest = max(each.longest_s for each in writers)
    print(f"\n{seconds} s: {dict(told['w'])} {dict(told['r'])}, refused {dict(refused)}, longest {longest:.2f} s")
    assert [fault for each in (*writers, *readers) for fault in each.faults] == []
    assert set(refused) <= {"changed_meanwhile"}
    assert min(each.acts["readings"] for each in readers) > 0
    if seconds >= LONG_ENOUGH_S:
        assert min(sum(each.acts.values()) for each in writers) > seconds / 10, "somebody is starved"
    nothing_is_lost(database, writers, versions=before)
    assert whole.faults(database) == []
    with database.reading(EVERYTHING) as session:
        assert miscounted(session) == {}


def nothing_is_lost(database: Database, writers: list[Done], *, versions: int) -> None:
    acts = sum((each.acts for each in writers), Counter[str]())
    with database.reading(EVERYTHING) as session:
        counted = session.execute(select(Device.hostname).where(Device.serial == COUNTER)).scalar_one()
        assert counted == str(acts["count_up"] + acts["count_up_from_a_page"])
        for each in writers:
            written = select(func.count(Event.id)).where(Event.actor_id == each.number, Event.kind != "label_attached")
            expected = sum(number * EVENTS_OF.get(name, 1) for name, number in each.acts.items())
            assert session.execute(written).scalar_one() == expected
        after = sum(session.execute(select(Device.version).where(Device.serial.in_(SHARED))).scalars())
        on_shared = sum(number * EVENTS_OF.get(name, 1) for name, number in acts.items() if name != "register")
        assert after - versions == on_shared
        made = session.execute(select(func.count(Device.id)).where(Device.serial.not_in(SHARED))).scalar_one()
        assert made == acts["register"]


def test_four_writers_and_eight_readers_on_a_file(database: Database, cast: Cast, history_key: bytes) -> None:
    if not database.is_sqlite:
        pytest.skip("the long run has PostgreSQL too")
    everyone_is_whole(database, cast, history_key, 3)


@pytest.mark.long
def test_four_writers_and_eight_readers_for_a_minute(database: Database, cast: Cast, history_key: bytes) -> None:
    everyone_is_whole(database, cast, history_key, 60)
