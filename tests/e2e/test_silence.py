"""A real server: its worker is heard, `sakshi status` and `/readyz` say when it is not."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.conftest import DATABASE
from tests.e2e.machine import Server, sakshi

pytestmark = pytest.mark.skipif(bool(DATABASE), reason="reads the SQLite file of the server")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A state of its own, without a server."""
    made = tmp_path / "home"
    assert sakshi(made, "init", "s7.test.example").returncode == 0
    return made


@pytest.fixture
def server(home: Path) -> Iterator[Server]:
    """It serves."""
    made = Server(home).start()
    yield made
    made.stop()


def set_pulse(home: Path, shift: int) -> None:
    """Move the worker's last pulse by so many seconds."""
    engine = create_engine(f"sqlite:///{home / 'sakshi.db'}")
    with engine.begin() as conn:
        conn.execute(text("UPDATE pulse SET at = at + :shift"), {"shift": shift})
    engine.dispose()


def test_a_worker_is_heard_and_missed(home: Path) -> None:
    assert "No worker has ever run here" in sakshi(home, "status").stdout
    server = Server(home).start()
    try:
        deadline = time.monotonic() + 60
        while server.get("/readyz").status_code != 200 and time.monotonic() < deadline:
            time.sleep(0.5)
        assert server.get("/readyz").json() == {"ready": True, "reasons": []}
        assert "No worker" not in sakshi(home, "status").stdout
    finally:
        server.stop()
    set_pulse(home, -600)
    assert "No worker has been heard since" in sakshi(home, "status").stdout


def test_the_pages_live_while_no_work_is_done(home: Path, server: Server) -> None:
    """The process answers `/healthz`; nothing may restart it for what `/readyz` says."""
    engine = create_engine(f"sqlite:///{home / 'sakshi.db'}")
    old = {"at": int(time.time()) - 300}
    with engine.begin() as conn:
        # Work that no task can do: it stays, as it would without a worker.
        conn.execute(
            text(
                "INSERT INTO outbox (event, key, payload, attempts, emitted_at)"
                " VALUES ('log', 'no/such/log', '{}', 0, :at)"
            ),
            old,
        )
    engine.dispose()
    answer = server.get("/readyz")
    assert answer.status_code == 503
    assert "outbox-old" in {item["code"] for item in answer.json()["reasons"]}
    assert server.get("/healthz").status_code == 200
    said = next(i["text"] for i in answer.json()["reasons"] if i["code"] == "outbox-old")
    assert said.rpartition(",")[0] in " ".join(sakshi(home, "status").stdout.split())
