"""Drawing the devices of the fleet from the seed: whose, what, when bought and how it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from assetreg.demo import cohorts, days, names, products
from assetreg.demo.cohorts import UNDATED, Cohort
from assetreg.demo.plan import SWAPPED, Audience, PlannedDevice, PlannedPerson
from assetreg.demo.towns import BY_CODE, SHARED, TOWNS, Site, Town
from assetreg.domain.dates import EARLIEST
from assetreg.domain.replacement import add_months
from assetreg.domain.terms import Kind, OutcomeType, Precision, Stage

YEARS = 6
CYCLES = {Kind.MONITOR: (80, 92), Kind.SERVER: (76, 92), Kind.TABLET: (38, 46)}
USUAL_CYCLE = (37, 43)
LATER_EACH_YEAR = (3, 4)
"""How much longer, in months, computers were kept for each year since the cycle was made longer, three at most."""
LONGER_CYCLE = (49, 55)
LONGER_FROM = date(2023, 1, 1)
SHARE_LEAVING = 0.3
SHARE_KNOWN_BY_MONTH = 0.04
OLD_NUMBERS = ("1860", date(2022, 1, 1))
ON_THE_WAY_OUT = (Stage.RETURNED, Stage.RETURNED, Stage.WIPED, Stage.READY_FOR_DISPOSAL, Stage.DISPATCHED)
SCHOOL_MODELS = ("300e", "300w")


@dataclass
class Drawing:
    """The seed's stream, and what has been drawn from it so far."""

    rng: Random
    today: date
    devices: list[PlannedDevice] = field(default_factory=list)
    people: list[PlannedPerson] = field(default_factory=list)
    serials: set[str] = field(default_factory=set)
    people_before: int = 0
    next_number: int = 1001

    @property
    def begun(self) -> date:
        """The day the register was begun: the first of the month six years ago."""
        return days.workday(add_months(self.today, -12 * YEARS).replace(day=1))

    @property
    def last(self) -> date:
        """The last day on which anything has happened."""
        return self.today - timedelta(days=1)

    def followed(self, rng: Random) -> Drawing:
        """An empty drawing that goes on with persons, older numbers and serials where this one ends."""
        people = self.people_before + len(self.people)
        return Drawing(rng, self.today, serials=self.serials, people_before=people, next_number=self.next_number)

    def fresh_serial(self, maker: str) -> str:
        while (serial := products.serial(maker, self.rng)) in self.serials:
            pass
        self.serials.add(serial)
        return serial

    def person(self, site: Site, audience: Audience) -> PlannedPerson:
        number = self.people_before + len(self.people) + 1
        name = names.full_name(self.rng)
        letter = "E" if audience is Audience.PUPIL else "A"
        person = PlannedPerson(number - 1, site, name, f"{letter}{number:05d}", names.mail(name, number))
        self.people.append(person)
        return person


def draw(drawing: Drawing, composition: Sequence[Cohort]) -> None:
    """Every device of the composition, in the order of the day it comes to the register."""
    for cohort in composition:
        for _ in range(cohort.count):
            drawing.devices.append(_device(drawing, cohort))
    drawing.devices.sort(key=lambda device: device.registered)
    for index, device in enumerate(drawing.devices):
        device.index = index
    for device in drawing.devices:
        if _has_old_number(device):
            device.tag = str(drawing.next_number)
            drawing.next_number += 1


def _device(drawing: Drawing, cohort: Cohort) -> PlannedDevice:
    if cohort.left is None:
        return _staying(drawing, cohort)
    rng, kind = drawing.rng, cohort.kind
    year = drawing.today.year - cohort.left
    known = days.collections(year, last=drawing.last) or days.collections(year - 1, last=drawing.last)
    collection = rng.choice(known)
    purchased = days.order_day_near(add_months(collection.dispatched, -rng.randint(*_cycle(kind, year))), rng)
    if purchased >= LONGER_FROM and kind not in CYCLES:
        purchased = days.order_day_near(add_months(collection.dispatched, -rng.randint(*LONGER_CYCLE)), rng)
    device = bought(drawing, kind, purchased)
    device.ends = _end(kind, rng)
    device.collection = collection
    device.returned = days.back(collection.dispatched, rng, 20, 70)
    return device


def _cycle(kind: Kind, year: int) -> tuple[int, int]:
    """The least and the most months that such a device was kept that left in the year."""
    since = min(max(year - LONGER_FROM.year, 0), 3)
    least, most = USUAL_CYCLE
    return CYCLES.get(kind, (least + since * LATER_EACH_YEAR[0], most + since * LATER_EACH_YEAR[1]))


