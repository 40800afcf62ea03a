"""What was bought when: real products, about what they cost, how their makers write serials, what they ran."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

from assetreg.domain.terms import Kind

LETTERS = "BCDFGHJKLMNPQRSTVWXYZ"
MIXED = LETTERS + "0123456789"
DIGITS = "0123456789"
FIRST_YEAR = 2018
FIRST_PRICES = 2020
YEARLY_DRIFT = Decimal("0.03")

SERIALS = {
    "HP": ("5CG", DIGITS, 1, MIXED, 6),
    "HPE": ("CZJ", DIGITS, 1, MIXED, 6),
    "Lenovo": ("PF", MIXED, 3, MIXED, 3),
    "Dell": ("", MIXED, 6, DIGITS, 1),
    "Apple": ("", LETTERS, 1, MIXED, 9),
    "Samsung": ("R5C", MIXED, 5, LETTERS, 3),
    "Philips": ("UK0", DIGITS, 4, DIGITS, 6),
    "Cisco": ("FOC", DIGITS, 4, MIXED, 4),
    "Canon": ("2XP", DIGITS, 5, DIGITS, 0),
}
"""By maker: a beginning, then two runs of characters, each as an alphabet and a length."""


@dataclass(frozen=True, slots=True)
class Product:
    """A maker's product, sold in the years given; ``price`` is kronor excluding VAT in 2020."""

    kind: Kind
    maker: str
    model: str
    first: int
    last: int
    price: int


def _products(kind: Kind, *rows: tuple[str, str, int, int, int]) -> list[Product]:
    return [Product(kind, *row) for row in rows]


PRODUCTS = (
    *_products(
        Kind.LAPTOP,
        ("HP", "EliteBook 840 G5", 2017, 2019, 9200),
        ("HP", "EliteBook 840 G7", 2020, 2020, 9400),
        ("HP", "EliteBook 840 G8", 2021, 2022, 9600),
        ("HP", "EliteBook 840 G10", 2023, 2024, 9300),
        ("HP", "EliteBook 6 G1i 14", 2025, 2100, 9500),
        ("Lenovo", "ThinkPad L14 Gen 1", 2017, 2021, 7300),
        ("Lenovo", "ThinkPad L14 Gen 3", 2022, 2023, 7500),
        ("Lenovo", "ThinkPad L14 Gen 5", 2024, 2100, 7400),
        ("Lenovo", "300e Gen 2", 2017, 2021, 3900),
        ("Lenovo", "300w Yoga Gen 4", 2022, 2100, 4200),
        ("Dell", "Latitude 5420", 2019, 2022, 8100),
        ("Dell", "Latitude 5450", 2023, 2100, 8200),
    ),
    *_products(
        Kind.DESKTOP,
        ("Dell", "OptiPlex 3070", 2016, 2020, 5200),
        ("Dell", "OptiPlex 7010", 2021, 2100, 5600),
        ("HP", "ProDesk 400 G6", 2018, 2022, 5400),
    ),
    *_products(Kind.WORKSTATION, ("HP", "Z2 Tower G4", 2017, 2021, 15500), ("HP", "Z2 Tower G9", 2022, 2100, 16900)),
    *_products(Kind.THIN_CLIENT, ("HP", "t540", 2016, 2022, 2900), ("HP", "Elite t655", 2023, 2100, 3400)),
    *_products(
        Kind.SERVER,
        ("HPE", "ProLiant DL380 Gen9", 2014, 2017, 62000),
        ("HPE", "ProLiant DL380 Gen10", 2018, 2022, 71000),
        ("HPE", "ProLiant DL380 Gen11", 2023, 2100, 84000),
        ("Dell", "PowerEdge R740", 2017, 2021, 66000),
    ),
    *_products(Kind.STORAGE, ("HPE", "MSA 2060", 2015, 2100, 118000)),
    *_products(
        Kind.TABLET,
        ("Apple", "iPad (7:e generationen)", 2017, 2020, 3100),
        ("Apple", "iPad (8:e generationen)", 2021, 2021, 3200),
        ("Apple", "iPad (9:e generationen)", 2022, 2023, 3300),
        ("Apple", "iPad (10:e generationen)", 2024, 2024, 3500),
        ("Apple", "iPad (A16)", 2025, 2100, 3300),
    ),
    *_products(
        Kind.PHONE,
        ("Apple", "iPhone SE (2:a generationen)", 2017, 2021, 3900),
        ("Apple", "iPhone SE (3:e generationen)", 2022, 2024, 4300),
        ("Apple", "iPhone 16e", 2025, 2100, 5600),
        ("Samsung", "Galaxy XCover 5", 2018, 2022, 2400),
        ("Samsung", "Galaxy XCover7", 2023, 2100, 2700),
    ),
    *_products(
        Kind.MONITOR,
        ("Dell", "P2419H", 2015, 2021, 1500),
        ("Dell", "P2425H", 2022, 2100, 1600),
        ("Philips", "243B1", 2018, 2100, 1700),
    ),
    *_products(Kind.NETWORK, ("Cisco", "Catalyst 9200L-24P", 2014, 2100, 21000)),
    *_products(Kind.PRINTER, ("Canon", "imageRUNNER ADVANCE DX C3826i", 2014, 2100, 18500)),
    *_products(Kind.OTHER, ("Philips", "24PUS7855", 2014, 2100, 2500)),
)


