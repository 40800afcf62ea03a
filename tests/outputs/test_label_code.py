from __future__ import annotations

import re

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from assetreg.domain.tags import ALPHABET, new_token
from assetreg.outputs.label_code import QUIET_ZONE, label_address, qr_svg

HOSTS = ("https://it.stork.se", "https://inventarie.stor-kommunen.se", "http://127.0.0.1:8000")
RUN = re.compile(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z")


def drawn(svg: str, scale: int = 8) -> Image.Image:
    """The picture as a browser draws it: a white ground and the dark rectangles of the one path."""
    side = int(re.findall(r'viewBox="0 0 (\d+) (\d+)"', svg)[0][0])
    picture = Image.new("L", (side * scale, side * scale), 255)
    path = re.findall(r'<path d="([^"]*)"', svg)[0]
    assert RUN.sub("", path) == ""
    for x, y, width, back in RUN.findall(path):
        assert width == back
        box = (int(x) * scale, int(y) * scale, (int(x) + int(width)) * scale, (int(y) + 1) * scale)
        picture.paste(0, box)
    return picture


@settings(max_examples=20)
@given(st.sampled_from(HOSTS), st.randoms(use_true_random=False))
def test_code_reads_back_as_the_address_it_was_made_of(origin: str, chance) -> None:  # type: ignore[no-untyped-def]
    token = new_token(chance.choice)
    url = label_address(origin, token)
    found = zxingcpp.read_barcodes(drawn(qr_svg(url)))
    assert [each.text for each in found] == [url]
    scheme, _, rest = url.partition("://")
    assert scheme == scheme.lower()
    assert rest == rest.upper()
    assert rest.endswith(f"/T/{token}")


def test_short_host_fits_the_smaller_symbol() -> None:
    svg = qr_svg(label_address("https://it.stork.se", ALPHABET[:8]))
    version_2 = 25 + 2 * QUIET_ZONE
    assert f'viewBox="0 0 {version_2} {version_2}"' in svg


def test_quiet_zone_is_empty_and_the_ground_white_whatever_the_theme() -> None:
    svg = qr_svg(label_address("https://it.stork.se", ALPHABET[:8]))
    picture = drawn(svg, scale=1)
    inside = (QUIET_ZONE, QUIET_ZONE, picture.width - QUIET_ZONE, picture.height - QUIET_ZONE)
    assert picture.crop(inside).getextrema() == (0, 255)
    picture.paste(255, inside)
    assert picture.getextrema() == (255, 255)
    assert 'fill="#fff"' in svg
    assert "style=" not in svg


@pytest.mark.parametrize(
    "url", ["it.stork.se/T/7K3M9Q2P", "https://it.stork.se/T/x", "https://IT.SE/T/7K?A=1", 'https://A"><script>', ""]
)
def test_anything_but_a_label_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(url)}$"):
        qr_svg(url)
