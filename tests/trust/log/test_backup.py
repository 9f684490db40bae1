"""One consistent file without keys, into an empty home only; and the operator's commands."""

import dataclasses
import json
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.trust.log.helpers import fill, open_book, publish
from trust.database import Database
from trust.log import boot
from trust.log import queries as log_queries
from trust.log.checks import fsck
from trust.log.runtime import Runtime
from trust.log.tables import log_entry
from trust.log.upkeep import backup
from trust.log.upkeep.backup import BackupError
from trust.settings import Settings


def test_a_backup_made_while_others_write_is_one_consistent_state(
    rt: Runtime, tmp_path: Path
) -> None:
    if not rt.db.is_sqlite:
        pytest.skip("SQLite's online copy")
    book = open_book(rt)
    fill(rt, book, 0, 200)
    stop = threading.Event()

    def write() -> None:
        at = 200
        while not stop.is_set():
            fill(rt, book, at, at + 5)
            at += 5

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            backup.backup(rt.db, tmp_path / f"{number}.backup")
    finally:
        stop.set()
        writer.join()
    copy = Database(f"sqlite:///{tmp_path / '2.backup'}")
    with copy.read() as conn:
        size = log_queries.info(conn, book).next_index
        stored = conn.execute(select(log_entry.c.idx).where(log_entry.c.key.like("%"))).all()
    assert size % 5 == 0 and len(stored) == size
    assert list(fsck.check(copy, rt.signer)) == []
    copy.dispose()


def test_a_backup_holds_no_key_and_is_the_owners_alone(rt: Runtime, tmp_path: Path) -> None:
    if not rt.db.is_sqlite:
        pytest.skip("reads the file")
    book = open_book(rt)
    fill(rt, book, 0, 5)
    publish(rt, book)
    file = tmp_path / "b"
    backup.backup(rt.db, file)
    master = (rt.settings.signer_home / "master.key").read_text().strip()
    data = file.read_bytes()
    assert master.encode() not in data and bytes.fromhex(master) not in data
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(BackupError, match="never overwrites"):
        backup.backup(rt.db, file)
    assert file.read_bytes() == data and list(tmp_path.glob(".b-*")) == []


@pytest.mark.parametrize("damage", ["text", "cut", "empty"])
def test_what_is_no_whole_backup_is_not_restored(rt: Runtime, tmp_path: Path, damage: str) -> None:
    if not rt.db.is_sqlite:
        pytest.skip("damages a file")
    file = tmp_path / "b"
    backup.backup(rt.db, file)
    data = file.read_bytes()
    file.write_bytes(
        {"text": b"not a database at all\n" * 99, "cut": data[:9000], "empty": b""}[damage]
    )
    home = tmp_path / "again"
    settings = dataclasses.replace(rt.settings, database=f"sqlite:///{home / 'sakshi.db'}")
    with pytest.raises(BackupError, match=r"backup of ours|damaged"):
        backup.restore(settings, file)
    assert not (home / "sakshi.db").exists()
    with pytest.raises(BackupError, match="no backup"):
        backup.restore(settings, tmp_path / "nowhere")


def test_a_database_that_is_there_is_never_replaced(rt: Runtime, tmp_path: Path) -> None:
    if not rt.db.is_sqlite:
        pytest.skip("a file")
    backup.backup(rt.db, tmp_path / "b")
    with pytest.raises(BackupError, match="empty home only"):
        backup.restore(rt.settings, tmp_path / "b")


def test_without_postgresqls_programs_it_says_so(
    rt: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="pg_dump was not found"):
        backup._run("pg_dump", rt.db.url, "--version")


@pytest.mark.services
def test_postgresql_there_and_back(rt: Runtime, tmp_path: Path) -> None:
    if rt.db.is_sqlite:
        pytest.skip("needs SAKSHI_TEST_DATABASE=postgresql")
    book = open_book(rt)
    fill(rt, book, 0, 30)
    publish(rt, book)
    backup.backup(rt.db, tmp_path / "b")
    with pytest.raises(BackupError, match="not empty"):
        backup.restore(rt.settings, tmp_path / "b")
    name = f"{rt.db.url.database}_again"
    with rt.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.exec_driver_sql(f'CREATE DATABASE "{name}"')
    url = rt.db.url.set(database=name)
    settings = dataclasses.replace(rt.settings, database=url.render_as_string(hide_password=False))
    again = Database(settings.database)
    try:
        assert backup.restore(settings, tmp_path / "b") == rt.host
        assert list(fsck.check(again, rt.signer)) == []
        boot.open_state(settings, again, signer=rt.signer)
    finally:
        again.dispose()
        with rt.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')


def sakshi(
    home: Path, *arguments: str, signer: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """The command as an operator runs it."""
    environ = {**os.environ, "SAKSHI_HOME": str(home)}
    if signer is not None:
        environ["SAKSHI_SIGNER_HOME"] = str(signer)
    return subprocess.run(
        [sys.executable, "-m", "web.cli", *arguments],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_commands_from_backup_to_recovery(tmp_path: Path) -> None:
    home, again, signer = tmp_path / "home", tmp_path / "again", tmp_path / "home" / "signer"
    assert sakshi(home, "init").returncode == 0
    settings = Settings.from_env({"SAKSHI_HOME": str(home)})
    rt = boot.open_state(settings, Database(settings.database))
    book = open_book(rt)
    fill(rt, book, 0, 5)
    publish(rt, book)
    assert sakshi(home, "backup", str(tmp_path / "b")).returncode == 0
    fill(rt, book, 5, 12)
    publish(rt, book)
    rt.close()
    for _ in range(2):
        assert sakshi(home, "mirror", str(tmp_path / "m")).returncode == 0
    assert sakshi(home, "fsck").returncode == 0

    put = sakshi(again, "restore", str(tmp_path / "b"), signer=signer)
    assert put.returncode == 0 and "entries 5 to 11 are missing" in put.stdout.replace("\n", " ")
    refused = sakshi(again, "status", signer=signer)
    assert refused.returncode == 1 and "put back" in refused.stderr.replace("\n", " ")
    assert sakshi(again, "recover", signer=signer).returncode == 1
    lost = tmp_path / "lost.json"
    done = sakshi(
        again, "recover", "--from", str(tmp_path / "m"), "--report", str(lost), signer=signer
    )
    assert done.returncode == 0, done.stdout + done.stderr
    listed = json.loads(lost.read_text())
    assert [row["index"] for row in listed] == [5, 6, 7, 8, 9, 10, 11]
    assert {row["lost"] for row in listed if row["index"] != 9} == {"payload"}
    assert f"SHA-256 {9:064x}" in listed[4]["lost"], "the file that has to be imported again"
    assert {row["log"] for row in listed} == {book} and listed[0]["time"].endswith("Z")
    assert sakshi(again, "fsck", "--all", signer=signer).returncode == 0

    with sqlite3.connect(again / "sakshi.db") as raw:
        raw.execute("UPDATE log_head SET root = zeroblob(32) WHERE size = 12")
    wrong = sakshi(again, "fsck", signer=signer)
    assert wrong.returncode == 1
    assert f"{book}, index 12: log_head.root" in wrong.stdout.replace("\n", " ")
    assert sakshi(tmp_path / "nothing", "fsck").returncode == 2
