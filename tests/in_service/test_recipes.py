"""The recipe for one server, the drill and the move, command by command as they are written."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.in_service.conftest import machine_with
from tests.in_service.machine import Cluster, Machine

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the recipes are for a Linux server")
SETTING_UP = (
    "1. Konto, mappar och nycklar",
    "2. Programmet",
    "3. Databasen, med PostgreSQL",
    "4. Inställningar",
    "5. Registret och den första administratören",
)
IN_SERVICE = ("6. Tjänsten, kopian och gallringen", "7. Proxy med TLS")
NIGHTLY = "Övningen, en gång i kvartalet"
DEVICES = """Inventarienummer;Typ;Tillverkare;Modell;Serienummer;Ägare
X-1;Bärbar dator;Lenovo;T14;PF0001;1860
X-2;Mobiltelefon;Apple;iPhone 13;F2LZK1;1861
"""


def fill(machine: Machine) -> None:
    """Two devices and a reader, so that a register that lost its rows is noticed."""
    machine.path("/var/lib/assetreg/enheter.csv").write_text(DEVICES, encoding="utf-8")
    machine.run("assetreg import devices enheter.csv")
    machine.run("assetreg user add kontakt --role reader --owner 1860")


def accounts(machine: Machine) -> set[str]:
    rows = json.loads(machine.run("assetreg user list --json 2>/dev/null"))
    return {row["name"] for row in rows}


def devices(machine: Machine) -> int:
    return machine.run("assetreg export devices --format csv 2>/dev/null").count("PF0001")


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)], indirect=True)
def test_single_server_is_set_up_upgraded_and_taken_back(machine: Machine, engine: str) -> None:
    assert "Allt stämmer." in machine.follow("single-server.md", [engine], only=SETTING_UP)
    fill(machine)
    assert machine.follow("single-server.md", [engine], only=IN_SERVICE).startswith("ok\n")
    assert engine in machine.run("assetreg check")
    for name in ("assetreg.env", "history-key", "secret-key", "metrics-token"):
        assert machine.mode(f"/etc/assetreg/{name}") == 0o640
    [kept] = machine.path("/var/backups/assetreg").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert_no_key_in(kept, machine)
    enabled = machine.path("enabled").read_text(encoding="utf-8").split()
    assert enabled == ["assetreg.service", "assetreg-backup.timer", "assetreg-prune.timer"]

    machine.follow("single-server.md", [engine], only=["Uppgradera"])
    assert machine.path("/opt/assetreg").resolve().name == "assetreg-0.2.0"
    machine.run("assetreg user add efter --role reader")
    assert accounts(machine) == {"nodingang", "kontakt", "efter"}
    machine.follow("single-server.md", [engine], only=["Tillbaka till den gamla versionen"])
    assert machine.path("/opt/assetreg").resolve().name == "assetreg-0.1.0"
    assert accounts(machine) == {"nodingang", "kontakt"}
    assert devices(machine) == 1
    assert "Allt stämmer." in machine.run("assetreg check")


def assert_no_key_in(backup: Path, machine: Machine) -> None:
    keys = [machine.path(f"/etc/assetreg/{name}").read_bytes().strip() for name in ("history-key", "secret-key")]
    with ZipFile(backup) as opened:
        bodies = [opened.read(name) for name in opened.namelist()]
    assert len(bodies) > 10
    assert not [key for key in keys for body in bodies if key in body]


@pytest.mark.long
def test_drill_restores_beside_the_register_and_needs_its_key(machine: Machine, engine: str) -> None:
    machine.follow("single-server.md", [engine], only=SETTING_UP)
    fill(machine)
    machine.follow("backup-and-restore.md", [engine], only=["Varje natt"])
    machine.run("assetreg user add efter --role reader")
    said = machine.follow("backup-and-restore.md", [engine], only=[NIGHTLY])
    assert "Allt stämmer." in said
    if engine == "sqlite":
        assert "3 " in said.splitlines()[-1]
        assert not machine.path("/var/lib/assetreg/ovning").exists()
    else:
        assert "assetreg_ovning" not in machine.run("psql -l postgres")
    assert accounts(machine) == {"nodingang", "kontakt", "efter"}
    assert_drill_needs_the_key(machine, engine)
    assert "Allt stämmer." in machine.run("assetreg check")


def assert_drill_needs_the_key(machine: Machine, engine: str) -> None:
    key = machine.path("/etc/assetreg/history-key")
    right = key.read_bytes()
    key.write_text("f" * 64, encoding="ascii")
    with pytest.raises(AssertionError, match="förseglad med en annan nyckel än den som är angiven"):
        machine.follow("backup-and-restore.md", [engine], only=[NIGHTLY])
    key.write_bytes(right)


def test_move_from_sqlite_keeps_everything(cluster: Cluster) -> None:
    with machine_with(cluster) as machine:
        machine.follow("single-server.md", ["sqlite"], only=[*SETTING_UP, IN_SERVICE[0]])
        fill(machine)
        said = machine.follow("backup-and-restore.md", ["move"], only=["Från SQLite till PostgreSQL"])
        assert said.count("Allt stämmer.") == 2
        assert "postgresql" in said.splitlines()[-2]
        assert accounts(machine) == {"nodingang", "kontakt"}
        assert devices(machine) == 1
        machine.run(f"curl http://127.0.0.1:{machine.port}/readyz")
        assert machine.path("/var/lib/assetreg/assetreg.db").exists()
