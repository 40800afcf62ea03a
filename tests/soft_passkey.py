"""A passkey made of software: signs as a telephone would, or wrongly to order (W3C Web Authentication, level 2)."""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class SoftPasskey:
    """`host` and `origin` are where it believes it is; `verifies` whether it asks for a finger or a number first."""

    host: str
    origin: str
    verifies: bool = True
    counts: int = 0
    handle: str | None = None
    number: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def name(self) -> str:
        return _text(self.number)

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer to the options for a new passkey."""
        self.handle = options["user"]["id"]
        point = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        about = bytes(16) + len(self.number).to_bytes(2) + self.number + cbor2.dumps(public)
        data = self._data(ATTESTED) + about
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"])
        return self._document({"clientDataJSON": _text(client), "attestationObject": _text(statement)})

    def use(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer to the options for logging in."""
        self.counts += 1
        data, client = self._data(0), self._client("webauthn.get", options["challenge"])
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        response = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return self._document({**{name: _text(raw) for name, raw in response.items()}, "userHandle": self.handle})

    def _data(self, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return sha256(self.host.encode()).digest() + bytes([flags]) + self.counts.to_bytes(4)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _document(self, response: dict[str, Any]) -> dict[str, Any]:
        return {"id": self.name, "rawId": self.name, "type": "public-key", "response": response}


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
