"""What became of a device: registering its outcome."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from flask import render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act
from assetreg.domain.outcome_facts import FINAL
from assetreg.domain.outcomes import fitting
from assetreg.domain.terms import ErasureMethod, OutcomeType, Stage
from assetreg.schemas.outcome import OutcomeFields, outcome_input
from assetreg.services import device_form, devices, outcomes
from assetreg.web import device_shown, visit
from assetreg.web.attempts import Done, Refused, attempt, beside, changed_sentence, dated, sent, version
from assetreg.web.device_moves import refused_page
from assetreg.web.device_shown import address
from assetreg.web.formats import day, term
from assetreg.web.visit import needs, reading

GROUPS = (
    (lazy_gettext("Återbruk"), (OutcomeType.EXTERNAL_REUSE, OutcomeType.GIFT, OutcomeType.BUYOUT)),
    (
        lazy_gettext("Återvinning och avfall"),
        (
            *(OutcomeType.PARTS_REUSE, OutcomeType.MATERIAL_RECYCLING, OutcomeType.ENERGY_RECOVERY),
            OutcomeType.LANDFILL,
        ),
    ),
    (
        lazy_gettext("Annat slut"),
        (OutcomeType.LOST_OR_STOLEN, OutcomeType.LEASE_RETURN, OutcomeType.WARRANTY_SWAP),
    ),
    (lazy_gettext("Enheten blir kvar hos oss"), (OutcomeType.RETURNED_REJECTED,)),
)
HINTS = {
    OutcomeType.EXTERNAL_REUSE: lazy_gettext("Såld vidare genom partnern"),
    OutcomeType.GIFT: lazy_gettext("Kräver beslut och värdering"),
    OutcomeType.BUYOUT: lazy_gettext("Kräver beslut och värdering"),
    OutcomeType.LOST_OR_STOLEN: lazy_gettext("Ett beslut, inte en anmälan"),
    OutcomeType.RETURNED_REJECTED: lazy_gettext("Partnern skickade tillbaka den"),
}


@needs(Act.REGISTER_OUTCOMES)
def form(tag: str) -> Any:
    return _page(tag, {"date": day(visit.actor().today)}, None)


@needs(Act.REGISTER_OUTCOMES)
def register(tag: str) -> Any:
    values, seen = sent(), version()

    def work(session: ScopedSession) -> Done:
        device = devices.lock(session, tag, version=seen)
        done = outcomes.register(session, device, dated(values, outcome_input), actor=visit.actor())
        row = done.outcome
        said = _("Utfallet är registrerat: %(type)s %(day)s.", type=term(row.type).lower(), day=day(row.on))
        said += " " + _("Ny status: %(stage)s.", stage=term(device.stage).lower())
        return Done(address(tag), (("done", said), *(("info", term(notice)) for notice in done.notices)))

    return attempt(work, lambda refused: _page(tag, values, refused))


def _page(tag: str, values: Mapping[str, str], refused: Refused | None) -> Any:
    with reading() as session:
        device = devices.get(session, tag)
        shown = device_form.read(session, device, actor=visit.actor())
        standing = outcomes.standing(session, device)
        erased, used = device.erasure_id is not None, device.person_id is not None
        changed = changed_sentence(session, tag) if refused and refused.changed else ""
    title = _("Registrera utfall")
    if standing is not None:
        source = _(" (rapport %(report)s)", report=standing.report) if standing.report else ""
        why = _(
            "Enheten är redan avslutad: %(type)s %(day)s%(source)s. Makulera det utfallet först om det var fel.",
            type=term(standing.type).lower(),
            day=day(standing.on),
            source=source,
        )
        return refused_page(tag, title, why)
    if shown.stage is Stage.VOIDED:
        return refused_page(tag, title, _("Enheten är makulerad och kan inte få ett utfall."))
    errors = {"": changed} if changed else refused.errors if refused else {}
    notices = [_("Användaren kopplas bort från enheten samma dag, om utfallet är slutligt.")] if used else []
    return render_template(
        "outcomes/new.html",
        device=device_shown.subject(shown),
        version=version() if refused and not refused.changed else shown.version,
        groups=_groups(fitting(shown.stage)),
        final=" ".join(sorted(FINAL - {OutcomeType.LOST_OR_STOLEN})),
        erasure_methods=device_shown.options(ErasureMethod),
        needs_erasure=shown.kind.has_storage and not erased,
        notices=notices,
        values=values,
        errors=beside(errors, set(OutcomeFields().fields)),
    )


def _groups(fit: Collection[OutcomeType]) -> list[dict[str, Any]]:
    """What the device can come to from where it is, in groups."""
    groups = [
        {"label": str(label), "options": [_option(each) for each in types if each in fit]} for label, types in GROUPS
    ]
    return [group for group in groups if group["options"]]


def _option(outcome: OutcomeType) -> dict[str, str]:
    return {"value": outcome.value, "label": term(outcome), "hint": str(HINTS.get(outcome, ""))}
