"""What every test may ask for, and which tests run where.

Without settings the suite needs no browser and no service. CI sets

- ``SAKSHI_TEST_BROWSER=1``: run ``tests/browser`` in Chromium;
- ``SAKSHI_TEST_DATABASE=postgresql``: ``database_url`` gives a fresh PostgreSQL database
  (server: ``SAKSHI_TEST_POSTGRES``, else the local one) instead of an SQLite file;
- ``SAKSHI_TEST_BROKER=redis|rabbitmq``: ``broker_url`` names that broker instead of memory.

A test that needs one of these and does not get it is skipped with the reason printed.
"""

import dataclasses
import importlib
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, cast

import hypothesis
import pytest
from sqlalchemy import inspect

from tests.rotation import SEED, fix_seed, rotate
from tests.simulator import states
from tests.simulator.clock import ManualClock
from tests.simulator.signer import DirectSigner
from tests.simulator.states import State
from trust.database import Database, metadata
from trust.log import boot
from trust.log.runtime import Runtime
from trust.settings import Settings

# Several test runs share a machine: a slow example is not a failure.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")

ROOT = Path(__file__).resolve().parent.parent
DATABASE = os.environ.get("SAKSHI_TEST_DATABASE", "")
BROKER = os.environ.get("SAKSHI_TEST_BROKER", "")
BROWSER = os.environ.get("SAKSHI_TEST_BROWSER", "")
POSTGRES = os.environ.get("SAKSHI_TEST_POSTGRES", "postgresql://127.0.0.1/postgres")
START = 1_780_300_800
"""The moment tests begin at: 2026-06-01 08:00 UTC, in log year 2026-27."""
HOST = "s0.test.example"
BROKERS = {
    "": "memory://",
    "redis": "redis://127.0.0.1:6379/9",
    "rabbitmq": "amqp://guest:guest@127.0.0.1:5672//",
}

MEMORY = Path("/dev/shm")
# Every test commits dozens of times: in memory that costs microseconds instead of milliseconds.
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 2 << 30:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

if DATABASE not in {"", "postgresql"}:
    raise pytest.UsageError(f"SAKSHI_TEST_DATABASE={DATABASE}: only 'postgresql' is known")
if BROKER not in BROKERS:
    raise pytest.UsageError(f"SAKSHI_TEST_BROKER={BROKER}: only 'redis' and 'rabbitmq' are known")


def pytest_report_header() -> str:
    """Which cases of long matrices have their turn."""
    return f"rotated by {SEED}={fix_seed()}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark ``tests/browser`` as browser tests and skip what this run has not been given."""
    rotate(items)
    for item in items:
        if ROOT / "tests" / "browser" in item.path.parents:
            item.add_marker("browser")
        if item.get_closest_marker("browser") and BROWSER != "1":
            item.add_marker(pytest.mark.skip(reason="set SAKSHI_TEST_BROWSER=1 to run in Chromium"))
        if item.get_closest_marker("services") and not (DATABASE or BROKER):
            item.add_marker(
                pytest.mark.skip(reason="set SAKSHI_TEST_DATABASE and SAKSHI_TEST_BROKER")
            )


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of reference data and test vectors that stands beside the project."""
    folder = Path(os.environ.get("SAKSHI_SHARED_DIR", ROOT.parent / "shared"))
    if not (folder / "vectors").is_dir():
        pytest.skip(f"no reference data at {folder} (SAKSHI_SHARED_DIR names another place)")
    return folder


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database with every table, made once for all tests of this process: the file to copy, or
    the name of the PostgreSQL database to take as a template."""
    load_tables()
    if not DATABASE:
        path = tmp_path_factory.mktemp("tables") / "sakshi.db"
        _make_tables(f"sqlite:///{path}")
        yield str(path)
        return
    with _postgres_database() as (name, url):
        _make_tables(url)
        yield name


def _make_tables(url: str) -> None:
    database = Database(url)
    metadata.create_all(database.engine)
    database.dispose()


