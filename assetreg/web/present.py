"""Asking someone who is logged in for the password once more, before what a stolen session must not do."""

from __future__ import annotations

from flask import request

from assetreg.domain.access import NOTHING
from assetreg.services import accounts, logins, passwords
from assetreg.services.throttle import Slowed
from assetreg.web import visit
from assetreg.web.visit import logged_in, served


def check_password(password: str, *, field: str = "current_password") -> None:
    """A stolen session must not be a way to guess: wrong tries are slowed like log-ins.

    Raises Slowed, Overloaded or PasswordWrong.
    """
    settings, database, at = served().settings, served().database, visit.now()
    try:
        with database.reading(NOTHING) as asking:
            address = request.remote_addr or ""
            tried = logins.candidate(asking, logged_in().name, address=address, secret=settings.secret_key, at=at)
    except Slowed as slowed:
        raise Slowed(field=field, **slowed.params) from slowed
    if not passwords.matches(password, tried.password_hash):
        with database.transaction(NOTHING) as writing:
            logins.failed(writing, tried, at=at)
        raise accounts.PasswordWrong(field=field)
