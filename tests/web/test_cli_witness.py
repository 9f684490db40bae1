"""`sakshi witness`: sweeps by hand, and what witnesses complain of."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.trust.log.witnesses import Asked, honest, scripted
from trust.formats import origins
from trust.formats.canon import Json
from trust.log import service as logs
from trust.log.model import NewEntry
from trust.log.witnesses import witness_status
from trust.settings import Settings
from web import cli, cli_witness, wiring

DATE: dict[str, Json] = {
    "kind": "governance-date",
    "v": 1,
    "society": "s-1",
    "book_year": "2026-27",
    "import": "i-1",
    "date": "2026-06-01",
    "event": "general-meeting",
}


def now() -> int:
    return int(time.time())


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A state with a society's log, published."""
    monkeypatch.setenv("SAKSHI_HOME", str(tmp_path / "home"))
    cli.init("w.example")
    rt = wiring.build(Settings.from_env())
    origin = origins.coop_origin("w.example", "s-1", origins.financial_year(now()))
    with rt.db.write() as conn:
        logs.open_log(conn, origin, now=now())
        logs.append(conn, origin, [NewEntry("governance-date", DATE, "d")], now=now())
    rt.publish([origin])
    rt.close()
    return origin


@pytest.fixture
def rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Asked], None]:
    def put(witness: Asked) -> None:
        path = tmp_path / "policy"
        path.write_text(f"{witness.line()}quorum none\n")
        monkeypatch.setenv("SAKSHI_WITNESS_POLICY", str(path))
        monkeypatch.setenv("SAKSHI_WITNESS_OWN", witness.name)

    return put


def ended(command: Callable[[], None]) -> int:
    """Exit code of a command."""
    try:
        command()
    except SystemExit as fault:
        return int(str(fault.code))
    return 0


def test_a_sweep_by_hand(
    tmp_path: Path, book: str, rule: Callable[[Asked], None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(cli_witness.sweep) == 1
    assert "SAKSHI_WITNESS_OWN" in capsys.readouterr().err
    rt = wiring.build(Settings.from_env())
    vkeys = f"{rt.signer.vkey(book)}\n"
    rt.close()
    with honest(now, tmp_path / "w", "own", vkeys) as own:
        rule(own)
        assert ended(cli_witness.sweep) == 0
        assert "own: 1 of 1 heads cosigned" in capsys.readouterr().out
        rt = wiring.build(Settings.from_env())
        with rt.db.read() as conn:
            served = witness_status.checkpoint(conn, book)
        rt.close()
        assert served is not None and b"\xe2\x80\x94 own.example " in served
        assert ended(lambda: cli_witness.sweep("own")) == 0
        assert ended(lambda: cli_witness.sweep("stranger")) == 1
    assert ended(lambda: cli_witness.faults(evidence=None)) == 0
    assert "No witness speaks of another history" in capsys.readouterr().out


def test_another_history_is_shown_until_it_is_acknowledged(
    tmp_path: Path, book: str, rule: Callable[[Asked], None], capsys: pytest.CaptureFixture[str]
) -> None:
    with scripted(tmp_path, "own", (422, b"no\n", 0)) as liar:
        rule(liar)
        assert ended(cli_witness.sweep) == 1
    assert "conflict, 1 times" in capsys.readouterr().out
    cli.status()
    assert f"own, conflict, {book} at size 1" in capsys.readouterr().out
    folder = tmp_path / "evidence"
    assert ended(lambda: cli_witness.faults(evidence=folder)) == 1
    shown = capsys.readouterr().out
    number = next(line.split()[1].rstrip(":") for line in shown.splitlines() if f" {book} " in line)
    assert (folder / f"{number}-ours.note").read_text().startswith(book)
    assert (folder / f"{number}-answer").read_bytes() == b"422\nno\n"
    assert (folder / f"{number}-theirs.note").read_bytes() == b""
    assert ended(lambda: cli_witness.acknowledge(int(number), reason="a test")) == 0
    assert ended(lambda: cli_witness.acknowledge(int(number), reason="a test")) == 1
    capsys.readouterr()
    cli.status()
    assert f"own, conflict, {book}" not in capsys.readouterr().out
    ended(lambda: cli_witness.faults(all_=True))
    assert "Acknowledged: a test" in capsys.readouterr().out
