from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetreg.domain.identifiers import Scan, new_tag, new_token, parse_scan, printed_token

HOSTS = frozenset({"it.stork.se", "127.0.0.1:8000"})
TOKEN = new_token(random.Random(7).choice)
TAG = new_tag(12_345)


def read(text: str) -> Scan:
    return parse_scan(text, hosts=HOSTS)


@pytest.mark.parametrize(
    "text",
    [
        f"https://IT.STORK.SE/T/{TOKEN}",
        f"HTTPS://IT.STORK.SE/T/{TOKEN}",
        f"https://it.stork.se/t/{TOKEN.lower()}?utm=1",
        f"http://127.0.0.1:8000/t/{TOKEN}/",
        f"it.stork.se/T/{TOKEN}",
        f"HTTPSÖ--IT.STORK.SE-T-{TOKEN}",
        f"httpsö--it.stork.se-t-{TOKEN.lower()}",
        f"]Q1https://IT.STORK.SE/T/{TOKEN}\r\n",
        f"\x02https://IT.STORK.SE/T/{TOKEN}\x03",
    ],
)
def test_a_label_address_on_our_host_gives_its_token_and_nothing_else(text: str) -> None:
    scan = read(text)
    assert (scan.token, scan.tags, scan.serials, scan.imei) == (TOKEN, (), (), None)


@pytest.mark.parametrize(
    "text",
    [
        f"https://it.stork.se.evil.example/T/{TOKEN}",
        f"https://evil.example/T/{TOKEN}",
        f"https://it.stork.se@evil.example/T/{TOKEN}",
        f"https://it.stork.se:8443x/T/{TOKEN}",
        f"HTTPSÖ--EVIL.EXAMPLE-T-{TOKEN}",
        f"evil.example/t/{TOKEN}",
        f"http://evil.example/{TAG}",
    ],
)
def test_an_address_on_any_other_host_is_unknown_and_only_shown(text: str) -> None:
    scan = read(text)
    assert scan.token is None
    assert TAG not in scan.tags
    assert scan.raw == text


def test_a_foreign_address_has_no_reading_at_all() -> None:
    assert read(f"https://evil.example/T/{TOKEN}").empty


@pytest.mark.parametrize("text", [TOKEN, TOKEN.lower(), printed_token(TOKEN), printed_token(TOKEN).replace("-", "+")])
def test_a_bare_token_is_read_also_as_a_hand_scanner_garbles_it(text: str) -> None:
    assert read(f" {text}\r").token == TOKEN


def test_a_label_address_with_a_misread_token_has_no_reading() -> None:
    swapped = TOKEN[1] + TOKEN[0] + TOKEN[2:]
    assert swapped != TOKEN
    assert read(f"https://it.stork.se/T/{swapped}").empty


@pytest.mark.parametrize("text", [TAG, TAG.lower(), TAG.replace("-", "+"), TAG.replace("-", ""), f"]C0{TAG}"])
def test_our_tag_comes_first_among_the_tags(text: str) -> None:
    assert read(text).tags[0] == TAG


def test_an_older_number_is_a_tag_as_it_is_and_as_it_was_meant() -> None:
    assert read("1860+1234").tags == ("1860+1234", "1860-1234")
    assert read("0042").tags == ("0042",)
    assert read("it+0012345").tags[-1] == "IT-0012345"


@pytest.mark.parametrize(
    ("text", "serials"),
    [
        ("SC02XK1ABJG5H", ("SC02XK1ABJG5H", "C02XK1ABJG5H")),
        ("SABCDE", ("SABCDE",)),
        ("1S20XW00ABMXPF2ABC1X", ("1S20XW00ABMXPF2ABC1X", "PF2ABC1X")),
        ("17143614325", ("17143614325", "7VIV5H1")),
        ("S/N: 5CD1234XYZ", ("S/N:5CD1234XYZ", "5CD1234XYZ")),
        ("ab+12345", ("AB+12345", "AB-12345")),
    ],
)
def test_a_serial_is_tried_as_read_before_its_makers_prefix_is_taken_off(text: str, serials: tuple[str, ...]) -> None:
    assert read(text).serials == serials


def test_a_code_that_can_be_two_things_keeps_both_readings() -> None:
    scan = read(TOKEN)
    assert scan.token == TOKEN
    assert TOKEN in scan.tags
    assert TOKEN in scan.serials


def test_an_imei_is_read_beside_the_serial_it_could_be() -> None:
    scan = read("490154203237518")
    assert scan.imei == "490154203237518"
    assert scan.serials == ("490154203237518",)


@pytest.mark.parametrize("text", ["", " \r\n", "x" * 5000])
def test_nothing_and_far_too_much_have_no_reading(text: str) -> None:
    assert read(text).empty
    assert len(read(text).raw) <= 300


def test_junk_is_no_serial() -> None:
    assert read("To be filled by O.E.M.").serials == ()


@given(st.text(max_size=400))
def test_any_text_can_be_scanned(text: str) -> None:
    scan = read(text)
    assert len(scan.tags) == len(set(scan.tags))
    assert all(scan.serials)


@given(st.text(alphabet="ABCDEFGHJKMNPQRSTVWXYZ23456789./-:", max_size=30))
def test_no_foreign_address_ever_yields_a_token(prefix: str) -> None:
    assert read(f"https://x{prefix}.example/T/{TOKEN}").token is None


def test_a_devices_own_page_on_our_host_gives_its_tag() -> None:
    assert read(f"https://it.stork.se/enheter/{TAG}?flik=historik").tags[0] == TAG
    assert read("https://it.stork.se/").empty
