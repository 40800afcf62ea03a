"""``assetreg due``: the devices that are due for replacement."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from assetreg.cli.frame import Command, Register
from assetreg.cli.listing import DAY, aligned, refuse_backwards

if TYPE_CHECKING:
    from assetreg.services.due import Due

HEAD = ("Byts senast", "Inventarienummer", "Typ", "Modell", "Kommun", "Enhet", "Status")


@click.command("due", cls=Command)
@click.option("--from", "first", type=DAY, metavar="D", help="Första dagen. Utan den börjar listan med det äldsta.")
@click.option("--to", "last", type=DAY, metavar="D", help="Sista dagen. Utan den är det dagens datum.")
@click.option("--owner", metavar="CODE", help="Kommunkod, för en ägares enheter.")
@click.pass_obj
def command(register: Register, *, first: date | None, last: date | None, owner: str | None) -> None:
    """Visa enheter som ska bytas. Båda dagarna hör till."""
    from assetreg.services import due

    refuse_backwards(first, last or register.actor().today)
    with register.reading() as session:
        found = due.due(session, first=first, last=last, owner=owner, actor=register.actor())
    register.say(document(found), shown(found))


def document(found: Due) -> dict[str, Any]:
    from assetreg.services import device_document

    return {
        "from": found.first,
        "to": found.last,
        "count": len(found.rows),
        "undated": found.undated,
        "missing_or_stolen": found.lost,
        "items": [device_document.of_row(row) for row in found.rows],
    }


def shown(found: Due) -> str:
    rows = [
        [str(row.due_on), row.tag, row.kind.sv, row.model, row.owner, row.unit or "", row.stage.sv]
        for row in found.rows
    ]
    window = f"från {found.first} till {found.last}" if found.first else f"till och med {found.last}"
    said = aligned(HEAD, rows) if rows else f"Inga enheter ska bytas {window}."
    lines = [said, "", f"{len(rows)} enheter ska bytas {window}."] if rows else [said]
    if found.undated:
        lines.append(f"Utöver det saknar {found.undated} enheter bytesdatum. Lägg in inköpsdatum på dem.")
    if found.lost:
        lines.append(f"Saknade eller stulna enheter vid sidan av: {found.lost}.")
    return "\n".join(lines)
