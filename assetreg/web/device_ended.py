"""How a device ended, as its page tells it."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _

from assetreg.domain.access import Act, Actor
from assetreg.domain.outcome_facts import HEADLINE
from assetreg.domain.terms import ErasureMethod
from assetreg.services.device_page import DevicePage
from assetreg.web.formats import day, kronor, term


def ended(page: DevicePage, actor: Actor) -> dict[str, Any] | None:
    """The outcome that holds, else the newest that does and is not final; None where there is none."""
    standing = [outcome for outcome in page.outcomes if outcome.reversed_on is None]
    outcome = page.outcome or (standing[0] if standing else None)
    if outcome is None:
        return None
    erasure = next((row for row in page.erasures if row.id == (outcome.erasure_id or page.device.erasure_id)), None)
    may_reverse = actor.may(Act.REVERSE_OUTCOMES)
    return {
        "outcome": outcome.type.value,
        "outcome_label": term(outcome.type),
        "on": day(outcome.on),
        "partner": outcome.partner or outcome.receiver,
        "report": outcome.report,
        "source_url": import_address(outcome.import_id),
        "decision": outcome.decision,
        "valuation": kronor(outcome.valuation),
        "police_reference": outcome.police_reference,
        "erasure": f"{term(erasure.method)}, {day(erasure.on)}" if erasure else "",
        "erasure_missing": outcome.erasure_pending and erasure is None,
        "certificate_awaited": outcome.erasure_pending
        and erasure is not None
        and erasure.method is ErasureMethod.BY_PARTNER,
        "certificate": erasure.certificate if erasure else "",
        "reverse_url": url_for("outcomes.reverse", outcome_id=outcome.id) if may_reverse else "",
        "counts": counts(outcome),
    }


def counts(outcome: Any) -> str:
    """Which figure an outcome counts in, as a sentence; ``outcome`` is a row with type, indicator and year."""
    if outcome.indicator is None:
        return _("Räknas inte i årets siffror.")
    year, name = outcome.on.year, term(outcome.indicator).lower()
    if outcome.type in HEADLINE:
        return _("Räknas i %(indicator)s %(year)s.", indicator=name, year=year)
    return _("Visas vid sidan av %(indicator)s %(year)s.", indicator=name, year=year)


def import_address(import_id: int | None) -> str:
    if import_id is None or "imports.show" not in current_app.view_functions:
        return ""
    return url_for("imports.show", import_id=import_id)
