"""Which encoding a text file is in, decided from the whole of it before its first row is read."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from assetreg.sources.refusals import BinaryFile, UnknownEncoding

_CHUNK = 1 << 16
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(stream: BinaryIO) -> str:
    """`utf-8`, `utf-8-sig`, `utf-16`, `utf-16-le`, `utf-16-be` or `cp1252`; the stream is left at its start.

    Raises BinaryFile at the first zero byte and UnknownEncoding at the first byte no encoding explains.
    """
    stream.seek(0)
    encoding = _marked(stream.read(_CHUNK))
    if encoding:
        _refuse_undecodable(stream, encoding)
    else:
        encoding = _unmarked(stream)
    stream.seek(0)
    return encoding


def _marked(start: bytes) -> str:
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    zeros_first, zeros_second = start[::2].count(0), start[1::2].count(0)
    half = len(start) // 2
    if half and zeros_second > half // 3 and not zeros_first:
        return "utf-16-le"
    if half and zeros_first > half // 3 and not zeros_second:
        return "utf-16-be"
    return ""


def _unmarked(stream: BinaryIO) -> str:
    if _first_undecodable(stream, "utf-8") is None:
        return "utf-8"
    if _is_mostly_utf8(stream):
        _refuse_undecodable(stream, "utf-8")
    _refuse_undecodable(stream, "cp1252")
    return "cp1252"


def _refuse_undecodable(stream: BinaryIO, encoding: str) -> None:
    offset = _first_undecodable(stream, encoding)
    if offset is not None:
        raise UnknownEncoding(byte=offset + 1, row=_line_of(stream, offset))


def _first_undecodable(stream: BinaryIO, encoding: str) -> int | None:
    """The offset of the first byte that the encoding cannot explain; a zero character raises BinaryFile."""
    decoder = codecs.getincrementaldecoder(encoding.removesuffix("-sig"))()
    is_wide = encoding.startswith("utf-16")
    read = 0
    for chunk in _chunks(stream):
        if b"\0" in chunk and not is_wide:
            _refuse_zero(stream, read + chunk.index(b"\0"))
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            return read - pending + error.start
        if is_wide and "\0" in text:
            _refuse_zero(stream, read + text.index("\0") * 2)
        read += len(chunk)
    return None


def _refuse_zero(stream: BinaryIO, offset: int) -> None:
    raise BinaryFile(byte=offset + 1, row=_line_of(stream, offset))


def _is_mostly_utf8(stream: BinaryIO) -> bool:
    """Whether more letters outside ASCII read as UTF-8 than fail to: then a broken byte, not another encoding."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    readable = broken = 0
    for chunk in _chunks(stream):
        text = decoder.decode(chunk, final=not chunk)
        if not text.isascii():
            failed = text.count("\N{REPLACEMENT CHARACTER}")
            broken += failed
            readable += sum(not character.isascii() for character in text) - failed
    return readable > broken


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The whole stream and then one empty chunk, which tells a decoder that it is over."""
    stream.seek(0)
    while chunk := stream.read(_CHUNK):
        yield chunk
    yield b""


def _line_of(stream: BinaryIO, offset: int) -> int:
    """The line of text the byte stands in, counted by LF, or by CR where the file has no LF."""
    feeds = returns = 0
    left = offset
    stream.seek(0)
    while left and (chunk := stream.read(min(_CHUNK, left))):
        feeds += chunk.count(b"\n")
        returns += chunk.count(b"\r")
        left -= len(chunk)
    return (feeds or returns) + 1
