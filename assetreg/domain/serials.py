"""Makers' numbers: serial numbers and IMEI, as they are stored and as they are compared."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from assetreg.domain.errors import Invalid, Refusal

LONGEST_SERIAL = 100
SHORTEST_KEY = 4

_DAMAGED = re.compile(r"\d+(?:[.,]\d+)?E\+\d+")
_DAMAGED_SHORT = re.compile(r"\d+(?:[.,]\d+)?E[+-]?\d+")
_APPLE = re.compile(r"S([A-Z0-9]{10,12})")
_PLAIN = re.compile(r"[!-~]*")
_DIGITS = re.compile(r"[0-9]{15}")

# What firmware and lists say when there is no serial; compared without anything but letters and digits.
_JUNK = """
    NONE NULL NIL NAN NA UNKNOWN UNDEFINED UNSPECIFIED NOTSPECIFIED NOTAPPLICABLE NOTAVAILABLE
    NOTPRESENT NOTSET NOSERIAL NOSERIALNUMBER NOTPROVIDED EMPTY BLANK INVALID INVALIDSERIAL DEFAULT
    DEFAULTSTRING DEFAULTSERIAL TOBEFILLEDBYOEM TOBEFILLEDBYOEMS TOBEFILLED FILLBYOEM OEM SYSTEMSERIALNUMBER
    SYSTEMSERIAL CHASSISSERIALNUMBER BASEBOARDSERIALNUMBER BOARDSERIALNUMBER BSN SERIAL SERIALNUMBER SERIALNO
    SERIENUMMER SERIENR SAKNAS OKÄND OKÄNT INGET INGEN EJANGIVET EJKÄND EJTILLÄMPLIGT TEST EXAMPLE
    SAMPLE DUMMY TBD TBA PLACEHOLDER SN SSN STANDARD VIRTUAL ABCD ABCDEF QWERTY ASDF DEADBEEF
    1234 12345 123456 1234567 12345678 123456789 1234567890 12345678901 123456789012 0123 01234 012345 0123456
    01234567 012345678 0123456789 0123456789ABCDEF 987654321 9876543210
"""
_JUNK_KEYS = frozenset(_JUNK.split())


class SerialTooLong(Invalid):
    code = "serial_too_long"
    message = "Serienumret har {length} tecken, och det får ha högst {longest}. Kontrollera att rätt fält lästes av."


class JunkSerial(Invalid):
    code = "junk_serial"
    message = (
        "{serial} är inget serienummer utan vad tillverkare skriver när numret saknas. "
        "Skriv det som står på enheten, eller ange inventarienumret."
    )


class SerialTooShort(Invalid):
    code = "serial_too_short"
    message = (
        "{serial} är för kort för ett serienummer, som har minst {shortest} tecken. "
        "Skriv hela numret som det står på enheten, eller ange inventarienumret."
    )


class SerialUnreadable(Invalid):
    code = "serial_unreadable"
    message = (
        "Serienumret {serial} innehåller tecken som serienummer inte har. Skriv det som det står på enheten, "
        "med bokstäver A–Z, siffror och vanliga skiljetecken."
    )


class SerialDamaged(Invalid):
    code = "serial_damaged"
    message = (
        "Serienumret {serial} har skadats av ett kalkylprogram, siffrorna är avrundade. Hämta listan igen och "
        "gör kolumnen till text innan du öppnar den."
    )


class ImeiWrong(Invalid):
    code = "imei_wrong"
    message = "{imei} är inget IMEI. Det har 15 siffror och den sista kontrollerar de andra. Ring *#06# på telefonen."


def normal_serial(text: str) -> str:
    """The stored form: compatibility forms folded, upper case, no blanks or invisible characters inside."""
    if text.isascii() and text.isalnum():
        return text.upper()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper())
    kept = "".join(c for c in folded if not c.isspace() and unicodedata.category(c) not in ("Cc", "Cf"))
    return unicodedata.normalize("NFKC", kept)


@lru_cache(maxsize=4096)
def serial_key(text: str) -> str | None:
    """What a device is recognised by, or None for the words and numbers makers leave instead of a serial."""
    serial = normal_serial(text)
    bare = "".join(c for c in serial if c.isalnum())
    if len(bare) < SHORTEST_KEY or len(set(bare)) == 1 or bare in _JUNK_KEYS:
        return None
    return serial


def junk_refusal(text: str) -> Refusal | None:
    """Why nothing is recognised by what stands where a serial should; None for a serial."""
    serial = normal_serial(text)
    if serial_key(serial) is not None:
        return None
    bare = "".join(c for c in serial if c.isalnum())
    if _DAMAGED_SHORT.fullmatch(serial):
        return SerialDamaged(field="serial", serial=text.strip())
    if (not bare.isascii() and bare not in _JUNK_KEYS) or not bare:
        return SerialUnreadable(field="serial", serial=text.strip())
    if bare not in _JUNK_KEYS and len(bare) < SHORTEST_KEY and len(set(bare)) > 1:
        return SerialTooShort(field="serial", serial=text.strip(), shortest=SHORTEST_KEY)
    return JunkSerial(field="serial", serial=text.strip())


def alike_serials(text: str) -> tuple[str, ...]:
    """Serials that the same device may be listed under: a barcode of Apple's has an S before the serial itself."""
    serial = normal_serial(text)
    found = _APPLE.fullmatch(serial)
    shorter = (found[1],) if found and serial_key(found[1]) else ()
    longer = (f"S{serial}",) if _APPLE.fullmatch(f"S{serial}") and serial_key(serial) else ()
    return (*shorter, *longer)


def check_serial(text: str) -> str:
    """The stored form. Raises SerialTooLong, SerialUnreadable or SerialDamaged; a junk serial is no error."""
    if len(text) > LONGEST_SERIAL:
        raise SerialTooLong(field="serial", length=len(text), longest=LONGEST_SERIAL)
    serial = normal_serial(text)
    if serial_key(serial) is None:
        return serial
    if not _PLAIN.fullmatch(serial):
        raise SerialUnreadable(field="serial", serial=text.strip())
    if _DAMAGED.fullmatch(serial):
        raise SerialDamaged(field="serial", serial=serial)
    return serial


def check_imei(text: str) -> str:
    """Fifteen digits whose Luhn sum holds (3GPP TS 23.003, annex B); blanks and hyphens between them are dropped."""
    imei = re.sub(r"[\s/.\-]", "", text)
    if not _DIGITS.fullmatch(imei) or len(set(imei)) == 1 or _luhn(imei) != 0:
        raise ImeiWrong(field="imei", imei=text.strip())
    return imei


def _luhn(digits: str) -> int:
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits))]
    return sum(n // 10 + n % 10 for n in doubled) % 10
