"""Who we are to the log-in server, and what one attempt to log in must bring back."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Self

from assetreg.domain.errors import Overloaded, Refusal


class ProviderSilent(Overloaded):
    code = "provider_silent"
    message = (
        "Kommunens inloggning svarar inte just nu. Försök igen om en stund. "
        "Har du ett konto som bara finns här kan du använda det så länge."
    )


class ProviderWrong(Refusal):
    """The server answered with something that an honest, rightly set up one does not."""

    code = "provider_wrong"
    message = (
        "Svaret från kommunens inloggning gick inte att lita på, så du är inte inloggad ({what}). Försök igen. "
        "Händer det flera gånger, visa den här texten för den som sköter registret."
    )


@dataclass(frozen=True, slots=True)
class Client:
    """How the register is known to the server at ``issuer``. With ``tenant`` only that Entra tenant is let in."""

    issuer: str
    client_id: str
    redirect_uri: str
    client_secret: str | None = field(default=None, repr=False)
    tenant: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """The secrets of one attempt: ``state`` for the answer, ``nonce`` for the token, ``verifier`` for the code."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> Self:
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))