def _staying(drawing: Drawing, cohort: Cohort) -> PlannedDevice:
    rng, years = drawing.rng, cohort.bought or 0
    if years == UNDATED:
        device = bought(drawing, cohort.kind, days.order_day(drawing.today.year - 4, rng, last=drawing.begun))
        device.purchased = device.ordered = device.delivered = None
        return device
    day = days.order_day(drawing.today.year - years, rng, last=drawing.today - timedelta(days=20))
    device = bought(drawing, cohort.kind, day)
    if years == 4 and cohort.kind in (*SWAPPED, Kind.TABLET) and rng.random() < SHARE_LEAVING:
        device.halts = rng.choice(ON_THE_WAY_OUT)
        device.returned = days.back(drawing.last, rng, 45, 100)
    return device


def bought(drawing: Drawing, kind: Kind, purchased: date, *, town: Town | None = None) -> PlannedDevice:
    """A device of the kind bought on a day; in use already if that was before the register was begun."""
    rng = drawing.rng
    owner = town or _town(kind, rng)
    audience = _audience(kind, owner, rng)
    product = _product(kind, audience, purchased.year, rng)
    delivered = max(days.workday(purchased + timedelta(days=rng.randint(-6, 9))), EARLIEST)
    delivered = min(delivered, drawing.last)
    arrived = max(delivered, purchased)
    old = arrived < drawing.begun
    device = PlannedDevice(
        index=-1,
        kind=kind,
        town=owner,
        site=_site(kind, owner, audience, rng),
        audience=audience,
        product=product,
        serial=drawing.fresh_serial(product.maker),
        price=products.price(product, purchased),
        purchased=purchased,
        registered=drawing.begun if old else arrived,
        ordered=days.weekday(purchased - timedelta(days=30 + purchased.day)),
        delivered=delivered,
        stage=Stage.DEPLOYED if old or kind not in SWAPPED else Stage.IN_STOCK,
        imei=products.imei(rng) if kind is Kind.PHONE else None,
        order_number=f"{owner.letters}-{purchased:%y%m}-{purchased.day + 100}",
    )
    _place(device, rng)
    _age(device, rng)
    return device


def _age(device: PlannedDevice, rng: Random) -> None:
    """What is known of an older device: when it was put to use, an older register's number, a vague date."""
    purchased = device.purchased or device.registered
    if device.stage is Stage.DEPLOYED and device.delivered:
        device.in_service = min(days.forth(device.delivered, rng, 0, 20), device.registered)
    if device.stage is Stage.DEPLOYED and rng.random() < SHARE_KNOWN_BY_MONTH:
        device.precision = Precision.MONTH
        device.purchased = purchased.replace(day=1)
    device.warranty_years = 5 if device.kind in (Kind.SERVER, Kind.STORAGE) else 3


def _has_old_number(device: PlannedDevice) -> bool:
    owner_code, until = OLD_NUMBERS
    return device.town.code == owner_code and (device.purchased or device.registered) < until


def _town(kind: Kind, rng: Random) -> Town:
    if kind in (Kind.SERVER, Kind.STORAGE, Kind.NETWORK) and rng.random() < 0.9:
        return BY_CODE[SHARED]
    return rng.choices(TOWNS, [town.share for town in TOWNS])[0]


def _audience(kind: Kind, town: Town, rng: Random) -> Audience:
    if kind is Kind.LAPTOP and town.code != SHARED:
        return rng.choices((Audience.STAFF, Audience.PUPIL, Audience.SHARED), (55, 38, 7))[0]
    if kind is Kind.PHONE:
        return rng.choices((Audience.STAFF, Audience.SHARED), (85, 15))[0]
    return Audience.SHARED


def _product(kind: Kind, audience: Audience, year: int, rng: Random) -> products.Product:
    while True:
        found = products.product(kind, year, rng)
        for_school = found.model.startswith(SCHOOL_MODELS)
        if kind is not Kind.LAPTOP or for_school is (audience is Audience.PUPIL):
            return found


def _site(kind: Kind, town: Town, audience: Audience, rng: Random) -> Site:
    sites: Sequence[Site] = town.sites
    if audience is Audience.PUPIL:
        sites = [site for site in sites if "9A" in site.classes]
    elif kind is Kind.TABLET:
        sites = [site for site in sites if site.has_tablets]
    return rng.choices(sites, [site.weight for site in sites])[0]


def _place(device: PlannedDevice, rng: Random) -> None:
    """The room, class or cart that a device stands in."""
    site = device.site
    if device.audience is Audience.PUPIL:
        device.group = rng.choice(site.classes)
    elif device.kind is Kind.TABLET:
        device.group = rng.choice((*site.classes, *site.carts))
    elif device.audience is Audience.SHARED and device.kind is not Kind.PHONE:
        device.room = rng.choice(site.rooms)


def _end(kind: Kind, rng: Random) -> OutcomeType:
    mix = cohorts.ENDS.get(kind, cohorts.USUAL_ENDS)
    return rng.choices(list(mix), list(mix.values()))[0]


def whole(today: date) -> int:
    """The number of devices in a whole fleet, those that have ended among them."""
    return sum(cohort.count for cohort in cohorts.cohorts(today))
