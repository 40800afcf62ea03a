"""One account for each role. Passwords are secrets: they come from the system's chance, never from the seed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from assetreg.db.session import ScopedSession
from assetreg.domain.access import Actor
from assetreg.domain.errors import Invalid
from assetreg.domain.replacement import add_months
from assetreg.domain.terms import Role
from assetreg.schemas.account import NewAccount
from assetreg.services import accounts, passwords

CONSONANTS, VOWELS = "bdfghjklmnprstv", "aeiouy"
WORDS, SYLLABLES = 3, 3


@dataclass(frozen=True, slots=True)
class DemoLogin:
    name: str
    password: str
    role: Role


@dataclass(frozen=True, slots=True)
class _Wanted:
    name: str
    role: Role
    shown: str
    places: tuple[str, ...] = ()
    months: int | None = None


WANTED = (
    _Wanted("tekniker", Role.TECHNICIAN, "Tekniker"),
    _Wanted("planerare", Role.PLANNER, "Planerare"),
    _Wanted("hallbarhet", Role.SUSTAINABILITY, "Hållbarhet och ekonomi"),
    _Wanted("mdm", Role.MDM, "MDM-ansvarig"),
    _Wanted("lekeberg", Role.READER, "Kommunkontakt Lekeberg", places=("1814",)),
    _Wanted("revisor", Role.AUDITOR, "Revisor", months=12),
    _Wanted("admin", Role.ADMIN, "Administratör"),
)


def put(session: ScopedSession, *, today: date, actor: Actor) -> tuple[tuple[DemoLogin, ...], Mapping[Role, int]]:
    """The log-ins, and the account of each role."""
    found, ids = [], {}
    for wanted in WANTED:
        password = _password(wanted)
        command = NewAccount(
            name=wanted.name,
            role=wanted.role,
            display_name=wanted.shown,
            password=password,
            places=wanted.places,
            expires_on=add_months(today, wanted.months) if wanted.months else None,
        )
        ids[wanted.role] = accounts.add(session, command, actor=actor).id
        found.append(DemoLogin(wanted.name, password, wanted.role))
    return tuple(found), ids


def _password(wanted: _Wanted) -> str:
    """Words that can be said aloud, drawn until one has no part of the name in it."""
    while True:
        password = "-".join("".join(_syllable() for _ in range(SYLLABLES)) for _ in range(WORDS))
        try:
            passwords.check_new(password, names=(wanted.name, wanted.shown))
        except Invalid:
            continue
        return password


def _syllable() -> str:
    return secrets.choice(CONSONANTS) + secrets.choice(VOWELS)
