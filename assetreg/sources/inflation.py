"""How much a workbook unpacks to, found out before anything tries to hold it."""

from __future__ import annotations

import math
import re
import zlib
from typing import BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from assetreg.domain.sentences import Phrase, Sentence
from assetreg.sources.refusals import DamagedWorkbook, LockedWorkbook, SwollenWorkbook, WrongKindOfFile
from assetreg.sources.rows import Limits

ZIP_DAMAGE: Final = (BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, RuntimeError)

_CHUNK = 1 << 16
_ENCRYPTED = 0x1
_SIZEABLE = 1_000_000
_MOST_PARTS = 10_000
# These become objects a hundred times their size; sheets are read row by row, and nothing else is read.
_HELD_WHOLE = re.compile(r"\[Content_Types\]\.xml|(?:.*/)?_rels/.*|xl/workbook[^/]*\.xml|xl/styles\.xml")
_STRINGS = "xl/sharedStrings.xml"
_MOST_TAGS_WHOLE = 400_000
_MOST_TAGS_STRINGS = 6_000_000


def refuse_swollen(stream: BinaryIO, *, name: str, limits: Limits) -> None:
    """Raises SwollenWorkbook, LockedWorkbook, DamagedWorkbook or WrongKindOfFile; else leaves the stream at its start.

    The directory of a zip may lie about sizes, so the declared ones are checked first and the parts then unpacked
    in small pieces and counted.
    """
    stream.seek(0)
    try:
        with ZipFile(stream) as archive:
            _refuse_unreadable(archive, name)
            _refuse_declared(archive, name, limits)
            _refuse_counted(archive, name, limits)
    except ZIP_DAMAGE:
        raise DamagedWorkbook(name=name) from None
    stream.seek(0)


def _refuse_unreadable(archive: ZipFile, name: str) -> None:
    parts = archive.infolist()
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise LockedWorkbook(name=name)
    names = {part.filename for part in parts}
    if "xl/workbook.bin" in names:
        raise WrongKindOfFile(name=name, kind=Phrase("en arbetsbok i binärt format (.xlsb)"))
    if "mimetype" in names and "content.xml" in names:
        raise WrongKindOfFile(name=name, kind=Phrase("ett OpenDocument-kalkylblad"))
    if "[Content_Types].xml" not in names:
        raise WrongKindOfFile(name=name, kind=Phrase("ett zip-arkiv"))
    if not any(part.startswith("xl/") for part in names):
        raise WrongKindOfFile(name=name, kind=Phrase("ett annat slags dokument"))
    if any(part.compress_type not in {ZIP_STORED, ZIP_DEFLATED} for part in parts):
        raise DamagedWorkbook(name=name)


def _refuse_declared(archive: ZipFile, name: str, limits: Limits) -> None:
    parts = archive.infolist()
    if len(parts) > _MOST_PARTS:
        raise SwollenWorkbook(name=name, part=Sentence("{count} delar", {"count": len(parts)}))
    for part in parts:
        _refuse_ratio(part, part.file_size, name, limits)
    if sum(part.file_size for part in parts) > limits.inflated_bytes:
        size = Sentence("över {size} MB", {"size": limits.inflated_bytes // 1_000_000})
        raise SwollenWorkbook(name=name, part=size)


def _refuse_ratio(part: ZipInfo, size: int, name: str, limits: Limits) -> None:
    if size > _SIZEABLE and size > limits.inflated_ratio * max(part.compress_size, 1):
        raise SwollenWorkbook(name=name, part=part.filename)


def _refuse_counted(archive: ZipFile, name: str, limits: Limits) -> None:
    left = limits.inflated_bytes
    for part in archive.infolist():
        most_tags = _most_tags(part.filename)
        size = tags = 0
        with archive.open(part) as content:
            while chunk := content.read(_CHUNK):
                size += len(chunk)
                tags += chunk.count(b"<")
                _refuse_ratio(part, size, name, limits)
                if size > left or tags > most_tags:
                    raise SwollenWorkbook(name=name, part=part.filename)
        left -= size


def _most_tags(part: str) -> float:
    if part == _STRINGS:
        return _MOST_TAGS_STRINGS
    return _MOST_TAGS_WHOLE if _HELD_WHOLE.fullmatch(part) else math.inf
