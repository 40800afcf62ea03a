"""``assetreg sign-in``: who is let in with the municipality's accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from assetreg.cli.frame import Group, Register
from assetreg.cli.usage import Misread, Misuse
from assetreg.cli.user import ROLES, shown_places
from assetreg.domain.sign_in import ClaimKind, claim_value

if TYPE_CHECKING:
    from assetreg.services.sign_in_rules import RuleRow


CLAIMS = {"app-role": ClaimKind.APP_ROLE, "group": ClaimKind.GROUP}
CLAIM = click.argument("claim", type=click.Choice(list(CLAIMS)))
VALUE = click.argument("value")


class SightUnclear(Misuse):
    code = "sight_unclear"
    message = "Ange vad regeln ger sikt över: --all för alla kommuner, eller --owner en eller flera gånger."


@click.group("sign-in", cls=Group)
def command() -> None:
    """Inloggning med kommunens konton."""


@command.group("rule", cls=Group)
def rule() -> None:
    """Regler: vad en approll eller grupp ger."""


@rule.command("add")
@CLAIM
@VALUE
@click.option("--role", type=click.Choice(list(ROLES)), required=True, help="Rollen som regeln ger.")
@click.option("--all", "everything", is_flag=True, help="Regeln ger sikt över alla kommuner.")
@click.option(
    "--owner", "owners", multiple=True, metavar="CODE", help="Kommunkod, eller kommunkod/enhet. Flera går bra."
)
@click.option("--position", default="", metavar="N", help="Plats i ordningen; annars sist.")
@click.option("--expires", default="", metavar="DATE", help="Sista dagen regeln gäller; behövs för en revisor.")
@click.pass_obj
def add(
    register: Register,
    claim: str,
    value: str,
    *,
    role: str,
    everything: bool,
    owners: tuple[str, ...],
    position: str,
    expires: str,
) -> None:
    """Lägg till en regel för en approll (dess värde) eller en grupp (dess objekt-id)."""
    from assetreg.schemas.sign_in import rule_input
    from assetreg.services import sign_in_rules

    if everything == bool(owners):
        raise Misread(SightUnclear(field="--owner"))
    stated: dict[str, Any] = {"role": role, "owners": list(owners), "position": position, "expires": expires}
    wanted = rule_input({**stated, "claim": CLAIMS[claim], "value": value, "sees": "all" if everything else "some"})
    with register.transaction() as session:
        made = sign_in_rules.add(session, wanted, actor=register.actor())
        position = str(made.position)
    document = {"claim": claim, "value": wanted.value, "role": role, "owners": list(owners) or None}
    text = f"Regeln är tillagd: {wanted.claim.sv} {wanted.value} ger {wanted.role.sv}, {shown_places(wanted.places)}."
    register.say({**document, "position": int(position), "expires_on": wanted.ends_on}, text)


@rule.command("list")
@click.pass_obj
def list_(register: Register) -> None:
    """Visa reglerna i den ordning de prövas."""
    from assetreg.services import sign_in_rules

    with register.reading() as session:
        rows = sign_in_rules.listed(session, actor=register.actor())
    names = {kind: name for name, kind in CLAIMS.items()}
    documents = [
        {
            "claim": names[row.claim],
            "value": row.value,
            "role": row.role.value,
            "owners": list(row.places) or None,
            "position": row.position,
            "expires_on": row.ends_on,
        }
        for row in rows
    ]
    register.say(documents, "\n".join(map(_line, rows)) or "Det finns inga regler. Lägg till en med: sign-in rule add.")


@rule.command("remove")
@CLAIM
@VALUE
@click.pass_obj
def remove(register: Register, claim: str, value: str) -> None:
    """Ta bort en regel; den som är inloggad är det tills inloggningen tar slut."""
    from assetreg.services import sign_in_rules

    kind = CLAIMS[claim]
    with register.transaction() as session:
        found = sign_in_rules.find(session, kind, claim_value(kind, value))
        sign_in_rules.remove(session, found, actor=register.actor())
    register.say({"claim": claim, "value": value, "removed": True}, f"Regeln för {kind.sv} {value} är borttagen.")


def _line(row: RuleRow) -> str:
    ends = f"  till och med {row.ends_on}" if row.ends_on else ""
    return f"{row.position}  {row.claim.sv} {row.value}  {row.role.sv}  {shown_places(row.places)}{ends}"
