"""The database goes away or a disk fills while people are at work: told as such, and it passes."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from starlette.testclient import TestClient

from tests.attacks.test_sessions_end import stream_scope
from tests.conftest import DATABASE
from tests.trust.log.cluster import Cluster, cluster
from tests.trust.log.test_faults_disk import disk
from tests.voting.scenario import VotingScenario
from tests.web.books import trial_balance
from tests.web.desks.conftest import Person
from trust import database
from trust.database import Database
from trust.log.runtime import Runtime
from web import sessions
from web.app import create_app
from web.registrar import routes

on_sqlite = pytest.mark.skipif(bool(DATABASE), reason="SQLite alone has a file and one writer")


def is_unavailable(answer: Any, code: str, word: str) -> None:
    """A 503 that says when to come again, and in the reader's language what is wrong."""
    assert answer.status_code == 503, answer.text[:2000]
    assert int(answer.headers["retry-after"]) > 0
    kind = answer.headers["content-type"]
    if kind.startswith("application/problem+json"):
        assert answer.json()["type"] == f"/problems/{code}"
    else:
        assert kind.startswith("text/html")
        assert answer.headers["content-security-policy"]
    assert word in answer.text


# --- PostgreSQL is stopped and started -----------------------------------------------------------


@pytest.fixture
def postgres() -> Iterator[Cluster]:
    with cluster("fsync = off", "autovacuum = off") as made:
        yield made


class TestPostgresqlIsStopped:
    """In a cluster of the test's own, whichever database the other tests have."""

    @pytest.fixture
    def database_url(self, postgres: Cluster) -> str:
        return postgres.url()

    def test_every_reader_is_told_and_is_served_again(self, rt: Runtime, postgres: Cluster) -> None:
        client = TestClient(create_app(rt), base_url="http://testserver", follow_redirects=False)
        for _ in range(2):
            assert client.get("/").status_code == 200
            postgres.run("-m", "immediate", "stop")
            english, malayalam = client.get("/?lang=en"), client.get("/?lang=ml")
            is_unavailable(english, "database-lost", "The database does not answer")
            is_unavailable(malayalam, "database-lost", "ഡാറ്റാബേസ് പ്രതികരിക്കുന്നില്ല")
            api = client.get("/api/v1/societies?lang=en")
            is_unavailable(api, "database-lost", "does not answer")
            assert client.get("/verify").status_code == 200, "it needs no database"
            postgres.run("start")
            for _ in range(12):  # more than the pool held
                assert client.get("/").status_code == 200
            assert client.get("/api/v1/societies").status_code == 200

    def test_connections_that_broke_while_nobody_used_them_are_replaced(
        self, rt: Runtime, postgres: Cluster
    ) -> None:
        client = TestClient(create_app(rt), base_url="http://testserver")
        assert client.get("/").status_code == 200
        postgres.restart()
        assert client.get("/").status_code == 200

    def test_too_many_connections_are_a_reason_to_come_again(
        self, rt: Runtime, postgres: Cluster
    ) -> None:
        import psycopg

        client = TestClient(create_app(rt), base_url="http://testserver")
        rt.db.dispose()
        taken: list[psycopg.Connection[Any]] = []
        try:
            with pytest.raises(psycopg.OperationalError):
                while len(taken) < 500:
                    taken.append(psycopg.connect(postgres.url()))
            is_unavailable(client.get("/?lang=en"), "database-busy", "more to do than it can")
        finally:
            for conn in taken:
                conn.close()
        assert client.get("/").status_code == 200


# --- SQLite --------------------------------------------------------------------------------------


@on_sqlite
def test_a_file_that_is_gone_is_told_and_comes_back(
    person: Any, rt: Runtime, settings: Any, scenario: VotingScenario
) -> None:
    registrar: Person = person().sign_in("registrar")
    path = Path(settings.database.removeprefix("sqlite:///"))
    aside = path.with_suffix(".aside")
    rt.db.dispose()
    path.rename(aside)
    path.mkdir()
    is_unavailable(registrar.client.get("/registrar"), "storage", "the disk of the database")
    api = registrar.client.get("/api/v1/live")
    is_unavailable(api, "storage", "the disk of the database")
    path.rmdir()
    aside.rename(path)
    registrar.get("/registrar")