def product(kind: Kind, year: int, rng: Random) -> Product:
    """One of the products of the kind that were sold that year, or in the first year that is known."""
    sold = max(year, FIRST_YEAR)
    return rng.choice([each for each in PRODUCTS if each.kind is kind and each.first <= sold <= each.last])


def price(of: Product, bought: date) -> Decimal:
    """Kronor, whole tens, with the yearly drift."""
    grown = of.price * (1 + YEARLY_DRIFT * (bought.year - FIRST_PRICES))
    return Decimal(int(grown / 10) * 10)


SUPPLIERS = {"Apple": "Mälardata Utbildning (fiktiv)", "HPE": "Serverhuset Nord (fiktiv)"}
USUAL_SUPPLIERS = ("Nordlev IT (fiktiv)", "Mälardata (fiktiv)", "Bergslagens Kontorsteknik (fiktiv)")


def supplier(of: Product, number: int) -> str:
    """Who sold it: some makers have a supplier of their own, the others take turns."""
    return SUPPLIERS.get(of.maker, USUAL_SUPPLIERS[number % len(USUAL_SUPPLIERS)])


def serial(maker: str, rng: Random) -> str:
    """A serial of the maker's shape."""
    begin, first, some, second, more = SERIALS[maker]
    return begin + "".join(rng.choices(first, k=some)) + "".join(rng.choices(second, k=more))


def imei(rng: Random) -> str:
    """Fifteen digits whose last one makes the Luhn sum hold (3GPP TS 23.003)."""
    digits = [3, 5, *(rng.randrange(10) for _ in range(12))]
    doubled = (digit * (2 - place % 2) for place, digit in enumerate(reversed(digits)))
    return "".join(map(str, digits)) + str(-sum(n // 10 + n % 10 for n in doubled) % 10)


WINDOWS = (
    (date(2019, 1, 1), "10.0.17763", "Windows 10 Enterprise 1809"),
    (date(2020, 1, 1), "10.0.18363", "Windows 10 Enterprise 1909"),
    (date(2021, 1, 1), "10.0.19042", "Windows 10 Enterprise 20H2"),
    (date(2022, 6, 1), "10.0.19044", "Windows 10 Enterprise 21H2"),
    (date(2023, 6, 1), "10.0.19045", "Windows 10 Enterprise 22H2"),
    (date(2024, 3, 1), "10.0.22621", "Windows 11 Enterprise 22H2"),
    (date(2025, 2, 1), "10.0.22631", "Windows 11 Enterprise 23H2"),
    (date(2025, 12, 1), "10.0.26100", "Windows 11 Enterprise 24H2"),
    (date(2100, 1, 1), "10.0.26200", "Windows 11 Enterprise 25H2"),
)
IPADOS = (
    (date(2020, 10, 1), "13.7"),
    (date(2021, 10, 1), "14.8"),
    (date(2022, 10, 1), "15.7"),
    (date(2023, 10, 1), "16.7"),
    (date(2024, 10, 1), "17.7"),
    (date(2025, 10, 1), "18.6"),
    (date(2100, 1, 1), "26.1"),
)
SERVERS = (
    (date(2016, 9, 1), "Windows Server 2012 R2"),
    (date(2018, 12, 1), "Windows Server 2016"),
    (date(2022, 1, 1), "Windows Server 2019"),
    (date(2100, 1, 1), "Windows Server 2022"),
)


def system(of: Product, day: date) -> tuple[str | None, str | None]:
    """The operating system and its version that such a device got on a day."""
    if of.kind in (Kind.LAPTOP, Kind.DESKTOP, Kind.WORKSTATION):
        return next((name, build) for until, build, name in WINDOWS if day < until)
    if of.kind is Kind.SERVER:
        return next((name, None) for until, name in SERVERS if day < until)
    if of.maker == "Apple":
        name = "iPadOS" if of.kind is Kind.TABLET else "iOS"
        return next((name, version) for until, version in IPADOS if day < until)
    if of.kind is Kind.PHONE:
        return "Android", "14" if day.year >= 2024 else "12"
    return None, None
