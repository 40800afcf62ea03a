"""What the address of the list asks for: read, said beside the fields where it cannot be, and shown as applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from assetreg.domain.cells import parse_date
from assetreg.domain.errors import Refusal
from assetreg.domain.terms import Kind, Stage, Term
from assetreg.services.device_list import LACKS, DeviceFilter, Sort, Standing
from assetreg.web import device_shown, languages, list_address
from assetreg.web.formats import term

LONGEST = 120
LABELS = {
    "q": lazy_gettext("Sökt"),
    "kind": lazy_gettext("Typ"),
    "stage": lazy_gettext("Status"),
    "department": lazy_gettext("Förvaltning"),
    "unit": lazy_gettext("Enhet"),
    "group": lazy_gettext("Klass eller grupp"),
    "due_from": lazy_gettext("Byts tidigast"),
    "due_to": lazy_gettext("Byts senast"),
    "support_before": lazy_gettext("Stöd upphör före"),
    "lacks": lazy_gettext("Saknar"),
}
MISSING = {
    "purchased": lazy_gettext("Inköpsdatum"),
    "serial": lazy_gettext("Serienummer"),
    "outcome": lazy_gettext("Utfall"),
    "support": lazy_gettext("Stödets slut"),
}
_DATES = ("due_from", "due_to", "support_before")
_TERMS: dict[str, type[Term]] = {"kind": Kind, "stage": Stage}


@dataclass(frozen=True, slots=True)
class Asked:
    """``stated`` as it was typed, ``wanted`` what of it could be read, ``errors`` what could not, by field."""

    stated: dict[str, str]
    wanted: DeviceFilter
    errors: dict[str, str]

    @property
    def applied(self) -> dict[str, str]:
        return {name: text for name, text in self.stated.items() if text and name not in self.errors}


def asked(arguments: Mapping[str, str]) -> Asked:
    """What the list shows by an address: what is in the register, unless it says or implies something else."""
    found = read(arguments)
    if any(each.value == arguments.get("show") for each in Standing):
        return found
    searches = bool(found.wanted.q) or found.wanted.lacks == "outcome"
    standing = Standing.ALL if searches else Standing.REGISTER
    return replace(found, wanted=replace(found.wanted, standing=standing))


def read(arguments: Mapping[str, str]) -> Asked:
    """The same for a file: all but the voided, unless the address says something else."""
    stated = {name: "".join(c for c in arguments.get(name, "") if c.isprintable()).strip()[:LONGEST] for name in LABELS}
    known: dict[str, Any] = {name: text for name, text in stated.items() if text}
    errors: dict[str, str] = {}
    for name in [name for name in known if name in (*_DATES, *_TERMS, "lacks")]:
        try:
            known[name] = _value(name, known[name])
        except Refusal as refusal:
            errors[name] = languages.sentence(refusal)
        except LookupError:
            errors[name] = _("”%(value)s” går inte att välja här. Välj något i listan.", value=known[name])
        if name in errors:
            del known[name]
    show = arguments.get("show")
    known["standing"] = next((each for each in Standing if each.value == show), Standing.ALL)
    known["sort"] = next((each for each in Sort if each.value == arguments.get("sort")), Sort.TAG)
    known["descending"] = arguments.get("order") == "desc"
    names = {each.name for each in fields(DeviceFilter)}
    return Asked(stated, DeviceFilter(**{name: value for name, value in known.items() if name in names}), errors)


def _value(name: str, text: str) -> Any:
    """Raises LookupError for a word that is none of the choices, or what a date raises."""
    if name in _DATES:
        return parse_date(text).value
    if name == "lacks":
        return {each: each for each in LACKS}[text]
    return {each.value: each for each in _TERMS[name]}[text]


def form(offered: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    """The fields of the filter, as ``devices/list.html`` takes them."""
    kinds, stages = device_shown.kinds(), device_shown.options(Stage)
    lacks = [{"value": name, "label": str(label)} for name, label in MISSING.items()]
    blank = _("Inget särskilt")
    return [
        {"name": "q", "label": _("Sök"), "kind": "text", "hint": _("Nummer, modell, användare eller plats")},
        {"name": "kind", "label": str(LABELS["kind"]), "kind": "select", "options": kinds},
        {"name": "stage", "label": str(LABELS["stage"]), "kind": "select", "options": stages},
        {"name": "department", "label": str(LABELS["department"]), "kind": "text", "suggest": offered["department"]},
        {"name": "unit", "label": str(LABELS["unit"]), "kind": "text", "suggest": offered["unit"]},
        {"name": "group", "label": str(LABELS["group"]), "kind": "text"},
        {"name": "due_from", "label": str(LABELS["due_from"]), "kind": "date"},
        {"name": "due_to", "label": str(LABELS["due_to"]), "kind": "date"},
        {"name": "support_before", "label": str(LABELS["support_before"]), "kind": "date"},
        {"name": "lacks", "label": str(LABELS["lacks"]), "kind": "select", "options": lacks, "blank": blank},
    ]


def chips(found: Asked) -> list[dict[str, str]]:
    """What is applied, each with the address of the list without it."""
    return [
        {"label": f"{LABELS[name]}: {_value_shown(name, text)}", "url": list_address.changed(**{name: None})}
        for name, text in found.applied.items()
    ]


def _value_shown(name: str, text: str) -> str:
    if name in _TERMS:
        return next((term(each) for each in _TERMS[name] if each.value == text), text)
    return str(MISSING.get(text, text)).lower() if name == "lacks" else text


def standings(found: Asked) -> list[dict[str, Any]]:
    """What is in the register, what has ended, or all of it; a stated stage says that already."""
    return [
        {
            "label": term(each),
            "url": list_address.changed(show=each.value, stage=None),
            "current": found.wanted.stage is None and found.wanted.standing is each,
        }
        for each in Standing
    ]


def views(found: Asked, today: date) -> list[dict[str, Any]]:
    """Selections that many people make every day; each is nothing but an address."""
    overdue = (today - timedelta(days=1)).isoformat()
    common: tuple[tuple[str, dict[str, str]], ...] = (
        (_("I drift"), {"stage": Stage.DEPLOYED.value}),
        (_("I lager"), {"stage": Stage.IN_STOCK.value}),
        (_("Försenade byten"), {"due_to": overdue, "sort": Sort.DUE.value}),
        (_("Inköpsdatum saknas"), {"lacks": "purchased"}),
    )
    return [
        {
            "label": label,
            "url": list_address.of(stated.items()),
            "current": found.applied == {name: text for name, text in stated.items() if name != "sort"},
        }
        for label, stated in common
    ]


def sorted_by() -> dict[str, str]:
    """What the filter's form keeps of the address beside its own fields."""
    return {name: request.args[name] for name in ("show", "sort", "order") if request.args.get(name)}
