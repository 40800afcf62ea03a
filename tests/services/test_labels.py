"""Labels: blank, on a device, replaced and void, and where each of them leads."""

from __future__ import annotations

import pytest

from assetreg.db.device import Device
from assetreg.db.session import Database, ScopedSession
from assetreg.domain import identifiers
from assetreg.domain.access import EVERYTHING
from assetreg.domain.cells import TextTooLong
from assetreg.domain.errors import Denied, Missing
from assetreg.domain.tags import TokenCheckWrong
from assetreg.domain.terms import LabelState
from assetreg.services import devices, identity, labels
from assetreg.services.labels import LabelOver, LabelTaken
from tests import cast as actors
from tests.cast import Cast, chain_faults, events, noise, payloads, some_device


def token_of(session: ScopedSession, device: Device) -> str:
    return labels.of_device(session, device)[0].token


def test_blank_label_is_bound_to_a_device(session: ScopedSession, cast: Cast) -> None:
    noise(session, 2)
    device = some_device(session, unit=actors.SCHOOL)
    blank, spare = labels.print_blank(session, 2, actor=cast.technician.actor)
    assert (blank.state, blank.device_id, blank.owner_id) == (LabelState.BLANK, None, None)
    spelled = identifiers.printed_token(blank.token).lower()
    assert labels.attach(session, device, spelled, actor=cast.technician.actor) is blank
    assert (blank.state, blank.device_id, blank.unit_id) == (LabelState.ATTACHED, device.id, device.unit_id)
    assert blank.attached_at == cast.technician.actor.at
    assert spare.state is LabelState.BLANK
    assert events(session, device)[-1].kind == "label_attached"
    assert payloads(session, device)[-1] == {"label": blank.id}
    assert chain_faults(session, device) == []


def test_label_on_a_device_is_not_taken_for_another(session: ScopedSession, cast: Cast) -> None:
    first, second = some_device(session), some_device(session)
    with pytest.raises(LabelTaken) as refused:
        labels.attach(session, second, token_of(session, first), actor=cast.technician.actor)
    assert first.tag in refused.value.sentence()


def test_label_of_another_owner_is_as_unknown_as_one_that_is_nobodys(database: Database, cast: Cast) -> None:
    with database.transaction(EVERYTHING) as session:
        foreign = token_of(session, some_device(session, owner="1861"))
        tag = some_device(session).tag
    for token in (foreign, identifiers.new_token(lambda alphabet: alphabet[0])):
        with database.transaction(cast.laxa.scope) as session, pytest.raises(Missing):
            labels.attach(session, devices.lock(session, tag), token, actor=cast.laxa.actor)


def test_technician_of_one_owner_binds_a_blank_label_printed_by_another(database: Database, cast: Cast) -> None:
    with database.transaction(EVERYTHING) as session:
        tag = some_device(session).tag
    with database.transaction(cast.outsider.scope) as session:
        token = labels.print_blank(session, 1, actor=cast.outsider.actor)[0].token
    with database.transaction(cast.laxa.scope) as session:
        labels.attach(session, devices.lock(session, tag), token, actor=cast.laxa.actor)
    with database.reading(cast.outsider.scope) as session:
        assert labels.find(session, token) is None


def test_misread_token_is_refused_for_its_check_character(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session)
    token = token_of(session, device)
    wrong = token[:-1] + ("2" if token[-1] != "2" else "3")
    with pytest.raises(TokenCheckWrong):
        labels.attach(session, device, wrong, actor=cast.technician.actor)


def test_replaced_label_still_leads_to_its_device(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session)
    old = labels.of_device(session, device)[0]
    fresh = labels.replace(session, device, actor=cast.technician.actor, reason="Sliten")
    assert (old.state, old.end_reason, fresh.state) == (LabelState.REPLACED, "Sliten", LabelState.ATTACHED)
    assert identity.find(session, old.token) == identity.find(session, fresh.token) == [device]
    assert "Sliten" not in events(session, device)[-1].payload
    with pytest.raises(LabelOver):
        labels.attach(session, some_device(session), old.token, actor=cast.technician.actor)
    assert chain_faults(session, device) == []


def test_void_label_leads_nowhere_and_the_device_remembers_it(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session)
    label = labels.of_device(session, device)[0]
    labels.void(session, label, actor=cast.technician.actor, reason="Feltryckt")
    assert identity.find(session, label.token) == []
    assert events(session, device)[-1].kind == "label_voided"
    assert payloads(session, device)[-1] == {"label": label.id}
    for act in (
        lambda: labels.attach(session, device, label.token, actor=cast.technician.actor),
        lambda: labels.void(session, label, actor=cast.technician.actor, reason="Igen"),
    ):
        with pytest.raises(LabelOver):
            act()
    assert chain_faults(session, device) == []


def test_blank_label_can_be_voided(session: ScopedSession, cast: Cast) -> None:
    blank = labels.print_blank(session, 1, actor=cast.technician.actor)[0]
    labels.void(session, blank, actor=cast.technician.actor, reason="Feltryckt")
    assert blank.state is LabelState.VOID


def test_reason_that_does_not_fit_is_refused(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session)
    with pytest.raises(TextTooLong):
        labels.replace(session, device, actor=cast.technician.actor, reason="x" * 201)
    assert len(labels.of_device(session, device)) == 1


def test_reader_prints_replaces_and_voids_nothing(session: ScopedSession, cast: Cast) -> None:
    device = some_device(session)
    label = labels.of_device(session, device)[0]
    for act in (
        lambda: labels.print_blank(session, 1, actor=cast.reader.actor),
        lambda: labels.attach(session, device, label.token, actor=cast.reader.actor),
        lambda: labels.replace(session, device, actor=cast.reader.actor, reason="x"),
        lambda: labels.void(session, label, actor=cast.reader.actor, reason="x"),
    ):
        with pytest.raises(Denied):
            act()


def test_tokens_that_meet_are_drawn_again(session: ScopedSession) -> None:
    taken = token_of(session, some_device(session))
    letters = iter(taken[:-1] * 2 + "2345678" + "3456789")
    drawn = labels.draw(session, 1, choose=lambda _: next(letters))
    assert drawn[0][:-1] == "2345678"
    assert len(set(labels.draw(session, 40))) == 40
