"""The settings: environment variables ``ASSETREG_*``, each also as ``ASSETREG_*_FILE``, read once."""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from assetreg import places
from assetreg.db.session import Database, driver_url
from assetreg.domain.errors import Invalid, Missing
from assetreg.domain.sentences import Phrase
from assetreg.domain.system_faults import words_of
from assetreg.domain.terms import Role
from assetreg.services import key_files, upgrading

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

SHORTEST_KEY = 32
MEGABYTE = 1_000_000
OF_TESTS = "ASSETREG_TEST_"
_HOST = re.compile(r"[a-z0-9]([a-z0-9.\-]*[a-z0-9])?(:[0-9]{1,5})?")
_TENANT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ENTRA = "https://login.microsoftonline.com/{tenant}/v2.0"


class BadSetting(Invalid):
    code = "bad_setting"
    message = "Inställningen {name} går inte att använda: {rule}."

    def __init__(self, *, name: str, rule: str, field: str | None = None) -> None:
        bare = rule.removesuffix(".")
        super().__init__(field=field, name=name, rule=Phrase(bare))


class NoRegister(Missing):
    code = "no_register"
    message = "Det finns inget register i {place}. Kör assetreg upgrade, så skapas det där."


class _Unusable(Exception):
    """What is wrong with a value, without the value: it may be a secret."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is decided outside the program. ``base_url`` is an origin without a closing slash."""

    database_url: str = field(repr=False)
    secret_key: bytes = field(repr=False)
    history_key: bytes = field(repr=False)
    base_url: str | None = None
    trusted_proxies: tuple[Network, ...] = ()
    label_hosts: frozenset[str] = frozenset()
    organisation: str = "Sydnärke IT"
    finder_text: str = "Tillhör en av Sydnärkes kommuner"
    finder_phone: str = ""
    finder_mail: str = ""
    session_idle_hours: int = 12
    session_days: int = 7
    workers: int = 2
    max_upload_mb: int = 250
    api_per_minute: int = 600
    statement_limit_ms: int = 2000
    entra_tenant: str | None = None
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = field(default=None, repr=False)
    require_second_factor: frozenset[Role] = frozenset()
    database_read_url: str | None = None
    read_lag_s: int = 5
    metrics_token: bytes = field(default=b"", repr=False)
    log_format: str = "text"
    log_level: str = "info"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, *, new_register: bool = False) -> Settings:
        """Reads the environment; ``new_register`` lets the secrets of a register that is about to be made be drawn.

        Raises BadSetting by name, NoRegister where an SQLite register has not been made, and NotOurDatabase or
        NoSqliteFile where something else stands in its file.
        """
        stated = os.environ if environ is None else environ
        values = {setting.attribute: setting.value(stated) for setting in SETTINGS}
        keys = _Keys(values["database_url"], new_register=new_register)
        for attribute in ("history_key", "secret_key"):
            values[attribute] = values[attribute] or keys.find(attribute)
        _check_directory(values)
        _check_standby(values)
        return cls(**values)

    @property
    def https(self) -> bool:
        return bool(self.base_url) and str(self.base_url).startswith("https://")

    @property
    def issuer(self) -> str | None:
        """Who vouches for those who log in with the municipality's accounts; None where they cannot."""
        return self.oidc_issuer or (_ENTRA.format(tenant=self.entra_tenant) if self.entra_tenant else None)

    @property
    def max_upload_bytes(self) -> int:
        """The largest file that any door takes; the web server lets through a little more, for what is around it."""
        return self.max_upload_mb * MEGABYTE

    @property
    def max_request_bytes(self) -> int:
        """The largest file and what a form says beside it."""
        return self.max_upload_bytes + MEGABYTE

    @property
    def shown_database(self) -> str:
        """The database's address as it may be printed: without its password."""
        return driver_url(self.database_url).render_as_string(hide_password=True)

    def database(self, *, statement_limit_ms: int | None = None) -> Database:
        return Database(
            self.database_url,
            history_key=self.history_key,
            statement_limit_ms=statement_limit_ms,
            read_url=self.database_read_url,
            lag_s=self.read_lag_s,
        )


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as the README lists it: its default in words, and what it decides (in Swedish)."""

    name: str
    default: str
    meaning: str
    read: Callable[[str], Any]

    @property
    def attribute(self) -> str:
        return self.name.removeprefix("ASSETREG_").lower()

    def value(self, environ: Mapping[str, str]) -> Any:
        text = self._text(environ)
        try:
            return self.read(text.strip() if text and text.strip() else self.default)
        except (_Unusable, ValueError) as fault:
            raise BadSetting(name=self.name, rule=str(fault)) from None

    def _text(self, environ: Mapping[str, str]) -> str | None:
        file = environ.get(f"{self.name}_FILE")
        if not file:
            return environ.get(self.name)
        if environ.get(self.name):
            raise BadSetting(name=self.name, rule="den är satt både direkt och som fil. Ta bort den ena.")
        try:
            return Path(file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise BadSetting(name=f"{self.name}_FILE", rule=f"filen {file} går inte att läsa.") from None


class _Keys:
    """The secrets of a local register, in files beside the database; a server's register must be given its own.

    The history key is drawn for a new register alone: with another key every event of an old one looks forged.
    """

    def __init__(self, database_url: str, *, new_register: bool) -> None:
        self.file = sqlite_file(database_url)
        self.new_register = new_register

    def find(self, attribute: str) -> bytes:
        """Raises BadSetting, NoRegister, NotOurDatabase or NoSqliteFile."""
        name = f"ASSETREG_{attribute.upper()}"
        if self.file is None:
            raise BadSetting(name=name, rule="med PostgreSQL måste den anges. Dra en med: openssl rand -hex 32")
        kept = self.file.parent / attribute.replace("_", "-")
        try:
            key = self._kept(self.file, kept, name)
        except OSError as error:
            rule = f"filen {kept} går inte att läsa eller skriva ({words_of(error)}). "
            rule += "Ge kontot rätt till den och till mappen, eller ange nyckeln."
            raise BadSetting(name=name, rule=rule) from None
        if len(key) < SHORTEST_KEY:
            raise BadSetting(name=name, rule=f"nyckelfilen bredvid databasen har mindre än {SHORTEST_KEY} tecken.")
        return key

    def _kept(self, file: Path, kept: Path, name: str) -> bytes:
        made = key_files.is_made(file)
        if not made and not self.new_register:
            raise NoRegister(place=file)
        if made and not kept.exists():
            upgrading.refuse_foreign_file(file)
        if made and name == "ASSETREG_HISTORY_KEY" and not kept.exists():
            rule = f"registret finns men dess nyckel saknas. Lägg tillbaka filen {kept}, eller ange nyckeln."
            raise BadSetting(name=name, rule=rule)
        return key_files.kept_key(kept)


def unknown_settings(environ: Mapping[str, str]) -> dict[str, str | None]:
    """The ``ASSETREG_*`` names that decide nothing, each with the setting it most resembles, if any does."""
    known = [name for setting in SETTINGS for name in (setting.name, f"{setting.name}_FILE")]
    stated = sorted(name for name in environ if name.startswith("ASSETREG_") and not name.startswith(OF_TESTS))
    others = [name for name in stated if name not in known]
    return {name: next(iter(difflib.get_close_matches(name, known, n=1, cutoff=0.8)), None) for name in others}


def sqlite_file(database_url: str) -> Path | None:
    """The file of an embedded database; None for a server's."""
    url = driver_url(database_url)
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def _database(text: str) -> str:
    address = text or f"sqlite:///{places.data() / 'assetreg.db'}"
    try:
        url = make_url(address)
    except ArgumentError:
        raise _Unusable("skriv sqlite:////sökväg/fil.db eller postgresql://namn:lösenord@värd/databas.") from None
    if url.get_backend_name() not in ("sqlite", "postgresql", "postgres"):
        raise _Unusable("registret kan ligga i SQLite eller PostgreSQL.")
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise _Unusable("en databas i minnet försvinner med programmet. Ange en fil.")
    return address


