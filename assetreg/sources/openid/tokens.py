"""Whether an ID token is what it says (OpenID Connect Core 1.0, 3.1.3.7), and whom it speaks of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from hmac import compare_digest
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import Key, KeySet

from assetreg.domain.sign_in import Identity
from assetreg.sources.openid.client import Client, ProviderWrong

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384")
"""Those with a public key: a token is never checked with a secret that we hold, nor taken unsigned."""

LEEWAY_S = 120
LONGEST_TOKEN = 64 * 1024
LONGEST_NAME, LONGEST_SUBJECT, LONGEST_SESSION = 120, 255, 200


def claims(
    token: object, keys: Callable[[bool], KeySet], *, client: Client, nonce: str, at: datetime
) -> dict[str, Any]:
    """What the token says, once all of it has been checked. ``keys(True)`` asks the server for its keys anew.

    Raises ProviderWrong.
    """
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
        raise ProviderWrong(what="id_token")
    try:
        found = jwt.decode(token, _key(token, keys), algorithms=ALGORITHMS).claims
        _registry(client, at).validate(found)
    except JoseError as error:
        raise ProviderWrong(what=getattr(error, "claim", None) or error.error) from error
    except (ValueError, TypeError, KeyError) as error:
        raise ProviderWrong(what="id_token") from error
    _check_nonce(found.get("nonce"), nonce)
    audience = found["aud"]
    if isinstance(audience, list) and len(audience) > 1 and found.get("azp") != client.client_id:
        raise ProviderWrong(what="azp")
    return found


def identity(found: Mapping[str, Any], *, client: Client) -> Identity:
    """Whom checked claims speak of: in Entra the ``oid``, elsewhere the ``sub``."""
    subject = found["oid" if client.tenant else "sub"]
    if not _is_plain(subject, LONGEST_SUBJECT):
        raise ProviderWrong(what="sub")
    login_name = _line(found.get("preferred_username") or found.get("email"))
    session = found.get("sid")
    elsewhere = found.get("_claim_names")
    return Identity(
        issuer=client.issuer,
        subject=subject,
        login_name=login_name,
        display_name=_line(found.get("name")) or login_name,
        app_roles=_words(found.get("roles")),
        groups=_words(found.get("groups")),
        groups_left_out=(isinstance(elsewhere, dict) and "groups" in elsewhere) or _says_yes(found.get("hasgroups")),
        session=session if _is_plain(session, LONGEST_SESSION) else None,
    )


def _key(token: str, keys: Callable[[bool], KeySet]) -> Key:
    """The key the token names; one that is not known may have come since the keys were read."""
    kid = jws.extract_compact(token.encode()).headers().get("kid")
    try:
        return keys(False).get_by_kid(kid)
    except InvalidKeyIdError:
        return keys(True).get_by_kid(kid)


def _registry(client: Client, at: datetime) -> jwt.JWTClaimsRegistry:
    expected: dict[str, Any] = {
        "iss": {"essential": True, "value": client.issuer},
        "aud": {"essential": True, "value": client.client_id},
        "sub": {"essential": True},
        "exp": {"essential": True},
        "iat": {"essential": True},
        "nonce": {"essential": True},
    }
    if client.tenant:
        expected |= {"tid": {"essential": True, "value": client.tenant}, "oid": {"essential": True}}
    return jwt.JWTClaimsRegistry(now=int(at.timestamp()), leeway=LEEWAY_S, **expected)


def _check_nonce(found: object, nonce: str) -> None:
    if not isinstance(found, str) or not compare_digest(found.encode(errors="replace"), nonce.encode()):
        raise ProviderWrong(what="nonce")


def _is_plain(value: object, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest and value.isprintable()


def _says_yes(value: object) -> bool:
    return value is True or value == "true"


def _words(value: object) -> frozenset[str]:
    return frozenset(each for each in value if isinstance(each, str)) if isinstance(value, list) else frozenset()


def _line(value: object) -> str:
    """One line of visible text, no longer than a name may be."""
    if not isinstance(value, str):
        return ""
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())[:LONGEST_NAME]
