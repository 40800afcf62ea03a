"""A person as pages show one."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from assetreg.services.person_list import PersonRow
from assetreg.web.formats import day


def head(row: PersonRow) -> dict[str, Any]:
    """A person as the head of a page shows them."""
    return {
        "id": row.id,
        "name": row.name or _("Tidigare användare"),
        "forgotten": day(row.pseudonymised_at),
        "email": row.email or "",
        "number": row.external_id or "",
        "owner": row.owner,
        "owner_code": row.owner_code,
        "department": row.department or "",
        "unit": row.unit or "",
        "left_on": day(row.left_on),
        "url": url_for("persons.show", person_id=row.id),
    }
