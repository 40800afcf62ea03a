"""Every way an answer of the log-in server can be wrong, each made by a server that is honest in all else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import RSAKey

from assetreg.sources.openid import provider as module
from assetreg.sources.openid.client import Attempt, Client, ProviderSilent, ProviderWrong
from assetreg.sources.openid.provider import KEPT_S, KEYS_ASKED_EVERY_S, Provider
from tests.openid_server import CLIENT_ID, SECRET, TAKEN_AWAY, TENANT, Forgery, OpenIdServer, open_id_server

AT = datetime(2026, 11, 20, 11, tzinfo=UTC)
BACK = "https://register.example.se/logga-in/kommunkonto/svar"


class Ticks:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture(scope="module")
def one_server() -> Iterator[OpenIdServer]:
    with open_id_server(lambda: AT) as found:
        found.redirects.add(BACK)
        yield found


@pytest.fixture
def server(one_server: OpenIdServer) -> OpenIdServer:
    """The server with nothing wrong."""
    one_server.forge, one_server.metadata, one_server.secret = Forgery(), {}, SECRET
    one_server.broken.clear()
    one_server.asked.clear()
    one_server.be()
    return one_server


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def provider(server: OpenIdServer, ticks: Ticks) -> Provider:
    return Provider(Client(server.issuer, CLIENT_ID, BACK, SECRET, TENANT), clock=ticks)


def code_of(address: str) -> str:
    (code,) = parse_qs(urlsplit(address).query)["code"]
    return code


def log_in(provider: Provider, server: OpenIdServer, *, at: datetime = AT, attempt: Attempt | None = None) -> Any:
    attempt = attempt or Attempt.new()
    code = code_of(server.visit(provider.address(attempt)))
    return provider.identity(attempt, code, at=at)


def test_person_is_who_the_server_says(provider: Provider, server: OpenIdServer) -> None:
    server.be("åsa", roles=["Tekniker", 7, None], groups=["g-1", "g-2"], sid="s-1", name="Åsa\r\n  Öberg\x00")
    found = log_in(provider, server)
    assert (found.issuer, found.subject, found.login_name) == (server.issuer, "oid-of-åsa", "åsa@kommun.example")
    assert found.display_name == "Åsa Öberg"
    assert (found.app_roles, found.groups, found.session) == ({"Tekniker"}, {"g-1", "g-2"}, "s-1")
    assert not found.groups_left_out


@pytest.mark.parametrize("claim", [{"_claim_names": {"groups": "src1"}, "_claim_sources": {}}, {"hasgroups": True}])
def test_groups_left_out_are_noticed(provider: Provider, server: OpenIdServer, claim: dict[str, Any]) -> None:
    server.be(**claim)
    assert log_in(provider, server).groups_left_out


def test_secrets_are_new_each_time_and_the_verifier_is_not_shown(provider: Provider) -> None:
    one, two = Attempt.new(), Attempt.new()
    assert len({one.state, one.nonce, one.verifier, two.state, two.nonce, two.verifier}) == 6
    address = provider.address(one)
    assert one.verifier not in address
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [BACK]


OTHER_KEY = RSAKey.generate_key(2048, {"kid": "other"})


@pytest.mark.parametrize(
    ("what", "claims"),
    [
        ("iss", {"iss": "https://login.example/other/v2.0"}),
        ("iss", {"iss": TAKEN_AWAY}),
        ("aud", {"aud": "somebody else"}),
        ("aud", {"aud": TAKEN_AWAY}),
        ("azp", {"aud": [CLIENT_ID, "somebody else"]}),
        ("azp", {"aud": [CLIENT_ID, "somebody else"], "azp": "somebody else"}),
        ("exp", {"exp": TAKEN_AWAY}),
        ("exp", {"exp": int(AT.timestamp()) - 121}),
        ("iat", {"iat": TAKEN_AWAY}),
        ("nbf", {"nbf": int(AT.timestamp()) + 121}),
        ("nonce", {"nonce": "that of another attempt"}),
        ("nonce", {"nonce": TAKEN_AWAY}),
        ("nonce", {"nonce": ["a list"]}),
        ("tid", {"tid": "00000000-0000-4000-8000-000000000000"}),
        ("tid", {"tid": TAKEN_AWAY}),
        ("oid", {"oid": TAKEN_AWAY}),
        ("oid", {"oid": ""}),
        ("sub", {"oid": "x" * 256}),
        ("sub", {"oid": ["a list"]}),
        ("sub", {"oid": "oid\0"}),
        ("sub", {"sub": TAKEN_AWAY}),
        ("exp", {"exp": "soon"}),
    ],
)
def test_token_that_says_something_wrong_is_refused(
    provider: Provider, server: OpenIdServer, what: str, claims: dict[str, Any]
) -> None:
    server.forge = Forgery(claims=claims)
    with pytest.raises(ProviderWrong) as caught:
        log_in(provider, server)
    assert what in str(caught.value.params["what"])
    server.forge = Forgery()
    assert log_in(provider, server).subject == "oid-of-anna"


@pytest.mark.parametrize(
    "forgery",
    [
        Forgery(algorithm="none"),
        Forgery(algorithm="HS256"),
        Forgery(key=OTHER_KEY),
        Forgery(key=OTHER_KEY, kid="other"),
    ],
    ids=["unsigned", "signed with the public key as a secret", "another key of the same name", "unknown key"],
)
def test_token_that_the_server_has_not_signed_is_refused(
    provider: Provider, server: OpenIdServer, forgery: Forgery
) -> None:
    log_in(provider, server)
    server.forge = forgery
    with pytest.raises(ProviderWrong):
        log_in(provider, server)


def test_token_that_ended_a_moment_ago_is_taken_for_clocks_that_differ(
    provider: Provider, server: OpenIdServer
) -> None:
    server.forge = Forgery(claims={"exp": int(AT.timestamp()) - 60, "aud": [CLIENT_ID]})
    assert log_in(provider, server).subject == "oid-of-anna"


def test_code_is_worth_nothing_without_the_verifier_or_a_second_time(provider: Provider, server: OpenIdServer) -> None:
    attempt = Attempt.new()
    code = code_of(server.visit(provider.address(attempt)))
    with pytest.raises(ProviderWrong, match="invalid_grant"):
        provider.identity(replace(attempt, verifier=Attempt.new().verifier), code, at=AT)
    code = code_of(server.visit(provider.address(attempt)))
    provider.identity(attempt, code, at=AT)
    with pytest.raises(ProviderWrong, match="invalid_grant"):
        provider.identity(attempt, code, at=AT)


def test_wrong_client_secret_is_told_and_never_shown(provider: Provider, server: OpenIdServer) -> None:
    server.secret = "another"
    with pytest.raises(ProviderWrong, match="invalid_client") as caught:
        log_in(provider, server)
    assert SECRET not in repr(provider.client) + str(caught.value)


def test_keys_are_read_once_and_anew_when_the_server_changes_them(
    provider: Provider, server: OpenIdServer, ticks: Ticks
) -> None:
    for _ in range(3):
        log_in(provider, server)
    assert (server.asked["/keys"], server.asked[f"/{TENANT}/v2.0/.well-known/openid-configuration"]) == (1, 1)
    server.rotate()
    ticks.at += KEYS_ASKED_EVERY_S + 1
    assert log_in(provider, server).subject == "oid-of-anna"
    assert server.asked["/keys"] == 2
    server.forge = Forgery(key=OTHER_KEY, kid="other")
    for _ in range(5):
        with pytest.raises(ProviderWrong):
            log_in(provider, server)
    assert server.asked["/keys"] == 2
    server.forge = Forgery()
    ticks.at += KEPT_S + 1
    log_in(provider, server)
    assert server.asked["/keys"] == 3


CONFIGURATION = f"/{TENANT}/v2.0/.well-known/openid-configuration"


@pytest.mark.parametrize("path", [CONFIGURATION, "/token", "/keys"])
@pytest.mark.parametrize("how", ["500", "html", "slow"])
def test_silent_server_is_no_crash_and_is_asked_again(
    provider: Provider, server: OpenIdServer, monkeypatch: pytest.MonkeyPatch, path: str, how: str
) -> None:
    monkeypatch.setattr(module, "TIMEOUT", 0.5)
    monkeypatch.setattr(module, "SILENT_S", 0)
    server.broken.add(f"{path} {how}")
    with pytest.raises(ProviderSilent):
        log_in(provider, server)
    server.broken.clear()
    assert log_in(provider, server).subject == "oid-of-anna"


def test_silent_server_is_not_waited_for_by_everyone_in_turn(
    provider: Provider, server: OpenIdServer, ticks: Ticks
) -> None:
    server.broken.add(f"{CONFIGURATION} 500")
    for _ in range(3):
        with pytest.raises(ProviderSilent):
            provider.address(Attempt.new())
    assert server.asked[CONFIGURATION] == 1
    server.broken.clear()
    ticks.at += module.SILENT_S
    assert log_in(provider, server).subject == "oid-of-anna"


def test_server_that_is_not_there_is_silent() -> None:
    with pytest.raises(ProviderSilent):
        Provider(Client("http://127.0.0.1:9/x", CLIENT_ID, BACK)).address(Attempt.new())


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://login.example/common/v2.0"},
        {"token_endpoint": "http://login.example/token"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_server_that_says_something_odd_of_itself_is_not_used(
    provider: Provider, server: OpenIdServer, metadata: dict[str, Any]
) -> None:
    server.metadata = metadata
    with pytest.raises(ProviderWrong):
        provider.address(Attempt.new())


def test_any_other_server_knows_a_person_by_the_subject(server: OpenIdServer) -> None:
    server.forge = Forgery(claims={"tid": TAKEN_AWAY, "oid": TAKEN_AWAY})
    found = log_in(Provider(Client(server.issuer, CLIENT_ID, BACK, SECRET)), server)
    assert found.subject == "pairwise of oid-of-anna"


def test_logging_out_leads_back_to_us_where_the_server_has_such_a_page(
    provider: Provider, server: OpenIdServer, ticks: Ticks
) -> None:
    address = provider.logout_address(back_to="https://register.example.se/logga-in")
    assert address is not None
    assert address.startswith(f"{server.address}/logout?")
    assert parse_qs(urlsplit(address).query)["post_logout_redirect_uri"] == ["https://register.example.se/logga-in"]
    server.metadata = {"end_session_endpoint": None}
    ticks.at += timedelta(days=2).total_seconds()
    assert provider.logout_address(back_to="https://register.example.se/") is None