@on_sqlite
def test_an_open_stream_ends_and_the_next_one_goes_on(
    app: Starlette, rt: Runtime, settings: Any, scenario: VotingScenario
) -> None:
    """The page comes back by itself; nothing of the old stream stays behind."""
    path = Path(settings.database.removeprefix("sqlite:///"))
    aside = path.with_suffix(".aside")

    async def begun() -> Any:
        request = Request(stream_scope(app, rt, scenario.people_setting.accounts["registrar"]))
        request.state.actor = await sessions.actor(request)
        answer: Any = await routes.board_live(request)
        chunks = aiter(answer.body_iterator)
        assert b"beat" in bytes(await anext(chunks))
        return chunks

    async def story() -> None:
        chunks = await begun()
        with suppress(TimeoutError):  # it follows
            async with asyncio.timeout(0.5):
                await anext(chunks)
        chunks = await begun()
        rt.db.dispose()
        path.rename(aside)
        path.mkdir()
        rt.db.dispose()
        async with asyncio.timeout(6):
            assert [bytes(chunk) async for chunk in chunks] == [b"retry: 1000\n\n"]
        path.rmdir()
        aside.rename(path)
        await begun()

    asyncio.run(story())


@on_sqlite
def test_another_process_that_keeps_the_lock_is_a_reason_to_come_again(
    rt: Runtime, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    db = Database(settings.database)
    other = sqlite3.connect(settings.database.removeprefix("sqlite:///"))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(database.DatabaseBusyError), db.write():
        pass
    other.rollback()
    with db.write():
        pass
    other.close()
    db.dispose()


@on_sqlite
def test_a_full_disk_of_the_database_is_told_and_room_helps(
    person: Any, rt: Runtime, scenario: VotingScenario
) -> None:
    officers = {lang: person(lang).sign_in("secretary") for lang in ("en", "ml")}

    def no_page_more(conn: Any, _record: Any, _proxy: Any) -> None:
        conn.execute("PRAGMA max_page_count = 1")  # as many as it has

    def as_many_as_ever(conn: Any, _record: Any, _proxy: Any) -> None:
        conn.execute("PRAGMA max_page_count = 1073741823")

    event.listen(rt.db.engine, "checkout", no_page_more)
    for lang, word in (("en", "the disk of the database"), ("ml", "ഡാറ്റാബേസിന്റെ ഡിസ്ക്")):
        is_unavailable(upload(officers[lang]), "storage", word)
    event.remove(rt.db.engine, "checkout", no_page_more)
    event.listen(rt.db.engine, "checkout", as_many_as_ever)
    assert upload(officers["en"]).status_code in (200, 303)


# --- the spool of what is sent -------------------------------------------------------------------


def test_a_full_spool_is_told_and_room_helps(
    person: Any, scenario: VotingScenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that people send lie in the system's temporary folder while they come."""
    officer = person().sign_in("secretary")
    with disk(tmp_path / "spool", 256) as spool:
        monkeypatch.setattr("tempfile.tempdir", str(spool.folder))
        spool.fill()
        answer = upload(officer, b"x" * 1_500_000)
        is_unavailable(answer, "no-room", "no room for this just now")
        spool.room(8192)
        assert upload(officer).status_code in (200, 303)
    monkeypatch.undo()


def upload(officer: Person, data: bytes | None = None) -> Any:
    """Send a file to be imported, large enough to need new pages."""
    token = officer.token("/secretary/imports")
    sent = trial_balance("2025-26") + b"\n" * 300_000 if data is None else data
    return officer.client.post(
        "/secretary/imports",
        data={"csrf": token, "kind": "auto", "book_year": "2025-26"},
        files={"file": ("tb.csv", sent)},
    )


def test_no_other_failure_of_the_system_passes_for_a_full_disk(app: Starlette) -> None:
    """It would be retried for ever instead of being looked at."""

    def broken(request: Request) -> None:
        raise FileNotFoundError(2, "No such file or directory")

    app.router.routes.insert(0, Route("/broken", broken))
    client = TestClient(app, raise_server_exceptions=False)
    assert client.get("/broken").status_code == 500
