"""A changed policy reaches every device, in short transactions, and says when it has."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from assetreg.db.catalogue import Policy
from assetreg.db.device import Device
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING
from assetreg.schemas.device import device_input
from assetreg.services import devices, integrity, recompute
from tests.cast import REGISTER


def test_a_new_cycle_moves_due_dates_batch_by_batch(database: Database) -> None:
    with database.transaction(EVERYTHING) as session:
        stated = [{"kind": "laptop", "owner": "1860", "purchased": "2024-03-01"}] * 5
        stated += [{"kind": "laptop", "owner": "1860", "purchased": "2022-03-01"}, {"kind": "laptop", "owner": "1860"}]
        devices.register_many(session, [device_input(each) for each in stated], actor=REGISTER)
    with database.transaction(EVERYTHING) as session:
        newest = session.execute(
            select(Policy).where(Policy.basis == "cycle", Policy.active, Policy.months == 48)
        ).scalar_one()
        newest.months = 60
        version = recompute.announce(session)
    done = recompute.Step(0, 0, finished=False)
    while not done.finished:
        with database.transaction(EVERYTHING) as session:
            assert recompute.pending(session)
            done = recompute.step(session, version=version, last=done.last, done=done.done, batch=3)
    with database.reading(EVERYTHING) as session:
        assert not recompute.pending(session)
        due = session.execute(select(Device.due_on).order_by(Device.id)).scalars().all()
        assert due == [date(2029, 3, 1)] * 5 + [date(2025, 3, 1), None]
        assert done.done == recompute.total(session) == 7
        assert list(integrity.differences(session)) == []
