"""A backup holds every row of one moment, and a restored register is the same register on either engine."""

from __future__ import annotations

import errno
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import inspect, select

from assetreg.db import migrations, portable, protection, search
from assetreg.db.device import Device
from assetreg.db.session import Database, driver_url, make_engine
from assetreg.domain.access import EVERYTHING
from assetreg.domain.backup_manifest import Column, Manifest, NoManifest, from_json
from assetreg.outputs.backup_file import BackupWriter
from assetreg.schemas.outcome import outcome_input
from assetreg.services import backup, history_key, integrity, outcomes, restoring, uploads
from assetreg.services.backup import BackupThere, BackupUnwritten, Keys
from assetreg.services.restoring import BackupNewer, OtherHistoryKey, RestoreElsewhere, RestoreNotEmpty
from assetreg.sources.backup_file import BackupFile, DamagedBackup, NoBackup
from tests.cast import NOON, REGISTER, SCHOOL, Cast, some_device
from tests.databases import Databases, PostgresDatabases, SqliteDatabases

SECRET = b"the key of every test, long enough"
BYTES = bytes(range(256)) * 5000
Rows = dict[str, list[list[Any]]]


@pytest.fixture
def keys(history_key: bytes) -> Keys:
    return Keys(history_key, SECRET)


@pytest.fixture
def filled(database: Database, cast: Cast) -> Database:
    """Devices with lives, one ended, and files that are not text: one of several parts, one small."""
    history_key.settle(database)
    with database.transaction(EVERYTHING) as session:
        for number in range(12):
            some_device(
                session, owner="1860", unit=SCHOOL, price_sek="8300.50", purchased="2024-02-29", hostname=f"ö{number}"
            )
        gone = some_device(session, kind="server")
        facts = {"outcome": "material_recycling", "partner": "Återvinnarna", "weight_kg": "11,125"}
        facts |= {"waste_code": "160214", "erasure_certificate": "C1"}
        outcomes.register(session, gone, outcome_input(facts), actor=REGISTER)
    with database.transaction(cast.laxa.scope) as session:
        uploads.receive(session, io.BytesIO(BYTES), name="stor.xlsx", limit=1 << 30, at=NOON)
        uploads.receive(session, io.BytesIO(b"\xff\x00\n"), name="liten.csv", limit=1 << 30, at=NOON)
    return database


@pytest.fixture
def kept(filled: Database, keys: Keys, tmp_path: Path) -> Path:
    path = tmp_path / "register.backup"
    backup.write(filled, path, keys=keys, at=NOON)
    return path


def everything(database: Database) -> Rows:
    with database.snapshot(EVERYTHING) as session:
        rows = {table.name: list(portable.read(session, table)) for table in portable.tables()}
        parts = next(table for table in portable.tables() if table.name == "upload_part")
        rows["bodies"] = [[body] for body in portable.read_bodies(session, parts)]
    return rows


def differences(database: Database) -> list[str]:
    with database.reading(EVERYTHING) as session:
        return [each.sentence.text() for each in integrity.differences(session)]


def restored(path: Path, url: str, keys: Keys) -> restoring.Restored:
    with BackupFile(path) as file:
        return restoring.restore(url, file, keys=keys)


@pytest.fixture(params=["to sqlite", "to postgres"])
def other_url(
    request: pytest.FixtureRequest, sqlite_databases: SqliteDatabases, postgresql_databases: PostgresDatabases
) -> Iterator[str]:
    """An empty database to restore into, on each engine, whichever the backup was made on."""
    target: Databases = sqlite_databases if request.param == "to sqlite" else postgresql_databases
    url = target.empty()
    yield url
    target.discard(url)


def test_register_is_the_same_on_either_engine(filled: Database, kept: Path, other_url: str, keys: Keys) -> None:
    done = restored(kept, other_url, keys)
    assert done.same_secret_key
    assert done.migration == done.upgraded_to == migrations.newest()
    other = Database(other_url, history_key=keys.history)
    try:
        assert everything(other) == everything(filled)
        assert done.rows == sum(len(rows) for name, rows in everything(other).items() if name != "bodies")
        assert b"".join(body for [body] in everything(other)["bodies"]) == BYTES + b"\xff\x00\n"
        assert differences(other) == []
        with other.engine.connect() as connection:
            assert protection.missing(connection) == []
    finally:
        other.close()


def test_restored_register_goes_on_where_the_old_one_was(kept: Path, other_url: str, keys: Keys) -> None:
    """New rows get new numbers, and what searching needs is there."""
    restored(kept, other_url, keys)
    other = Database(other_url, history_key=keys.history)
    try:
        with other.transaction(EVERYTHING) as session:
            new = some_device(session, owner="1861", hostname="nykomling")
            highest = session.execute(select(Device.id).order_by(Device.id.desc()).limit(1)).scalar_one()
        assert new.id == highest
        with other.reading(EVERYTHING) as session:
            found = session.execute(select(Device.hostname).where(search.by_words(session, "komling"))).scalars().all()
            old = session.execute(select(Device.hostname).where(search.by_words(session, "ö11"))).scalars().all()
        assert (found, old) == (["nykomling"], ["ö11"])
        assert differences(other) == []
    finally:
        other.close()


