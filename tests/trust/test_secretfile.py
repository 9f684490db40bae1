"""Secrets in files: made once, whole, and read without a word of them in a refusal."""

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from trust import secretfile
from trust.settings import SecretFileError, Settings

NAME = "SAKSHI_DATABASE_PASSWORD_FILE"


def test_many_at_once_make_one_secret(tmp_path: Path) -> None:
    path = tmp_path / "one"
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: secretfile.made_once(path), range(40)))
    assert len(made) == 1 and len(made.pop()) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["one"]


def test_the_command_makes_files_that_the_database_reads(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "trust.secretfile", str(tmp_path / "database")]
    for _ in range(2):
        subprocess.run(command, check=True)
    assert stat.S_IMODE((tmp_path / "database").stat().st_mode) == 0o644


def test_the_password_goes_into_the_address_escaped(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("a@b:c/d%\n")
    env = {
        "SAKSHI_HOME": str(tmp_path / "home"),
        "SAKSHI_DATABASE": "postgresql+psycopg://sakshi@db:5432/sakshi",
        NAME: str(tmp_path / "pw"),
    }
    found = Settings.from_env(env).database
    assert found == "postgresql+psycopg://sakshi:a%40b%3Ac%2Fd%25@db:5432/sakshi"
    del env[NAME]
    assert Settings.from_env(env).database == env["SAKSHI_DATABASE"]


@pytest.mark.parametrize("content", [None, b"", b" \n", b"two\nlines\n", b"\xff\xfe\n"])
def test_a_file_that_holds_no_password_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "pw"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SecretFileError, match=NAME) as told:
        Settings.from_env({"SAKSHI_HOME": str(tmp_path / "home"), NAME: str(path)})
    assert "two" not in str(told.value)
