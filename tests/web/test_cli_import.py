"""`sakshi import` as a program and a person meet it: exit codes, JSON, questions, Ctrl-C."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.trust.books.cases.taking import FILES
from tests.trust.books.makers import daybook, ledger, voucher
from tests.trust.books.scenario import BooksScenario
from tests.trust.people import scenario as w
from trust.books import posting
from trust.books import queries as books
from trust.log.runtime import Runtime
from web import cli, cli_books, wiring

SLUG = w.PROFILE.slug
MEMBERS = {
    "kind",
    "company",
    "book_years",
    "debit",
    "credit",
    "vouchers",
    "rows",
    "refused",
    "questions",
    "odd",
}
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    rt: Runtime,
    scenario: BooksScenario,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Runs a command on this test's state: exit code, output, error stream."""

    @contextmanager
    def state() -> Iterator[Runtime]:
        yield rt

    wiring.load_packages()
    monkeypatch.setattr(cli_books, "state", state)
    monkeypatch.setattr(cli, "state", state)

    def running(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["sakshi", *words])
        capsys.readouterr()
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return running


def sales(count: int, *, wrong: int = 0) -> bytes:
    """A day book of sales, so many of them out of balance."""
    return daybook(
        ledger("Sales", "Sales Accounts"),
        ledger("Cash", "Cash-in-hand"),
        *(
            voucher(
                f"g-{n}",
                [("Cash", "-100.00"), ("Sales", "90.00" if n < wrong else "100.00")],
                date="20260505",
                number=str(n),
            )
            for n in range(count)
        ),
    )


@pytest.mark.parametrize(
    "words",
    [
        ("import", SLUG, "nowhere.csv"),
        ("import", SLUG, str(FILES)),
        ("import", "no-such", __file__),
        ("import", SLUG, __file__, "--answer", "year"),
        ("import", SLUG, __file__, "--answer", "=2025-26"),
        ("import", SLUG, __file__, "--answer", "year=2025-26", "--answer", "year=2024-25"),
        ("import", SLUG, __file__, "--year", "2025-26", "--answer", "year=2024-25"),
        ("import", SLUG, __file__, "--year", "2025"),
        ("import", SLUG, __file__, "--answer", "year=2025-27"),
        ("import", SLUG, __file__, "--kind", "poem"),
    ],
)
def test_wrong_use_is_told_on_the_error_stream_alone(run: Run, words: tuple[str, ...]) -> None:
    code, said, errors = run(*words, "--json")
    assert (code, said) == (2, "")
    assert errors.strip()


def test_a_day_book_is_looked_at_and_then_sealed(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "day.xml"
    file.write_bytes(sales(3))
    code, said, _ = run("import", SLUG, str(file), "--dry-run", "--json")
    told = json.loads(said)
    assert code == 0 and told.keys() >= MEMBERS
    assert (told["state"], told["kind"], told["book_years"]) == (
        "preview",
        "tally-xml",
        ["2026-27"],
    )
    assert (told["debit"], told["credit"], told["vouchers"]) == (300_00, 300_00, 3)
    assert (told["first"], told["last"]) == ("2026-05-05", "2026-05-05")
    code, said, _ = run("import", SLUG, str(file))
    assert code == 0 and "sealed" in said and "3 vouchers: debit 300.00, credit 300.00" in said
    code, said, _ = run("import", SLUG, str(file), "--json")
    assert code == 0 and json.loads(said)["state"] == "unchanged"


def test_a_question_is_told_with_the_words_that_answer_it(
    run: Run, tmp_path: Path, rt: Runtime
) -> None:
    file = tmp_path / "day.xml"
    file.write_bytes(sales(3, wrong=1))
    for words in ((), ("--dry-run",)):
        code, said, _ = run("import", SLUG, str(file), *words)
        assert code == 1 and "--answer incomplete=yes" in said
    code, said, _ = run("import", SLUG, str(file), "--json")
    told = json.loads(said)
    assert code == 1 and [one["code"] for one in told["questions"]] == ["incomplete"]
    code, said, _ = run("import", SLUG, str(file), "--answer", "incomplete=yes")
    assert code == 1 and "2 voucher" in said, "sealed, and incomplete all the same"


@pytest.mark.parametrize("data", [b"<ENVELOPE><", b"", b"\x00\xff" * 40], ids=["cut", "empty", "x"])
def test_what_cannot_be_read_is_valid_json_too(run: Run, tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "മാർച്ച് 2026.xml"
    file.write_bytes(data)
    code, said, _ = run("import", SLUG, str(file), "--json")
    told = json.loads(said)
    assert code in (1, 2) and told["refused"] and told.keys() >= MEMBERS
    assert told["filename"] == file.name


def test_stopped_in_the_middle_it_says_what_is_left_and_goes_on(
    run: Run, tmp_path: Path, rt: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "day.xml"
    file.write_bytes(sales(5))
    seal = posting._seal
    sealed: list[int] = []

    def seal_two_then_stop(*args: object) -> bool:
        if sealed:
            raise KeyboardInterrupt
        sealed.append(1)
        return seal(*args)  # type: ignore[arg-type]

    with monkeypatch.context() as stopped:
        stopped.setattr(posting, "CHUNK", 2)
        stopped.setattr(posting, "_seal", seal_two_then_stop)
        code, said, errors = run("import", SLUG, str(file), "--json")
    assert (code, said) == (130, "")
    assert "2 of 5 entries" in errors and "same command" in errors
    _, said, _ = run("status")
    assert "2 of 5 entries sealed" in said and SLUG in said
    code, _, _ = run("import", SLUG, str(file))
    assert code == 0
    with rt.db.read() as conn:
        assert books.open_imports(conn) == []


def test_stopped_while_the_head_is_awaited_it_ends_in_a_sentence(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "day.xml"
    file.write_bytes(sales(1))

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli_books, "print_head", stop)
    code, said, errors = run("import", SLUG, str(file))
    assert code == 130 and "entries sealed: 1" in said and "sakshi status" in errors


def test_stopped_before_the_first_entry_it_says_so(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "day.xml"
    file.write_bytes(sales(1))

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("trust.books.service.import_file", stop)
    code, _, errors = run("import", SLUG, str(file))
    assert code == 130 and "no entry of this file was sealed" in errors
