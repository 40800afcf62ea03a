"""How a page looks: where it is wider than the window, and what axe says of it, narrow and dark, wide and light.

The engine behind a page changes nothing of that, so ``one_engine`` spares those tests the other one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import pytest

from tests.browsing import Violation

if TYPE_CHECKING:
    from playwright.sync_api import Page

Axe = Callable[["Page"], list[Violation]]

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
WIDTHS = (390, 1024, 1440)
AXE_AT: dict[int, Literal["light", "dark"]] = {390: "dark", 1440: "light"}

one_engine = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


def faults(page: Page, axe: Axe) -> list[str]:
    """What is wrong with the page as it stands, sized and coloured again without being asked for again."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate(OVERFLOW) > 0:
            found.append(f"wider than {width}")
        if width in AXE_AT:
            page.emulate_media(color_scheme=AXE_AT[width], reduced_motion="reduce")
            found += [f"{width}: {each}" for each in axe(page)]
    return found
