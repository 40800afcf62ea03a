from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetreg.domain.os_support import OsRelease, catalogue, recognise, support_end

RELEASES = """
windows 11-24h2-iot-lts 10.0.26100 2034-10-10
windows 11-24h2-e-lts 10.0.26100 2029-10-09
windows 11-24h2-e 10.0.26100 2027-10-12
windows 11-24h2-w 10.0.26100 2026-10-13
windows 11-23h2-e 10.0.22631 2026-11-10
windows 11-23h2-w 10.0.22631 2025-11-11
windows 10-22h2 10.0.19045 2025-10-14
windows 11-22h2-e 10.0.22621 2025-10-14
windows 10-21h2-e 10.0.19044 2024-06-11
windows 10-21h2-w 10.0.19044 2023-06-13
windows 11-21h2-w 10.0.22000 2023-10-10
windows 10-1507 10.0.10240 2017-05-09
windows 8.1 6.3.9600 2023-01-10
windows 7-sp1 6.1.7601 2020-01-14
windows-server 2025 10.0.26100 2034-11-14
windows-server 23h2-ac 10.0.25398 2026-05-12
windows-server 2022 10.0.20348 2031-10-14
windows-server 1809-sac 10.0.17763 2020-11-10
windows-server 2019 10.0.17763 2029-01-09
windows-server 2012-r2 6.3.9600 2023-10-10
windows-server 2012 6.2.9200 2023-10-10
windows-server 2008-r2-sp1 6.1.7601 2020-01-14
windows-server 2003-sp2 5.2.3790 2015-07-14
ipados 18 18.7.10 -
ipados 14 14.8.1 2021-10-01
ios 17 17.7.7 2025-05-13
ios 14 14.8.1 2021-10-26
macos 14 14.8.9 -
macos 10.15 10.15.8 2026-02-02
macos 11 11.7.11 2026-02-02
ubuntu 22.04 22.04.5 2027-04-01
android 14 14 -
"""


def release(line: str) -> OsRelease:
    product, cycle, build, ends = line.split()
    return OsRelease(product, cycle, cycle, build, None if ends == "-" else date.fromisoformat(ends))


KNOWN = catalogue(release(line) for line in RELEASES.strip().splitlines())


@pytest.mark.parametrize(
    ("os", "version", "cycle"),
    [
        ("Windows 11 Pro", "23H2", "11-23h2-w"),
        ("Windows 11 Enterprise 23H2", "", "11-23h2-e"),
        ("Microsoft Windows 11 Education", "10.0.22631.3007", "11-23h2-e"),
        ("Windows", "10.0.22631.3007", "11-23h2-w"),
        ("Windows 10", "22H2", "10-22h2"),
        ("Windows 10 Enterprise", "10.0.19045", "10-22h2"),
        ("Windows 10 Pro", "10.0.19044.1288", "10-21h2-w"),
        ("Windows 11", "21H2", "11-21h2-w"),
        ("Windows", "22H2 (19045.3324)", "10-22h2"),
        ("Windows 11 Enterprise LTSC", "24H2", "11-24h2-e-lts"),
        ("Windows 11 IoT Enterprise LTSC", "10.0.26100.1", "11-24h2-iot-lts"),
        ("Windows 11 Enterprise LTSC 2024", "", "11-24h2-e-lts"),
        ("Windows Server 2003 R2", "", "2003-sp2"),
        ("Windows 10", "1507", "10-1507"),
        ("Windows 8.1 Pro", "6.3.9600", "8.1"),
        ("Windows 7 Professional", "", "7-sp1"),
        ("Windows", "6.1.7601", "7-sp1"),
        ("Windows Server 2019", "", "2019"),
        ("Windows Server 2019 Standard", "10.0.17763.5329", "2019"),
        ("Microsoft Windows Server", "10.0.17763", "2019"),
        ("Windows Server 2022 Datacenter", "21H2", "2022"),
        ("Windows Server", "23H2", "23h2-ac"),
        ("Windows Server", "1809", "1809-sac"),
        ("Windows Server 2012 R2", "", "2012-r2"),
        ("Windows Server 2012", "", "2012"),
        ("Windows Server 2008 R2 Standard", "", "2008-r2-sp1"),
        ("Windows Server 2003", "", "2003-sp2"),
        ("Windows Server", "10.0.26100.2894", "2025"),
        ("ubuntu", "22.04.4 LTS", "22.04"),
        ("Android", "14", "14"),
    ],
)
def test_a_release_is_recognised_as_lists_write_it(os: str, version: str, cycle: str) -> None:
    found = recognise(os, version, KNOWN)
    assert found is not None
    assert found.cycle == cycle


@pytest.mark.parametrize(
    ("os", "version", "product", "cycle"),
    [
        ("iPadOS 18.5.1", "", "ipados", "18"),
        ("iOS/iPadOS", "14.2", "ipados", "14"),
        ("iOS", "17.5.1", "ios", "17"),
        ("Apple iOS 14", "", "ios", "14"),
        ("macOS 14.2", "", "macos", "14"),
        ("macOS", "14.2 (23C64)", "macos", "14"),
        ("Mac OS X", "10.15.7", "macos", "10.15"),
        ("MacOS", "11.6", "macos", "11"),
    ],
)
def test_apples_systems_are_told_apart(os: str, version: str, product: str, cycle: str) -> None:
    found = recognise(os, version, KNOWN)
    assert found is not None
    assert (found.product, found.cycle) == (product, cycle)


@pytest.mark.parametrize(
    ("os", "version"),
    [
        ("", ""),
        ("Windows", ""),
        ("Windows 11 Pro", ""),
        ("Windows 12", "30H1"),
        ("Windows 10 Pro", "10.0.99999.1"),
        ("Windows", "23H2"),
        ("Windows Server", ""),
        ("iPadOS", ""),
        ("iPadOS", "99.1"),
        ("Cisco IOS", "17.3"),
        ("ChromeOS", "14"),
        ("14", "14"),
    ],
)
def test_what_is_not_recognised_is_unknown_and_has_no_support_end(os: str, version: str) -> None:
    assert recognise(os, version, KNOWN) is None
    assert support_end(recognise(os, version, KNOWN)) is None


def test_an_edition_that_is_not_stated_is_taken_for_the_one_supported_shortest() -> None:
    stated = support_end(recognise("Windows 11 Enterprise", "23H2", KNOWN))
    assert stated == date(2026, 11, 10)
    assert support_end(recognise("Windows 11", "23H2", KNOWN)) == date(2025, 11, 11)


def test_a_release_whose_end_is_not_published_has_none() -> None:
    found = recognise("macOS", "14.2", KNOWN)
    assert found is not None
    assert support_end(found) is None


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_two_texts_give_a_known_release_or_none(os: str, version: str) -> None:
    found = recognise(os, version, KNOWN)
    assert found is None or found in KNOWN.values()
