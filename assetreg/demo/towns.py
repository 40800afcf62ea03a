"""The five owners' places: departments, units, rooms and groups with invented names, sized by inhabitants."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

BUN, VOO, SBF, KSF, KOF = (
    "Barn och utbildning",
    "Vård och omsorg",
    "Samhällsbyggnad",
    "Kommunstyrelseförvaltningen",
    "Kultur och fritid",
)
SHARED = "GEM"
SCHOOL_YEAR_BEGINS = 8


@dataclass(frozen=True, slots=True)
class Site:
    """A unit; ``weight`` is how much of its owner's equipment stands there."""

    owner: str
    department: str
    name: str
    weight: int
    rooms: tuple[str, ...]
    classes: tuple[str, ...] = ()
    carts: tuple[str, ...] = ()

    @property
    def is_school(self) -> bool:
        return bool(self.classes)

    @property
    def has_tablets(self) -> bool:
        return self.is_school or bool(self.carts)


@dataclass(frozen=True, slots=True)
class Town:
    code: str
    letters: str
    share: float
    cost_centre: int
    sites: tuple[Site, ...] = field(repr=False)


LOWER = tuple(f"{year}{letter}" for year in range(1, 7) for letter in "AB")
UPPER = tuple(f"{year}{letter}" for year in (7, 8, 9) for letter in "ABC")
OFFICE = ("101", "102", "104", "110", "201", "204", "Reception")
CARE = ("Expedition", "Personalrum", "Sal 1", "Sal 2")
TEACHING = ("A101", "A102", "A103", "B201", "B202", "Datasal", "Lärarrum")
NURSERY = ("Avdelning Gul", "Avdelning Blå", "Personalrum")
CLOSED = ("Disk", "Verkstad", "Möte 1")


def school_year(today: date) -> int:
    """The calendar year in which the present school year began."""
    return today.year if today.month >= SCHOOL_YEAR_BEGINS else today.year - 1


def _sites(owner: str, groups: tuple[tuple[str, tuple[str, ...], str], ...]) -> tuple[Site, ...]:
    return tuple(_site(owner, department, name, sort) for department, names, sort in groups for name in names)


def _site(owner: str, department: str, name: str, sort: str) -> Site:
    if sort == "lower":
        return Site(owner, department, name, 9, TEACHING, LOWER, ("Vagn 1", "Vagn 2"))
    if sort == "upper":
        return Site(owner, department, name, 14, TEACHING, UPPER, ("Vagn 1",))
    if sort == "nursery":
        return Site(owner, department, name, 2, NURSERY, (), ("Vagn 1",))
    return Site(owner, department, name, *{"care": (4, CARE), "office": (6, OFFICE), "desk": (2, CLOSED)}[sort])


TOWNS = (
    Town(
        "1814",
        "LEK",
        0.205,
        1100,
        _sites(
            "1814",
            (
                (BUN, ("Norra skolan", "Bäckskolan"), "lower"),
                (BUN, ("Lindskolan",), "upper"),
                (BUN, ("Förskolan Blåsippan", "Förskolan Tallkotten"), "nursery"),
                (VOO, ("Äldreboendet Björken", "Gruppboendet Ljungen", "Hemtjänst norr"), "care"),
                (SBF, ("Byggkontoret", "Driftcentralen"), "desk"),
                (KSF, ("Kommunhuset",), "office"),
                (KOF, ("Huvudbiblioteket", "Fritidsgården Kupan"), "desk"),
            ),
        ),
    ),
    Town(
        "1860",
        "LAX",
        0.13,
        2100,
        _sites(
            "1860",
            (
                (BUN, ("Västra skolan",), "lower"),
                (BUN, ("Mellanskolan",), "upper"),
                (BUN, ("Förskolan Igelkotten",), "nursery"),
                (VOO, ("Äldreboendet Granen", "Hemtjänst centrum"), "care"),
                (SBF, ("Tekniska kontoret",), "desk"),
                (KSF, ("Kommunkontoret",), "office"),
                (KOF, ("Stadsbiblioteket",), "desk"),
            ),
        ),
    ),
    Town(
        "1861",
        "HAL",
        0.39,
        3100,
        _sites(
            "1861",
            (
                (BUN, ("Östra skolan", "Solskolan", "Stenskolan"), "lower"),
                (BUN, ("Parkskolan", "Ågymnasiet"), "upper"),
                (BUN, ("Förskolan Regnbågen", "Förskolan Kometen", "Förskolan Lärkan"), "nursery"),
                (VOO, ("Äldreboendet Eken", "Äldreboendet Lönnen", "Gruppboendet Sälgen", "Hemtjänst öster"), "care"),
                ("Socialförvaltningen", ("Familjehuset",), "office"),
                (SBF, ("Plan och bygg", "Gatukontoret"), "desk"),
                (KSF, ("Stadshuset", "Ekonomikontoret"), "office"),
                (KOF, ("Biblioteket Navet", "Simhallen"), "desk"),
            ),
        ),
    ),
    Town(
        "1882",
        "ASK",
        0.275,
        4100,
        _sites(
            "1882",
            (
                (BUN, ("Södra skolan", "Sjöskolan"), "lower"),
                (BUN, ("Hamnskolan",), "upper"),
                (BUN, ("Förskolan Vitsippan", "Förskolan Snäckan"), "nursery"),
                (VOO, ("Äldreboendet Rönnen", "Äldreboendet Hasseln", "Hemtjänst söder"), "care"),
                (SBF, ("Miljökontoret", "Fastighetskontoret"), "desk"),
                (KSF, ("Rådhuset",), "office"),
                (KOF, ("Biblioteket Hyllan",), "desk"),
            ),
        ),
    ),
    Town(
        SHARED,
        "GEM",
        0.0,
        9100,
        (
            Site(SHARED, "IT-avdelningen", "Datahallen", 10, ("Hall 1", "Hall 2", "Reservhall")),
            Site(SHARED, "IT-avdelningen", "Servicedesk", 3, ("Lager", "Verkstad", "Kontor")),
        ),
    ),
)
BY_CODE = {town.code: town for town in TOWNS}
