"""A state whose tables are of another version is refused in words, and nothing is changed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from trust.database import Database
from trust.settings import Settings
from web import cli, cli_books, cli_logs, cli_recover, cli_witness, wiring
from web.errors import NewerStateError, OlderStateError
from web.migrate import check, known, migrate

NEWER = "9999"
COMMANDS: dict[str, Callable[[], None]] = {
    "status": cli.status,
    "societies": cli_books.societies,
    "serve": lambda: cli.serve(port=0),
    "fsck": cli_logs.fsck,
    "recover": cli_recover.recover,
    "witness": cli_witness.faults,
}


@pytest.fixture
def state(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """An empty state made by `sakshi init`, which the environment names."""
    monkeypatch.setenv("SAKSHI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SAKSHI_DATABASE", database_url)
    cli.init("versions.example")
    made = Database(database_url)
    yield made
    made.dispose()


def become(state: Database, version: str) -> None:
    """The state says that its tables are of that version."""
    with state.write() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})


def test_every_version_is_known_and_the_newest_passes(state: Database) -> None:
    assert known()[0] == "0001" and len(set(known())) == len(known())
    check(state)
    migrate(state)
    check(state)


@pytest.mark.parametrize("name", COMMANDS)
def test_an_older_sakshi_says_that_a_state_is_newer(
    state: Database, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    become(state, NEWER)
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        COMMANDS[name]()
    said = " ".join(capsys.readouterr().err.split())
    assert ended.value.code in (1, 2)
    assert f"newer than this Sakshi: its tables are of version {NEWER}" in said
    assert "Traceback" not in said
    with state.read() as conn:
        assert conn.execute(text("SELECT version_num FROM alembic_version")).scalar() == NEWER


def test_a_worker_does_not_open_a_state_of_another_version(state: Database) -> None:
    become(state, NEWER)
    with pytest.raises(NewerStateError):
        wiring.build(Settings.from_env())
    become(state, known()[0])
    with pytest.raises(OlderStateError, match="sakshi serve"):
        wiring.build(Settings.from_env())
