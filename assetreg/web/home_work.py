"""The first pages of those who handle devices: the technician's and the MDM lead's."""

from __future__ import annotations

from datetime import date, timedelta

from flask import current_app, render_template, url_for
from flask_babel import gettext as _

from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act
from assetreg.domain.lifecycle import LIVE
from assetreg.domain.terms import ImportState, Stage
from assetreg.services import device_list, home, home_work
from assetreg.services.device_list import DeviceFilter
from assetreg.web import home_rows, visit
from assetreg.web.home_rows import figure, greeting, up_to

OPEN = (ImportState.PREVIEWED, ImportState.INTERRUPTED, ImportState.STAGING, ImportState.APPLYING)
HALF_A_YEAR = timedelta(days=183)


def technician(session: ScopedSession) -> str:
    actor = visit.actor()
    stages = home.fleet(session).by_stage()
    labels = {
        Stage.IN_STOCK: _("i lager"),
        Stage.RETURNED: _("återlämnade, ska raderas"),
        Stage.WIPED: _("raderade"),
        Stage.READY_FOR_DISPOSAL: _("klara att skicka"),
    }
    found = [
        figure(stages[stage], label, url=url_for("devices.index", stage=stage.value)) for stage, label in labels.items()
    ]
    return render_template(
        "home/technician.html",
        greeting=greeting(),
        scan_url=url_for("scan.show" if "scan.show" in current_app.view_functions else "devices.find"),
        figures=found,
        open_work=home_rows.imports(home_work.imports(session, actor=actor, states=OPEN), hashes=False),
        recent=home_rows.devices(home_work.last_touched(session, actor=actor), support=False),
    )


def mdm(session: ScopedSession) -> str:
    """What is known before the first list of managed devices has been read in: the systems, and how long they last."""
    actor = visit.actor()
    fleet = home.fleet(session)
    soon = actor.today + HALF_A_YEAR
    return render_template(
        "home/mdm.html",
        greeting=greeting(),
        figures=[
            figure(fleet.count(LIVE, kinds=home.MANAGED), _("enheter som ska hanteras")),
            _support(session, actor.today, _("vars system saknar stöd"), "stop"),
            _support(session, soon, _("utan stöd om ett halvår"), "attention"),
            _unknown(session),
        ],
        owners=home_rows.owners(fleet.by_owner(LIVE, kinds=home.MANAGED)),
        ending=home_rows.devices(home_work.support_ending(session, before=soon, kinds=home.MANAGED), support=True),
        ending_url=url_for("devices.index", support_before=soon.isoformat(), sort="support"),
        import_url=url_for("imports.new") if actor.may(Act.IMPORT_DEVICES) else "",
    )


def _support(session: ScopedSession, before: date, label: str, meaning: str) -> dict[str, str]:
    """``before`` today means ended: the day on which support ends is still supported."""
    wanted = DeviceFilter(support_before=before)
    count = device_list.count(session, wanted, actor=visit.actor())
    url = url_for("devices.index", support_before=before.isoformat(), sort="support")
    return figure(up_to(count), label, url=url, meaning=meaning if count else "done")


def _unknown(session: ScopedSession) -> dict[str, str]:
    count = device_list.count(session, DeviceFilter(lacks="support"), actor=visit.actor())
    return figure(up_to(count), _("utan känt slut på stödet"), url=url_for("devices.index", lacks="support"))
