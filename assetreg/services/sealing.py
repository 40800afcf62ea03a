"""Keeping a secret in the database that the database alone cannot read: AES-256-GCM with a key kept outside it."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12


def sealed(secret: str, *, key: bytes, about: str) -> str:
    """The secret as it is stored. ``about`` names whose it is, so that it opens nowhere else."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    body = AESGCM(derived(key, "sealing")).encrypt(nonce, secret.encode(), about.encode())
    return urlsafe_b64encode(nonce + body).decode()


def opened(stored: str, *, key: bytes, about: str) -> str | None:
    """The secret; None where it was sealed with another key or for somebody else."""
    try:
        raw = urlsafe_b64decode(stored.encode())
        return AESGCM(derived(key, "sealing")).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], about.encode()).decode()
    except (InvalidTag, NotBase64, ValueError):
        return None


def derived(key: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose (HKDF, RFC 5869), so that no two uses of the register's key share one."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"assetreg {purpose}".encode()).derive(key)
