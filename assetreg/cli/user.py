"""``assetreg user``: the accounts that log in."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from assetreg.cli.frame import Group, Register
from assetreg.cli.usage import Misread, Misuse
from assetreg.domain.errors import Invalid
from assetreg.domain.terms import Role

if TYPE_CHECKING:
    from assetreg.services.account_list import AccountRow

ROLES = {role.value: role for role in Role}
OWNER_HELP = "Kommunkod som kontot får se, eller kommunkod/enhet. Kan anges flera gånger; utan den ser kontot allt."
PASSWORD_HELP = "Läs lösenordet från stdin i stället för att fråga."  # noqa: S105


class PasswordUnstated(Invalid):
    code = "password_unstated"
    message = "Inget lösenord kom. Skriv det på stdin och ange --password-stdin, eller kör kommandot i en terminal."


class RoleUnclear(Misuse):
    code = "role_unclear"
    message = "Ange en roll, efter namnet eller med --role: {roles}."


@click.group("user", cls=Group)
def command() -> None:
    """Konton som kan logga in."""


@command.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(list(ROLES)), required=True, help="Vad kontot får göra.")
@click.option("--owner", "owners", multiple=True, metavar="CODE", help=OWNER_HELP)
@click.option("--display-name", default="", help="Namnet som syns i historiken.")
@click.option("--expires", default="", metavar="DATE", help="Sista dagen kontot fungerar.")
@click.option("--password-stdin", is_flag=True, help=PASSWORD_HELP)
@click.pass_obj
def add(
    register: Register,
    name: str,
    *,
    role: str,
    owners: tuple[str, ...],
    display_name: str,
    expires: str,
    password_stdin: bool,
) -> None:
    """Lägg till ett konto."""
    from assetreg.schemas.account import new_account
    from assetreg.services import accounts

    password = read_password(stdin=password_stdin)
    stated = {"name": name, "role": role, "owners": list(owners), "display_name": display_name, "expires": expires}
    wanted = new_account({**stated, "password": password})
    with register.transaction() as session:
        accounts.add(session, wanted, actor=register.actor())
    document = {"name": wanted.name, "role": wanted.role.value, "owners": list(wanted.places) or None}
    register.say(document, f"Kontot {wanted.name} är tillagt: {wanted.role.sv}, {shown_places(wanted.places)}.")


@command.command("list")
@click.pass_obj
def list_(register: Register) -> None:
    """Visa alla konton."""
    from assetreg.services import account_list

    with register.reading() as session:
        rows = account_list.list_accounts(session, actor=register.actor())
    documents = [
        {
            "name": row.name,
            "display_name": row.display_name,
            "role": row.role.value,
            "owners": list(row.places) or None,
            "expires_on": row.expires_on,
            "last_login_at": row.last_login_at,
            "disabled_at": row.disabled_at,
            "directory": row.directory,
            "program": row.program,
            "second_factor": row.second_factor,
        }
        for row in rows
    ]
    lines = [_line(row) for row in rows]
    register.say(documents, "\n".join(lines) or "Det finns inga konton. Lägg till ett med assetreg user add.")


@command.command("disable")
@click.argument("name")
@click.pass_obj
def disable(register: Register, name: str) -> None:
    """Stäng ett konto och avsluta dess inloggningar."""
    from assetreg.services import accounts

    with register.transaction() as session:
        accounts.disable(session, accounts.find(session, name), actor=register.actor())
    register.say({"name": name, "disabled": True}, f"Kontot {name} är stängt och utloggat.")


@command.command("enable")
@click.argument("name")
@click.pass_obj
def enable(register: Register, name: str) -> None:
    """Öppna ett stängt konto igen."""
    from assetreg.services import accounts

    with register.transaction() as session:
        accounts.enable(session, accounts.find(session, name), actor=register.actor())
    register.say({"name": name, "disabled": False}, f"Kontot {name} är öppet igen.")


@command.command("set-role")
@click.argument("name")
@click.argument("role", type=click.Choice(list(ROLES)), required=False)
@click.option("--role", "stated", type=click.Choice(list(ROLES)), help="Rollen, om den inte skrivs efter namnet.")
@click.option("--expires", default="", metavar="DATE", help="Sista dagen kontot fungerar; behövs för en revisor.")
@click.pass_obj
def set_role(register: Register, name: str, role: str | None, *, stated: str | None, expires: str) -> None:
    """Ge ett konto en annan roll; det loggas ut."""
    from assetreg.schemas.account import EndNeeded, last_day
    from assetreg.services import accounts

    wanted, day = _role(role, stated), last_day(expires)
    with register.transaction() as session:
        account = accounts.find(session, name)
        if wanted is Role.AUDITOR and not (day or account.expires_on):
            raise EndNeeded(field="expires")
        accounts.set_role(session, account, wanted, actor=register.actor())
        accounts.set_expiry(session, account, day or account.expires_on, actor=register.actor())
    register.say({"name": name, "role": wanted.value}, f"Kontot {name} har nu rollen {wanted.sv}.")


@command.command("set-scope")
@click.argument("name")
@click.option("--owner", "owners", multiple=True, metavar="CODE", help=OWNER_HELP)
@click.pass_obj
def set_scope(register: Register, name: str, owners: tuple[str, ...]) -> None:
    """Bestäm vilka kommuner ett konto får se."""
    from assetreg.services import accounts

    with register.transaction() as session:
        accounts.set_scope(session, accounts.find(session, name), owners, actor=register.actor())
    register.say({"name": name, "owners": list(owners) or None}, f"Kontot {name} ser nu {shown_places(owners)}.")


@command.command("set-expiry")
@click.argument("name")
@click.argument("expires", metavar="[DATE]", required=False, default="")
@click.pass_obj
def set_expiry(register: Register, name: str, expires: str) -> None:
    """Bestäm kontots sista dag; utan datum tar det inte slut."""
    from assetreg.schemas.account import EndNeeded, last_day
    from assetreg.services import accounts

    day = last_day(expires)
    with register.transaction() as session:
        account = accounts.find(session, name)
        if account.role is Role.AUDITOR and day is None:
            raise EndNeeded(field="expires")
        accounts.set_expiry(session, account, day, actor=register.actor())
    text = f"Kontot {name} gäller till och med {day}." if day else f"Kontot {name} tar inte slut."
    register.say({"name": name, "expires_on": day}, text)


@command.command("reset-second-factor")
@click.argument("name")
@click.pass_obj
def reset_second_factor(register: Register, name: str) -> None:
    """Ta bort ett kontos app, passnycklar och reservkoder; det loggas ut."""
    from assetreg.services import accounts, second_factors

    with register.transaction() as session:
        second_factors.reset(session, accounts.find(session, name), actor=register.actor())
    register.say({"name": name, "second_factor": False}, f"Tvåstegsinloggningen för {name} är nollställd.")


@command.command("set-password")
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help=PASSWORD_HELP)
@click.pass_obj
def set_password(register: Register, name: str, *, password_stdin: bool) -> None:
    """Sätt ett nytt lösenord; kontots inloggningar avslutas."""
    from assetreg.services import accounts

    password = read_password(stdin=password_stdin)
    with register.transaction() as session:
        accounts.set_password(session, accounts.find(session, name), password, actor=register.actor())
    register.say({"name": name}, f"Lösenordet för {name} är satt.")


def _role(first: str | None, stated: str | None) -> Role:
    """The role after the name or after ``--role``. Raises Misread where there is none, or two that differ."""
    if (first or stated) is None or (first and stated and first != stated):
        raise Misread(RoleUnclear(field="--role", roles=list(ROLES)))
    return ROLES[first or stated or ""]


def read_password(*, stdin: bool) -> str:
    """From stdin without its line end, or asked for twice in a terminal. Raises PasswordUnstated."""
    if stdin:
        text = sys.stdin.readline().rstrip("\r\n")
        if not text:
            raise PasswordUnstated
        return text
    if not sys.stdin.isatty():
        raise PasswordUnstated
    asked: Any = click.prompt("Lösenord", hide_input=True, confirmation_prompt="En gång till", err=True)
    return str(asked)


def _line(row: AccountRow) -> str:
    more = [
        f"till och med {row.expires_on}" if row.expires_on else "",
        "kommunens konto" if row.directory else "program" if row.program else "",
        "två steg" if row.second_factor else "",
        "stängt" if row.disabled_at else "",
    ]
    return "  ".join([row.name, row.role.sv, shown_places(row.places), *filter(None, more)])


def shown_places(places: tuple[str, ...]) -> str:
    return ", ".join(places) or "alla kommuner"