def _key(text: str) -> bytes:
    if text and len(text) < SHORTEST_KEY:
        raise _Unusable(f"den är kortare än {SHORTEST_KEY} tecken. Dra en med: openssl rand -hex 32")
    return text.encode()


def _origin(text: str) -> str | None:
    if not text:
        return None
    parts = urlsplit(text.rstrip("/").lower())
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(parts.netloc) or parts.path or parts.query:
        raise _Unusable("skriv en adress som https://register.kommun.se, utan sökväg.")
    return f"{parts.scheme}://{parts.netloc}"


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part) for part in re.split(r"[,\s]+", text) if part)
    except ValueError:
        raise _Unusable("skriv adresser eller nät med komma emellan, till exempel 10.0.0.5, 10.1.0.0/16.") from None


def _hosts(text: str) -> frozenset[str]:
    hosts = [part.lower() for part in re.split(r"[,\s]+", text) if part]
    if not all(_HOST.fullmatch(host) for host in hosts):
        raise _Unusable("skriv värdnamn med komma emellan, till exempel etikett.kommun.se.")
    return frozenset(hosts)


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise _Unusable(f"skriv ett heltal från {least} till {most}.")
        return int(text)

    return read


def _mail(text: str) -> str:
    if text and not re.fullmatch(r"[^@\s<>\"]+@[^@\s<>\"]+", text):
        raise _Unusable("det är ingen e-postadress.")
    return text


