"""By address, what belongs to another kommun is not there: the same answer as for what nobody has.

Every rule with a part in it is walked, for a stranger of each role, once with what is there and once with what is not.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO

import pytest
from flask import Flask
from werkzeug.routing import Rule

from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.terms import Door, Role
from assetreg.schemas.device import device_input
from assetreg.schemas.outcome import outcome_input
from assetreg.services import devices, labels, outcomes
from tests.web.checked_pages import CheckedClient
from tests.web.conftest import NOON, Login

REGISTER = system(Door.CLI, NOON)
FIXED = {"move": "return", "what": "devices", "ending": "csv", "filename": "css/base.css", "preset": "devices"}
MISSING_TAG, MISSING_NUMBER, MISSING_TOKEN = "IT-999999Z", 999_999, "ZZZZZZZZ"
OURS = {"account_id", "session_id", "import_id", "act_id"}
"""Rows of a person, not of a kommun; the foreign ones are made by the administrator below."""


@pytest.fixture
def foreign(web_database: Database, login: Login) -> dict[str, object]:
    """What Laxå has: a device with a label and an outcome; and what its administrator has started."""
    with web_database.transaction(EVERYTHING) as session:
        stated = {"serial": "PF3XKQ7R", "kind": "laptop", "owner": "1860", "purchased": "2023-02-01"}
        device = devices.register(session, device_input(stated), actor=REGISTER)
        devices.register(session, device_input(stated | {"serial": "PF3XKQ8S", "owner": "1882"}), actor=REGISTER)
        done = outcomes.register(
            session,
            device,
            outcome_input({"outcome": "external_reuse", "date": "2026-11-19", "erasure_certificate": "C7"}),
            actor=REGISTER,
        )
        token = labels.of_device(session, device)[0].token
        known = {"tag": device.tag, "outcome_id": done.outcome.id, "token": token, "year": 2026}
    admin = login(Role.ADMIN)
    answer = admin.post(
        "/import/ny",
        data={"preset": "devices", "file": (_csv(), "laxa.csv"), "owner": "1860"},
        content_type="multipart/form-data",
    )
    found = re.search(r"/import/(\d+)", answer.headers["Location"])
    assert found is not None
    return known | {"import_id": int(found[1]), "account_id": 1, "session_id": 1, "act_id": 1}


def _csv() -> BytesIO:
    return BytesIO("serienummer;typ;inköpsdatum\nPF9XKQ7R;Bärbar dator;2024-01-01\n".encode())


MISSING: dict[str, object] = {
    "tag": MISSING_TAG,
    "token": MISSING_TOKEN,
    **dict.fromkeys(("outcome_id", "import_id", "account_id", "session_id", "act_id"), MISSING_NUMBER),
    "year": 2026,
}


def addresses(app: Flask, foreign: dict[str, object]) -> Iterator[tuple[Rule, str, str, str]]:
    """Each rule with a part in it: the method, the address of what is another's, and that of what is nobody's."""
    for rule in app.url_map.iter_rules():
        if not set(rule.arguments) & set(MISSING) or rule.endpoint.startswith("accounts."):
            continue
        theirs = rule.build(FIXED | foreign)
        nobodys = rule.build(FIXED | MISSING)
        assert theirs is not None, f"{rule.rule} has a part that this test does not know"
        assert nobodys is not None
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield rule, method, theirs[1], nobodys[1]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_stranger_cannot_tell_anothers_from_nobodys(
    app: Flask, login: Login, foreign: dict[str, object], role: Role
) -> None:
    stranger = login(role, "1882")
    walked = 0
    for rule, method, theirs, nobodys in addresses(app, foreign):
        if rule.arguments == {"year"}:
            continue
        first, second = stranger.open(theirs, method=method), stranger.open(nobodys, method=method)
        assert first.status_code == second.status_code, f"{method} {theirs}"
        assert first.status_code in (403, 404), f"{method} {theirs}"
        assert _told(first.get_data(as_text=True), foreign) == _told(second.get_data(as_text=True), MISSING)
        walked += 1
    assert walked > 20


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.READER, Role.AUDITOR])
def test_stranger_sees_nothing_of_it_on_any_page(
    app: Flask, login: Login, foreign: dict[str, object], role: Role
) -> None:
    """Lists, searches, figures and exports included."""
    stranger: CheckedClient = login(role, "1882")
    secrets = (str(foreign["tag"]), "PF3XKQ7R", "C7", str(foreign["token"]))
    pages = [rule.rule for rule in app.url_map.iter_rules() if not rule.arguments and "GET" in (rule.methods or ())]
    pages += ["/enheter/sok?q=PF3XKQ7R", "/enheter?q=PF3X", f"/enheter/sok?q={foreign['tag']}", "/aterbruk/2026"]
    pages += ["/utfall?year=2026&indicator=I1&part=headline", "/export/devices.csv", "/export/history.csv"]
    pages += ["/export/aterbruk.csv?year=2026", "/enheter?owner=1860", "/aterbruk?owner=1860"]
    for page in pages:
        shown = _text(stranger.get(page).get_data())
        searched = {secret for secret in secrets if secret in page}
        assert [secret for secret in secrets if secret in shown and secret not in searched] == [], page


def _text(body: bytes) -> str:
    """What an answer says, also when it is a workbook."""
    if not body.startswith(b"PK"):
        return body.decode()
    with zipfile.ZipFile(BytesIO(body)) as workbook:
        return "".join(workbook.read(name).decode() for name in workbook.namelist())


def _told(page: str, parts: dict[str, object]) -> str:
    """The page without the address that was asked for, which it may repeat."""
    for part in parts.values():
        if isinstance(part, str):
            page = page.replace(part, "…")
    return re.sub(r"\d{5,}|[0-9a-f]{8,}", "…", page)
