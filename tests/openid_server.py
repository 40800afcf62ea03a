"""An OpenID Connect server that behaves as Entra ID does: real HTTP on this machine, RS256 keys, faults to order.

Honest unless told otherwise: a code is good once and for the verifier, client and address it was asked with. `claims`
is what the person who logs in next is said to be; `forge` changes one thing at a time.
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

TENANT = "6f1c2c1e-0000-4000-8000-00000000abcd"
CLIENT_ID = "0f3a7d90-1111-4222-8333-000000000001"
SECRET = "a client secret with / and + in it"
TAKEN_AWAY = object()
"""As the value of a claim: the token does not have it."""


@dataclass
class Forgery:
    """What the next token has wrong with it."""

    claims: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    key: Any = None
    kid: str | None = None


@dataclass
class OpenIdServer:
    """`redirects` are the addresses that were registered; `asked` counts requests by path."""

    clock: Callable[[], datetime]
    address: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    redirects: set[str] = field(default_factory=set)
    forge: Forgery = field(default_factory=Forgery)
    metadata: dict[str, Any] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    secret: str | None = SECRET
    keys: list[RSAKey] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    granted: dict[str, dict[str, str]] = field(default_factory=dict)
    waiting: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return f"{self.address}/{TENANT}/v2.0"

    def rotate(self) -> None:
        """Signs with a new key from now on, and tells of no other."""
        self.keys = [RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})]

    def be(self, oid: str = "anna", **claims: Any) -> None:
        """Who logs in next."""
        person = {"oid": f"oid-of-{oid}", "name": oid.title(), "preferred_username": f"{oid}@kommun.example"}
        self.claims = {**person, **claims}

    def visit(self, authorize: str, choice: str = "/continue") -> str:
        """What a browser does there: opens the page, makes the choice, and gives where it is sent."""
        page = requests.get(authorize, timeout=10, allow_redirects=False)
        if page.status_code != 200:
            raise AssertionError(f"{page.status_code}: {page.text}")
        link = next(part.split('"')[0] for part in page.text.split('href="')[1:] if choice in part)
        return requests.get(f"{self.address}{link}", timeout=10, allow_redirects=False).headers["Location"]

    def about(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "end_session_endpoint": f"{self.address}/logout",
            "frontchannel_logout_supported": True,
            **self.metadata,
        }

    def authorize(self, asked: dict[str, str]) -> tuple[int, str]:
        """Refuses whatever a rightly made request does not have."""
        expected = {"client_id": CLIENT_ID, "response_type": "code", "code_challenge_method": "S256"}
        wrong = [name for name, value in expected.items() if asked.get(name) != value]
        wrong += [name for name in ("state", "nonce", "code_challenge") if len(asked.get(name, "")) < 22]
        if asked.get("redirect_uri") not in self.redirects:
            wrong.append("redirect_uri")
        if "openid" not in asked.get("scope", "").split():
            wrong.append("scope")
        if wrong:
            return 400, f"wrong: {wrong}"
        number = secrets.token_hex(8)
        self.waiting[number] = asked
        links = "".join(f'<p><a href="/{way}?id={number}">{way}</a></p>' for way in ("continue", "cancel"))
        head = '<html lang="en"><head><title>Log in</title><link rel="icon" href="data:,"></head>'
        return 200, f"<!doctype html>{head}<body><h1>Log in</h1>{links}</body></html>"

    def grant(self, number: str) -> str:
        asked = self.waiting.pop(number)
        code = secrets.token_urlsafe(16)
        self.granted[code] = asked
        return self.back(asked, code=code, session_state="s")

    def deny(self, number: str) -> str:
        return self.back(self.waiting.pop(number), error="access_denied", error_description="<b>AADSTS65004</b>")

    def public_keys(self) -> Any:
        return KeySet(list(self.keys)).as_dict(private=False)

    def back(self, asked: dict[str, str], **said: str) -> str:
        return f"{asked['redirect_uri']}?{urlencode({**said, 'state': asked['state']})}"

    def token(self, asked: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if asked.get("client_id") != CLIENT_ID or asked.get("client_secret") != self.secret:
            return 401, {"error": "invalid_client"}
        began = self.granted.pop(asked.get("code", ""), None)
        if began is None or asked.get("grant_type") != "authorization_code":
            return 400, {"error": "invalid_grant"}
        digest = sha256(asked.get("code_verifier", "").encode()).digest()
        if began["code_challenge"] != _base64(digest) or began["redirect_uri"] != asked.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        token = {"token_type": "Bearer", "access_token": secrets.token_hex(), "expires_in": 3600}
        return 200, {**token, "id_token": self.id_token(began["nonce"])}

    def id_token(self, nonce: str) -> str:
        now = int(self.clock().timestamp())
        usual = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "tid": TENANT,
            "sub": f"pairwise of {self.claims.get('oid')}",
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
            "nonce": nonce,
            "ver": "2.0",
        }
        said = {**usual, **self.claims, **self.forge.claims}
        claims = {name: value for name, value in said.items() if value is not TAKEN_AWAY}
        key = self.forge.key or self.keys[0]
        header = {"alg": self.forge.algorithm, "kid": self.forge.kid or self.keys[0].kid}
        if self.forge.algorithm in ("none", "HS256"):
            return self.by_hand(header, claims)
        return jwt.encode(header, claims, key, algorithms=[self.forge.algorithm])

    def by_hand(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        """Unsigned, or signed as if our public key were a shared secret: what no honest library writes."""
        body = ".".join(_base64(json.dumps(part).encode()) for part in (header, claims))
        if self.forge.algorithm == "none":
            return f"{body}."
        public = self.keys[0].as_pem(private=False)
        return f"{body}.{_base64(hmac.new(public, body.encode(), sha256).digest())}"


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


class Handler(BaseHTTPRequestHandler):
    """The server's addresses."""

    server_of: OpenIdServer

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        path, asked = urlsplit(self.path).path, dict(parse_qsl(urlsplit(self.path).query))
        if self.out_of_order(path):
            return
        if path.endswith("/.well-known/openid-configuration"):
            self.say(200, json.dumps(self.server_of.about()), "application/json")
            return
        pages = {
            "/keys": lambda: self.say(200, json.dumps(self.server_of.public_keys()), "application/json"),
            "/authorize": lambda: self.say(*self.server_of.authorize(asked)),
            "/continue": lambda: self.lead(self.server_of.grant(asked["id"])),
            "/cancel": lambda: self.lead(self.server_of.deny(asked["id"])),
            "/logout": lambda: self.lead(asked["post_logout_redirect_uri"]),
        }
        pages.get(path, lambda: self.say(404, "nothing here"))()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.out_of_order(self.path):
            return
        status, said = self.server_of.token(dict(parse_qsl(body)))
        self.say(status, json.dumps(said), "application/json")

    def out_of_order(self, path: str) -> bool:
        self.server_of.asked[path] += 1
        if f"{path} slow" in self.server_of.broken:
            time.sleep(1)
        answers = {"500": (500, "oops"), "html": (200, "<p>a gateway")}
        found = next((answer for how, answer in answers.items() if f"{path} {how}" in self.server_of.broken), None)
        if found:
            self.say(*found)
        return found is not None

    def say(self, status: int, body: str, kind: str = "text/html; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def lead(self, address: str) -> None:
        self.send_response(302)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def open_id_server(clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Iterator[OpenIdServer]:
    """Serves on a free port of this machine until the block ends."""
    server = OpenIdServer(clock)
    server.rotate()
    server.be()
    http = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"server_of": server}))
    http.daemon_threads = True
    server.address = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
