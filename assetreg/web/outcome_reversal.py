"""Taking back an outcome that was wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template
from flask_babel import gettext as _

from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act
from assetreg.domain.reversals import stage_restored
from assetreg.schemas.outcome import reversal_input
from assetreg.services import device_form, devices, outcomes, reversal_subject
from assetreg.web import device_shown, visit
from assetreg.web.attempts import Done, Refused, attempt, beside, changed_sentence, dated, sent, version
from assetreg.web.device_moves import refused_page
from assetreg.web.device_shown import address
from assetreg.web.formats import day, term
from assetreg.web.visit import needs, reading


@needs(Act.REVERSE_OUTCOMES)
def form(outcome_id: int) -> Any:
    return _page(outcome_id, {"date": day(visit.actor().today)}, None)


@needs(Act.REVERSE_OUTCOMES)
def do(outcome_id: int) -> Any:
    values, seen = sent(), version()

    def work(session: ScopedSession) -> Done:
        outcome = outcomes.get(session, outcome_id)
        device = devices.lock(session, reversal_subject.tag_of(session, outcome), version=seen)
        outcomes.reverse(session, outcome, dated(values, reversal_input), actor=visit.actor())
        said = _("Utfallet är makulerat. Ny status: %(stage)s.", stage=term(device.stage).lower())
        return Done(address(device.tag), (("done", said),))

    return attempt(work, lambda refused: _page(outcome_id, values, refused))


def _page(outcome_id: int, values: Mapping[str, str], refused: Refused | None) -> Any:
    with reading() as session:
        outcome = outcomes.get(session, outcome_id)
        device = devices.get(session, reversal_subject.tag_of(session, outcome))
        shown = device_form.read(session, device, actor=visit.actor())
        changed = changed_sentence(session, device.tag) if refused and refused.changed else ""
    if outcome.reversed_on is not None:
        why = _(
            "Utfallet %(type)s %(day)s makulerades redan %(reversed)s. "
            "Registrera ett nytt utfall om makuleringen var fel.",
            type=term(outcome.type).lower(),
            day=day(outcome.on),
            reversed=day(outcome.reversed_on),
        )
        return refused_page(device.tag, _("Makulera utfallet"), why)
    errors = {"": changed} if changed else refused.errors if refused else {}
    return render_template(
        "outcomes/reverse.html",
        device=device_shown.subject(shown),
        outcome={
            "label": term(outcome.type),
            "on": day(outcome.on),
            "partner": outcome.partner or outcome.receiver,
            "report": outcome.report,
        },
        consequences=_consequences(outcome, ends=outcome.id == device.outcome_id),
        version=version() if refused and not refused.changed else shown.version,
        values=values,
        errors=beside(errors, ("date", "reason")),
    )


def _consequences(outcome: Any, *, ends: bool) -> list[str]:
    found = []
    if outcome.indicator is not None:
        found.append(_("Utfallet försvinner ur siffrorna för %(year)s.", year=outcome.year))
    if ends:
        stage = term(stage_restored(outcome.stage_before)).lower()
        found.append(_("Enheten får tillbaka statusen %(stage)s och kan få ett nytt utfall.", stage=stage))
    found.append(_("Makuleringen och din orsak står kvar i historiken."))
    return found
