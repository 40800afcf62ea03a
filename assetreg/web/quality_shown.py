"""Worklists as ready strings: what each does to the figures, what to do about it, where it is."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from assetreg.services.foreign_serials import ForeignLine
from assetreg.services.quality import Counted, Worklist, WorkRow
from assetreg.web.formats import day, moment, term
from assetreg.web.home_rows import DOT, up_to

IN_DEVICE_LIST = {
    Worklist.OUTCOME_MISSING: "outcome",
    Worklist.PURCHASE_MISSING: "purchased",
    Worklist.SERIAL_MISSING: "serial",
}
"""Worklists that the list of devices shows with a filter, where they can be mended in bulk."""


def url(wanted: Worklist) -> str:
    if wanted in IN_DEVICE_LIST:
        return url_for("devices.index", lacks=IN_DEVICE_LIST[wanted])
    return url_for("quality.show", name=wanted.value)


def why(wanted: Worklist) -> str:
    texts = {
        Worklist.OUTCOME_MISSING: _("Enheten är avslutad men räknas inte, för ingen vet vad det blev av den."),
        Worklist.PURCHASE_MISSING: _("Utan inköpsdatum går det inte att säga när enheten ska bytas."),
        Worklist.ERASURE_MISSING: _("Enheten har lämnat oss utan att någon har skrivit hur den raderades."),
        Worklist.CERTIFICATE_AWAITED: _("Partnern raderar enligt avtal, men intyget har inte kommit."),
        Worklist.SERIAL_SHARED: _("Två enheter kan vara en och samma, och då räknas den två gånger."),
        Worklist.SERIAL_MISSING: _("Partnerns rapport hittar enheten på serienumret."),
        Worklist.LOAN_OVERDUE: _("Enheten skulle ha varit tillbaka."),
        Worklist.SERIAL_ELSEWHERE: _("Samma serienummer finns hos flera kommuner, så enheten räknas hos båda."),
        Worklist.SERIAL_REFUSED: _("Någon har nekats ett serienummer som redan finns på en enhet hos någon annan."),
    }
    return texts[wanted]


def todo(wanted: Worklist) -> str:
    texts = {
        Worklist.OUTCOME_MISSING: _("Registrera utfallet på varje enhet, eller importera mottagarens rapport."),
        Worklist.PURCHASE_MISSING: _("Lägg in datumet från fakturan, på enheten eller med en fil."),
        Worklist.ERASURE_MISSING: _("Leta upp raderingsrapporten. Saknas den, skriv det i enhetens anmärkning."),
        Worklist.CERTIFICATE_AWAITED: _("Be partnern om intyget och läs in det med nästa rapport."),
        Worklist.SERIAL_SHARED: _("Läs av numret på båda enheterna och rätta det som är fel."),
        Worklist.SERIAL_MISSING: _("Läs av numret på enheten nästa gång den är i handen."),
        Worklist.LOAN_OVERDUE: _("Kontakta låntagaren. Ta tillbaka enheten, eller gör lånet varaktigt."),
        Worklist.SERIAL_ELSEWHERE: _("Fråga kommunerna vem som har enheten, och flytta den till den kommunen."),
        Worklist.SERIAL_REFUSED: _("Ta reda på vem som har enheten. Flytta den dit, eller säg till den som frågade."),
    }
    return texts[wanted]


def shown(counted: Counted) -> dict[str, Any]:
    """A panel of ``admin/quality.html``."""
    return {
        "id": counted.list.value.replace("_", "-"),
        "title": term(counted.list),
        "short": term(counted.list).replace("Raderings", "Raderings\u00ad"),
        "count": up_to(counted.count),
        "url": url(counted.list) if counted.count else "",
        "why": why(counted.list),
        "todo": todo(counted.list),
        "meaning": "attention" if counted.count else "done",
        "sample": [refused(each) if isinstance(each, ForeignLine) else line(each) for each in counted.sample],
    }


def row(counted: Counted) -> dict[str, str]:
    """A row of ``lists.links`` for the first page."""
    return {
        "title": term(counted.list),
        "url": url(counted.list),
        "sub": "",
        "badge": "",
        "meaning": "",
        "side": up_to(counted.count),
    }


def refused(found: ForeignLine) -> dict[str, str]:
    """A refused serial as a row of ``lists.links``: it leads to the device that has it, or to the worklist."""
    holder = found.holders[0] if found.holders else None
    has_it = f"{holder.tag}, {holder.owner}" if holder else ""
    return {
        "title": found.serial,
        "url": url_for("devices.show", tag=holder.tag) if holder else url(Worklist.SERIAL_REFUSED),
        "sub": DOT.join(filter(None, (has_it, found.account, found.owner))),
        "badge": "",
        "meaning": "",
        "side": moment(found.last_at),
    }


def line(found: WorkRow) -> dict[str, str]:
    """A device on a worklist as a row of ``lists.links``."""
    about = day(found.about) if isinstance(found.about, date) else str(found.about or "")
    return {
        "title": found.tag,
        "url": url_for("devices.show", tag=found.tag),
        "sub": DOT.join(filter(None, (found.model or term(found.kind), found.owner, found.unit))),
        "badge": term(found.stage),
        "stage": found.stage.value,
        "meaning": "",
        "side": about,
    }
