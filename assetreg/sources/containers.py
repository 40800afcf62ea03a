"""What kind of file the bytes are: the content decides, never the name."""

from __future__ import annotations

from typing import BinaryIO, Final

from assetreg.domain.sentences import Phrase
from assetreg.sources.refusals import LockedWorkbook, OldWorkbook, WrongKindOfFile

_CHUNK = 1 << 20
_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED_PART = "EncryptedPackage".encode("utf-16-le")
_OTHERS: Final = (
    (b"%PDF", Phrase("en PDF")),
    (b"\x1f\x8b", Phrase("ett komprimerat arkiv (gzip)")),
    (b"7z\xbc\xaf", Phrase("ett komprimerat arkiv (7z)")),
    (b"Rar!", Phrase("ett komprimerat arkiv (RAR)")),
    (b"\x89PNG", Phrase("en bild")),
    (b"\xff\xd8\xff", Phrase("en bild")),
    (b"GIF8", Phrase("en bild")),
    (b"SQLite format 3", Phrase("en databas")),
    (b"\x7fELF", Phrase("ett program")),
    (b"MZ\x90", Phrase("ett program")),
    (b"{\\rtf", Phrase("ett textdokument (RTF)")),
)
_MARKUP: Final = (
    (b"<!doctype html", Phrase("en webbsida (HTML)")),
    (b"<html", Phrase("en webbsida (HTML)")),
    (b"<table", Phrase("en webbsida (HTML)")),
    (b"<?xml", Phrase("ett XML-dokument")),
)


def size_of(stream: BinaryIO) -> int:
    """Bytes in the stream, found by seeking: nothing is read."""
    size = stream.seek(0, 2)
    stream.seek(0)
    return size


def is_workbook(stream: BinaryIO, *, name: str) -> bool:
    """True for a zip, which a workbook is; False for what may be text.

    Raises OldWorkbook, LockedWorkbook or WrongKindOfFile for what is known to be neither.
    """
    stream.seek(0)
    start = stream.read(512)
    if start.startswith((_ZIP, _EMPTY_ZIP)):
        return True
    if start.startswith(_COMPOUND):
        raise (LockedWorkbook if _is_locked(stream) else OldWorkbook)(name=name)
    markup = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for known, content in ((_OTHERS, start), (_MARKUP, markup)):
        for mark, kind in known:
            if content.startswith(mark):
                raise WrongKindOfFile(name=name, kind=kind)
    return False


def _is_locked(stream: BinaryIO) -> bool:
    """A workbook with a password is a compound file with a part of this name in its directory."""
    stream.seek(0)
    tail = b""
    while chunk := stream.read(_CHUNK):
        if _LOCKED_PART in tail + chunk:
            return True
        tail = chunk[-len(_LOCKED_PART) :]
    return False
