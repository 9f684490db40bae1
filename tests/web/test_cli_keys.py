"""`sakshi keys list` shows the keys that whoever verifies puts into a policy."""

from pathlib import Path

import pytest

from trust.formats import notes, origins
from trust.log import service as logs
from trust.log.keys import society_keys
from trust.settings import Settings
from web import cli, cli_keys, wiring


def test_held_logs_and_what_they_wait_for_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SAKSHI_HOME", str(tmp_path / "home"))
    cli.init("keys.example")
    rt = wiring.build(Settings.from_env())
    year = origins.financial_year(rt.clock())
    book = origins.coop_origin("keys.example", "k-1", year)
    with rt.db.write() as conn:
        logs.open_log(conn, book, now=rt.clock())
    rt.close()
    theirs, after = notes.verifier_key(book, b"\x01" * 32), society_keys.next_year(book)
    cli_keys.hold(book, theirs.format())
    capsys.readouterr()
    cli_keys.list_()
    lines = capsys.readouterr().out.splitlines()
    assert f"open      {theirs.format()}" in lines, "the society's key, not one the signer derives"
    assert f"held      {book}: all is signed" in lines
    assert f"          next year, {after}: key not given yet" in lines
    cli_keys.hold(after, notes.verifier_key(after, b"\x02" * 32).format())
    monkeypatch.setenv("SAKSHI_TSA_URL", "http://tsa.example/")
    capsys.readouterr()
    cli.status()
    assert "no head of the state log was time-stamped yet" in capsys.readouterr().out
    cli_keys.list_(held=True)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("held ") and lines[1].endswith(f"{after}: key given")
    assert len(lines) == 2
    with pytest.raises(SystemExit) as ended:
        cli_keys.hold(f"{book}.7", notes.verifier_key(f"{book}.7", b"\x02" * 32).format())
    assert ended.value.code == 1 and "none that it would follow" in capsys.readouterr().err


def test_with_a_second_line_the_second_key_is_shown_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SAKSHI_HOME", str(tmp_path / "home"))
    cli.init("keys.example")
    shown: dict[str, list[notes.VerifierKey]] = {}
    for setting in ("0", "1"):
        monkeypatch.setenv("SAKSHI_MLDSA", setting)
        capsys.readouterr()
        cli_keys.list_()
        lines = capsys.readouterr().out.splitlines()
        shown[setting] = [notes.VerifierKey.parse(line.split()[-1]) for line in lines]
    first, second = shown["1"]
    assert shown["0"] == [first]
    assert first.name == second.name and first.name.startswith("keys.example/state/")
    assert (first.type, second.type) == (notes.ED25519, notes.COSIGNATURE_MLDSA44)
