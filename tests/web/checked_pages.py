"""A test client that looks at every page it fetches, so that no test has to remember to."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from assetreg.web.headers import SAME_FOR_ALL


class Outline(HTMLParser):
    """What a page is made of, as far as the checks ask."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.language = ""
        self.headings = 0
        self.title = ""
        self.inline: list[str] = []
        self.fields: set[str] = set()
        self.labels: set[str] = set()
        self.wrapped = 0
        self._open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        stated = dict(attrs)
        self._open.append(tag)
        self.language = stated.get("lang") or self.language if tag == "html" else self.language
        self.headings += tag == "h1"
        self.inline += [name for name in stated if name.startswith("on") or name == "style"]
        if tag == "style" or (tag == "script" and "src" not in stated):
            self.inline.append(tag)
        if tag == "label":
            self.labels.add(stated.get("for") or "")
        self._field(tag, stated)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if "title" in self._open and "svg" not in self._open:
            self.title += data

    def _field(self, tag: str, stated: dict[str, str | None]) -> None:
        named = "label" in self._open or "aria-label" in stated or stated.get("type") == "hidden"
        if tag in ("input", "select", "textarea") and not named:
            self.fields.add(stated.get("id") or "a field without an id")


class CheckedClient(FlaskClient):
    """Sends what a browser sends from a page of ours, and checks what comes back."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        response.get_data()
        response.close()
        for name, value in SAME_FOR_ALL.items():
            assert response.headers[name] == value
        if response.mimetype == "text/html" and response.status_code not in (301, 302, 303, 307, 308):
            check(response.get_data(as_text=True))
        return response


def check(page: str) -> None:
    if not page.lstrip().lower().startswith("<!doctype"):
        return
    outline = Outline(page)
    assert outline.language in ("sv", "en")
    assert outline.title.strip(" –")
    assert outline.headings == 1
    assert outline.inline == []
    assert outline.fields <= outline.labels
