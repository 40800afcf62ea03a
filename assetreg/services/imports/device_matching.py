"""Which device a row means, found for a whole batch at once: by inventory number, else by serial."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import or_, select

from assetreg.db.device import Device
from assetreg.db.organisation import Owner
from assetreg.db.session import ScopedSession
from assetreg.domain import identifiers, serials
from assetreg.domain.terms import Stage
from assetreg.services import places
from assetreg.services.identity import SerialElsewhere, TagTaken
from assetreg.services.imports.reading import Item
from assetreg.services.imports.refusals import (
    ColumnEmpty,
    SerialAlike,
    SerialOnAnother,
    SerialOnSeveral,
    TagOnSeveral,
    TagUnknownSerialKnown,
)
from assetreg.services.imports.work import Work, key_of


class DeviceMatches:
    """The devices that the rows of a batch name; locked when the batch is to be written."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.by_tag: dict[str, Device] = {}
        self.by_bare: dict[str, dict[int, Device]] = {}
        self.by_serial: dict[str, dict[int, Device]] = {}
        self.taken_tags: set[str] = set()
        self.taken_serials: set[str] = set()

    def load(self, items: Sequence[Item]) -> None:
        """Reads every device that a row can mean, in three statements."""
        session = self.work.session
        tags = {spelling for item in items for spelling in self._spellings(item)}
        bare = {str(item.loaded["asset_tag"]) for item in items if item.loaded.get("asset_tag")}
        stated = {key for item in items if (key := serial_of(item))}
        alike = {each for key in stated for each in identifiers.alike_serials(key)}
        named = or_(
            Device.tag.in_(sorted(tags)),
            Device.bare_tag.in_(sorted(bare)),
            Device.serial_key.in_(sorted(stated | alike)),
        )
        wanted = select(Device).where(named).order_by(Device.id)
        if self.work.writing:
            wanted = wanted.with_for_update().execution_options(populate_existing=True)
        for device in session.execute(wanted).scalars():
            self.add(device)
        if not session.scope.everything:
            self._load_taken(session, tags, stated)

    def add(self, device: Device) -> None:
        self.by_tag[device.tag] = device
        if device.bare_tag:
            self.by_bare.setdefault(device.bare_tag, {})[device.id] = device
        if device.serial_key and device.stage is not Stage.VOIDED:
            self.by_serial.setdefault(device.serial_key, {})[device.id] = device

    def find(self, item: Item) -> Device | None:
        """The device of the row; None for one that is new. Raises a Refusal where the row can mean two."""
        tag, serial, key = item.loaded.get("asset_tag"), item.loaded.get("serial"), serial_of(item)
        same = [each for each in self.by_serial.get(key or "", {}).values() if each.serial_key == key]
        if tag:
            return self._by_tag(item, str(tag), serial, same)
        if key is None:
            raise serials.junk_refusal(str(serial)) or self._empty() if serial else self._empty()
        if len(same) > 1:
            raise SerialOnSeveral(field="serial", serial=serial, first=same[0].tag, second=same[1].tag)
        if not same:
            self._refuse_alike(item)
        return same[0] if same else None

    def _empty(self) -> ColumnEmpty:
        return ColumnEmpty(field="serial", column=self.work.reader.preset.header("serial"))

    def _refuse_alike(self, item: Item) -> None:
        """A serial is not known, but one is that the same device may be listed under."""
        serial = str(item.loaded.get("serial") or "")
        for meant in identifiers.alike_serials(serial):
            for device in self.by_serial.get(meant, {}).values():
                if device.serial_key == meant:
                    raise SerialAlike(field="serial", serial=serial, meant=meant, tag=device.tag)

    def refuse_taken(self, item: Item, tag: str | None) -> None:
        """Raises for a new device whose number or serial another owner has, telling no more than that."""
        key = serial_of(item)
        if key in self.taken_serials:
            raise SerialElsewhere(serial=item.loaded["serial"], owner=item.loaded.get("owner"))
        if tag in self.taken_tags:
            raise TagTaken(field="asset_tag", tag=tag)

    def keys(self, item: Item) -> tuple[str | None, str | None]:
        """What rows about the same device share: the device, else its number and its serial."""
        if item.device is not None:
            return key_of("d", item.device.id), None
        tag, serial = item.loaded.get("asset_tag"), serial_of(item)
        spelled = self.new_tag(item, str(tag)) if tag else None
        return (key_of("t", spelled) if spelled else None), (key_of("s", serial) if serial else None)

    def new_tag(self, item: Item, tag: str) -> str:
        """The number a new device gets. Raises TagCheckWrong or TagUnreadable."""
        if identifiers.own_shape(tag):
            return identifiers.check_own_tag(tag)
        holder = self.holder(item)
        return identifiers.old_tag(holder.code, tag) if holder else tag

    def holder(self, item: Item) -> Owner | None:
        """The owner that the row states. Raises UnknownOwner."""
        stated = item.loaded.get("owner")
        return places.owner(self.work.session, str(stated)) if stated else None

    def _by_tag(self, item: Item, tag: str, serial: object, same: list[Device]) -> Device | None:
        found = next((self.by_tag[each] for each in self._spellings(item) if each in self.by_tag), None)
        if found is None and not item.loaded.get("owner"):
            found = self._by_bare(tag, same)
        if found is None:
            if same:
                raise TagUnknownSerialKnown(field="asset_tag", tag=tag, serial=serial, other=same[0].tag)
            self._refuse_alike(item)
            return None
        if same and found not in same:
            raise SerialOnAnother(field="serial", tag=found.tag, serial=serial, other=same[0].tag)
        return found

    def _by_bare(self, tag: str, same: Sequence[Device]) -> Device | None:
        """The device with an older register's number; where several owners have it, the serial tells which."""
        known = list(self.by_bare.get(tag, {}).values())
        found = [device for device in known if device in same] or known
        if len(found) > 1:
            raise TagOnSeveral(field="asset_tag", tag=tag, first=found[0].tag, second=found[1].tag)
        return found[0] if found else None

    def _spellings(self, item: Item) -> list[str]:
        tag = item.loaded.get("asset_tag")
        if not tag:
            return []
        spellings = [str(tag), str(tag).upper(), identifiers.own_shape(str(tag)) or ""]
        owner = next((each for each in places.owners(self.work.session) if _is(each, item.loaded.get("owner"))), None)
        if owner:
            spellings += [f"{owner.code}-{tag}", f"{owner.code}-{str(tag).upper()}"]
        return [each for each in dict.fromkeys(spellings) if each]

    def _load_taken(self, session: ScopedSession, tags: Iterable[str], serials: Iterable[str]) -> None:
        with session.unguarded("serials and numbers are known over all owners; what is told is only that they are"):
            rows = session.execute(
                select(Device.tag, Device.serial_key, Device.stage).where(
                    or_(Device.tag.in_(sorted(tags)), Device.serial_key.in_(sorted(serials)))
                )
            ).all()
        for tag, serial, stage in rows:
            if tag not in self.by_tag:
                self.taken_tags.add(tag)
                if serial and stage is not Stage.VOIDED:
                    self.taken_serials.add(serial)


def serial_of(item: Item) -> str | None:
    """The key of the row's serial; None for none and for the words that makers leave instead of one."""
    serial = item.loaded.get("serial")
    return identifiers.serial_key(str(serial)) if serial else None


def _is(owner: Owner, stated: object) -> bool:
    return str(stated or "").strip().casefold() in (owner.code.casefold(), owner.name.casefold())
