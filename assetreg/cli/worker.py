"""``assetreg worker``: the background work, by itself or as the child of ``assetreg serve``."""

from __future__ import annotations

import os
import signal
import threading
import time

import click

from assetreg.cli.frame import Command, Register
from assetreg.domain.errors import Missing
from assetreg.services import logbook

LOOKS_EVERY_S = 2


class NoBackgroundWork(Missing):
    code = "no_background_work"
    message = "Den här installationen har inget bakgrundsarbete att utföra."


@click.command("worker", cls=Command)
@click.option("--child-of", type=int, hidden=True, help="Sluta när den process som startade det här har slutat.")
@click.pass_obj
def command(register: Register, *, child_of: int | None) -> None:
    """Utför det som väntar i bakgrunden: importer, omräkningar."""
    if register.doors.run_worker is None:
        raise NoBackgroundWork
    if child_of is not None:
        threading.Thread(target=_end_with, args=[child_of], daemon=True).start()
    database = register.database
    logbook.open_log(register.settings.log_format, register.settings.log_level)
    register.doors.run_worker(database)
    if child_of is None:
        register.say({"worker": "stopped"}, "Bakgrundsarbetet är avslutat.")


def _end_with(parent: int) -> None:
    """A server that is killed cannot end its child, which would go on beside the next server's.

    The server says its own number: one that was killed while its child was starting is no longer the child's parent.
    """
    while os.getppid() == parent:
        time.sleep(LOOKS_EVERY_S)
    os.kill(os.getpid(), signal.SIGTERM)
