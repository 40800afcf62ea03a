"""What the first and every later start of the demo says: progress, address, log-ins, where to begin."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import click
from sqlalchemy import select

from assetreg.db.device import Device
from assetreg.db.label import Label
from assetreg.db.session import ScopedSession
from assetreg.demo.logins import DemoLogin
from assetreg.domain.errors import Conflict
from assetreg.domain.terms import Kind, LabelState, Stage

HOST = "127.0.0.1"
PORTS_TRIED = 50
WORTH_OPENING = (
    ("/enheter", "alla enheter; sök, filtrera och öppna en"),
    ("/aterbruk", "årets återbruk för varje kommun"),
)


class NoFreePort(Conflict):
    code = "no_free_port"
    message = "Portarna {first}–{last} är upptagna. Ange en annan med --port."


def progress() -> Callable[[int, int], None]:
    """Tells of the filling on stderr: each per cent on a terminal, else each quarter."""
    step = 1 if sys.stderr.isatty() else 25
    told = -1

    def tell(done: int, total: int) -> None:
        nonlocal told
        percent = 100 * done // max(total, 1) // step * step
        if percent > told:
            told = percent
            before, after = ("\r", "\n" if percent == 100 else "") if step == 1 else ("", "\n")
            text = f"{before}Fyller registret med en påhittad flotta: {percent} %{after}"
            click.echo(text, nl=False, err=True)

    return tell


def kept_logins(folder: Path) -> Path:
    return folder / "demo-logins.txt"


def free_port(wanted: int, *, claimed: Callable[[int], bool] = lambda _: True) -> int:
    """The port, or the next one that nobody listens on and that ``claimed`` gives us. Raises NoFreePort."""
    last = min(wanted + PORTS_TRIED, 65_535)
    for port in range(wanted, last + 1):
        with socket.socket() as probe:
            if sys.platform != "win32":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        if claimed(port):
            return port
    raise NoFreePort(first=wanted, last=last)


def keep_logins(folder: Path, logins: Iterable[DemoLogin]) -> None:
    """Writes the log-ins where only their owner can read them, for the next start to print again."""
    drawn = folder / "demo-logins.part"
    drawn.unlink(missing_ok=True)
    lines = [f"{login.name:<12}{login.password:<26}{login.role.sv}\n" for login in logins]
    drawn.touch(mode=0o600)
    drawn.write_text("".join(lines), encoding="utf-8")
    drawn.replace(kept_logins(folder))


def label_address(session: ScopedSession) -> str:
    """The path that the label on one of the computers leads to."""
    on_a_computer = (
        select(Label.token)
        .join(Device, Device.id == Label.device_id)
        .where(Label.state == LabelState.ATTACHED, Device.kind == Kind.LAPTOP, Device.stage == Stage.DEPLOYED)
        .order_by(Label.id.desc())
        .limit(1)
    )
    return f"/t/{session.execute(on_a_computer).scalar_one()}"


def told_to_wait() -> None:
    click.echo("En annan start fyller registret just nu. Den här väntar tills den är klar.", err=True)


def shown_path(file: Path) -> Path:
    """The file as one writes it from the folder one is in, where it lies below that."""
    here = Path.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file


def greeting(database: Path, port: int, *, label: str) -> str:
    address = f"http://{HOST}:{port}"
    file = kept_logins(database.parent)
    logins = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return "\n".join(
        [
            "",
            f"Registret finns på {address}/ och bara på den här datorn. Allt i det är påhittat.",
            "",
            "Logga in som:",
            *(f"  {line}" for line in logins or [f"({file.name} saknas; sätt ett nytt lösenord med assetreg user)"]),
            "",
            "Börja till exempel här:",
            *(
                f"  {address}{path:<14}{what}"
                for path, what in (*WORTH_OPENING, (label, "en etikett, som mobilen läser den"))
            ),
            "",
            "Avsluta med Ctrl+C. Nästa start behåller allt. Vill du börja om, ta först bort den här filen:",
            f"  {shown_path(database)}",
            "",
        ]
    )
