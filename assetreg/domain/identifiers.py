"""What a device is called, and what a scanned or typed code can mean.

Every reading of a code is a candidate: the caller looks all of them up and lets the person choose when
several match, for the same text can be one device's tag and another's serial.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assetreg.domain.serials import (
    LONGEST_SERIAL,
    ImeiWrong,
    alike_serials,
    check_imei,
    check_serial,
    normal_serial,
    serial_key,
)
from assetreg.domain.tags import (
    ALPHABET,
    LONGEST_TAG,
    TOKEN,
    bare_of,
    check_own_tag,
    check_token,
    is_own_tag,
    is_token,
    new_tag,
    new_token,
    old_tag,
    own_shape,
    printed_token,
)

__all__ = [
    "TOKEN",
    "Scan",
    "alike_serials",
    "bare_of",
    "check_imei",
    "check_own_tag",
    "check_serial",
    "check_token",
    "is_own_tag",
    "is_token",
    "new_tag",
    "new_token",
    "normal_serial",
    "old_tag",
    "own_shape",
    "parse_scan",
    "printed_token",
    "serial_key",
]

LONGEST_SCAN = 300

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_AIM = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
_SCHEME = re.compile(r"[A-Z][A-Z0-9+.]*:/?/|HTTPS?Ö-")
_URL = re.compile(r"(HTTPS?://)?([A-Z0-9][A-Z0-9.\-]*)(:[0-9]{1,5})?/([^?#]*)(?:[?#].*)?")
_LABEL_PATH = re.compile(r"(?:.*/)?T/([^/]+)/?")
_LAST_TOKEN = re.compile(rf"(?:^|[^A-Z0-9])([{ALPHABET}]{{4}})[-+ ]?([{ALPHABET}]{{4}})$")
_LENOVO = re.compile(r"1S[A-Z0-9]{10}([A-Z0-9]{7,8})")
_PREFIXED = re.compile(r"(?:S/N|SN|SERIAL)[:#]+(.+)")
_APPLE = re.compile(r"S([A-Z0-9]{10,12})")
_EXPRESS_CODE = re.compile(r"[0-9]{9,11}")
_BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# A scanner that types as an American keyboard into a computer with a Swedish one.
_SWEDISH_KEYS = str.maketrans({"Ö": ":", "-": "/", "+": "-"})


@dataclass(frozen=True, slots=True)
class Scan:
    """The readings of a code, the likeliest first; all are empty for an unknown code, which is only shown."""

    raw: str
    token: str | None = None
    tags: tuple[str, ...] = ()
    serials: tuple[str, ...] = ()
    imei: str | None = None

    @property
    def empty(self) -> bool:
        return not (self.token or self.tags or self.serials or self.imei)


def parse_scan(text: str, *, hosts: frozenset[str]) -> Scan:
    """The readings of what a camera, a hand scanner or a person gave.

    ``hosts`` are the names our labels were printed with. An address on any other host has no readings,
    whatever its path looks like: it must never be followed.
    """
    code = _AIM.sub("", _CONTROL.sub("", text).strip()).strip()
    if not code or len(code) > LONGEST_SCAN:
        return Scan(raw=code[:LONGEST_SCAN])
    upper = code.upper()
    address = _address(upper)
    if address is None and _SCHEME.match(upper):
        return Scan(raw=code)
    if address is not None:
        return _label(code, address, hosts={h.upper() for h in hosts})
    return Scan(
        raw=code,
        token=_token(upper),
        tags=tuple(dict.fromkeys(_tags(code))),
        serials=tuple(dict.fromkeys(_serials(normal_serial(code)))),
        imei=_imei(code),
    )


def _address(upper: str) -> re.Match[str] | None:
    """The code as an address, also as a hand scanner garbles it; a bare host only with a dot and a label's path."""
    if upper.startswith(("HTTPSÖ--", "HTTPÖ--")):
        return _URL.fullmatch(upper.translate(_SWEDISH_KEYS))
    found = _URL.fullmatch(upper)
    if found is None or found[1]:
        return found
    return found if "." in found[2] and found[4].startswith("T/") else None


def _label(code: str, address: re.Match[str], *, hosts: set[str]) -> Scan:
    host, port, path = address[2], address[3] or "", address[4]
    if host not in hosts and host + port not in hosts:
        return Scan(raw=code)
    found = _LABEL_PATH.fullmatch(path)
    if found is not None:
        return Scan(raw=code, token=_token(found[1]))
    last = path.rstrip("/").rpartition("/")[2]
    return Scan(raw=code, tags=tuple(dict.fromkeys(_tags(last))) if last else ())


def _token(upper: str) -> str | None:
    found = _LAST_TOKEN.search(upper)
    token = found[1] + found[2] if found else ""
    return token if is_token(token) else None


def _tags(code: str) -> Iterator[str]:
    own = own_shape(code)
    if own is not None and is_own_tag(own):
        yield own
    if len(code) <= LONGEST_TAG:
        yield from (code, code.upper(), code.upper().replace("+", "-"))


def _serials(serial: str) -> Iterator[str]:
    """Exactly as read first: a serial may begin with S, and ten digits may be a serial and no express code."""
    if serial_key(serial) is None or len(serial) > LONGEST_SERIAL:
        return
    yield serial
    yield serial.replace("+", "-")
    for shape in (_PREFIXED, _APPLE, _LENOVO):
        found = shape.fullmatch(serial)
        if found is not None and serial_key(found[1]) is not None:
            yield found[1]
    if _EXPRESS_CODE.fullmatch(serial):
        yield _base36(int(serial)).rjust(7, "0")


def _base36(number: int) -> str:
    """Dell's express service code is the service tag, a number in base 36, written in base 10."""
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _BASE36[rest] + digits
    return digits


def _imei(code: str) -> str | None:
    try:
        return check_imei(code)
    except ImeiWrong:
        return None
