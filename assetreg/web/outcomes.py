"""Outcomes: the rows behind the yearly numbers, and taking one back."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from flask import Blueprint, current_app, render_template, request, url_for
from flask_babel import gettext as _

from assetreg.domain.access import Act
from assetreg.domain.terms import Indicator
from assetreg.services import choices, figures, outcome_list
from assetreg.services.figure_question import PARTS, YearQuestion, known_on
from assetreg.services.outcome_list import NumberQuestion, NumberRow, Part
from assetreg.services.paging import BadCursor
from assetreg.web import device_ended, device_shown, figure_links, languages, outcome_reversal, owners, visit
from assetreg.web.device_shown import address
from assetreg.web.figures import known_year
from assetreg.web.formats import day, number, term
from assetreg.web.visit import needs, reading

blueprint = Blueprint("outcomes", __name__, url_prefix="/utfall")
blueprint.add_url_rule("/<int:outcome_id>/makulera", "reverse", outcome_reversal.form, methods=["GET"])
blueprint.add_url_rule("/<int:outcome_id>/makulera", "do_reverse", outcome_reversal.do, methods=["POST"])

PLACE = ("cursor", "before")
LONGEST = 60
READINGS = (Part.MOBILE, Part.BOUGHT_FROM_2023, Part.IN_INTUNE)


@blueprint.get("")
@needs(Act.READ_FIGURES)
def index() -> Any:
    """``ar``, ``indikator``, ``del`` and ``agare`` name a number; without ``del`` every outcome of the year shows."""
    with reading() as session:
        years = figures.years(session)
    wanted, errors = _question(known_year(request.args.get("ar", "").strip(), years))
    actor = visit.actor()
    cursor, before = (request.args.get(name) or None for name in PLACE)
    # The owner a number names goes before the one the pages are narrowed to: its address means the same to everyone.
    with reading(visit.scope() if wanted.owner else owners.chosen_scope()) as session:
        try:
            found = outcome_list.page(session, wanted, actor=actor, cursor=cursor, before=before)
        except BadCursor as refusal:
            errors[""] = languages.sentence(refusal)
            found = outcome_list.page(session, wanted, actor=actor)
        counted = outcome_list.count(session, wanted, actor=actor)
        holders = [{"value": row.code, "label": row.name} for row in choices.owners(session)]
    return render_template(
        "outcomes/list.html",
        title=_title(wanted),
        lead=_lead(wanted),
        back=_back(wanted),
        chips=_chips(wanted),
        kept=_days(),
        clear_url=_address(indikator=None, agare=None, **dict.fromkeys(("del", *figure_links.DAYS))),
        filters=_filters(years, holders),
        values={
            "ar": str(wanted.year.year),
            "indikator": wanted.indicator.value if wanted.indicator else "",
            "del": wanted.part.value if wanted.part else "",
            "agare": wanted.owner or "",
        },
        columns=_columns(wanted),
        rows=[_row(row) for row in found.rows],
        errors=errors,
        first=_address() if found.previous else "",
        previous=_address(before=found.previous) if found.previous else "",
        next=_address(cursor=found.next) if found.next else "",
        count=_count(counted, wanted.part),
        counted=counted,
        export_url=_export(wanted),
    ), 422 if errors else 200


def _question(year: int) -> tuple[NumberQuestion, dict[str, str]]:
    """What the address asks for; what of it cannot be read is left out and said beside its field."""
    words: dict[str, dict[str, Any]] = {
        "del": {each.value: each for each in Part},
        "indikator": {each.value: each for each in Indicator},
        "agare": {each.code: each for each in owners.visible()},
    }
    stated = {name: request.args.get(name, "") for name in words}
    said = _("”%(value)s” går inte att välja här. Välj något i listan.")
    errors = {
        name: said % {"value": text[:LONGEST]} for name, text in stated.items() if text and text not in words[name]
    }
    part, indicator, owner = (words[name].get(text) for name, text in stated.items())
    whole = owner is None and owners.chosen() is None and visit.scope().everything
    days = figure_links.days(request.args)
    known = days.get("as_known_on")
    question = NumberQuestion(
        YearQuestion(year, as_of=days.get("as_of"), as_known_on=known_on(known) if known else None),
        indicator=indicator,
        part=part,
        owner=owner.code if owner else None,
        totals=whole and part is not None,
    )
    return question, errors


def _count(counted: int, part: Part | None) -> str:
    """How many outcomes, or devices where nothing has become of them yet."""
    if part in (Part.PENDING, Part.BOUGHT):
        return _("1 enhet") if counted == 1 else _("%(count)s enheter", count=number(counted))
    return _("1 utfall") if counted == 1 else _("%(count)s utfall", count=number(counted))


def _title(wanted: NumberQuestion) -> str:
    name = term(wanted.part) if wanted.part else _("Utfall")
    return _("%(name)s %(year)s", name=name, year=wanted.year.year)


def _lead(wanted: NumberQuestion) -> str:
    parts = [term(wanted.indicator)] if wanted.indicator else []
    owner = next((each.name for each in owners.visible() if each.code == wanted.owner), "") or (
        chosen.name if (chosen := owners.chosen()) else ""
    )
    if owner:
        parts.append(owner)
    if wanted.totals:
        parts.append(_("de kommuner som ingår i totalen"))
    if wanted.part is None:
        parts.append(_("alla utfall, också de som inte räknas"))
    said = ", ".join(parts + list(_days_said().values()))
    return said[:1].upper() + said[1:]


def _days() -> dict[str, str]:
    """The days the figures were asked for, as an address carries them."""
    return {name: day.isoformat() for name, day in figure_links.days(request.args).items()}


def _days_said() -> dict[str, str]:
    words = {"as_of": _("till och med %(day)s"), "as_known_on": _("som registret såg ut %(day)s")}
    return {name: words[name] % {"day": day} for name, day in _days().items()}


def _back(wanted: NumberQuestion) -> dict[str, str] | None:
    for endpoint in ("indicators.year", "indicators.show"):
        if endpoint in current_app.view_functions:
            return {
                "label": _("Återbruk %(year)s", year=wanted.year.year),
                "url": url_for(endpoint, year=wanted.year.year, **cast("dict[str, Any]", _days())),
            }
    return None


def _chips(wanted: NumberQuestion) -> list[dict[str, str]]:
    found = []
    if wanted.part:
        found.append({"label": term(wanted.part), "url": _address(**{"del": None})})
    if wanted.indicator:
        found.append({"label": term(wanted.indicator), "url": _address(indikator=None)})
    if wanted.owner:
        name = next(each.name for each in owners.visible() if each.code == wanted.owner)
        found.append({"label": name, "url": _address(agare=None)})
    for param, said in _days_said().items():
        found.append({"label": said, "url": _address(**{param: None})})
    return found


def _filters(years: list[int], holders: list[dict[str, str]]) -> list[dict[str, Any]]:
    now = visit.actor().today.year
    offered = [{"value": str(year), "label": str(year)} for year in sorted({*years, now}, reverse=True)]
    found: list[dict[str, Any]] = [
        {"name": "ar", "label": _("År"), "options": offered, "blank": ""},
        {"name": "indikator", "label": _("Indikator"), "options": device_shown.options(Indicator), "blank": _("Alla")},
        {"name": "del", "label": _("Siffra"), "options": device_shown.options(Part), "blank": _("Alla utfall")},
    ]
    if len(holders) > 1 and owners.chosen() is None:
        found.append({"name": "agare", "label": _("Kommun"), "options": holders, "blank": _("Alla")})
    return found


def _columns(wanted: NumberQuestion) -> list[dict[str, Any]]:
    dates = {Part.PENDING: _("Avsänd"), Part.BOUGHT: _("Inköpt")}
    on = dates.get(wanted.part, _("Datum")) if wanted.part else _("Datum")
    labels = (_("Inventarienummer"), on, _("Modell"), _("Kommun"), _("Utfallet"), _("Partner"))
    names = ("tag", "on", "kind", "holder", "outcome", "partner")
    return [
        {"name": name, "label": label, "url": "", "sort": "", "number": False}
        for name, label in zip(names, labels, strict=True)
    ]


def _row(row: NumberRow) -> dict[str, Any]:
    return {
        "tag": row.tag or _("En annan kommuns enhet nu"),
        "url": address(row.tag) if row.tag else "",
        "on": day(row.on),
        "kind": term(row.kind),
        "model": row.model or "–",
        "owner": row.owner,
        "owner_code": row.owner_code,
        "outcome": row.type.value if row.type else "",
        "outcome_label": term(row.type) if row.type else term(row.stage),
        "counts": _counts(row),
        "reversed": row.reversed_on is not None,
        "partner": row.partner or "",
        "report": row.report or "",
        "report_url": device_ended.import_address(row.import_id),
    }


def _counts(row: NumberRow) -> str:
    """Why a row counts nothing, where it does not."""
    if row.reversed_on is not None:
        return _("Makulerat %(day)s", day=day(row.reversed_on))
    return _("Räknas inte") if row.type is not None and row.indicator is None else ""


def _export(wanted: NumberQuestion) -> str:
    """The same rows as a workbook; "" for the numbers whose rows the file would not be the same."""
    owner = owners.chosen()
    of_totals = wanted.totals and not all(row.in_totals for row in _holders())
    if wanted.part is None or wanted.part.value not in PARTS or wanted.owner or of_totals:
        return ""
    if "exports.download" not in current_app.view_functions or not visit.actor().may(Act.EXPORT):
        return ""
    stated = {"year": wanted.year.year, "indicator": wanted.indicator, "part": wanted.part.value}
    known = (
        {name: value for name, value in stated.items() if value} | ({"owner": owner.code} if owner else {}) | _days()
    )
    return url_for("exports.download", what="aterbruk", ending="xlsx") + f"?{urlencode(known)}"


def _holders() -> list[Any]:
    with reading() as session:
        return choices.owners(session)


def _address(**changed: str | None) -> str:
    kept = {name: text for name, text in request.args.items() if text and name not in ("owner", *PLACE)}
    asked = {name: text for name, text in (kept | changed).items() if text}
    return url_for("outcomes.index") + (f"?{urlencode(asked)}" if asked else "")
