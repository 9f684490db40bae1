"""The kill matrix on a real PostgreSQL: processes killed, sessions ended (`crashes_postgres`)."""

import json
import multiprocessing
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.exc import IntegrityError

from tests.conftest import DATABASE, START
from tests.trust.log import crashes, crashes_postgres
from tests.trust.log.cluster import Cluster, cluster
from tests.trust.log.helpers import fill, open_book, publish
from trust.bulk import insert_many
from trust.log.runtime import Runtime
from trust.log.tables import installation

SEED, SHARDS = 20261122, 5
pytestmark = [
    pytest.mark.skipif(not DATABASE, reason="set SAKSHI_TEST_DATABASE=postgresql"),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    """A PostgreSQL in memory: copies of databases cost no waiting for a disk there, and SIGKILL of
    a client, or of the server's processes, takes no page from the kernel."""
    with cluster("fsync = off", "full_page_writes = off", "autovacuum = off") as made:
        yield made


@pytest.fixture
def database_url(server: Cluster) -> Iterator[str]:
    """A database there instead of one on the server that the other tests share."""
    name = f"t{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield server.url(name)
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def template(rt: Runtime) -> Runtime:
    """A log just before its tile is full and a log that is new; nobody holds the database open."""
    first, second = crashes.books(rt.host)
    open_book(rt, first.split("/")[2])
    fill(rt, first, 0, 250)
    publish(rt, first)
    open_book(rt, second.split("/")[2])
    rt.db.dispose()
    return rt


def run(rt: Runtime, tmp_path: Path, **arguments: Any) -> dict[str, Any]:
    """The dying children are forked from a clean process: this one may have threads."""
    answer, shared = tmp_path / "answer", Path("/dev/shm")
    work = Path(tempfile.mkdtemp(dir=shared if os.access(shared, os.W_OK) else tmp_path))
    arguments |= {
        "template": rt.db.url.render_as_string(hide_password=False),
        "host": rt.host,
        "home": str(rt.settings.home),
        "now": START + 60,
        "seed": SEED,
    }
    spawned = multiprocessing.get_context("spawn").Process(
        target=crashes_postgres.run, args=(str(work / "state"), arguments, str(answer))
    )
    spawned.start()
    spawned.join(110)
    spawned.kill()
    shutil.rmtree(work, ignore_errors=True)
    assert spawned.exitcode == 0
    found: dict[str, Any] = json.loads(answer.read_text())
    return found


@pytest.mark.parametrize("shard", range(SHARDS))
def test_killed_at_every_step(
    template: Runtime, tmp_path: Path, shard: int, record_property: Any
) -> None:
    done = run(template, tmp_path, what="kill", shard=shard, shards=SHARDS)
    record_property("slowest restart (s)", done["slowest"])
    assert not done["wrong"], "\n".join(done["wrong"])
    reached = {name.partition(":")[0] for name in done["names"]}
    assert reached >= {"append", "integrate", "sign/guard", "admit"}, reached
    assert any("COPY" in name for name in done["names"]) and len(done["names"]) > 40


@pytest.mark.parametrize("shard", range(2))
def test_sessions_ended_at_many_steps(template: Runtime, tmp_path: Path, shard: int) -> None:
    """The process lives on, is told so, does the same again, and nothing is lost or twice there."""
    done = run(template, tmp_path, what="end", shard=shard, shards=9)
    assert not done["wrong"], "\n".join(done["wrong"])
    assert done["faults"], "no session was ended in the middle of anything"
    assert {line.partition(":")[0] for line in done["faults"]} == {"database-lost"}


def test_a_refused_row_is_told_without_its_values(rt: Runtime) -> None:
    """Also where many rows go to the driver itself, which would tell them all."""
    twice, empty = [("CANARY name", "x")] * 2, [("CANARY name", None)]
    for rows, unless in ((twice, ()), (empty, ("name",))):
        with pytest.raises(IntegrityError) as told, rt.db.write() as conn:
            insert_many(conn, installation, ("name", "value"), rows, unless=unless)
        assert "CANARY" not in str(told.value) and "CANARY" not in str(told.value.__cause__)
