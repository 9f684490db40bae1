"""`sakshi keys list` shows the keys that whoever verifies puts into a policy."""

from __future__ import annotations

from pathlib import Path

import pytest

from trust.formats import notes
from web import cli, cli_keys


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
