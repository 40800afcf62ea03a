"""``assetreg device``: what the register knows of one device."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from assetreg.cli.frame import Group, Register
from assetreg.cli.usage import Misread, Misuse
from assetreg.config import Settings
from assetreg.domain.cells import PartialDate
from assetreg.domain.errors import Conflict, Missing
from assetreg.domain.terms import Precision

if TYPE_CHECKING:
    from assetreg.services.device_history import HistoryLine
    from assetreg.services.device_page import DevicePage

SHOWN_EVENTS = 20


class NoSuchDevice(Missing):
    code = "no_such_device"
    message = "Ingen enhet har numret {code}. Prova serienumret, eller hela adressen på etiketten."


class NoSuchLabel(Missing):
    code = "no_such_label"
    message = (
        "Adressen {code} leder inte till någon av våra etiketter. Kontrollera den, eller ange värdnamnet i "
        "ASSETREG_LABEL_HOSTS om etiketten är er."
    )


class SeveralDevices(Conflict):
    code = "several_devices"
    message = "{code} passar på flera enheter: {found}. Ange inventarienumret."


class NoCode(Misuse):
    code = "no_code"
    message = "Skriv enhetens nummer: inventarienummer, serienummer eller etikettens kod."


def _stated(context: click.Context, _: click.Parameter, value: str) -> str:
    if not value.strip():
        raise Misread(NoCode(field="CODE"), context)
    return value


@click.group("device", cls=Group)
def command() -> None:
    """Enheter, en i taget."""


@command.command("show")
@click.argument("code", callback=_stated)
@click.pass_obj
def show(register: Register, code: str) -> None:
    """Visa en enhet. CODE är inventarienummer, serienummer, etikettens kod eller hela dess adress."""
    from assetreg.services import device_document, device_page, identity

    actor = register.actor()
    with register.reading() as session:
        found = identity.find(session, code, hosts=_hosts(register.settings))
        if not found:
            raise NoSuchLabel(code=code) if "://" in code else NoSuchDevice(code=code)
        if len(found) > 1:
            listed = [
                f"{device.tag} ({device.kind.sv.lower()}, {device.serial or 'utan serienummer'})" for device in found
            ]
            raise SeveralDevices(code=code, found=listed)
        page = device_page.read(session, found[0], actor=actor)
    register.say(device_document.of_page(page), shown(page))


def _hosts(settings: Settings) -> frozenset[str]:
    """The names that labels are printed with: the register's own and the older ones."""
    return settings.label_hosts | ({urlsplit(settings.base_url).netloc} if settings.base_url else frozenset())


def shown(page: DevicePage) -> str:
    device, outcome = page.device, page.outcome
    place = ", ".join(filter(None, (page.department, page.unit, page.room, page.group)))
    facts = {
        "Typ": f"{device.kind.sv} {page.model}".strip(),
        "Serienummer": device.serial,
        "Ägare": page.owner.name,
        "Plats": place,
        "Användare": page.user,
        "Status": device.stage.sv,
        "Inköpt": device.purchased_on and PartialDate(device.purchased_on, device.purchased_precision or Precision.DAY),
        "Byts senast": device.due_on and f"{device.due_on}{' (försenad)' if page.overdue else ''}",
        "System": " ".join(filter(None, (device.os, device.os_version))),
        "Utfall": outcome and f"{outcome.type.sv} {outcome.on}",
        "Ersätter": page.predecessor and page.predecessor.tag,
        "Ersatt av": page.successor and page.successor.tag,
    }
    lines = [device.tag] + [f"  {name}: {value or 'saknas'}" for name, value in facts.items()]
    lines += ["", "Historik, det senaste först:"]
    for line in page.history[:SHOWN_EVENTS]:
        reason = f" ({line.reason})" if line.reason else ""
        lines.append(f"  {line.on or line.at.date()} {line.sentence.text()}{reason}")
        lines += [f"    {said}" for said in _beside(line)]
    older = len(page.history) - SHOWN_EVENTS
    return "\n".join(lines + ([f"  … och {older} händelser till"] if older > 0 else []))


def _beside(line: HistoryLine) -> list[str]:
    """What an event changed, before and after, and the steps that were not taken on the way."""
    from assetreg.services import device_document

    event = device_document.of_event(line)
    said = [f"{field['name']}: {field['before'] or '–'} → {field['after'] or '–'}" for field in event["fields"]]
    if line.skipped:
        said.append(f"Överhoppade steg: {', '.join(stage.sv.lower() for stage in line.skipped)}")
    return said
