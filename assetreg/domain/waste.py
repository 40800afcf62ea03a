"""Waste codes and what hazardous waste must be recorded with (avfallsförordningen, SFS 2020:614)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assetreg.domain.errors import Invalid, Refusal
from assetreg.domain.outcome_facts import OutcomeFacts
from assetreg.domain.sentences import Phrase

_WASTE_CODE = re.compile(r"(\d\d) ?(\d\d) ?(\d\d) ?(\*?)")


class WasteCodeWrong(Invalid):
    code = "waste_code_wrong"
    message = "{waste_code} är ingen avfallskod. Den har sex siffror, och en asterisk för farligt avfall: {example}."


class HazardousLacks(Invalid):
    code = "hazardous_lacks"
    message = "Farligt avfall ({waste_code}) ska antecknas med {what}. Fyll i uppgiften och försök igen."


def is_hazardous(waste_code: str | None) -> bool:
    """Whether a code of avfallsförordningen (2020:614), bilaga 3, is one of those with an asterisk."""
    return waste_code is not None and waste_code.strip().endswith("*")


def normal_waste_code(text: str) -> str:
    """The code in pairs, ``16 02 13*``. Raises WasteCodeWrong."""
    found = _WASTE_CODE.fullmatch(text.strip())
    if found is None:
        raise WasteCodeWrong(field="waste_code", waste_code=text.strip(), example="16 02 13*")
    return f"{found[1]} {found[2]} {found[3]}{found[4]}"


def waste_refusals(facts: OutcomeFacts) -> Iterator[Refusal]:
    if not given(facts.waste_code):
        return
    code = (facts.waste_code or "").strip()
    if not _WASTE_CODE.fullmatch(code):
        yield WasteCodeWrong(field="waste_code", waste_code=code, example="16 02 13*")
    if not is_hazardous(code):
        return
    if not facts.weight_kg:
        yield HazardousLacks(field="weight_kg", waste_code=code, what=Phrase("vikt i kg"))
    if not given(facts.carrier):
        yield HazardousLacks(field="carrier", waste_code=code, what=Phrase("transportör"))
    if not given(facts.receiver):
        yield HazardousLacks(field="receiver", waste_code=code, what=Phrase("mottagare"))


def given(text: str | None) -> bool:
    """Whether a field holds more than blanks."""
    return bool(text and text.strip())
