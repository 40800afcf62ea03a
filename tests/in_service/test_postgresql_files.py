"""What the recipe for several nodes gives PostgreSQL: the server takes it, and makes a copy as the recipe says."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import leave_out
from tests.in_service.machine import PAGES
from tests.in_service.proxies import write_certificate
from tests.in_service.test_examples import text_of
from tests.servers import PREFIX, programs, quick_folder
from tests.standby import NAME, Node, wait_until


@pytest.fixture
def folders() -> Iterator[tuple[Path, Path]]:
    found = programs()
    if found is None or not (found / "pg_basebackup").exists():
        leave_out("postgres", "no pg_basebackup beside the server's programs")
    with ExitStack() as stack:
        made = [
            tempfile.TemporaryDirectory(prefix=PREFIX, dir=quick_folder(), ignore_cleanup_errors=True) for _ in range(2)
        ]
        first, second = (Path(stack.enter_context(each)) for each in made)
        yield first, second


def node(folder: Path, name: str) -> Node:
    """With the recipe's settings for it, a certificate, and no network."""
    found = programs()
    assert found is not None
    (folder / "owner").write_text(str(os.getpid()), encoding="ascii")
    text = re.sub(r"^listen_addresses = .*$", "listen_addresses = ''", text_of(name), flags=re.MULTILINE)
    write_certificate(folder)
    text += f"ssl_cert_file = '{folder}/cert.pem'\nssl_key_file = '{folder}/key.pem'\n"
    (folder / "recipe.conf").write_text(text, encoding="utf-8")
    (folder / "key.pem").chmod(0o600)
    made = Node(found, folder)
    if made.user is not None:
        for each in (folder, *folder.iterdir()):
            os.chown(each, made.user, -1)
        made.bring_within_reach()
    return made


def begin(made: Node) -> None:
    with (made.data / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(f"include '{made.folder / 'recipe.conf'}'\n")
    made.begin()


def stop(made: Node) -> None:
    made.run("pg_ctl", "-D", made.data, "stop", "-m", "immediate", "-w", check=False)


def test_settings_and_copy_of_the_recipe_make_a_synchronous_standby(folders: tuple[Path, Path]) -> None:
    primary, standby = node(folders[0], "postgresql-primary.conf"), node(folders[1], "postgresql-standby.conf")
    primary.run("initdb", "-D", primary.data, "-U", "assetreg", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
    with (primary.data / "pg_hba.conf").open("a", encoding="utf-8") as file:
        file.write(text_of("pg_hba.conf"))
    try:
        begin(primary)
        assert primary.say("SELECT error FROM pg_hba_file_rules WHERE error IS NOT NULL") == []
        assert len(primary.say("SELECT 1 FROM pg_hba_file_rules WHERE type = 'hostssl'")) == 3
        primary.say("CREATE ROLE replicator LOGIN REPLICATION")
        standby.run("pg_basebackup", "-D", standby.data, *copying(primary))
        lines = (standby.data / "postgresql.conf").read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if not line.startswith("include '")]
        (standby.data / "postgresql.conf").write_text("\n".join(kept) + "\n", encoding="utf-8")
        begin(standby)
        asked = "SELECT application_name, state, sync_state FROM pg_stat_replication"
        wait_until(lambda: primary.say(asked) == [(NAME, "streaming", "async")])
        recipe = primary.folder / "recipe.conf"
        text = recipe.read_text(encoding="utf-8")
        recipe.write_text(text.replace("#synchronous_standby_names", "synchronous_standby_names"), encoding="utf-8")
        primary.say("SELECT pg_reload_conf()")
        wait_until(lambda: primary.say(asked) == [(NAME, "streaming", "sync")])
        primary.say("CREATE DATABASE assetreg")
        assert standby.say("SHOW synchronous_standby_names") == [("",)]
        standby.promote()
        standby.say("CREATE DATABASE after_the_change")
    finally:
        stop(standby)
        stop(primary)


def copying(primary: Node) -> list[str]:
    """What the recipe says to ``pg_basebackup``, but from a server of this machine."""
    page = (PAGES / "several-nodes.md").read_text(encoding="utf-8")
    [stated] = re.findall(r'pg_basebackup -D \S+ ([^\\]+)\\\n +-d "([^"]+)"', page)
    return [*stated[0].split(), "-d", stated[1].replace("10.0.0.21", str(primary.folder))]
