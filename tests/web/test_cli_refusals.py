"""A command that is refused says one sentence, ends with a code, and leaves nothing half made."""

import sys
from pathlib import Path

import pytest

from web import cli

NOWHERE = "/proc/nowhere/x"


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, str]:
    """Exit code and everything said on the error stream."""
    monkeypatch.setattr(sys, "argv", ["sakshi", *words])
    capsys.readouterr()
    try:
        cli.main()
    except SystemExit as ended:
        return int(ended.code or 0), capsys.readouterr().err
    return 0, capsys.readouterr().err


def test_bad_settings_and_bad_words_are_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("SAKSHI_HOME", str(home))
    assert run(monkeypatch, capsys, "init", "cli.example")[0] == 0
    cases = [
        ({"SAKSHI_RECEIPT_TIMEOUT": "soon"}, ("status",), "SAKSHI_RECEIPT_TIMEOUT"),
        ({"SAKSHI_WITNESS_WAIT": "-1"}, ("status",), "SAKSHI_WITNESS_WAIT"),
        ({"SAKSHI_DATABASE": "secret:word"}, ("status",), "SAKSHI_DATABASE"),
        ({"SAKSHI_HOME": NOWHERE}, ("init",), "/proc/nowhere"),
        ({}, ("keys", "rotate", "nosuch", "--reason", "x"), "nosuch"),
        ({}, ("witness", "acknowledge", "99", "--reason", "x"), "99"),
        ({}, ("import", "nosuch", __file__), "nosuch"),
        ({}, ("import", "nosuch", NOWHERE), "no file"),
        ({}, ("package", "nosuch", NOWHERE), "nosuch"),
        ({}, ("backup", NOWHERE), NOWHERE),
        ({}, ("mirror", NOWHERE), NOWHERE),
    ]
    for settings, words, named in cases:
        with monkeypatch.context() as changed:
            for name, value in settings.items():
                changed.setenv(name, value)
            code, said = run(monkeypatch, capsys, *words)
        assert code in (1, 2), (words, code)
        assert named in said and "Traceback" not in said and "secret" not in said, (words, said)
        assert said.strip().endswith((".", ")")) and said.count("✗") == 1, (words, said)


def test_a_label_that_cannot_be_leaves_no_key_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The master key was made first, so the next `init` with a good label was refused for ever."""
    monkeypatch.setenv("SAKSHI_HOME", str(tmp_path / "home"))
    code, said = run(monkeypatch, capsys, "init", "Bad_Label!")
    assert code == 1 and "host label" in said
    assert run(monkeypatch, capsys, "init", "good.example")[0] == 0
