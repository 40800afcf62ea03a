"""What the form of an account states beyond the command: a choice of what the account sees, and a last day to come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, TypeVar

from flask import request

from assetreg.domain.errors import Invalid, InvalidInput, Refusal
from assetreg.schemas.account import AccountChange, NewAccount
from assetreg.schemas.sign_in import OneOrTheOther, PlacesNeeded
from assetreg.services.accounts import PasswordMissing

NAMES = ("name", "display_name", "password", "role", "sees", "expires")
_Command = TypeVar("_Command", bound=NewAccount | AccountChange)


class EndPassed(Invalid):
    code = "end_passed"
    message = "{on} har redan varit. Ange en dag som kommer, eller stäng kontot."


def stated() -> dict[str, Any]:
    return {**{name: request.form.get(name, "") for name in NAMES}, "owners": request.form.getlist("owners")}


def read(
    load: Callable[[dict[str, Any]], _Command], form: dict[str, Any], *, today: date, ended_on: date | None = None
) -> _Command:
    """The command in the form; every fault of it at once. An account may keep the day on which it has ended.

    Raises InvalidInput.
    """
    faults = list(_unclear(form))
    try:
        command = load(form)
    except InvalidInput as refusal:
        raise InvalidInput([*refusal.refusals, *faults]) from None
    if isinstance(command, NewAccount) and not command.password:
        faults.append(PasswordMissing(field="password"))
    if command.expires_on is not None and command.expires_on < today and command.expires_on != ended_on:
        faults.append(EndPassed(field="expires", on=command.expires_on))
    if faults:
        raise InvalidInput(faults)
    return command


def _unclear(form: dict[str, Any]) -> Iterator[Refusal]:
    """Nothing chosen is not the same as everything: an account would be given more than anyone meant."""
    if form["sees"] == "all" and form["owners"]:
        yield OneOrTheOther(field="owners")
    if form["sees"] != "all" and not form["owners"]:
        yield PlacesNeeded(field="owners" if form["sees"] else "sees")
