"""`sakshi void` as a person meets it: what is refused, and what is said."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.trust.books.cases.taking import take
from tests.trust.books.scenario import BooksScenario, build
from trust.log.runtime import Runtime
from web import cli, cli_void, terminal, wiring

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def scenario(rt: Runtime) -> BooksScenario:
    """A society of these tests."""
    return build(rt)


@pytest.fixture
def run(rt: Runtime, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on this test's state: exit code, and everything it said."""

    @contextmanager
    def state() -> Iterator[Runtime]:
        with terminal.telling():
            yield rt

    wiring.load_packages()
    monkeypatch.setattr(cli_void, "state", state)

    def running(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["sakshi", *words])
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return code, said.out + said.err

    return running


def test_an_import_is_declared_void_from_the_newest_back(scenario: BooksScenario, run: Run) -> None:
    first, second = take(scenario, "03c"), take(scenario, "03d")
    code, said = run("void", "imp-none", "--reason", "wrong file")
    assert (code, "There is no import imp-none" in said) == (1, True)
    code, said = run("void", second.import_id)
    assert (code, "Say in at most 400 characters" in said) == (1, True)
    code, said = run("void", first.import_id, "--reason", "wrong file")
    assert code == 1
    assert f"sakshi void {second.import_id}" in " ".join(said.split())
    for report in (second, first):
        code, said = run("void", report.import_id, "--reason", "wrong file")
        assert (code, "is void" in said) == (0, True)
