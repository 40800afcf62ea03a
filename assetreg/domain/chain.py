"""Verifying a chain of events: what was edited, taken out, cut off or put in."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from assetreg.domain.history import GENESIS, EventFacts, event_hash
from assetreg.domain.terms import Term


class FaultKind(Term):
    EDITED = "edited", "Händelsen har ändrats efter att den skrevs", "The event was changed after it was written"
    UNLINKED = "unlinked", "Händelsen följer inte på den före", "The event does not follow the one before it"
    GAP = "gap", "En eller flera händelser saknas före den här", "One or more events before this one are gone"
    OUT_OF_ORDER = "out_of_order", "Händelsens nummer förekommer två gånger", "The event's number occurs twice"
    STRANGER = "stranger", "Händelsen hör till en annan historik", "The event belongs to another history"
    CUT_TAIL = "cut_tail", "De sista händelserna saknas", "The last events are gone"
    BEYOND_HEAD = "beyond_head", "Händelsen kom till vid sidan av registret", "The event was added past the register"
    WRONG_HEAD = "wrong_head", "Historikens slut stämmer inte med enhetens uppgift", "The head does not match"


@dataclass(frozen=True, slots=True)
class StoredEvent:
    facts: EventFacts
    prev: str
    hash: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and at which event; a cut tail names the first that is gone."""

    kind: FaultKind
    seq: int


def verify_chain(events: Iterable[StoredEvent], key: bytes, *, head_seq: int, head_hash: str) -> list[Fault]:
    """The faults of one subject's events, given in the order of their numbers; none for a whole chain.

    ``head_seq`` and ``head_hash`` are what the subject says of its last event; 0 and GENESIS before the first.
    """
    faults: list[Fault] = []
    last: StoredEvent | None = None
    for event in events:
        faults += _link_faults(last, event)
        if not hmac.compare_digest(event_hash(key, event.facts, prev=event.prev), event.hash):
            faults.append(Fault(FaultKind.EDITED, event.facts.seq))
        if event.facts.seq > head_seq:
            faults.append(Fault(FaultKind.BEYOND_HEAD, event.facts.seq))
        last = event
    seq, end = (last.facts.seq, last.hash) if last is not None else (0, GENESIS)
    if seq < head_seq:
        faults.append(Fault(FaultKind.CUT_TAIL, seq + 1))
    elif seq == head_seq and not hmac.compare_digest(end, head_hash):
        faults.append(Fault(FaultKind.WRONG_HEAD, seq))
    return faults


def _link_faults(last: StoredEvent | None, event: StoredEvent) -> list[Fault]:
    """How the event joins the one before it; a gap explains a broken link and is named alone."""
    seq, expected, prev = event.facts.seq, 1, GENESIS
    if last is not None:
        expected, prev = last.facts.seq + 1, last.hash
        if _subject(last) != _subject(event):
            return [Fault(FaultKind.STRANGER, seq)]
    if seq > expected:
        return [Fault(FaultKind.GAP, seq)]
    if seq < expected:
        return [Fault(FaultKind.OUT_OF_ORDER, seq)]
    return [] if event.prev == prev else [Fault(FaultKind.UNLINKED, seq)]


def _subject(event: StoredEvent) -> tuple[str, int]:
    return event.facts.subject, event.facts.subject_id
