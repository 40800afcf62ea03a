"""The first page: what the one who is logged in most likely came for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint

from assetreg.domain.terms import Role
from assetreg.web import home_figures, home_plan, home_watch, home_work, owners, visit
from assetreg.web.visit import for_account, reading

blueprint = Blueprint("home", __name__)

PAGES: dict[Role, Callable[[Any], str]] = {
    Role.TECHNICIAN: home_work.technician,
    Role.PLANNER: home_plan.planner,
    Role.SUSTAINABILITY: home_figures.sustainability,
    Role.MDM: home_work.mdm,
    Role.READER: home_figures.reader,
    Role.AUDITOR: home_watch.auditor,
    Role.ADMIN: home_watch.admin,
}


@blueprint.get("/")
@for_account
def show() -> Any:
    with reading(owners.chosen_scope()) as session:
        return PAGES[visit.logged_in().role](session)
