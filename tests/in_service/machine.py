"""A folder that stands for the server of a recipe: its paths lead into it, and its blocks of commands are run there.

What only a real server has is stood in for: accounts and packages are not made, the virtual environment is this
checkout's, and ``systemctl`` runs what the unit files say (see ``systemctl.py``).
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from tests.servers import SETTINGS, Server

ROOT = Path(__file__).parent.parent.parent
PAGES = ROOT / "docs" / "in-service"
EXAMPLES = PAGES / "examples"
PASSWORD = "ett långt lösenord för nödingången"
LEADS_INSIDE = (
    "/etc/assetreg",
    "/etc/systemd/system",
    "/etc/nginx",
    "/opt/assetreg",
    "/usr/local/sbin",
    "/usr/local/src/assetreg",
    "/var/lib/assetreg",
    "/var/backups/assetreg",
)
FOLDERS = ("etc/systemd/system", "etc/nginx/sites-available", "etc/nginx/sites-enabled", "opt", "usr/local/sbin")
_BLOCK = re.compile(r"^```sh ?(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ASKS = re.compile(r"^(assetreg user add .*)$", re.MULTILINE)
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)

NOTHING = "exit 0"
WITHOUT_OWNERS = """
for each; do
  case $each in -o|-g) skip=1;; *) [ -n "${skip:-}" ] && skip= || set -- "$@" "$each";; esac; shift
done
exec /usr/bin/install "$@"
"""
AS_THE_SAME = 'shift 3; exec "$@"'
ENVIRONMENT = """
mkdir -p "$3/bin"
printf '#!/bin/sh\\nexit 0\\n' > "$3/bin/pip"
printf '#!/bin/sh\\nexport PYTHONPATH="{root}"\\nexec "{python}" -m assetreg "$@"\\n' > "$3/bin/assetreg"
chmod +x "$3/bin/pip" "$3/bin/assetreg"
"""


def blocks(page: str, kinds: Collection[str]) -> Iterator[tuple[str, str]]:
    """The commands of a recipe that are for everyone or for one of the kinds, each with the heading it stands below."""
    text = (PAGES / page).read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        if not found[1] or found[1] in kinds:
            yield _HEADING.findall(text[: found.start()])[-1], found[2]


class Cluster(Server):
    """A server as a package would have made it: run by ``postgres``, who alone may make roles and databases."""

    def start(self) -> None:
        if self.user is not None:
            os.chown(self.folder, self.user, -1)
            self.bring_within_reach()
        self.run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
        self.run(
            "pg_ctl", "-D", self.data, "start", "-w", "-l", self.folder / "log", "-o", f"-k '{self.folder}' {options}"
        )


class Machine:
    """``port`` is where its register answers; ``cluster`` its PostgreSQL, if it has one."""

    def __init__(self, folder: Path, *, port: int, cluster: Cluster | None = None) -> None:
        self.folder = folder
        self.port = port
        self.cluster = cluster
        for name in FOLDERS:
            (folder / name).mkdir(parents=True)
        kept = folder / "usr/local/src/assetreg/docs/in-service/examples"
        shutil.copytree(EXAMPLES, kept)
        for file in kept.iterdir():
            file.write_text(self.inside(file.read_text(encoding="utf-8")), encoding="utf-8")
        self._stand_in()

    def inside(self, text: str) -> str:
        """The recipe's text, with its paths in this folder and its port ours."""
        for name in LEADS_INSIDE:
            text = text.replace(name, f"{self.folder}{name}")
        if self.cluster:
            text = text.replace("/var/run/postgresql", str(self.cluster.folder))
        return text.replace("8000", str(self.port)).replace("--host 0.0.0.0", "--host 127.0.0.1")

    def path(self, name: str) -> Path:
        """Where a path of the recipe is."""
        return self.folder / name.removeprefix("/")

    def mode(self, name: str) -> int:
        return stat.S_IMODE(self.path(name).stat().st_mode)

    def follow(self, page: str, kinds: Collection[str], *, only: Collection[str] = ()) -> str:
        """Runs the recipe's blocks, or those under the headings in ``only``, and gives what they said."""
        said = [self.run(block) for heading, block in blocks(page, kinds) if not only or heading in only]
        assert said, f"no block of {page} is for {kinds} under {only}"
        return "".join(said)

    def run(self, commands: str) -> str:
        """What the commands said; raises AssertionError with all of it when one of them failed."""
        typed = _ASKS.sub(rf"echo '{PASSWORD}' | \1 --password-stdin", commands)
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", self.inside(typed)],
            env=self._environment(),
            cwd=self.folder,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}"
        return done.stdout

    def _environment(self) -> dict[str, str]:
        found = {
            "PATH": f"{self.folder}/stand-ins:{self.folder}/usr/local/sbin:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "MACHINE": str(self.folder),
        }
        if self.cluster:
            found |= {"PGHOST": str(self.cluster.folder), "PGUSER": "postgres"}
        return found

    def _stand_in(self) -> None:
        plain = dict.fromkeys(("apt-get", "useradd", "chgrp", "nginx"), NOTHING)
        plain |= {"install": WITHOUT_OWNERS, "runuser": AS_THE_SAME}
        plain["python3"] = ENVIRONMENT.format(root=ROOT, python=sys.executable)
        for name in ("systemctl", "curl"):
            plain[name] = f'exec "{sys.executable}" "{ROOT}/tests/in_service/{name}.py" "$@"'
        if self.cluster:
            found = self.cluster.copied if self.cluster.copied.exists() else self.cluster.found
            plain |= {name: f'exec "{found}/{name}" "$@"' for name in ("createuser", "createdb", "dropdb", "psql")}
        folder = self.folder / "stand-ins"
        folder.mkdir()
        for name, body in plain.items():
            (folder / name).write_text(f"#!/bin/bash\n{body}\n", encoding="utf-8")
            (folder / name).chmod(0o755)
