from __future__ import annotations

from dataclasses import replace

import pytest

from assetreg.config import Settings
from assetreg.domain.terms import Role
from tests.web.conftest import Login, MakeApp, browser

BASE = "https://register.example.se"


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": BASE}, False),
        ({"Sec-Fetch-Site": ""}, False),
        ({"Origin": BASE}, True),
        ({"Origin": "http://register.example.se"}, False),
        ({"Origin": BASE + ".evil.example"}, False),
        ({"Origin": "null"}, False),
        ({}, False),
    ],
)
@pytest.mark.parametrize("path", ["/logga-in", "/logga-ut", "/konto/utseende", "/finns-inte"])
def test_write_must_come_from_a_page_of_ours(
    make_app: MakeApp, settings: Settings, *, headers: dict[str, str], path: str, passes: bool
) -> None:
    client = browser(make_app(replace(settings, base_url=BASE)))
    del client.environ_base["HTTP_SEC_FETCH_SITE"]
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = client.open(path, method=method, headers=headers, base_url=BASE)
        assert (answer.status_code == 403) is not passes


def test_without_a_base_address_the_host_that_was_asked_counts(login: Login) -> None:
    client = login(Role.READER)
    del client.environ_base["HTTP_SEC_FETCH_SITE"]
    data = {"theme": "dark", "language": "sv"}
    assert client.post("/konto/utseende", data=data, headers={"Origin": "http://localhost:81"}).status_code == 403
    assert client.post("/konto/utseende", data=data, headers={"Origin": "http://localhost"}).status_code == 303


def test_other_host_names_are_not_answered_to(make_app: MakeApp, settings: Settings) -> None:
    stated = replace(settings, base_url=BASE, label_hosts=frozenset({"etikett.example.se"}))
    client = browser(make_app(stated))
    for host, status in (
        ("register.example.se", 200),
        ("REGISTER.example.se", 200),
        ("etikett.example.se", 200),
        ("evil.example", 400),
        ("register.example.se:8000", 400),
    ):
        assert client.get("/logga-in", headers={"Host": host}).status_code == status
    assert client.get("/healthz", headers={"Host": "10.0.0.7"}).status_code == 200


@pytest.mark.parametrize(
    ("trusted", "sender", "chain", "seen"),
    [
        ((), "10.0.0.5", "1.2.3.4", "10.0.0.5"),
        (("10.0.0.0/24",), "10.0.0.5", "1.2.3.4", "1.2.3.4"),
        (("10.0.0.0/24",), "10.0.0.5", "6.6.6.6, 1.2.3.4, 10.0.0.9", "1.2.3.4"),
        (("10.0.0.0/24",), "10.0.0.5", "6.6.6.6, junk", "10.0.0.5"),
        (("10.0.0.0/24",), "10.0.0.5", "", "10.0.0.5"),
        (("10.0.0.0/24",), "1.2.3.4", "6.6.6.6", "1.2.3.4"),
    ],
)
def test_forwarded_address_is_believed_from_trusted_proxies_alone(
    make_app: MakeApp, settings: Settings, trusted: tuple[str, ...], sender: str, chain: str, seen: str
) -> None:
    import ipaddress

    from flask import request

    from assetreg.web.visit import open_to_all

    networks = tuple(ipaddress.ip_network(each) for each in trusted)
    app = make_app(replace(settings, trusted_proxies=networks))

    def show() -> str:
        return f"{request.remote_addr} {request.scheme} {request.host}"

    app.add_url_rule("/who", "who", open_to_all(show))
    headers = {"X-Forwarded-For": chain, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "outside.example"}
    answer = app.test_client().get("/who", headers=headers, environ_overrides={"REMOTE_ADDR": sender})
    believed = bool(trusted) and sender.startswith("10.")
    rest = "https outside.example" if believed else "http localhost"
    assert answer.get_data(as_text=True) == f"{seen} {rest}"
