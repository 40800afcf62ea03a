"""Forms as a browser sends them: every field of the page as it stands, and what a person then types."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from werkzeug.test import TestResponse

from tests.web.checked_pages import CheckedClient


class Fields(HTMLParser):
    """The fields of the one form on the page that is posted to the address, or of the first when it names none."""

    def __init__(self, page: str, action: str) -> None:
        super().__init__()
        self.action, self.inside = action, False
        self.values: list[tuple[str, str]] = []
        self._select = self._textarea = ""
        self._first_option: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        stated = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = stated.get("method") == "post" and stated.get("action", self.action) == self.action
        if not self.inside:
            return
        name = stated.get("name", "")
        if tag == "input" and (stated.get("type") not in ("radio", "checkbox") or "checked" in stated):
            self.values.append((name, stated.get("value", "")))
        elif tag == "select":
            self._select, self._first_option = name, None
        elif tag == "option" and self._select:
            first = self._first_option is None
            if first or "selected" in stated:
                self._first_option = stated.get("value", "")
                self.values = [each for each in self.values if each[0] != self._select]
                self.values.append((self._select, stated.get("value", "")))
        elif tag == "textarea":
            self._textarea = name

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "form"
        self._select = "" if tag == "select" else self._select
        if tag == "textarea" and self._textarea:
            if all(name != self._textarea for name, _ in self.values):
                self.values.append((self._textarea, ""))
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.values.append((self._textarea, data))


def fields(page: str, action: str) -> dict[str, str]:
    return {name: value for name, value in Fields(page, action).values if name}


def opened(client: CheckedClient, path: str, action: str = "") -> dict[str, str]:
    """The form of a page as it stands when it is opened."""
    answer = client.get(path)
    assert answer.status_code == 200
    return fields(answer.get_data(as_text=True), action or path)


def send(client: CheckedClient, path: str, form: dict[str, Any], **typed: Any) -> TestResponse:
    return client.post(path, data=form | typed)


def fill(client: CheckedClient, path: str, **typed: Any) -> TestResponse:
    """Opens the form, types, and sends it."""
    return send(client, path, opened(client, path), **typed)


def said(client: CheckedClient, answer: TestResponse) -> str:
    """The page a form led to, with what it says was done."""
    assert answer.status_code == 303
    return client.get(answer.headers["Location"]).get_data(as_text=True)
