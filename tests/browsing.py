"""A real browser for the tests: finds or fetches Chromium, serves an application to it, and asks axe what it thinks.

`python -m tests.browsing` says which browser the tests will use. Where there is none and ASSETREG_TEST_REQUIRE names
`browser`, it installs Debian's (as root, where apt-get is), and ends with 1 when that fails too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers import REQUIRED

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
AXE = Path(__file__).parent / "vendored" / "axe-core" / "axe.min.js"


@cache
def find_chromium() -> str | None:
    """The path of a Chromium: ASSETREG_TEST_BROWSER, one on the PATH, or one that playwright has installed."""
    named = os.environ.get("ASSETREG_TEST_BROWSER")
    if named:
        return named if Path(named).exists() else None
    return next(filter(None, map(shutil.which, NAMES)), None) or installed_by_playwright()


def installed_by_playwright() -> str | None:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def missing_browser() -> str | None:
    """Why no test can open a browser, or None when one can."""
    if find_chromium():
        return None
    return "no Chromium or Chrome on the PATH; `python -m playwright install chromium` in .venv may fetch one"


def fetch_chromium() -> bool:
    if sys.platform == "win32" or os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        subprocess.run(
            ["apt-get", "-qq", *command], env=quiet, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False
        )
    find_chromium.cache_clear()
    return find_chromium() is not None


@contextmanager
def chromium() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    flags = [*FLAGS, *(["--no-sandbox"] if sys.platform != "win32" and os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=flags)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def watched_page(browser: Browser) -> Iterator[Page]:
    """A page as a Swedish reader's; it fails when the page logged an error or asked another host for anything."""
    complaints: list[str] = []
    with browser.new_context(locale="sv-SE", timezone_id="Europe/Stockholm") as context:
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("console", lambda said: complaints.append(said.text) if is_fault(said.type, said.text) else None)
        page.on("request", lambda asked: None if is_local(asked.url) else complaints.append(f"asked {asked.url}"))
        yield page
    if complaints:
        raise AssertionError("the page complained:\n" + "\n".join(complaints))


def is_fault(kind: str, text: str) -> bool:
    """Chromium also logs every answer of 400 and above, which a test may well have asked for."""
    return kind == "error" and not text.startswith("Failed to load resource")


def is_local(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "http://localhost:", "data:", "blob:", "about:"))


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule of axe that the page broke, and the elements that broke it."""

    rule: str
    impact: str
    help: str
    elements: tuple[str, ...]


def axe_violations(page: Page) -> list[Violation]:
    """What axe finds on the page as it stands: WCAG 2.2 A and AA, and axe's own best practices."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
    return [
        Violation(
            rule=each["id"],
            impact=each["impact"],
            help=each["help"],
            elements=tuple(f"{node['html']} {node['failureSummary']}" for node in each["nodes"]),
        )
        for each in found
    ]


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serves `app` on a free port of this machine from a thread; gives the address without a closing slash."""
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def main() -> int:
    found = find_chromium()
    if not found and "browser" in REQUIRED and fetch_chromium():
        found = find_chromium()
    print(f"Browser tests use {found}" if found else f"Browser tests are left out: {missing_browser()}")
    return 1 if "browser" in REQUIRED and not found else 0


if __name__ == "__main__":
    sys.exit(main())
