"""An outcome as the JSON document of the API."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from assetreg.db.device import Device
from assetreg.db.organisation import Owner
from assetreg.db.outcome import Outcome
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.domain.errors import Missing
from assetreg.services.outcome_list import NumberRow


def read(session: ScopedSession, outcome_id: int, *, actor: Actor) -> dict[str, Any]:
    """One outcome, with its device's tag where the caller may see the device. Raises Denied or Missing."""
    actor.require(Act.READ_FIGURES)
    row = session.execute(
        select(Outcome, Device.tag, Owner.code)
        .select_from(Outcome)
        .join(Owner, Owner.id == Outcome.owner_id)
        .outerjoin(Device, Device.id == Outcome.device_id)
        .where(Outcome.id == outcome_id)
    ).one_or_none()
    if row is None:
        raise Missing
    outcome, tag, code = row
    return {
        "id": outcome.id,
        "tag": tag,
        "owner": code,
        "outcome": outcome.type.value,
        "date": outcome.on,
        "indicator": outcome.indicator.value if outcome.indicator else None,
        "partner": outcome.partner,
        "report": outcome.report,
        "weight_kg": _amount(outcome.weight_kg),
        "proceeds_sek": _amount(outcome.proceeds),
        "decision": outcome.decision,
        "valuation_sek": _amount(outcome.valuation),
        "waste_code": outcome.waste_code,
        "carrier": outcome.carrier,
        "receiver": outcome.receiver,
        "police_reference": outcome.police_reference,
        "import": outcome.import_id,
        "import_row": outcome.report_row,
        "registered_at": outcome.registered_at.isoformat(),
        "reversed_on": outcome.reversed_on,
    }


def of_row(row: NumberRow) -> dict[str, Any]:
    """An outcome as a line of a list."""
    return {
        "id": row.id,
        "tag": row.tag,
        "owner": row.owner_code,
        "outcome": row.type.value if row.type else None,
        "date": row.on,
        "indicator": row.indicator.value if row.indicator else None,
        "partner": row.partner,
        "report": row.report,
        "import": row.import_id,
        "reversed_on": row.reversed_on,
    }


def _amount(value: Any) -> str | None:
    return None if value is None else str(value)
