"""Data about people: how long each family is kept, with the bounds of a choice, and in what ways they are read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final, Literal

from assetreg.domain.access import STOCKHOLM
from assetreg.domain.errors import Invalid
from assetreg.domain.replacement import add_months
from assetreg.domain.terms import Term

Unit = Literal["days", "months"]


class Kept(Term):
    """The families of data that have a time after which they are cleared."""

    PERSON_IDLE = "person_idle", "Personer utan enhet", "Persons without a device"
    PERSON_LEFT = "person_left", "Personer som har slutat", "Persons who have left"
    FREE_TEXT = "free_text", "Fritext", "Free text"
    IMPORTS = "imports", "Inlästa filer och deras rader", "Imported files and their rows"
    EVIDENCE = "evidence", "Partnernas rapporter", "Reports of the partners"
    READ_LOG = "read_log", "Läsloggen", "The log of who has read"
    JOBS = "jobs", "Avslutade bakgrundsjobb", "Ended background jobs"
    LOGINS = "logins", "Inloggningar", "Log-ins"
    LOGIN_ATTEMPTS = "login_attempts", "Misslyckade inloggningsförsök", "Failed log-ins"


class ReadWhat(Term):
    """What somebody did that showed them personal data."""

    DEVICE = "device", "Enhetens sida", "Device page"
    PERSON = "person", "Personens sida", "Person page"
    LIST = "list", "Lista", "List"
    SEARCH = "search", "Sökning", "Search"
    EXPORT = "export", "Fil", "File"
    IMPORT = "import", "Inläst fil", "Imported file"
    EXTRACT = "extract", "Registerutdrag", "Register extract"


@dataclass(frozen=True, slots=True)
class Rule:
    """The usual time of a family, in whole days or months, and the least and most that can be chosen."""

    usual: int
    unit: Unit
    least: int
    most: int


RULES: Final[dict[Kept, Rule]] = {
    Kept.PERSON_IDLE: Rule(12, "months", 1, 60),
    Kept.PERSON_LEFT: Rule(3, "months", 1, 60),
    Kept.FREE_TEXT: Rule(24, "months", 6, 120),
    Kept.IMPORTS: Rule(12, "months", 1, 60),
    Kept.EVIDENCE: Rule(96, "months", 12, 240),
    Kept.READ_LOG: Rule(24, "months", 6, 120),
    Kept.JOBS: Rule(90, "days", 1, 730),
    Kept.LOGINS: Rule(90, "days", 1, 730),
    Kept.LOGIN_ATTEMPTS: Rule(1, "days", 1, 30),
}


class TimeOutOfBounds(Invalid):
    code = "time_out_of_bounds"
    message = "{value} går inte. Ange ett helt tal från {least} till {most}."


def check_time(kept: Kept, amount: int) -> None:
    """Raises TimeOutOfBounds beside the family's own field."""
    rule = RULES[kept]
    if not rule.least <= amount <= rule.most:
        raise TimeOutOfBounds(field=kept.value, value=amount, least=rule.least, most=rule.most)


def cutoff(kept: Kept, amount: int, *, at: datetime) -> datetime:
    """What happened before this moment has passed its time: whole days, by the calendar in Sweden."""
    today = at.astimezone(STOCKHOLM).date()
    first = add_months(today, -amount) if RULES[kept].unit == "months" else today - timedelta(days=amount)
    return datetime.combine(first, time(), tzinfo=STOCKHOLM).astimezone(UTC)
