"""The file of roots that ``assetreg check`` compares with and adds to: tried before the long work begins."""

from __future__ import annotations

import re
from pathlib import Path

from assetreg.domain.errors import Invalid
from assetreg.domain.sentences import Phrase
from assetreg.domain.system_faults import words_of

_LINE = re.compile(r"\S+ [0-9]+ [0-9a-f]{64}")


class AnchorUnusable(Invalid):
    code = "anchor_unusable"
    message = "Filen {name} går inte att läsa och skriva ({reason}). Inget är kontrollerat. Ange en annan plats."


class NotAnAnchor(Invalid):
    code = "not_an_anchor"
    message = (
        "Filen {name} innehåller inga rötter från assetreg check. Inget är kontrollerat. "
        "Ange rätt fil, eller en som inte finns."
    )


def lines(file: Path) -> list[str]:
    """Those of the file, none where it is yet to be made. Raises AnchorUnusable or NotAnAnchor."""
    made = file.exists()
    try:
        with file.open("a+", encoding="utf-8") as opened:
            opened.seek(0)
            found = opened.read().splitlines()
        if not made:
            file.unlink()
    except OSError as error:
        raise AnchorUnusable(field="--anchor", name=Phrase(file), reason=Phrase(words_of(error))) from None
    except UnicodeDecodeError:
        raise NotAnAnchor(field="--anchor", name=Phrase(file)) from None
    stated = [line for line in found if line.strip()]
    if stated and not any(map(_LINE.fullmatch, stated)):
        raise NotAnAnchor(field="--anchor", name=Phrase(file))
    return stated
