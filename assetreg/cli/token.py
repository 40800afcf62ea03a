"""``assetreg token``: programs that use the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from assetreg.cli.frame import Group, Register
from assetreg.cli.user import OWNER_HELP, ROLES, shown_places

if TYPE_CHECKING:
    from assetreg.services.tokens import TokenRow


@click.group("token", cls=Group)
def command() -> None:
    """Token för program som använder API:et."""


@command.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(list(ROLES)), required=True, help="Vad programmet får göra.")
@click.option("--owner", "owners", multiple=True, metavar="CODE", help=OWNER_HELP.replace("kontot", "programmet"))
@click.option("--expires", default="", metavar="D", help="Sista dagen som token fungerar.")
@click.pass_obj
def add(register: Register, name: str, *, role: str, owners: tuple[str, ...], expires: str) -> None:
    """Skapa en token. Den visas en gång."""
    from assetreg.schemas.account import new_account
    from assetreg.services import tokens

    wanted = new_account({"name": name, "role": role, "owners": list(owners), "expires": expires})
    with register.transaction() as session:
        token = tokens.add(session, wanted, actor=register.actor())
    document = {
        "name": wanted.name,
        "role": wanted.role.value,
        "owners": list(wanted.places) or None,
        "expires_on": wanted.expires_on,
        "token": token,
    }
    ends = f" till och med {wanted.expires_on}" if wanted.expires_on else ""
    register.note(f"Token för {wanted.name}: {wanted.role.sv}, {shown_places(wanted.places)}{ends}. Den visas bara nu:")
    register.say(document, token)


@command.command("list")
@click.pass_obj
def list_(register: Register) -> None:
    """Visa alla token, aldrig hemligheten."""
    from assetreg.services import tokens

    with register.reading() as session:
        rows = tokens.listed(session, actor=register.actor())
    register.say([_document(row) for row in rows], "\n".join(map(_line, rows)) or "Det finns inga token.")


@command.command("revoke")
@click.argument("name")
@click.pass_obj
def revoke(register: Register, name: str) -> None:
    """Dra in en token. Den slutar fungera genast."""
    from assetreg.services import tokens

    with register.transaction() as session:
        tokens.revoke(session, name, actor=register.actor())
    register.say({"name": name, "revoked": True}, f"Token {name} är indragen.")


def _document(row: TokenRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "role": row.role.value,
        "owners": list(row.places) or None,
        "expires_on": row.expires_on,
        "created_at": row.created_at.isoformat(),
        "used_at": row.used_at.isoformat() if row.used_at else None,
        "revoked_at": row.revoked_at.isoformat() if row.revoked_at else None,
    }


def _line(row: TokenRow) -> str:
    used = f"använd {row.used_at.date()}" if row.used_at else "aldrig använd"
    facts = [row.role.sv, shown_places(row.places), used]
    if row.expires_on:
        facts.append(f"till och med {row.expires_on}")
    if row.revoked_at:
        facts.append(f"indragen {row.revoked_at.date()}")
    return f"{row.name}: {', '.join(facts)}"
