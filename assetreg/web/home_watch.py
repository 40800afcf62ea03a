"""The first pages of those who watch over the register: the administrator's and the auditor's."""

from __future__ import annotations

from datetime import date

from flask import render_template, url_for
from flask_babel import gettext as _

from assetreg.db.session import ScopedSession
from assetreg.domain.terms import Stage
from assetreg.services import figures, home, home_work, quality
from assetreg.services.device_filter import IN_REGISTER
from assetreg.web import home_rows, owners, quality_shown, visit
from assetreg.web.formats import day, term
from assetreg.web.home_figures import year_rows
from assetreg.web.home_rows import figure, greeting
from assetreg.web.visit import reading

IMPORTS_SHOWN = 6


def admin(session: ScopedSession) -> str:
    actor = visit.actor()
    fleet = home.fleet(session)
    lists = quality.worklists(session, actor=actor)
    stopped = home_work.imports(session, actor=actor, states=home_work.STOPPED)
    idle = home_work.idle_accounts(session, actor=actor)
    to_mend = sum(1 for each in lists if each.count)
    return render_template(
        "home/admin.html",
        greeting=greeting(),
        figures=[
            figure(fleet.count(IN_REGISTER), _("enheter i registret"), url=url_for("devices.index")),
            figure(
                to_mend, _("listor att rätta"), url=url_for("quality.index"), meaning="attention" if to_mend else "done"
            ),
            figure(len(stopped), _("importer som stannat"), meaning="stop" if stopped else "done"),
            figure(len(idle), _("konton som ingen använder"), meaning="attention" if idle else "done"),
        ],
        quality=[quality_shown.row(each) for each in lists if each.count],
        jobs=home_rows.imports(stopped, hashes=False),
        idle=[_idle(account) for account in idle],
        quality_url=url_for("quality.index"),
        accounts_url=url_for("accounts.index"),
    )


def auditor(session: ScopedSession) -> str:
    actor = visit.actor()
    fleet = home.fleet(session)
    with reading() as whole:
        years = figures.years(whole)
        files = home_work.imports(whole, actor=actor)[:IMPORTS_SHOWN]
        expires = home_work.access_ends(whole, visit.logged_in().account)
    ended = fleet.count((Stage.DISPOSED,))
    return render_template(
        "home/auditor.html",
        greeting=greeting(),
        access_note=_access(expires),
        figures=[
            figure(fleet.count(IN_REGISTER), _("enheter i registret"), url=url_for("devices.index")),
            figure(ended, _("avslutade enheter"), url=url_for("devices.index", stage=Stage.DISPOSED.value)),
            figure(len(years), _("år med siffror"), url=url_for("indicators.index")),
        ],
        years=year_rows(years, actor.today.year),
        imports=home_rows.imports(files, hashes=True),
        check={
            "title": _("Historiken är skyddad mot ändring"),
            "text": _(
                "Varje händelse är hopkedjad med den före. Be administratören köra assetreg check för att pröva kedjan."
            ),
            "meaning": "info",
        },
    )


def _access(expires: date | None) -> str:
    seen = ", ".join(owner.name for owner in owners.visible())
    if expires is None:
        return _("Du ser %(owners)s, utan namn på användare.", owners=seen)
    return _("Du ser %(owners)s, utan namn på användare, till och med %(day)s.", owners=seen, day=expires)


def _idle(account: home_work.IdleAccount) -> dict[str, str]:
    return {
        "title": account.name,
        "url": url_for("accounts.edit", account_id=account.id),
        "sub": term(account.role),
        "badge": "",
        "meaning": "",
        "side": day(account.last_login_at) or _("aldrig"),
    }
