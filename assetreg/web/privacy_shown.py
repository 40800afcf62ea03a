"""The families of data about people as ready strings: what each is, why it is kept, and what a clearing came to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from assetreg.domain.retention import RULES, Kept
from assetreg.domain.terms import JobState
from assetreg.services.jobs import Standing
from assetreg.services.retention import Times
from assetreg.web.formats import moment, number, term


def families(times: Times) -> list[dict[str, Any]]:
    """A family for the page: name, what happens, why it is kept, its time now and its bounds."""
    return [_family(kept, times.amounts[kept]) for kept in Kept]


def _family(kept: Kept, amount: int) -> dict[str, Any]:
    rule = RULES[kept]
    days = rule.unit == "days"
    unit = _("dagar") if days else _("månader")
    one = _("dag") if days else _("månad")
    bounds = _("Från %(least)s till %(most)s.", least=number(rule.least), most=number(rule.most))
    what, why = _what(kept)
    return {
        "name": kept.value,
        "label": term(kept),
        "what": what,
        "why": why,
        "unit": unit,
        "time": f"{number(amount)} {one if amount == 1 else unit}",
        "hint": f"{what} {bounds}",
    }


def _what(kept: Kept) -> tuple[str, str]:
    """What happens when the time has passed, and why it is kept until then."""
    told = {
        Kept.PERSON_IDLE: (
            _("Pseudonymiseras så länge efter den senaste enheten. Den som har en enhet gallras aldrig."),
            _("Så länge kan frågor om en återlämnad enhet behöva svar."),
        ),
        Kept.PERSON_LEFT: (
            _("Pseudonymiseras så länge efter sista dagen, om ingen enhet är kvar."),
            _("Den som har slutat har inte längre någon anledning att stå i registret."),
        ),
        Kept.FREE_TEXT: (
            _("Töms så länge efter händelsen. En enhets anteckning står kvar så länge enheten finns."),
            _("Skäl och anteckningar förklarar historiken medan någon minns den."),
        ),
        Kept.IMPORTS: (
            _("Filen och dess rader tas bort. Vad importen ledde till står kvar."),
            _("För att kunna ångra en import och svara på vad en lista sa."),
        ),
        Kept.EVIDENCE: (
            _("Partnernas rapporter sparas längre, men rader som kan nämna någon töms som andra filer."),
            _("Årets återbrukssiffror vilar på dem, och räkenskaper sparas i sju år efter året."),
        ),
        Kept.READ_LOG: (
            _("Tas bort, de äldsta raderna först."),
            _("För att kunna svara på vem som har läst om en person."),
        ),
        Kept.JOBS: (_("Tas bort."), _("För att kunna felsöka.")),
        Kept.LOGINS: (_("Tas bort om de inte har använts."), _("För att du ska se var ditt konto är inloggat.")),
        Kept.LOGIN_ATTEMPTS: (_("Tas bort."), _("För att bromsa den som gissar lösenord.")),
    }
    return told[kept]


def counted(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """What a clearing takes or took, as label and number; what is nought is left out."""
    words = {
        "persons": _("Personer"),
        "texts": _("Fritexter"),
        "files": _("Inlästa filer"),
        "rows": _("Rader ur filer"),
        "reports": _("Partnerrapporter att tömma på namn"),
        "emptied": _("Tömda rader i partnerrapporter"),
        "stored_replies": _("Sparade API-svar"),
        **{kept.value: term(kept) for kept in Kept},
    }
    return [(words[name], number(count)) for name, count in counts.items() if count]


def run(last: Any) -> dict[str, Any] | None:
    """The last clearing: when, whether it came to its end, and what it took."""
    if last is None:
        return None
    state = _("Klar %(when)s", when=moment(last.ended_at)) if last.ended_at else _("Avbruten eller pågår")
    return {"at": moment(last.started_at), "state": state, "counts": counted(last.counts)}


def waits(standing: Standing | None) -> str:
    """What there is to say of a clearing that has been asked for; empty when none has."""
    if standing is None:
        return ""
    if standing.waits_in_vain:
        return _("Gallringen väntar, men inget bakgrundsarbete är igång. Be driften starta assetreg worker.")
    if standing.state is JobState.RUNNING:
        return _("Gallringen pågår.")
    return _("Gallringen står i kö.")


def tabs(here: str) -> list[dict[str, Any]]:
    ways = (("privacy.index", _("Gallring")), ("privacy.log", _("Läslogg")))
    return [{"label": label, "url": url_for(name), "current": name == here} for name, label in ways]
