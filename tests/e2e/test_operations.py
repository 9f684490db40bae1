"""The list of settings in docs/operations.md is the list in the code, defaults included."""

import re
from pathlib import Path

from tests.conftest import ROOT
from trust.settings import Settings

_ROW = re.compile(r"^\| `(SAKSHI_[A-Z0-9_]+)` \| (.+?) \| (.+) \|$", re.MULTILINE)
_READ = re.compile(r'env\.get\("(SAKSHI_[A-Z0-9_]+)"(?:, "([^"]*)")?\)')


def test_every_setting_is_listed_with_its_default() -> None:
    code = dict(_READ.findall((ROOT / "trust" / "settings.py").read_text("utf-8")))
    listed = {name: default for name, default, _ in _rows()}
    every = re.findall(r'"(SAKSHI_[A-Z0-9_]+)"', (ROOT / "trust/settings.py").read_text("utf-8"))
    assert set(listed) == set(every)
    plain = {name: default for name, default in code.items() if default}
    assert len(plain) >= 6
    for name, default in plain.items():
        assert listed[name] == f"`{default}`", name


def test_defaults_without_any_setting(tmp_path: Path) -> None:
    made = Settings.from_env({"SAKSHI_HOME": str(tmp_path)})
    assert made.database == f"sqlite:///{tmp_path / 'sakshi.db'}"
    assert made.signer_home == tmp_path / "signer"
    assert (tmp_path / "session.key").stat().st_mode & 0o777 == 0o600


def _rows() -> list[tuple[str, str, str]]:
    found = _ROW.findall((ROOT / "docs" / "operations.md").read_text("utf-8"))
    assert found
    return found
