"""What a database answers when it cannot serve, as sentences that tell the causes apart."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from assetreg.domain.errors import Conflict
from assetreg.domain.sentences import Phrase

LONGEST_REASON = 300


class DatabaseFault(Conflict):
    """``place`` is the database as it may be printed."""

    code = "database_fault"


class DatabaseSilent(DatabaseFault):
    code = "database_silent"
    message = "Databasen {place} svarar inte: {reason}. Kontrollera ASSETREG_DATABASE_URL och att servern är igång."


class DatabaseReadOnly(DatabaseFault):
    code = "database_read_only"
    message = (
        "Databasen {place} går inte att skriva i. Ge kontot rätt att skriva i filen och i mappen där den ligger. "
        "Också den som bara läser behöver skriva i mappen, för SQLite lägger filer bredvid databasen."
    )


class DatabaseUnopened(DatabaseFault):
    code = "database_unopened"
    message = "Databasfilen {place} går inte att öppna. Kontrollera sökvägen och att kontot får läsa och skriva där."


class DatabaseBusy(DatabaseFault):
    code = "database_busy"
    message = "Databasen {place} är upptagen av ett annat program. Vänta en stund och försök igen."


class DatabaseFull(DatabaseFault):
    code = "database_full"
    message = "Disken där databasen {place} ligger är full. Frigör utrymme och försök igen."


class NotADatabase(DatabaseFault):
    code = "not_a_database"
    message = "Filen {place} är ingen SQLite-databas. Kontrollera sökvägen i ASSETREG_DATABASE_URL."


class DatabaseDamaged(DatabaseFault):
    code = "database_damaged"
    message = "Databasfilen {place} är skadad. Sluta använda den och lägg tillbaka en säkerhetskopia."


class ServerReadOnly(DatabaseFault):
    code = "server_read_only"
    message = "Databasen {place} tar bara emot frågor just nu, inga ändringar. Anslut till den server som skrivs i."


class ServerDenies(DatabaseFault):
    code = "server_denies"
    message = "Kontot i ASSETREG_DATABASE_URL har inte rättigheter nog i {place}: {reason}."


class ServerCrowded(DatabaseFault):
    code = "server_crowded"
    message = "Databasservern i {place} tar inte emot fler anslutningar. Vänta, eller höj max_connections."


class LogInRefused(DatabaseFault):
    code = "database_log_in_refused"
    message = "Databasservern godtar inte namnet eller lösenordet i {place}. Rätta dem i ASSETREG_DATABASE_URL."


class NoSuchDatabase(DatabaseFault):
    code = "no_such_database"
    message = "Det finns ingen databas med det namnet på servern i {place}. Skapa den, eller rätta adressen."


class DatabaseHostUnknown(DatabaseFault):
    code = "database_host_unknown"
    message = "Värdnamnet i {place} finns inte. Rätta det i ASSETREG_DATABASE_URL."


class ServerAway(DatabaseFault):
    code = "database_server_away"
    message = "Ingen databasserver svarar på {place}. Kontrollera värdnamn och port, och att servern är igång."


_OF_SQLITE: tuple[tuple[str, type[DatabaseFault]], ...] = (
    ("SQLITE_READONLY", DatabaseReadOnly),
    ("SQLITE_PERM", DatabaseReadOnly),
    ("SQLITE_CANTOPEN", DatabaseUnopened),
    ("SQLITE_BUSY", DatabaseBusy),
    ("SQLITE_LOCKED", DatabaseBusy),
    ("SQLITE_FULL", DatabaseFull),
    ("SQLITE_NOTADB", NotADatabase),
    ("SQLITE_CORRUPT", DatabaseDamaged),
)
_OF_STATES: dict[str, type[DatabaseFault]] = {
    "25006": ServerReadOnly,
    "42501": ServerDenies,
    "53100": DatabaseFull,
    "53300": ServerCrowded,
}
_OF_WORDS: tuple[tuple[tuple[str, ...], type[DatabaseFault]], ...] = (
    (("password authentication failed",), LogInRefused),
    (("no password supplied",), LogInRefused),
    (("role ", "does not exist"), LogInRefused),
    (("database ", "does not exist"), NoSuchDatabase),
    (("too many ", "connections"), ServerCrowded),
    (("resolve host",), DatabaseHostUnknown),
    (("translate host",), DatabaseHostUnknown),
    (("Name or service not known",), DatabaseHostUnknown),
    (("onnection refused",), ServerAway),
    (("timeout expired",), ServerAway),
    (("No such file or directory",), ServerAway),
)
"""A connection that never was has no code to go by, only the words of the client library and the server."""


def database_fault(error: DBAPIError, *, place: str) -> DatabaseFault:
    """The fault behind the driver's error; ``place`` is the address without its password."""
    driver = error.orig
    reason = " ".join(str(driver).split()).rstrip(".")[:LONGEST_REASON]
    return _kind(driver, reason)(place=Phrase(place), reason=Phrase(reason))


def _kind(driver: BaseException | None, reason: str) -> type[DatabaseFault]:
    name = getattr(driver, "sqlite_errorname", None)
    if name is not None:
        return next((kind for start, kind in _OF_SQLITE if name.startswith(start)), DatabaseSilent)
    state = getattr(driver, "sqlstate", None)
    if state is not None:
        return _OF_STATES.get(state, DatabaseSilent)
    return next((kind for words, kind in _OF_WORDS if all(word in reason for word in words)), DatabaseSilent)