@contextmanager
def _postgres_database(template: str = "template1") -> Iterator[tuple[str, str]]:
    """A PostgreSQL database that is dropped afterwards: its name and address."""
    import psycopg
    from psycopg import sql
    from sqlalchemy import make_url

    name = f"sakshi_test_{uuid.uuid4().hex[:12]}"
    own = make_url(POSTGRES).set(drivername="postgresql+psycopg", database=name)
    made = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with psycopg.connect(POSTGRES, autocommit=True) as admin:
        admin.execute(made.format(sql.Identifier(name), sql.Identifier(template)))
        try:
            yield name, own.render_as_string(hide_password=False)
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def state_of(request: pytest.FixtureRequest) -> State | None:
    """The state that a test begins with (`tests/simulator/states.py`); None: with an empty one."""
    name = next((name for name in request.fixturenames if name.startswith("state_")), None)
    return None if name is None else cast(State, request.getfixturevalue(name))


StateMaker = Callable[[Callable[[Runtime], Any]], AbstractContextManager[State]]


@pytest.fixture(scope="session")
def make_state(tables: str, tmp_path_factory: pytest.TempPathFactory) -> StateMaker:
    """Makes a state that tests begin with, by a function that builds it over a runtime."""

    @contextmanager
    def database() -> Iterator[tuple[str, str]]:
        if DATABASE:
            with _postgres_database(tables) as found:
                yield found
            return
        path = tmp_path_factory.mktemp("state") / "sakshi.db"
        shutil.copyfile(tables, path)
        yield str(path), f"sqlite:///{path}"

    def make(build: Callable[[Runtime], Any]) -> AbstractContextManager[State]:
        return states.made(database, tmp_path_factory.mktemp("home"), HOST, START, build)

    return make


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database of this test's own, dropped afterwards; empty, unless the test
    asks for `db` and gets every table, or for a state and gets a copy of it."""
    state, template = state_of(request), None
    if state is not None:
        template = state.database
    elif "db" in request.fixturenames:
        template = request.getfixturevalue("tables")
    if DATABASE:
        with _postgres_database(template or "template1") as (_, url):
            yield url
        return
    path = tmp_path / "sakshi.db"
    if template:
        shutil.copyfile(template, path)
    yield f"sqlite:///{path}"


@pytest.fixture
def broker_url() -> str:
    """The message broker this run was given, its task queue emptied; ``memory://`` without one."""
    url = BROKERS[BROKER]
    if BROKER:
        from kombu import Connection

        with Connection(url, connect_timeout=5) as connection:
            connection.ensure_connection(max_retries=3)
            queue = connection.SimpleQueue("celery")
            queue.clear()
            queue.close()
    return url


def load_tables() -> None:
    """Import every table module of the tree, so that `metadata` is whole."""
    for path in sorted(ROOT.glob("*/tables.py")) + sorted(ROOT.glob("*/*/tables.py")):
        if path.relative_to(ROOT).parts[0] != "tests":
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    importlib.import_module("trust.pulse")
    importlib.import_module("trust.outbox")
    from web import wiring

    for name in wiring.PROJECTIONS:
        importlib.import_module(name)


@pytest.fixture
def settings(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: str, broker_url: str
) -> Settings:
    """Settings of a state of this test's own."""
    if (state := state_of(request)) is not None:
        state.copy_home(tmp_path / "home")
    made = Settings.from_env({"SAKSHI_HOME": str(tmp_path / "home")})
    # A secret of its own: counts of requests in a shared broker are named under it.
    secret = uuid.uuid4().hex
    own: dict[str, Any] = {"database": database_url, "broker": broker_url}
    return dataclasses.replace(made, argon2_memory_kib=64, session_secret=secret, **own)


@pytest.fixture
def clock(request: pytest.FixtureRequest) -> ManualClock:
    """A clock that stands still until the test moves it."""
    state = state_of(request)
    return ManualClock(START if state is None else state.now)


@pytest.fixture
def db(settings: Settings) -> Iterator[Database]:
    """An empty database with every table."""
    database = Database(settings.database)
    if not inspect(database.engine).has_table("installation"):  # a test's own `database_url`
        load_tables()
        metadata.create_all(database.engine)
    yield database
    database.dispose()


@pytest.fixture
def rt(
    request: pytest.FixtureRequest, settings: Settings, db: Database, clock: Callable[[], int]
) -> Iterator[Runtime]:
    """A runtime over a fresh state, with the signer's own code answering in this process."""
    if state_of(request) is None:
        boot.make_state(db, settings, HOST, now=clock())
    runtime = boot.open_state(settings, db, clock=clock, signer=DirectSigner(settings.signer_home))
    yield runtime
    runtime.close()
