"""One device's life, any acts in any order: whatever is done or refused, the register agrees with itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from assetreg.db.device import Device
from assetreg.db.outcome import Outcome
from assetreg.db.session import Database, ScopedSession
from assetreg.domain.access import EVERYTHING, Scope
from assetreg.domain.errors import Refusal
from assetreg.domain.lifecycle import HELD_BY_USER, LOST
from assetreg.domain.terms import Kind, OutcomeType, Stage
from assetreg.schemas.act import SwapInput, second_life_input, transfer_input
from assetreg.schemas.device import device_input
from assetreg.schemas.outcome import ReversalInput, outcome_input
from assetreg.services import devices, labels, moves, outcomes, ownership, reference, swaps
from tests import cast as actors
from tests.cast import (
    EVERY_FACT,
    NOT_ERASED,
    TODAY,
    Cast,
    chain_faults,
    events,
    miscounted,
    noise,
    some_device,
    whole_move,
)
from tests.databases import Databases

OWNERS = ("1814", "1860", "1861", "GEM")
DAYS = st.integers(0, 60).map(lambda back: TODAY - timedelta(days=back))
FACTS = st.sampled_from([{}, NOT_ERASED, {"erasure_method": "by_partner", "erasure_certificate": ""}, {"user": ""}])
EDITS = st.fixed_dictionaries(
    {},
    optional={
        "hostname": st.sampled_from(["LAX-1", "LAX-2", None]),
        "kind": st.sampled_from(Kind),
        "purchased": st.sampled_from(["2021-05", "2022-12-31", "2026-01-01", None]),
        "os": st.sampled_from(["Windows 11 23H2", "Windows 10", None]),
        "user": st.sampled_from(["1001", "lo.al@laxa.example", None]),
        "unit": st.sampled_from([actors.SCHOOL, actors.OFFICE, actors.FAR_SCHOOL, None]),
        "room": st.sampled_from(["B12", None]),
        "serial": st.sampled_from(["5CG1234ABC", "None", None]),
    },
)


class Life(RuleBasedStateMachine):
    databases: Databases
    template: str
    cast: Cast
    key: bytes

    def __init__(self) -> None:
        super().__init__()
        self.tag = ""
        self.url = self.databases.copy(self.template)
        self.database = Database(self.url, history_key=self.key)

    def teardown(self) -> None:
        self.database.close()
        self.databases.discard(self.url)

    @initialize(kind=st.sampled_from(Kind), stage=st.sampled_from(devices.REGISTERED_BY_HAND))
    def register(self, kind: Kind, stage: Stage) -> None:
        with self.database.transaction(EVERYTHING) as session:
            noise(session, 2)
            self.tag = some_device(session, kind=kind.value, stage=stage.value, unit=actors.SCHOOL).tag

    def act(self, do: Callable[[ScopedSession, Device], Any]) -> None:
        """Does it, or is refused with a sentence and leaves everything as it was."""
        try:
            with self.database.transaction(EVERYTHING) as session:
                do(session, devices.lock(session, self.tag))
        except Refusal as refusal:
            assert refusal.sentence()[-1] in ".?"  # noqa: PT017

    @rule(to=st.sampled_from(Stage), facts=FACTS, on=DAYS)
    def move(self, to: Stage, facts: dict[str, str], on: date) -> None:
        command = whole_move(to, **({"date": on.isoformat()} | facts))
        self.act(lambda session, device: moves.move(session, device, command, actor=self.cast.technician.actor))

    @rule(choice=st.integers(0, 20), facts=FACTS)
    def move_on(self, choice: int, facts: dict[str, str]) -> None:
        def do(session: ScopedSession, device: Device) -> None:
            steps = moves.next_moves(device)
            if steps:
                command = whole_move(steps[choice % len(steps)].target, **facts)
                moves.move(session, device, command, actor=self.cast.technician.actor)

        self.act(do)

    @rule(values=EDITS)
    def edit(self, values: dict[str, Any]) -> None:
        command = device_input(values, reason="Rättat")
        self.act(lambda session, device: devices.edit(session, device, command, actor=self.cast.technician.actor))

    @rule(owner=st.sampled_from(OWNERS), on=DAYS)
    def transfer(self, owner: str, on: date) -> None:
        command = transfer_input({"owner": owner, "date": on.isoformat()})
        self.act(
            lambda session, device: ownership.hand_over(session, device, command, actor=self.cast.technician.actor)
        )

    @rule(stage=st.sampled_from([Stage.IN_STOCK, Stage.ORDERED]))
    def swap(self, stage: Stage) -> None:
        def do(session: ScopedSession, device: Device) -> None:
            owner = next(code for code, number in self.cast.owners.items() if number == device.owner_id)
            new = some_device(session, owner=owner, stage=stage.value)
            swaps.swap(session, device, new, SwapInput(new=new.tag), actor=self.cast.technician.actor)
            assert (device.replaced_by_id, new.replaces_id) == (new.id, device.id)

        self.act(do)

    @rule(unit=st.sampled_from([actors.OFFICE, actors.FAR_SCHOOL]), facts=FACTS)
    def second_life(self, unit: str, facts: dict[str, str]) -> None:
        stated = EVERY_FACT | {"unit": unit, "user": ""} | facts
        command = second_life_input({name: stated[name] for name in ("unit", "erasure_method", "erasure_certificate")})
        self.act(lambda session, device: swaps.second_life(session, device, command, actor=self.cast.technician.actor))

    @rule(type_=st.sampled_from(OutcomeType), on=DAYS, facts=FACTS)
    def outcome(self, type_: OutcomeType, on: date, facts: dict[str, str]) -> None:
        stated = {"decision": "KS 1", "valuation_sek": "1", "police_reference": "K", "erasure_method": "purge"}
        command = outcome_input({"outcome": type_.value, "date": on.isoformat()} | stated | facts)
        self.act(lambda session, device: outcomes.register(session, device, command, actor=self.cast.technician.actor))

    @precondition(lambda self: self.tag)
    @rule(choice=st.integers(0, 9))
    def reverse(self, choice: int) -> None:
        def do(session: ScopedSession, device: Device) -> None:
            found = self.outcomes_of(session, device)
            if found:
                taken = found[choice % len(found)]
                outcomes.reverse(session, taken, ReversalInput(reason="Fel"), actor=self.cast.technician.actor)

        self.act(do)

    @rule()
    def label(self) -> None:
        self.act(
            lambda session, device: labels.replace(session, device, actor=self.cast.technician.actor, reason="Sliten")
        )

    @staticmethod
    def outcomes_of(session: ScopedSession, device: Device) -> list[Outcome]:
        rows = select(Outcome).where(Outcome.device_id == device.id).order_by(Outcome.id)
        return list(session.execute(rows).scalars())

    @invariant()
    def agrees_with_itself(self) -> None:
        if not self.tag:
            return
        with self.database.reading(EVERYTHING) as session:
            device = devices.get(session, self.tag)
            assert chain_faults(session, device) == []
            assert device.head_seq == len(events(session, device))
            facts = reference.derive(device, reference.read(session))
            assert {name: getattr(device, name) for name in reference.STORED_FACTS} == {
                name: getattr(facts, name) for name in reference.STORED_FACTS
            }
            assert miscounted(session) == {}
            standing = [row.id for row in self.outcomes_of(session, device) if row.final and row.reversed_at is None]
            assert standing == ([device.outcome_id] if device.outcome_id else [])
            assert (device.stage is Stage.DISPOSED) == bool(standing)
            assert device.person_id is None or device.stage in (*HELD_BY_USER, *LOST)
            assert device.stage_before is None or device.stage in LOST
            assert device.loan_until is None or device.stage in (Stage.ON_LOAN, *LOST)
            assert device.erasure_id is None or device.stage not in (Stage.DEPLOYED, Stage.ON_LOAN)
            owner = device.owner_id
            for label in labels.of_device(session, device):
                place = (device.owner_id, device.department_id, device.unit_id)
                assert (label.owner_id, label.department_id, label.unit_id) == place
        for number in self.cast.owners.values():
            with self.database.reading(Scope(owners=frozenset({number}))) as session:
                seen = select(Device.id).where(Device.tag == self.tag)
                assert len(session.execute(seen).all()) == (number == owner)


def test_register_agrees_with_itself_whatever_is_done(databases: Databases, history_key: bytes) -> None:
    Life.databases, Life.template, Life.key = databases, databases.migrated(), history_key
    with closing(Database(Life.template, history_key=history_key)) as opened:
        Life.cast = actors.assemble(opened)
    usual = settings(max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Life, settings=usual)
