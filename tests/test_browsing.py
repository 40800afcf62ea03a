from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from tests.browsing import Violation, watched_page

GOOD = (
    '<!doctype html><html lang="sv"><title>Pallar</title><link rel="icon" href="data:,">'
    "<main><h1>Pallar</h1><p>Två pallar väntar.</p></main></html>"
)
NO_LABEL = GOOD.replace("</main>", "<input name='antal'></main>")
NOISY = GOOD.replace("</main>", "<script>console.error('trasig')</script></main>")
ABROAD = GOOD.replace("</main>", "<img alt='' src='http://spion.invalid/x.png'></main>")


@pytest.fixture
def pages(live_app: Callable[[Flask], str]) -> str:
    app = Flask(__name__)
    for name, html in {"good": GOOD, "no-label": NO_LABEL, "noisy": NOISY, "abroad": ABROAD}.items():
        app.add_url_rule(f"/{name}", name, lambda html=html: html)
    return live_app(app)


def test_axe_passes_a_good_page_and_names_what_is_wrong_with_another(
    pages: str, page: Page, axe: Callable[[Page], list[Violation]]
) -> None:
    page.goto(f"{pages}/good")
    assert axe(page) == []
    page.goto(f"{pages}/no-label")
    assert [(found.rule, found.impact) for found in axe(page)] == [("label", "critical")]


@pytest.mark.parametrize(("path", "complaint"), [("noisy", "trasig"), ("abroad", "asked http://spion.invalid")])
def test_page_that_misbehaves_fails_its_test(pages: str, browser: Browser, path: str, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint), watched_page(browser) as page:
        page.goto(f"{pages}/{path}")


def test_page_of_an_unknown_address_is_no_complaint(pages: str, page: Page) -> None:
    answer = page.goto(f"{pages}/nowhere")
    assert answer
    assert answer.status == 404
