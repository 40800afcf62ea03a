"""Why the computer would not do something with a file, in words that a person can act on."""

from __future__ import annotations

import errno

_WORDS = {
    errno.ENOENT: "mappen eller filen finns inte",
    errno.ENOTDIR: "sökvägen går genom något som inte är en mapp",
    errno.EISDIR: "det är en mapp, inte en fil",
    errno.EACCES: "kontot har inte rätt till det",
    errno.EPERM: "kontot har inte rätt till det",
    errno.EROFS: "disken går bara att läsa",
    errno.ENOSPC: "disken är full",
    errno.EDQUOT: "kontots utrymme är fullt",
    errno.ENAMETOOLONG: "namnet är för långt",
    errno.ELOOP: "länkarna i sökvägen går runt",
    errno.EMFILE: "för många filer är öppna",
    errno.EBUSY: "den används av ett annat program",
    errno.EADDRINUSE: "porten används redan",
    errno.EIO: "disken svarar inte som den ska",
}


def words_of(error: OSError) -> str:
    """The reason without capital or full stop; what is not known here is said as the system says it."""
    known = _WORDS.get(error.errno) if error.errno is not None else None
    return known or (error.strerror or str(error) or type(error).__name__).rstrip(".")