def test_backup_is_of_one_moment_while_others_write(
    filled: Database, keys: Keys, tmp_path: Path, other_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, real = everything(filled), portable.read

    def read_late(session: Any, table: Any) -> Iterator[list[Any]]:
        if table.name == "device":
            with filled.transaction(EVERYTHING) as writing:
                some_device(writing, hostname="senare")
        return real(session, table)

    monkeypatch.setattr(portable, "read", read_late)
    backup.write(filled, tmp_path / "a", keys=keys, at=NOON)
    monkeypatch.undo()
    assert len(everything(filled)["device"]) == len(before["device"]) + 1
    restored(tmp_path / "a", other_url, keys)
    other = Database(other_url, history_key=keys.history)
    try:
        assert everything(other) == before
    finally:
        other.close()


def test_keys_are_not_in_the_backup(kept: Path, keys: Keys) -> None:
    with zipfile.ZipFile(kept) as file:
        whole = b"".join(file.read(name) for name in file.namelist())
    assert keys.history not in whole
    assert keys.secret not in whole
    assert kept.stat().st_mode & 0o077 == 0


def test_backup_never_overwrites_and_leaves_nothing_half(filled: Database, keys: Keys, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_bytes(b"an older backup")
    with pytest.raises(BackupThere):
        backup.write(filled, there, keys=keys, at=NOON)
    with pytest.raises(BackupUnwritten, match="Ingen kopia finns kvar"):
        backup.write(filled, tmp_path / "no folder" / "b", keys=keys, at=NOON)
    assert there.read_bytes() == b"an older backup"
    assert list(tmp_path.iterdir()) == [there]


@pytest.mark.parametrize("taken", [False, True])
def test_backup_on_a_share_without_links_is_written_and_never_over_another(
    database: Database, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, taken: bool
) -> None:
    there = tmp_path / "a.backup"

    def refused(*_: object) -> None:
        if taken:
            there.write_bytes(b"of another, just now")
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(os, "link", refused)
    if taken:
        with pytest.raises(BackupThere):
            backup.write(database, there, keys=keys, at=NOON)
        assert there.read_bytes() == b"of another, just now"
    else:
        backup.write(database, there, keys=keys, at=NOON)
        assert there.stat().st_mode & 0o777 == 0o600
        with BackupFile(there) as file:
            assert list(file.verify())
    assert list(tmp_path.iterdir()) == [there]


def rewritten(kept: Path, change: Callable[[str, bytes], bytes | None], **extra: bytes) -> Path:
    """The same file with parts changed, left out or added, as a valid zip."""
    path = kept.with_name("other.backup")
    with zipfile.ZipFile(kept) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            body = change(name, old.read(name))
            if body is not None:
                new.writestr(name, body)
        for name, body in extra.items():
            new.writestr(name, body)
    return path


def manifest_changed(kept: Path, **values: Any) -> Path:
    """A manifest that says something else and is whole."""

    def change(name: str, body: bytes) -> bytes:
        return replace(from_json(body), **values).to_json() if name == "manifest.json" else body

    return rewritten(kept, change)


def test_damaged_parts_are_told_before_anything_is_changed(kept: Path, empty_database_url: str, keys: Keys) -> None:
    damaged = {
        "changed": rewritten(
            kept, lambda name, body: body.replace(b"8300", b"9300") if name == "device.jsonl" else body
        ),
        "shorter": rewritten(kept, lambda name, body: body[:-1] if name == "upload_part.bin" else body),
        "missing": rewritten(kept, lambda name, body: None if name == "event.jsonl" else body),
        "added": rewritten(kept, lambda name, body: body, **{"more.jsonl": b"[]\n"}),
    }
    for name, path in damaged.items():
        with pytest.raises(DamagedBackup, match="Inget är återställt"):
            restored(path, empty_database_url, keys)
        assert tables_of(empty_database_url) == [], name


def tables_of(url: str) -> list[str]:
    engine = make_engine(driver_url(url))
    try:
        return inspect(engine).get_table_names()
    finally:
        engine.dispose()


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04", b"a,b\n1,2\n"])
def test_other_files_are_no_backups(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(body)
    with pytest.raises(NoBackup):
        BackupFile(path)


def test_cut_or_edited_file_is_no_backup(kept: Path) -> None:
    cut = kept.with_name("cut")
    cut.write_bytes(kept.read_bytes()[:-40])
    with pytest.raises(NoBackup):
        BackupFile(cut)
    with pytest.raises(NoBackup):
        BackupFile(rewritten(kept, lambda name, body: body.replace(b"0.1.0", b"0.2.0")))


def test_no_flipped_byte_is_restored(filled: Database, keys: Keys, tmp_path: Path) -> None:
    """Wherever a byte is turned, the file is refused, or the byte belonged to nothing that is restored."""
    path = tmp_path / "whole"
    manifest = backup.write(filled, path, keys=keys, at=NOON)
    body = path.read_bytes()

    @given(place=st.integers(0, len(body) - 1), turned=st.integers(1, 255))
    def holds(place: int, turned: int) -> None:
        bad = tmp_path / "bad"
        bad.write_bytes(body[:place] + bytes([body[place] ^ turned]) + body[place + 1 :])
        try:
            with BackupFile(bad) as file:
                assert list(file.verify()) == [part.name for part in manifest.parts]
                assert file.manifest == manifest
        except (NoBackup, DamagedBackup):
            pass

    holds()


def test_refusals_leave_the_register_as_it_was(
    filled: Database, kept: Path, databases: Databases, keys: Keys, empty_database_url: str
) -> None:
    url = filled.url.render_as_string(hide_password=False)
    before = everything(filled)
    with pytest.raises(RestoreNotEmpty, match="account"):
        restored(kept, url, keys)
    assert everything(filled) == before
    with pytest.raises(OtherHistoryKey):
        restored(kept, empty_database_url, replace(keys, history=b"another key that signs nothing here"))
    with pytest.raises(BackupNewer, match="9999"):
        restored(manifest_changed(kept, migration="9999"), empty_database_url, keys)
    assert tables_of(empty_database_url) == []
    older = manifest_changed(kept, migration=migrations.all_revisions()[-2])
    made = databases.migrated()
    with pytest.raises(RestoreElsewhere):
        restored(older, made, keys)
    databases.discard(made)


def test_other_secret_key_is_told(kept: Path, empty_database_url: str, keys: Keys) -> None:
    assert not restored(kept, empty_database_url, replace(keys, secret=b"another")).same_secret_key


def test_restore_that_fails_half_way_leaves_an_empty_register(
    kept: Path, empty_database_url: str, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = portable.load

    def fail_late(connection: Any, name: str, *rest: Any) -> int:
        if name == "event":
            raise OSError("the disk is gone")
        return real(connection, name, *rest)

    monkeypatch.setattr(portable, "load", fail_late)
    with pytest.raises(OSError, match="gone"):
        restored(kept, empty_database_url, keys)
    monkeypatch.undo()
    engine = make_engine(driver_url(empty_database_url))
    with engine.connect() as connection:
        assert portable.occupied(connection) == []
    engine.dispose()
    restored(kept, empty_database_url, keys)
    other = Database(empty_database_url, history_key=keys.history)
    assert differences(other) == []
    other.close()


def reflected(url: str) -> list[tuple[str, list[Column]]]:
    """The tables of a database as it stands, with the kinds that their columns have today."""
    engine = make_engine(driver_url(url))
    try:
        present = {name: {each["name"] for each in inspect(engine).get_columns(name)} for name in tables_of(url)}
    finally:
        engine.dispose()
    known = [(table.name, list(portable.columns(table))) for table in portable.tables()]
    return [(name, [each for each in of if each.name in present[name]]) for name, of in known if name in present]


def test_older_backup_is_restored_as_it_was_and_upgraded(
    databases: Databases, tmp_path: Path, keys: Keys, empty_database_url: str
) -> None:
    revision = "0009"
    old_url = databases.empty()
    migrations.upgrade(old_url, revision)
    engine = make_engine(driver_url(old_url))
    path = tmp_path / "old.backup"
    with path.open("wb") as stream, BackupWriter(stream) as writer, engine.connect() as connection:
        parts = []
        for name, columns in reflected(old_url):
            source = portable._light(name, tuple(columns))
            cells = [portable._cell(source.c[each.name], each.kind) for each in columns]
            rows = [list(row) for row in connection.execute(select(*cells).select_from(source))]
            bodies = list if portable.body_column(columns) else None
            parts.append(writer.table(name, columns, json.loads(json.dumps(rows, default=str)), bodies=bodies))
        check = history_key.check_value(keys.history)
        writer.finish(Manifest("0.0.9", revision, "sqlite", NOON.isoformat(), check, "", tuple(parts)))
    engine.dispose()
    done = restored(path, empty_database_url, keys)
    assert (done.migration, done.upgraded_to) == (revision, migrations.newest())
    new, fresh = Database(empty_database_url, history_key=keys.history), databases.migrated()
    other = Database(fresh, history_key=keys.history)
    try:
        assert differences(new) == []
        owners = everything(new)["owner"]
        assert owners == everything(other)["owner"]
        assert len(owners) == 5
    finally:
        new.close()
        other.close()
    for url in (old_url, fresh):
        databases.discard(url)


def test_every_column_has_a_kind_and_no_table_two_of_bytes() -> None:
    for table in portable.tables():
        assert len(portable.columns(table)) == len(table.columns)
        portable.body_column(portable.columns(table))


def test_newer_layout_is_refused(kept: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(kept) as file:
        document = json.loads(file.read("manifest.json"))
    with pytest.raises(NoManifest):
        from_json(json.dumps(document | {"format": 2}).encode())
    with pytest.raises(NoManifest):
        from_json(b"[]")
