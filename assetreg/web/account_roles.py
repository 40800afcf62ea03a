"""The roles as forms offer them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

from assetreg.domain.terms import Role
from assetreg.web import formats

HINTS = {
    Role.TECHNICIAN: lazy_gettext("Tar emot, märker, lämnar ut, byter och avvecklar enheter."),
    Role.PLANNER: lazy_gettext("Planerar utbyten och flyttar enheter mellan kommuner."),
    Role.SUSTAINABILITY: lazy_gettext("Registrerar utfall och tar fram årets siffror."),
    Role.MDM: lazy_gettext("Följer flytten från Workspace ONE till Intune."),
    Role.READER: lazy_gettext("Läser sin kommuns enheter och siffror."),
    Role.AUDITOR: lazy_gettext("Granskar alla år, utan namn på användare."),
    Role.ADMIN: lazy_gettext("Får göra allt, också sköta konton."),
}


def roles() -> list[dict[str, Any]]:
    return [{"value": role.value, "label": formats.term(role), "hint": HINTS[role]} for role in Role]
