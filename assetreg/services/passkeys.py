"""Passkeys (W3C Web Authentication): a key that never leaves the telephone, the computer or the security key."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import webauthn
from sqlalchemy import select
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json_dict, structs
from webauthn.helpers.exceptions import WebAuthnException

from assetreg.db.account import Account
from assetreg.db.second_factor import Passkey
from assetreg.db.session import ScopedSession
from assetreg.domain.access import Actor
from assetreg.domain.errors import Conflict, Invalid, Missing
from assetreg.services import history, sealing
from assetreg.services.accounts import NoPassword

MOST = 20
LONGEST_NAME = 60
LONGEST_CREDENTIAL = 1400

log = logging.getLogger("assetreg.passkeys")


class PasskeyRefused(Invalid):
    code = "passkey_refused"
    message = "Passnyckeln gick inte att använda. Försök igen, eller logga in på ett annat sätt."


class TooManyPasskeys(Conflict):
    code = "too_many_passkeys"
    message = "Kontot har redan {most} passnycklar. Ta bort någon som inte används."


class PasskeyKnown(Conflict):
    code = "passkey_known"
    message = "Passnyckeln finns redan. Använd den som den är, eller välj en annan."


@dataclass(frozen=True, slots=True)
class Site:
    """Whom a passkey belongs to: the host that it is bound to, and the origin of the pages."""

    host: str
    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """One passkey as its owner sees it; ``synced`` is one that its maker copies between devices."""

    id: int
    name: str
    synced: bool
    created_at: datetime
    used_at: datetime | None


def new_options(session: ScopedSession, account: Account, *, site: Site, key: bytes) -> tuple[dict[str, Any], str]:
    """What the browser needs to make a passkey, and the challenge it must sign. Raises TooManyPasskeys."""
    if account.password_hash is None:
        raise NoPassword
    known = session.execute(select(Passkey.credential).where(Passkey.account_id == account.id)).scalars().all()
    if len(known) >= MOST:
        raise TooManyPasskeys(most=MOST)
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_id=_handle(account.id, key),
        user_name=account.name,
        user_display_name=account.display_name,
        exclude_credentials=[_descriptor(each) for each in known],
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
    )
    return options_to_json_dict(options), bytes_to_base64url(options.challenge)


def add(
    session: ScopedSession,
    account: Account,
    credential: object,
    *,
    name: str,
    challenge: str,
    site: Site,
    key: bytes,
    actor: Actor,
) -> None:
    """Keeps the passkey that the browser has made. Raises PasskeyRefused or PasskeyKnown."""
    try:
        made = webauthn.verify_registration_response(
            credential=_document(credential),
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise PasskeyRefused from error
    text = bytes_to_base64url(made.credential_id)
    if len(text) > LONGEST_CREDENTIAL:
        raise PasskeyRefused
    if session.execute(select(Passkey.id).where(Passkey.credential == text)).first():
        raise PasskeyKnown
    passkey = Passkey(
        account_id=account.id,
        credential=text,
        public_key=bytes_to_base64url(made.credential_public_key),
        handle=bytes_to_base64url(_handle(account.id, key)),
        sign_count=made.sign_count,
        synced=made.credential_backed_up,
        name=_line(name) or "Passnyckel",
        created_at=actor.at,
        used_at=None,
    )
    session.add(passkey)
    session.flush()
    history.record(session, account, "passkey_added", {"passkey": passkey.id}, actor=actor)
    session.flush()


def login_options(session: ScopedSession, *, site: Site, account: int | None) -> tuple[dict[str, Any], str]:
    """What the browser needs to find a passkey, of the account or of anyone, and the challenge it must sign."""
    query = select(Passkey.credential).where(Passkey.account_id == account)
    known = session.execute(query).scalars().all() if account is not None else []
    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        allow_credentials=[_descriptor(each) for each in known],
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options), bytes_to_base64url(options.challenge)


def proved(session: ScopedSession, credential: object, *, challenge: str, site: Site, at: datetime) -> int:
    """The account whose passkey signed the challenge, here and with its owner present. Raises PasskeyRefused."""
    document = _document(credential)
    stated = document.get("id")
    known = isinstance(stated, str) and stated.isascii() and stated.isprintable()
    query = select(Passkey).where(Passkey.credential == (stated if known else ""))
    passkey = session.execute(query.with_for_update()).scalar_one_or_none()
    if passkey is None:
        raise PasskeyRefused
    try:
        found = webauthn.verify_authentication_response(
            credential=document,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        log.warning("passkey %s refused: %s", passkey.id, error)
        raise PasskeyRefused from error
    handle = document["response"].get("userHandle")
    if handle and handle != passkey.handle:
        raise PasskeyRefused
    passkey.sign_count, passkey.synced, passkey.used_at = found.new_sign_count, found.credential_backed_up, at
    session.flush()
    return passkey.account_id


def listed(session: ScopedSession, account: int) -> tuple[PasskeyRow, ...]:
    """The account's passkeys, the oldest first."""
    columns = (Passkey.id, Passkey.name, Passkey.synced, Passkey.created_at, Passkey.used_at)
    rows = session.execute(select(*columns).where(Passkey.account_id == account).order_by(Passkey.id))
    return tuple(PasskeyRow(*row) for row in rows)


def remove(session: ScopedSession, account: Account, passkey: int, *, actor: Actor) -> None:
    """Raises Missing for one that is not the account's own."""
    row = session.get(Passkey, passkey)
    if row is None or row.account_id != account.id:
        raise Missing
    session.delete(row)
    history.record(session, account, "passkey_removed", {"passkey": passkey}, actor=actor)
    session.flush()


def _descriptor(credential: str) -> structs.PublicKeyCredentialDescriptor:
    return structs.PublicKeyCredentialDescriptor(id=base64url_to_bytes(credential))


def _document(credential: object) -> dict[str, Any]:
    if not isinstance(credential, dict):
        raise PasskeyRefused
    return credential


def _line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:LONGEST_NAME]


def _handle(account: int, key: bytes) -> bytes:
    """What passkeys call the account: the same each time, and nothing that can be read out of it."""
    return sealing.derived(key, f"passkey handle {account}")
