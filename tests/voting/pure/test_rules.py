"""Rule files: read strictly, chosen by date and society, and the only home of figures of law."""

import ast
import tomllib
from datetime import date
from pathlib import Path

import pytest

from voting import rulebook
from voting.pure.errors import NoRuleError, RuleFileError
from voting.pure.rules import RuleBook, read_book, read_rules

VOTING = Path(rulebook.__file__).parent
FILES = sorted((VOTING / "rules").glob("*.toml"))
TEXT = FILES[0].read_text(encoding="utf-8")

ALLOWED = {
    ("voting/pure/ballot.py", "OFFICERS"),  # docs/formats.md 6.5: a rule of the format, not of law
    ("voting/pure/errors.py", "status"),  # of HTTP
    ("voting/errors.py", "status"),  # of HTTP
    ("voting/meetings.py", "_SLUG_IN_ID"),  # length of an id
    ("voting/casting.py", "CLOSE_SECONDS"),  # ending of a thread
}


def literals(path: Path) -> list[tuple[int, object, str]]:
    """Every number in a module but 0 and 1: line, value, and the constant it is assigned to."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = {
        id(part): target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and node.value is not None
        for part in ast.walk(node.value)
    }
    return [
        (node.lineno, node.value, named.get(id(node), ""))
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
        and (isinstance(node.value, float) or node.value not in (0, 1))
    ]


def figures_in_code(folder: Path) -> list[str]:
    """Numbers in code that might be figures of law; column widths of tables are not."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        place = path.relative_to(folder.parent).as_posix()
        for line, value, name in literals(path):
            if path.name != "tables.py" and (place, name) not in ALLOWED:
                found.append(f"{place}:{line}: {value}")
    return found


def test_no_figure_of_law_stands_in_code() -> None:
    assert figures_in_code(VOTING) == []


@pytest.mark.parametrize(
    "code", ["NOTICE = 15", "quorum = members // 5", "x = 2 / 3", "x = votes > 0.5 * members"]
)
def test_a_figure_in_code_would_be_found(tmp_path: Path, code: str) -> None:
    folder = tmp_path / "voting"
    folder.mkdir()
    (folder / "service.py").write_text(code)
    assert figures_in_code(folder)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_shipped_table_names_its_source_and_whether_to_confirm_it(path: Path) -> None:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    tables = [data["notice"], data["roll"], data["counting"]]
    tables += [*data["quorum"].values(), *data["majority"].values()]
    for table in tables:
        assert len(table["source"]) > 20
        assert isinstance(table["confirm"], bool)
        if table["source"].startswith("Assumed"):
            assert table["confirm"], "an assumed figure must be confirmed by a person of law"
    rules = read_rules(path.read_text(encoding="utf-8"))
    assert set(rules.unconfirmed()) >= {"notice", "quorum.general-body"}
    assert "majority.bye-law-amendment" not in rules.unconfirmed()


def test_the_shipped_book_is_read_and_covers_no_committee_election() -> None:
    book = rulebook.standard()
    assert len(book.sets) == len(FILES) > 0
    on = date(2026, 6, 21)
    assert book.applicable("any", "annual-general-body", on).id == "kcs-general-body"
    with pytest.raises(NoRuleError, match="committee-election"):
        book.applicable("any", "committee-election", on)


def variant(**lines: str) -> str:
    """The shipped file with some lines replaced: `id="..."` replaces the line that begins so."""
    return "\n".join(
        next((new for name, new in lines.items() if line.startswith(f"{old_name(name)} =")), line)
        for line in TEXT.splitlines()
    )


def old_name(name: str) -> str:
    return {"from_": "from"}.get(name, name)


def test_the_youngest_rule_in_force_holds_and_a_societys_own_goes_first() -> None:
    younger = variant(from_="from = 2026-04-01")
    own = variant(id='id = "own"', societies='societies = ["tvm-101"]')
    book = read_book([TEXT, younger, own])

    def chosen(society: str, on: date) -> tuple[str, date]:
        rules = book.applicable(society, "annual-general-body", on)
        return rules.id, rules.valid_from

    assert chosen("x", date(2026, 3, 31)) == ("kcs-general-body", date(2020, 1, 1))
    assert chosen("x", date(2026, 4, 1)) == ("kcs-general-body", date(2026, 4, 1))
    assert chosen("tvm-101", date(2026, 4, 1)) == ("own", date(2020, 1, 1))
    with pytest.raises(NoRuleError):
        chosen("x", date(2019, 12, 31))


def test_a_pin_names_one_text_only() -> None:
    rules = read_rules(TEXT)
    assert RuleBook((rules,)).pinned(rules.pin) is rules
    assert len(rules.pin) <= 120, "the field of the notice and the result"
    changed = read_rules(variant(days="days = 14"))
    with pytest.raises(NoRuleError, match="missing or was changed"):
        RuleBook((changed,)).pinned(rules.pin)
    with pytest.raises(NoRuleError):
        read_book([]).applicable("x", "annual-general-body", date(2026, 1, 1))


def test_two_files_of_one_id_and_date_are_refused() -> None:
    with pytest.raises(RuleFileError, match="same id and date"):
        read_book([TEXT, TEXT])


@pytest.mark.parametrize(
    "change, names",
    [
        ({"days": ""}, r"\[notice\] days"),
        ({"days": "days = true"}, r"\[notice\] days"),
        ({"days": "days = 1.5"}, r"\[notice\] days"),
        ({"days": "days = -1"}, "less than nothing"),
        ({"source": ""}, "source"),
        ({"source": 'source = " "'}, "does not name the source"),
        ({"confirm": ""}, "confirm"),
        ({"of": 'of = "rooms"'}, "is not one of"),
        ({"numerator": "numerator = 9"}, "share"),
        ({"denominator": "denominator = 0"}, "share"),
        ({"classes": "classes = [1]"}, "list of words"),
        ({"from_": 'from = "2020-01-01"'}, "date"),
        ({"id": "id = 1"}, r"\[ruleset\] id"),
        ({"clear": "clear = 1"}, r"\[notice\] clear"),
        ({"[roll]": "x"}, "."),
    ],
)
def test_malformed_rule_files_are_refused_with_the_place(
    change: dict[str, str], names: str
) -> None:
    text = variant(**change) if "[roll]" not in change else TEXT.replace("[roll]", "[rolls]")
    with pytest.raises(RuleFileError, match=names):
        read_rules(text)


@pytest.mark.parametrize("text", ["", "[", "notice = 1", "[quorum]\n"])
def test_what_is_no_rule_file_is_refused(text: str) -> None:
    with pytest.raises(RuleFileError):
        read_rules(text)


def test_a_file_without_any_majority_is_refused() -> None:
    with pytest.raises(RuleFileError, match="majority"):
        read_rules(TEXT[: TEXT.index("[majority.ordinary]")])


def test_bounds_of_a_quorum_are_read() -> None:
    text = TEXT.replace("[quorum.general-body]", "[quorum.general-body]\nat_least = 3\nat_most = 9")
    rule = read_rules(text).quorum_of("general-body")
    assert (rule.at_least, rule.at_most) == (3, 9)
