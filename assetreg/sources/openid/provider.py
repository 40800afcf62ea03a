"""The log-in server: where its doors are, which keys it signs with, and changing a code for a person."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.common.security import is_secure_transport  # type: ignore[import-untyped]
from authlib.integrations.requests_client import OAuth2Session  # type: ignore[import-untyped]
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from assetreg.domain.sign_in import Identity
from assetreg.sources.openid import tokens
from assetreg.sources.openid.client import Attempt, Client, ProviderSilent, ProviderWrong

CONNECT_S, ANSWER_S = 4, 8
TIMEOUT = (CONNECT_S, ANSWER_S)
KEPT_S = 24 * 3600
KEYS_ASKED_EVERY_S = 60
SILENT_S = 5
SCOPE = "openid profile"
USED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Provider:
    """One log-in server, asked as seldom as can be: what it says of itself is kept for a day.

    Its keys are read again when a token names one that is not among them, though at most once a minute.
    """

    def __init__(self, client: Client, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.client = client
        self._clock = clock
        self._lock = Lock()
        self._metadata: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._read_at = self._keys_at = 0.0
        self._silent_at: float | None = None

    def address(self, attempt: Attempt) -> str:
        """Where the person's browser is to go. Raises ProviderSilent or ProviderWrong."""
        address, _ = self._session().create_authorization_url(
            self._about()["authorization_endpoint"],
            state=attempt.state,
            nonce=attempt.nonce,
            code_verifier=attempt.verifier,
            response_mode="query",
        )
        return str(address)

    def identity(self, attempt: Attempt, code: str, *, at: datetime) -> Identity:
        """Who has logged in, by the code the browser came back with. Raises ProviderSilent or ProviderWrong."""
        try:
            answer = self._session().fetch_token(
                self._about()["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                redirect_uri=self.client.redirect_uri,
                code_verifier=attempt.verifier,
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except AuthlibBaseError as error:
            raise ProviderWrong(what=error.error) from error
        except (requests.RequestException, ValueError) as error:
            raise ProviderSilent from error
        found = tokens.claims(answer.get("id_token"), self._known_keys, client=self.client, nonce=attempt.nonce, at=at)
        return tokens.identity(found, client=self.client)

    def logout_address(self, *, back_to: str) -> str | None:
        """Where the person can log out of the server too; None where it has no such page."""
        address = self._about().get("end_session_endpoint")
        if not isinstance(address, str) or not is_secure_transport(address):
            return None
        query = urlencode({"client_id": self.client.client_id, "post_logout_redirect_uri": back_to})
        return f"{address}{'&' if urlsplit(address).query else '?'}{query}"

    def _session(self) -> Any:
        return OAuth2Session(
            self.client.client_id,
            self.client.client_secret,
            scope=SCOPE,
            redirect_uri=self.client.redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_post" if self.client.client_secret else "none",
        )

    def _about(self) -> dict[str, Any]:
        with self._lock:
            if not self._metadata or self._clock() - self._read_at > KEPT_S:
                found = self._asked(f"{self.client.issuer.rstrip('/')}/.well-known/openid-configuration")
                if found.get("issuer") != self.client.issuer:
                    raise ProviderWrong(what="issuer")
                if not all(isinstance(found.get(name), str) and is_secure_transport(found[name]) for name in USED):
                    raise ProviderWrong(what="openid-configuration")
                self._metadata, self._read_at = found, self._clock()
            return self._metadata

    def _asked(self, address: str) -> dict[str, Any]:
        """What the server says; one that has just not answered is not waited for by everyone in turn."""
        if self._silent_at is not None and self._clock() - self._silent_at < SILENT_S:
            raise ProviderSilent
        try:
            found = _json(address)
        except ProviderSilent:
            self._silent_at = self._clock()
            raise
        self._silent_at = None
        return found

    def _known_keys(self, anew: bool) -> KeySet:  # noqa: FBT001
        address = self._about()["jwks_uri"]
        with self._lock:
            age = self._clock() - self._keys_at
            if self._keys is None or age > KEPT_S or (anew and age > KEYS_ASKED_EVERY_S):
                try:
                    self._keys = KeySet.import_key_set(self._asked(address))  # type: ignore[arg-type]
                except (JoseError, KeyError, TypeError, ValueError) as error:
                    raise ProviderWrong(what="jwks") from error
                self._keys_at = self._clock()
            return self._keys


def _json(address: str) -> dict[str, Any]:
    try:
        answer = requests.get(address, timeout=TIMEOUT, allow_redirects=False, headers={"Accept": "application/json"})
        found = answer.json() if answer.status_code == requests.codes.ok else None
    except (requests.RequestException, ValueError) as error:
        raise ProviderSilent from error
    if not isinstance(found, dict):
        raise ProviderSilent
    return found