def _check_directory(values: Mapping[str, Any]) -> None:
    """Signing in with the municipality's accounts takes three settings: half of it would fail at the first log-in."""
    server, client = values["oidc_issuer"] or values["entra_tenant"], values["oidc_client_id"]
    if server and not client:
        raise BadSetting(name="ASSETREG_OIDC_CLIENT_ID", rule="den behövs för inloggning med kommunens konton.")
    if client and not server:
        rule = "ange den, eller ASSETREG_OIDC_ISSUER, för inloggning med kommunens konton."
        raise BadSetting(name="ASSETREG_ENTRA_TENANT", rule=rule)
    if server and not values["base_url"]:
        raise BadSetting(name="ASSETREG_BASE_URL", rule="den behövs för inloggning med kommunens konton.")


def _check_standby(values: Mapping[str, Any]) -> None:
    stated = values["database_read_url"]
    if stated and (sqlite_file(stated) or sqlite_file(values["database_url"])):
        raise BadSetting(name="ASSETREG_DATABASE_READ_URL", rule="bara PostgreSQL har en kopia att läsa i.")


def _one_of(*known: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.lower() not in known:
            raise _Unusable(f"skriv något av {', '.join(known)}.")
        return text.lower()

    return read


def _words_or_none(text: str) -> str | None:
    return text or None


def _tenant(text: str) -> str | None:
    if text and not _TENANT.fullmatch(text.lower()):
        raise _Unusable("skriv katalogens id (GUID), som 0b5e7a3c-1111-2222-3333-444455556666.")
    return text.lower() or None


def _issuer(text: str) -> str | None:
    if not text:
        return None
    parts = urlsplit(text)
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise _Unusable("skriv en adress som börjar med https://.")
    if not parts.hostname or parts.query or parts.fragment or parts.username:
        raise _Unusable("skriv en adress utan frågetecken, som https://login.kommun.se/realms/kommun.")
    return text


def _roles(text: str) -> frozenset[Role]:
    if text.lower() in ("alla", "all"):
        return frozenset(Role)
    stated = [part.lower() for part in re.split(r"[,\s]+", text) if part]
    known = {role.value: role for role in Role}
    if not set(stated) <= set(known):
        raise _Unusable(f"skriv alla, eller roller med komma emellan: {', '.join(known)}.")
    return frozenset(known[each] for each in stated)


def _phone(text: str) -> str:
    if text and not re.fullmatch(r"\+?[0-9][0-9 \-]{3,20}", text):
        raise _Unusable("skriv ett telefonnummer med siffror, blanksteg och bindestreck.")
    return text


SETTINGS = (
    Setting("ASSETREG_DATABASE_URL", "", "Var registret ligger. Utan värde: en SQLite-fil i var/.", _database),
    Setting("ASSETREG_SECRET_KEY", "", "Nyckel för kakor, spärr mot gissade lösenord och tvåstegsinloggning.", _key),
    Setting("ASSETREG_HISTORY_KEY", "", "Nyckel som historiken är förseglad med. Byts aldrig.", _key),
    Setting("ASSETREG_BASE_URL", "", "Adressen som användarna skriver. Med https blir kakorna säkra.", _origin),
    Setting("ASSETREG_TRUSTED_PROXIES", "", "Proxyservrar vars X-Forwarded-* läses. Utan värde: inga.", _networks),
    Setting("ASSETREG_LABEL_HOSTS", "", "Fler värdnamn som står på våra etiketter.", _hosts),
    Setting("ASSETREG_ORGANISATION", "Sydnärke IT", "Namnet överst på varje sida.", str),
    Setting("ASSETREG_FINDER_TEXT", "Tillhör en av Sydnärkes kommuner", "Rubriken för den som hittat en enhet.", str),
    Setting("ASSETREG_FINDER_PHONE", "", "Telefonnummer för den som hittat en enhet.", _phone),
    Setting("ASSETREG_FINDER_MAIL", "", "E-post för den som hittat en enhet.", _mail),
    Setting("ASSETREG_SESSION_IDLE_HOURS", "12", "Timmar utan aktivitet innan man loggas ut.", _whole(1, 168)),
    Setting("ASSETREG_SESSION_DAYS", "7", "Dygn innan man måste logga in igen.", _whole(1, 90)),
    Setting("ASSETREG_WORKERS", "2", "Antal serverprocesser.", _whole(1, 64)),
    Setting(
        "ASSETREG_MAX_UPLOAD_MB",
        "250",
        "Största fil som tas emot, i megabyte. En arbetsbok (XLSX) får vara högst 20.",
        _whole(1, 4096),
    ),
    Setting("ASSETREG_API_PER_MINUTE", "600", "Anrop i minuten för varje token.", _whole(1, 1_000_000)),
    Setting(
        "ASSETREG_STATEMENT_LIMIT_MS",
        "2000",
        "Längsta tid för en fråga från en sida, i millisekunder.",
        _whole(100, 600_000),
    ),
    Setting("ASSETREG_ENTRA_TENANT", "", "Katalogens id i Entra ID. Slår på inloggning med kommunens konton.", _tenant),
    Setting("ASSETREG_OIDC_ISSUER", "", "Annan OpenID Connect-server än Entra ID, som den själv skriver det.", _issuer),
    Setting("ASSETREG_OIDC_CLIENT_ID", "", "Registrets program-id (klient-id) hos inloggningen.", _words_or_none),
    Setting("ASSETREG_OIDC_CLIENT_SECRET", "", "Registrets klienthemlighet hos inloggningen.", _words_or_none),
    Setting(
        "ASSETREG_REQUIRE_SECOND_FACTOR",
        "",
        "Roller vars lokala konton måste ha tvåstegsinloggning, eller alla. Utan värde: ingen.",
        _roles,
    ),
    Setting(
        "ASSETREG_DATABASE_READ_URL",
        "",
        "Kopia (PostgreSQL standby) för listor och exporter.",
        lambda text: _database(text) if text else None,
    ),
    Setting("ASSETREG_READ_LAG_S", "5", "Så många sekunder får kopian vara efter.", _whole(2, 300)),
    Setting("ASSETREG_METRICS_TOKEN", "", "Lösenordet till /metrics. Utan värde är adressen stängd.", _key),
    Setting("ASSETREG_LOG_FORMAT", "text", "Loggens rader: text eller json.", _one_of("text", "json")),
    Setting(
        "ASSETREG_LOG_LEVEL",
        "info",
        "Vad som loggas: error, warning, info eller debug. Bara debug kan innehålla personuppgifter.",
        _one_of("error", "warning", "info", "debug"),
    ),
)
