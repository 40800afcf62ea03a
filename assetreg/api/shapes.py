"""What replies look like, as JSON Schema: the tests hold every reply against these."""

from __future__ import annotations

from typing import Any

from assetreg.domain.terms import Door, ImportState, Indicator, Kind, OutcomeType, Precision, Stage, Term

Shape = dict[str, Any]


def text(**more: Any) -> Shape:
    return {"type": "string", **more}


def whole(**more: Any) -> Shape:
    return {"type": "integer", **more}


def day() -> Shape:
    return text(format="date", example="2026-03-14")


def moment() -> Shape:
    return text(format="date-time", example="2026-03-14T09:30:00+00:00")


def word(term: type[Term]) -> Shape:
    return text(enum=[member.value for member in term])


def null(shape: Shape) -> Shape:
    """The shape, or nothing known."""
    if "enum" in shape:
        return {**shape, "type": [shape["type"], "null"], "enum": [*shape["enum"], None]}
    if "type" in shape:
        return {**shape, "type": [shape["type"], "null"]}
    return {"anyOf": [shape, {"type": "null"}]}


def many(shape: Shape) -> Shape:
    return {"type": "array", "items": shape}


def thing(**properties: Shape) -> Shape:
    """An object with exactly these properties, all of them there."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def some(**properties: Shape) -> Shape:
    """An object that may have these properties and more."""
    return {"type": "object", "properties": properties}


def refers(name: str) -> Shape:
    return {"$ref": f"#/components/schemas/{name}"}


def listing(name: str, **more: Shape) -> Shape:
    return thing(items=many(refers(name)), next=null(text()), **more)


AMOUNT = text(example="8300.50", description="Kronor, med punkt")
PLACE = {name: null(text()) for name in ("department", "unit", "room", "group", "user")}
IN_LIST: dict[str, Shape] = {
    "tag": text(example="IT-012345K"),
    "serial": null(text()),
    "kind": word(Kind),
    "model": null(text()),
    "owner": text(example="1860"),
    **PLACE,
    "stage": word(Stage),
    "imei": null(text()),
    "hostname": null(text()),
    "cost_centre": null(text()),
    "purchased": null(day()),
    "purchased_precision": null(word(Precision)),
    "price_sek": null(AMOUNT),
    "due_on": null(day()),
    "os": null(text()),
    "os_version": null(text()),
    "support_ends_on": null(day()),
    "mdm_state": null(text()),
    "changed_at": moment(),
}
OUTCOME: dict[str, Shape] = {
    "id": whole(),
    "tag": null(text()),
    "owner": text(),
    "outcome": word(OutcomeType),
    "date": day(),
    "indicator": null(word(Indicator)),
    "partner": null(text()),
    "report": null(text()),
    "import": null(whole()),
    "reversed_on": null(day()),
}
OUTCOME_WHOLE: dict[str, Shape] = {
    **OUTCOME,
    "weight_kg": null(text()),
    "proceeds_sek": null(AMOUNT),
    "decision": null(text()),
    "valuation_sek": null(AMOUNT),
    "waste_code": null(text()),
    "carrier": null(text()),
    "receiver": null(text()),
    "police_reference": null(text()),
    "import_row": null(whole()),
    "registered_at": moment(),
}
COUNT = null(whole())
COUNTS = (
    *("headline", "reuse", "parts_reuse", "recycling", "internal_reuse", "energy_recovery", "landfill"),
    *("lost_or_stolen", "other_ended", "pending", "bought"),
)
SHARE = null(text(example="81.0"))

SHAPES: dict[str, Shape] = {
    "DeviceItem": thing(**IN_LIST),
    "Event": thing(
        seq=whole(),
        at=moment(),
        on=null(day()),
        door=word(Door),
        sentence=text(),
        reason=null(text()),
        fields=many(thing(name=text(example="Datornamn"), before=null(text()), after=null(text()))),
        skipped=many(word(Stage)),
    ),
    "Device": thing(
        **IN_LIST,
        mac=null(text()),
        ordered=null(day()),
        delivered=null(day()),
        in_service=null(day()),
        warranty_until=null(day()),
        **dict.fromkeys(
            ("ordered_precision", "delivered_precision", "in_service_precision", "warranty_until_precision"),
            null(word(Precision)),
        ),
        supplier=null(text()),
        order_number=null(text()),
        note=null(text()),
        outcome=null(
            {
                **thing(id=whole(), type=word(OutcomeType), date=day(), report=null(text())),
                "description": "Det slutliga",
            }
        ),
        replaces=null(text()),
        replaced_by=null(text()),
        version=whole(),
        events=many(refers("Event")),
    ),
    "Transferred": thing(tag=text(), transferred={"const": True}),
    "Repeated": {
        **some(id=whole(), tag=null(text()), version=whole()),
        "description": "Numren på det som blev gjort, när samma Idempotency-Key kommer igen",
        "additionalProperties": False,
    },
    "DeviceList": listing("DeviceItem"),
    "DueList": listing("DeviceItem", **{"from": null(day()), "to": day()}, undated=COUNT, missing_or_stolen=COUNT),
    "EventList": listing("Event"),
    "Happening": thing(
        id=whole(),
        tag=null(text()),
        owner=null(text()),
        seq=whole(),
        at=moment(),
        on=null(day()),
        kind=text(),
        door=word(Door),
        actor=null(whole()),
        act=null(whole()),
        reverses=null(whole()),
        fields=many(text()),
        stage=null(word(Stage)),
    ),
    "Feed": listing("Happening", after=whole()),
    "OutcomeItem": thing(**OUTCOME),
    "Outcome": thing(**OUTCOME_WHOLE),
    "NewOutcome": thing(**OUTCOME_WHOLE, notices=many(text(description="Det som bör kontrolleras"))),
    "OutcomeList": listing("OutcomeItem"),
    "Owner": thing(code=text(), name=text(), type=text(), in_totals={"type": "boolean"}),
    "OwnerList": listing("Owner"),
    "Figures": {
        **some(in_totals={"type": "boolean"}),
        **thing(
            id=word(Indicator),
            owner=null(text()),
            **dict.fromkeys(COUNTS, COUNT),
            totals_only={"type": "boolean"},
            target=null({"type": "number"}),
            readings=null(thing(all=whole(), bought_from_2023=whole(), in_intune=whole())),
            shares=thing(reuse_rate=SHARE, handled_rate=SHARE, take_back_rate=SHARE, goal=SHARE),
            frozen=null(some(version=whole(), headline=whole(), late=whole(), reversed=whole())),
        ),
        "additionalProperties": True,
    },
    "Indicators": thing(year=whole(), rule_version=whole(), indicators=many(refers("Figures"))),
    "Import": thing(
        id=whole(),
        preset=text(),
        name=text(),
        sha256=text(),
        state=word(ImportState),
        fault=null(text()),
        job=null(thing(state=text(), done=whole(), total=null(whole()))),
        rows=whole(),
        created=whole(),
        updated=whole(),
        unchanged=whole(),
        refused=whole(),
        errors=many(thing(row=whole(), column=text(), value=text(), reason=text())),
    ),
    "Problem": some(
        type=text(),
        title=text(),
        status=whole(),
        detail=text(),
        code=text(),
        errors=many(some(field=null(text()), code=text(), detail=text())),
        reference=text(),
    ),
}
