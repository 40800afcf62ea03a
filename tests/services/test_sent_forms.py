"""A form that is sent twice makes one thing, also when both come at once, on both engines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from assetreg.db.device import Device
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, Actor, Scope, system
from assetreg.domain.terms import Door, Role
from assetreg.schemas.account import NewAccount
from assetreg.schemas.device import device_input
from assetreg.services import accounts, devices, sent_forms
from tests.web.device_fleet import NOON

SENT = {"kind": "monitor", "owner": "1860", "hostname": "skärm 1"}


def account(database: Database, name: str) -> Actor:
    with database.transaction(EVERYTHING) as session:
        command = NewAccount(name=name, role=Role.TECHNICIAN, password="ett gammalt paraply", places=())
        row = accounts.add(session, command, actor=system(Door.CLI, NOON))
        return Actor(account=row.id, role=Role.TECHNICIAN, door=Door.WEB, at=NOON)


def new_id(database: Database, actor: Actor) -> str:
    with database.reading(Scope.whole(actor.account)) as session:
        return sent_forms.new_id(session)


def send(database: Database, sent: dict[str, str], actor: Actor) -> str:
    with database.transaction(Scope.whole(actor.account)) as session:
        before = sent_forms.made_by(session, "register", sent, actor=actor)
        if before is not None:
            return before
        act = sent_forms.begin(session, "register", sent, actor=actor)
        return devices.register_many(session, [device_input(sent)], actor=actor, act=act)[0].tag


def count(database: Database) -> int:
    with database.reading(EVERYTHING) as session:
        return session.execute(select(func.count(Device.id))).scalar_one()


def test_two_that_come_at_once_make_one(database: Database) -> None:
    actor = account(database, "anna")
    noise = account(database, "bo")
    send(database, SENT | {"form_id": new_id(database, noise)}, noise)
    sent = SENT | {"form_id": new_id(database, actor)}
    together = Barrier(4)

    def at_once(_: int) -> str:
        together.wait()
        return send(database, sent, actor)

    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(at_once, range(4)))
    assert len(made) == 1
    assert count(database) == 2


def test_other_content_account_or_form_is_another_thing(database: Database) -> None:
    one, two = account(database, "anna"), account(database, "bo")
    sent = SENT | {"form_id": new_id(database, one)}
    made = [
        send(database, sent, one),
        send(database, sent | {"hostname": "skärm 2"}, one),
        send(database, sent, two),
        send(database, sent | {"form_id": new_id(database, one)}, one),
    ]
    assert len(set(made)) == 4
    assert send(database, sent, one) == made[0]
    assert count(database) == 4


def test_form_opened_later_does_not_look_further_back(database: Database) -> None:
    actor = account(database, "anna")
    form_id = new_id(database, actor)
    send(database, SENT | {"form_id": form_id}, actor)
    assert int(new_id(database, actor).partition("-")[0]) > int(form_id.partition("-")[0])
    assert new_id(database, actor) != new_id(database, actor)


@pytest.mark.parametrize("form_id", ["", "-abc", "x-abc", "\u0661-abc", f"{2**63}-abc", f"{2**70}-abc", "9" * 4_900])
def test_form_id_that_is_no_number_of_an_act_is_passed_over(database: Database, form_id: str) -> None:
    actor = account(database, "anna")
    send(database, SENT, actor)
    made = {send(database, SENT | {"form_id": form_id}, actor) for _ in range(2)}
    assert len(made) == 2
    assert count(database) == 3
