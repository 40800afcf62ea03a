"""The life of a device: the one table of what may become what, and what each move requires.

Only two stages are entered another way. ``disposed`` is entered by an outcome and left by its reversal;
``voided`` by the undoing of the import or act that made the device.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assetreg.domain.errors import Conflict, Invalid, InvalidInput
from assetreg.domain.moves import Fact, Move
from assetreg.domain.terms import Kind, Stage

LIVE = (
    Stage.ORDERED,
    Stage.IN_STOCK,
    Stage.DEPLOYED,
    Stage.ON_LOAN,
    Stage.IN_REPAIR,
    Stage.RETURNED,
    Stage.WIPED,
    Stage.READY_FOR_DISPOSAL,
    Stage.DISPATCHED,
)
"""The stages a device can go missing from. Missing and stolen devices are neither live nor ended."""

DUE_STAGES = LIVE[:5]
LOST = (Stage.MISSING, Stage.STOLEN)
ENDED = (Stage.DISPOSED, Stage.VOIDED)
HELD_BY_USER = (Stage.DEPLOYED, Stage.ON_LOAN, Stage.IN_REPAIR)
"""The stages in which a device can have a named user."""

_USUAL_PATH = (
    Stage.ORDERED,
    Stage.IN_STOCK,
    Stage.DEPLOYED,
    Stage.RETURNED,
    Stage.WIPED,
    Stage.READY_FOR_DISPOSAL,
    Stage.DISPATCHED,
)


@dataclass(frozen=True, slots=True)
class Transition:
    """One allowed move. ``erasure`` moves require a record of erasure too, for kinds that hold data."""

    source: Stage
    target: Stage
    move: Move
    facts: frozenset[Fact] = frozenset({Fact.DATE})
    erasure: bool = False

    def requires(self, kind: Kind) -> frozenset[Fact]:
        return self.facts | {Fact.ERASURE} if self.erasure and kind.has_storage else self.facts


class NotAllowed(Conflict):
    code = "move_not_allowed"
    message = "Enhetens status är {stage}, och den kan inte bli {to} direkt. Möjliga steg härifrån: {allowed}."


class AlreadyThere(Conflict):
    code = "already_there"
    message = "Enhetens status är redan {stage}. Ladda om sidan för att se vad som har hänt."


class NeedsOutcome(Conflict):
    code = "needs_outcome"
    message = "En enhet avslutas med ett utfall. Registrera utfallet, så blir enheten avslutad."


class Ended(Conflict):
    code = "device_ended"
    message = "Enheten är avslutad. Makulera utfallet först om det var fel."


class Voided(Conflict):
    code = "device_voided"
    message = "Enheten är makulerad och kan inte ändras. Registrera den på nytt om den finns."


class VoidedByUndo(Conflict):
    code = "voided_by_undo"
    message = "En enhet makuleras bara när importen eller registreringen som skapade den ångras. Ångra den i stället."


class LoanEndsBefore(Invalid):
    code = "loan_ends_before"
    message = "Enheten lånas ut {on}, så den kan inte lämnas tillbaka {due_back}. Ange en senare dag."


class FactLacking(Invalid):
    code = "fact_lacking"
    message = "Ange {fact}. Steget {move} kräver det."


def _table() -> Iterator[Transition]:
    s, place = Stage, frozenset({Fact.DATE, Fact.PLACE})
    loan = frozenset({Fact.DATE, Fact.BORROWER, Fact.DUE_BACK})
    date_reason = frozenset({Fact.DATE, Fact.REASON})
    yield Transition(s.ORDERED, s.IN_STOCK, Move.RECEIVE)
    yield Transition(s.IN_STOCK, s.DEPLOYED, Move.DEPLOY, place)
    yield Transition(s.DEPLOYED, s.IN_STOCK, Move.STORE, date_reason)
    for source in (s.IN_STOCK, s.DEPLOYED):
        yield Transition(source, s.ON_LOAN, Move.LEND, loan)
    yield Transition(s.ON_LOAN, s.IN_STOCK, Move.TAKE_BACK)
    yield Transition(s.ON_LOAN, s.DEPLOYED, Move.KEEP, place)
    for source in (s.IN_STOCK, s.DEPLOYED, s.ON_LOAN, s.RETURNED):
        yield Transition(source, s.IN_REPAIR, Move.REPAIR, date_reason)
    yield Transition(s.IN_REPAIR, s.DEPLOYED, Move.REPAIRED, place)
    yield Transition(s.IN_REPAIR, s.IN_STOCK, Move.REPAIRED_TO_STOCK)
    for source in HELD_BY_USER:
        yield Transition(source, s.RETURNED, Move.RETURN)
    for source in (s.IN_STOCK, s.RETURNED):
        yield Transition(source, s.WIPED, Move.WIPE, erasure=True)
    for source in (s.IN_STOCK, s.RETURNED, s.WIPED):
        yield Transition(source, s.READY_FOR_DISPOSAL, Move.READY, erasure=True)
    for source in (s.RETURNED, s.WIPED, s.READY_FOR_DISPOSAL):
        yield Transition(source, s.IN_STOCK, Move.RESTOCK, erasure=True)
    yield Transition(s.READY_FOR_DISPOSAL, s.DISPATCHED, Move.DISPATCH, frozenset({Fact.DATE, Fact.RECEIVER}))
    stolen = frozenset({Fact.DATE, Fact.POLICE_OR_REASON})
    for source in LIVE:
        yield Transition(source, s.MISSING, Move.REPORT_MISSING, date_reason)
        yield Transition(source, s.STOLEN, Move.REPORT_STOLEN, stolen)
        yield Transition(s.MISSING, source, Move.FOUND)
        yield Transition(s.STOLEN, source, Move.FOUND)
    yield Transition(s.MISSING, s.STOLEN, Move.REPORT_STOLEN, stolen)


TRANSITIONS: dict[tuple[Stage, Stage], Transition] = {(t.source, t.target): t for t in _table()}


def found_stage(before: Stage | None) -> Stage:
    """Where a found device goes: back to the stage it was lost from, for being away changed nothing else.

    When that is unknown (a list said "saknas") it is ``returned``: somebody has it in hand, it may hold
    data, and it must not look ready to hand out.
    """
    return before if before in LIVE else Stage.RETURNED


def allowed_from(stage: Stage, *, before: Stage | None = None) -> tuple[Transition, ...]:
    """The moves open to a device, in the order of the life cycle.

    ``before`` is the stage a missing or stolen device was lost from.
    """
    moves = (t for t in TRANSITIONS.values() if t.source is stage)
    return tuple(t for t in moves if t.move is not Move.FOUND or t.target is found_stage(before))


def check_move(
    stage: Stage, to: Stage, *, facts: frozenset[Fact], kind: Kind, before: Stage | None = None
) -> Transition:
    """The transition, when the table allows it and every fact it requires is given.

    ``facts`` holds what is stated now and what the register already knows (a unit, an erasure record).
    Raises a Conflict that lists the allowed moves, or InvalidInput with one FactLacking per lacking fact.
    """
    _refuse_stage(stage, to)
    allowed = allowed_from(stage, before=before)
    transition = next((t for t in allowed if t.target is to), None)
    if transition is None:
        raise NotAllowed(field="to", stage=stage, to=to, allowed=[t.move for t in allowed])
    lacking = [fact for fact in Fact if fact in transition.requires(kind) - facts]
    if lacking:
        raise InvalidInput([FactLacking(field=f.field, move=transition.move, fact=f) for f in lacking])
    return transition


def _refuse_stage(stage: Stage, to: Stage) -> None:
    if stage is Stage.VOIDED:
        raise Voided(field="to")
    if stage is to:
        raise AlreadyThere(field="to", stage=stage)
    if stage is Stage.DISPOSED:
        raise Ended(field="to")
    if to is Stage.DISPOSED:
        raise NeedsOutcome(field="to")
    if to is Stage.VOIDED:
        raise VoidedByUndo(field="to")


def skipped_steps(stage: Stage) -> tuple[Stage, ...]:
    """The steps that an outcome from a file jumps over when the device stands at the given stage."""
    if stage in (Stage.ON_LOAN, Stage.IN_REPAIR):
        stage = Stage.DEPLOYED
    return _USUAL_PATH[_USUAL_PATH.index(stage) + 1 :] if stage in _USUAL_PATH else ()
