"""``assetreg person``: the people who use devices, and what is kept about one of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from assetreg.cli.export import to_file
from assetreg.cli.frame import Group, Register
from assetreg.cli.listing import DAY, aligned
from assetreg.domain.errors import Conflict, Missing

MOST = 200
FORMATS = ("csv", "xlsx", "json")


class NoSuchPerson(Missing):
    code = "no_such_person"
    message = "Ingen person heter {value} eller har den e-postadressen eller det numret."


class SeveralSuch(Conflict):
    code = "several_such"
    message = "Flera personer passar in på {value}: {found}. Ange e-post, nummer eller --owner."


@click.group("person", cls=Group)
def command() -> None:
    """Personer som använder enheter."""


@command.command("list")
@click.argument("text", default="")
@click.pass_obj
def list_(register: Register, text: str) -> None:
    """Sök personer på namn, e-post eller nummer; högst 200 visas."""
    from assetreg.services import person_list

    with register.reading() as session:
        found = person_list.page(session, text, actor=register.actor(), limit=MOST)
    documents = [
        {
            "id": row.id,
            "name": row.name,
            "email": row.email,
            "number": row.external_id,
            "owner": row.owner_code,
            "unit": row.unit,
            "left_on": row.left_on,
            "devices": row.devices,
        }
        for row in found.rows
    ]
    head = ("Namn", "E-post", "Nummer", "Ägare", "Enhet", "Enheter")
    lines = [
        (row.name, row.email or "", row.external_id or "", row.owner, row.unit or "", str(row.devices))
        for row in found.rows
    ]
    register.say(documents, aligned(head, lines, numbers=frozenset({5})) if lines else "Ingen person passar in.")


@command.command("extract")
@click.argument("text")
@click.option("--owner", metavar="CODE", help="Kommunkod, när flera heter samma sak.")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="csv", help="Filens format.")
@click.option("-o", "file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Filen att skriva.")
@click.pass_obj
def extract(register: Register, text: str, *, owner: str | None, format_: str, file: Path | None) -> None:
    """Ta fram registerutdrag för en person, med allt som registret har."""
    from assetreg.outputs import formats
    from assetreg.services import register_extract

    actor = register.actor()
    person = _one(register, text, owner)
    with register.transaction() as session:
        found = register_extract.read(session, person, actor=actor)
    facts = [
        {"part": fact.part.value, "what": fact.swedish, "value": fact.value, "from": fact.at, "to": fact.until}
        for fact in found.facts
    ]
    if file is not None:
        to_file(file, lambda out: formats.write(format_, found.sheet(), out, about=found.about(actor=actor)))
    lines = [f"{fact.part.sv}: {fact.swedish}  {fact.value}".rstrip() for fact in found.facts]
    searched = f"Genomsökt: {register_extract.SEARCHED}"
    told = f"Filen {file} är skriven." if file is not None else "\n".join([*lines, searched])
    register.say({"person": found.person.name, "searched": register_extract.SEARCHED, "facts": facts}, told)


@command.command("left")
@click.argument("text")
@click.option("--on", type=DAY, default=None, help="Sista dagen; i dag om inget anges.")
@click.option("--owner", metavar="CODE", help="Kommunkod, när flera heter samma sak.")
@click.pass_obj
def left(register: Register, text: str, *, on: date | None, owner: str | None) -> None:
    """Notera att en person har slutat."""
    from assetreg.services import persons

    actor = register.actor()
    person = _one(register, text, owner)
    with register.transaction() as session:
        row = persons.get(session, person)
        persons.leave(session, row, on or actor.today, actor=actor)
        document = {"person": row.name, "left_on": row.left_on}
    register.say(document, f"{document['person']} slutade {document['left_on']}.")


@command.command("forget")
@click.argument("text")
@click.option("--reason", required=True, help="Varför; skriv inte personens namn.")
@click.option("--owner", metavar="CODE", help="Kommunkod, när flera heter samma sak.")
@click.pass_obj
def forget(register: Register, text: str, *, reason: str, owner: str | None) -> None:
    """Pseudonymisera en person nu, utan att vänta på gallringen."""
    from assetreg.services import pseudonymising

    person = _one(register, text, owner)
    cleared = pseudonymising.pseudonymise(register.database, person, reason=reason, actor=register.actor())
    told = "Personen är pseudonymiserad. Rensat: fritexter {texts}, rader {rows}, inlästa filer {files}."
    register.say({"forgotten": True, **cleared}, told.format(**cleared))
    register.note("Kör assetreg prune för att skriva om databasfilen, och tänk på äldre säkerhetskopior.")


def _one(register: Register, text: str, owner: str | None) -> int:
    """The one person that is meant. Raises NoSuchPerson or SeveralSuch."""
    from assetreg.services import person_list

    with register.reading() as session:
        rows: list[Any] = list(person_list.called(session, text, owner=owner, actor=register.actor()))
    if not rows:
        raise NoSuchPerson(value=text)
    if len(rows) > 1:
        raise SeveralSuch(
            value=text, found=[f"{row.name} ({row.email or row.external_id or row.owner})" for row in rows]
        )
    return int(rows[0].id)
