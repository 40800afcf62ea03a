"""A form that makes something and is sent twice makes it once.

The form carries an id: the number of the newest act when it was opened, and chance. What it makes belongs to an
act that is named by a hash of all that was sent, so the same form with the same content is found again among
the account's few acts since; the same form with other content is another thing to make.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping

from sqlalchemy import func, select

from assetreg.db.account import Account
from assetreg.db.device import Device
from assetreg.db.history import Change, Event
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Actor
from assetreg.services import history

LONGEST_ID = 18
"""So many digits fit an id on both engines."""


def new_id(session: ScopedSession) -> str:
    with session.unguarded("the number of the newest act tells nothing of any"):
        newest = session.execute(select(func.max(Change.id))).scalar_one()
    return f"{newest or 0}-{secrets.token_hex(8)}"


def begin(session: ScopedSession, what: str, sent: Mapping[str, str], *, actor: Actor) -> Change:
    """The act that what the form makes shall belong to."""
    return history.begin(session, _name(what, sent), actor=actor)


def made_by(session: ScopedSession, what: str, sent: Mapping[str, str], *, actor: Actor) -> str | None:
    """The tag of the device that the same form with the same content has made already.

    The account is locked until the end of the transaction, so that of two that come at once one waits.
    """
    opened = sent.get("form_id", "").partition("-")[0]
    if not (opened.isascii() and opened.isdigit() and len(opened) <= LONGEST_ID):
        return None
    session.execute(select(Account.id).where(Account.id == actor.account).with_for_update())
    same = select(Change.id).where(
        Change.id > int(opened), Change.account_id == actor.account, Change.what == _name(what, sent)
    )
    act = session.execute(same.limit(1)).scalar_one_or_none()
    if act is None:
        return None
    made = select(Event.subject_id).where(Event.change_id == act, Event.subject == "device").limit(1)
    device_id = session.execute(made).scalar_one_or_none()
    return session.execute(select(Device.tag).where(Device.id == device_id)).scalar_one_or_none()


def _name(what: str, sent: Mapping[str, str]) -> str:
    content = json.dumps(sorted(sent.items()), ensure_ascii=False)
    return f"{what} {hashlib.sha256(content.encode(errors='replace')).hexdigest()[:48]}"
