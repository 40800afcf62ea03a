"""Stands in for ``systemctl`` on a machine of the tests: runs what a unit file says, as far as a recipe leans on it.

``enable --now``, ``start`` and ``stop`` of services; a timer is only remembered. ``$MACHINE`` is the machine's folder.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

MACHINE = Path(os.environ["MACHINE"])
UNITS = MACHINE / "etc/systemd/system"
RUNNING = MACHINE / "running"


def main(verb: str, *arguments: str) -> None:
    units = [each for each in arguments if not each.startswith("-")]
    if verb == "enable":
        with (MACHINE / "enabled").open("a", encoding="utf-8") as enabled:
            enabled.writelines(f"{unit}\n" for unit in units)
    if verb == "start" or "--now" in arguments:
        for unit in units:
            start(unit if "." in unit else f"{unit}.service")
    if verb == "stop":
        for unit in units:
            stop(unit)


def start(unit: str) -> None:
    stated = read(UNITS / unit) if (UNITS / unit).exists() else {}
    if unit.endswith(".timer"):
        assert stated["OnCalendar"], unit
    elif stated:
        serve(unit, stated)


def read(file: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        name, stated, value = line.partition("=")
        if stated and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def serve(unit: str, stated: dict[str, list[str]]) -> None:
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    for file in stated["EnvironmentFile"]:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
        environment |= dict(word.split("=", 1) for line in lines for word in shlex.split(line, comments=True))
    if stated.get("Type") == ["oneshot"]:
        for command in [*stated["ExecStart"], *stated.get("ExecStartPost", [])]:
            subprocess.run(words(command), env=environment, cwd=stated["WorkingDirectory"][0], check=True)
        return
    with (MACHINE / "journal").open("a", encoding="utf-8") as journal:
        [command] = stated["ExecStart"]
        made = subprocess.Popen(
            words(command),
            env=environment,
            cwd=stated["WorkingDirectory"][0],
            stdin=subprocess.DEVNULL,
            stdout=journal,
            stderr=journal,
            start_new_session=True,
        )
    RUNNING.mkdir(exist_ok=True)
    (RUNNING / unit).write_text(str(made.pid), encoding="ascii")


def words(command: str) -> list[str]:
    return [word.replace("$$", "$").replace("%%", "%") for word in shlex.split(command)]


def stop(unit: str) -> None:
    kept = RUNNING / unit
    if not kept.exists():
        return
    pid = int(kept.read_text(encoding="ascii"))
    kept.unlink()
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 60
    while alive(pid):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            sys.exit(f"{unit} did not stop")
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """A process that has ended but that nobody has asked after is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


if __name__ == "__main__":
    main(*sys.argv[1:])
