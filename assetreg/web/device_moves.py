"""One form for every move along the life cycle: it asks what the move requires."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template
from flask_babel import lazy_gettext

from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act
from assetreg.domain.errors import Missing, Refusal
from assetreg.domain.lifecycle import NotAllowed, Transition
from assetreg.domain.moves import Fact, Move
from assetreg.domain.sentences import Phrase
from assetreg.domain.terms import ErasureMethod
from assetreg.schemas.act import move_input
from assetreg.services import choices, device_form, devices, moves
from assetreg.web import device_shown, languages, person_hint, visit
from assetreg.web.attempts import Done, Refused, attempt, beside, changed_sentence, dated, sent, version, what_happened
from assetreg.web.device_shown import address
from assetreg.web.formats import day, term
from assetreg.web.visit import needs, reading

PLACED = frozenset({Move.DEPLOY, Move.LEND, Move.KEEP, Move.REPAIRED})
STAYS = PLACED - {Move.LEND}
"""The moves that leave the device where it is unless another place is stated."""
ERASURE = ("erasure_method", "erasure_date", "erasure_tool", "erasure_certificate", "erasure_media_serial")
LEADS = {
    Move.DEPLOY: lazy_gettext("Säg var den ska stå eller vem som ska ha den."),
    Move.LEND: lazy_gettext("Säg vem som lånar den och när den ska tillbaka."),
    Move.RETURN: lazy_gettext("Användaren kopplas bort från enheten samma dag."),
    Move.WIPE: lazy_gettext("Säg hur den raderades. Uppgiften behövs innan den lämnar oss."),
    Move.DISPATCH: lazy_gettext("Enheten räknas inte förrän mottagaren har bekräftat utfallet."),
    Move.REPORT_MISSING: lazy_gettext("Enheten räknas inte som förlorad förrän det beslutas."),
    Move.REPORT_STOLEN: lazy_gettext("Enheten räknas inte som stulen förrän det beslutas."),
}
DONE = {
    Move.RECEIVE: lazy_gettext("Enheten är mottagen och finns i lager."),
    Move.DEPLOY: lazy_gettext("Enheten är i drift."),
    Move.STORE: lazy_gettext("Enheten är hemtagen till lager."),
    Move.LEND: lazy_gettext("Enheten är utlånad."),
    Move.TAKE_BACK: lazy_gettext("Enheten är tillbaka från lånet och finns i lager."),
    Move.KEEP: lazy_gettext("Lånet är varaktigt: enheten är i drift."),
    Move.REPAIR: lazy_gettext("Enheten är skickad på reparation."),
    Move.REPAIRED: lazy_gettext("Enheten är tillbaka från reparationen och i drift."),
    Move.REPAIRED_TO_STOCK: lazy_gettext("Enheten är tillbaka från reparationen och finns i lager."),
    Move.RETURN: lazy_gettext("Enheten är återlämnad."),
    Move.WIPE: lazy_gettext("Enheten är raderad."),
    Move.READY: lazy_gettext("Enheten är klar för avveckling."),
    Move.RESTOCK: lazy_gettext("Enheten är tillbaka i lager."),
    Move.DISPATCH: lazy_gettext("Enheten är avsänd."),
    Move.REPORT_MISSING: lazy_gettext("Enheten är anmäld saknad."),
    Move.REPORT_STOLEN: lazy_gettext("Enheten är anmäld stulen."),
    Move.FOUND: lazy_gettext("Enheten är återfunnen."),
}
DANGEROUS = frozenset({Move.REPORT_MISSING, Move.REPORT_STOLEN})


@needs(Act.MOVE_DEVICES)
def form(tag: str, move: str) -> Any:
    return _page(tag, _named(move), {"date": day(visit.actor().today)}, None)


@needs(Act.MOVE_DEVICES)
def do(tag: str, move: str) -> Any:
    chosen, values, seen = _named(move), sent(), version()

    def work(session: ScopedSession) -> Done:
        device = devices.lock(session, tag, version=seen)
        step = _step(moves.next_moves(device), chosen)
        if step is None:
            raise _not_allowed(device.stage, chosen, moves.next_moves(device))
        moves.move(session, device, dated(values | {"to": step.target.value}, move_input), actor=visit.actor())
        return Done(address(tag), (("done", str(DONE[chosen])),))

    return attempt(work, lambda refused: _page(tag, chosen, values, refused))


def asked(step: Transition, kind: Any) -> tuple[list[str], list[str]]:
    """The fields a move must have answered, and those it may have, in the order of the form."""
    facts = step.requires(kind)
    by_fact = {
        Fact.PLACE: ["unit"],
        Fact.BORROWER: ["user"],
        Fact.DUE_BACK: ["due_back"],
        Fact.RECEIVER: ["receiver"],
        Fact.ERASURE: ["erasure_method"],
        Fact.REASON: ["reason"],
    }
    must = [field for fact, fields in by_fact.items() if fact in facts for field in fields]
    may = ["unit", "user"] if step.move in PLACED else []
    may += ["erasure_method"] if step.erasure and kind.has_storage else []
    may += ["police_reference"] if Fact.POLICE_OR_REASON in facts else []
    return must, [field for field in (*may, "reason") if field not in must]


def fields_of(names: list[str]) -> set[str]:
    """The names of all inputs that the groups of a form hold."""
    found = {"date", *names}
    if "unit" in names:
        found |= {"room", "group"}
    return found | set(ERASURE) if "erasure_method" in names else found


def refused_page(tag: str, title: str, why: str) -> tuple[str, int]:
    """The act cannot be done with the device as it is: why, and what has happened last."""
    with reading() as session:
        shown = device_form.read(session, devices.get(session, tag), actor=visit.actor())
        last = what_happened(session, tag)
    return render_template(
        "devices/refused.html", device=device_shown.subject(shown), title=title, why=why, last=last
    ), 409


def _page(tag: str, chosen: Move, values: Mapping[str, str], refused: Refused | None) -> Any:
    actor = visit.actor()
    with reading() as session:
        device = devices.get(session, tag)
        shown = device_form.read(session, device, actor=actor)
        open_moves = moves.next_moves(device)
        step = _step(open_moves, chosen)
        units = choices.units(session, owner_id=device.owner_id)
        changed = changed_sentence(session, tag) if refused and refused.changed else ""
    if step is None:
        why = languages.sentence(_not_allowed(shown.stage, chosen, open_moves))
        return refused_page(tag, term(chosen), why)
    asks, may_ask = asked(step, shown.kind)
    errors = {"": changed} if changed else person_hint.helped(refused)
    stays = {name: shown.stated[name] for name in ("unit", "room", "group")} if step.move in STAYS else {}
    return render_template(
        "devices/act.html",
        device=device_shown.subject(shown),
        act={
            "label": term(chosen),
            "lead": str(LEADS.get(chosen, "")),
            "button": term(chosen),
            "dangerous": chosen in DANGEROUS,
        },
        asks=asks,
        may_ask=may_ask,
        date_hint="",
        version=version() if refused and not refused.changed else shown.version,
        values=stays | dict(values),
        errors=beside(errors, fields_of([*asks, *may_ask])),
        erasure_methods=device_shown.options(ErasureMethod),
        units=units,
    )


def _named(move: str) -> Move:
    """Raises Missing for a move that does not exist."""
    found = next((each for each in Move if each.value == move), None)
    if found is None:
        raise Missing
    return found


def _step(open_moves: tuple[Transition, ...], chosen: Move) -> Transition | None:
    return next((step for step in open_moves if step.move is chosen), None)


def _not_allowed(stage: Any, chosen: Move, open_moves: tuple[Transition, ...]) -> Refusal:
    allowed: list[str] = [step.move for step in open_moves] or [Phrase("inga")]
    return MoveNotOpen(field="to", stage=stage, move=chosen, allowed=allowed)


class MoveNotOpen(NotAllowed):
    code = "move_not_open"
    message = "Enhetens status är {stage}, så steget {move} går inte att göra nu. Möjliga steg härifrån: {allowed}."
