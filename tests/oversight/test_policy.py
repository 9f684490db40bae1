"""The policy file: complete in both languages, ordered, and the only place of a threshold."""

import ast
import hashlib
import tomllib
from pathlib import Path

import pytest

from oversight.errors import PolicyError
from oversight.pure.facts import FAULTY
from oversight.pure.indicators import INDICATORS
from oversight.pure.policy_text import parse
from oversight.pure.rules import Severity, judge
from oversight.pure.wording import fill, percent, placeholders, rupees
from tests.oversight.rows import POLICY_FILE, book, loan, policy
from trust.books.pure.findings import Day, Finding, Paise

ROOM = Path(__file__).parents[2] / "oversight"
TEXT = POLICY_FILE.read_text(encoding="utf-8")

FOUND = (
    ("R1", "R1", "loans-vanished"),
    ("R1", "R1-lowered", "loans-lowered"),
    ("R1", "R1-retold", "loans-retold"),
    ("R1", "R1-replaced", "register-replaced"),
    ("R1", "R1-void", "register-void"),
    ("R1", "R1-secret", "register-not-comparable"),
    ("C1", "C1", "register-control"),
)

STRUCTURE = {0, 1, -1, 2, 3, 4, 12, 100, 500, 10_000}
"""Numbers of the calendar (3 months a quarter, first month April), of signs and indices, of paise
and basis points, of the three severities, and how much evidence is listed (500)."""


FIRST_FILE = POLICY_FILE.with_name("2026-04-01.toml")


def test_the_rules_are_there() -> None:
    first = parse(FIRST_FILE.read_text(encoding="utf-8"))
    assert [rule.id for rule in first.rules] == ["K2", "S1", "G1", "J1", "B1"]
    assert [rule.id for rule in policy().rules] == [*(r.id for r in first.rules), "R1", "C1", "T1"]


def test_the_first_policy_is_what_it_was() -> None:
    """States that adopted it name it by its hash, for ever."""
    digest = hashlib.sha256(FIRST_FILE.read_bytes()).hexdigest()
    assert digest == "decca9ce8530e0e3cf3a16a49fe500b759ea347fafd0d0e255c547030ea90bdf"


def test_a_newer_policy_changes_no_rule_without_a_new_version() -> None:
    first, newest = parse(FIRST_FILE.read_text(encoding="utf-8")), policy()
    for rule in first.rules:
        now = newest.rule(rule.id)
        assert now is not None and (now == rule or now.version > rule.version)


def test_nothing_found_is_said_so() -> None:
    """A measure at zero is not told in the sentence of a finding."""
    for rule_id in ("R1", "C1", "T1"):
        rule = policy().rule(rule_id)
        assert rule is not None
        for measure in rule.measures:
            calm = measure.words(0)
            assert calm is not measure.sentence or measure.id == "C1-sheet"
            assert measure.words(1) is measure.sentence


def test_sentences_about_registers_are_the_findings_own() -> None:
    """One finding has the same words on every face: what the policy says of it is its sentence."""
    for rule_id, measure_id, code in FOUND:
        rule = policy().rule(rule_id)
        measure = None if rule is None else rule.measure(measure_id)
        assert measure is not None
        figures: dict[str, str | int] = {"count": 46, "amount": Paise(98_00_000_00),
                   "day": Day("2026-09-30"), "before": Day("2026-06-30"),
                   "repaid": Paise(1_50), "gone": Paise(7),
                   "register": Paise(98_00_000_00), "books": Paise(817_00_000_00),
                   "gap": Paise(719_00_000_00)}  # fmt: skip
        found = Finding(code, "red", figures)
        for lang in ("en", "ml"):
            assert fill(measure.sentence[lang], found.figures) == found.text(lang)


def test_every_indicator_is_used_once() -> None:
    used = [m.indicator for rule in policy().rules for m in rule.measures]
    assert sorted(used) == sorted(INDICATORS)


def test_no_threshold_in_the_code() -> None:
    """Every number in the pure rules is one of structure; whatever decides stands in the policy."""
    found: list[str] = []
    files = sorted((ROOM / "pure").glob("*.py"))
    assert len(files) > 5
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Constant) or isinstance(node.value, bool | str | bytes):
                continue
            if isinstance(node.value, int | float) and node.value not in STRUCTURE:
                found.append(f"{file.name}:{node.lineno}: {node.value}")
    assert found == []


def test_the_threshold_of_the_policy_decides() -> None:
    facts = book(loans=[loan(n, "t-same") for n in range(5)])

    def severity(text: str) -> Severity | None:
        rule = parse(text).rule("K2")
        assert rule is not None
        return judge(rule, facts, "c", "s")[0].severity

    assert severity(TEXT) is Severity.watch
    assert severity(TEXT.replace("act = 10\n", "act = 5\n", 1)) is Severity.act
    milder = TEXT.replace("watch = 3\nact = 10\nclear = 2", "watch = 6\nact = 10\nclear = 5", 1)
    assert severity(milder) is Severity.none


def test_no_threshold_for_the_class_is_not_a_pass() -> None:
    only_women = TEXT.replace('class = "*"', 'class = "women"')
    rule = parse(only_women).rule("K2")
    assert rule is not None
    (finding,) = judge(rule, book(loans=[loan(1)]), "other", "credit")
    assert (finding.severity, finding.lead.reading.why) == (None, "no-threshold-for-class")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("watch = 3", "wach = 3", "'watch' is missing"),
        ("look_back = 1", "look_back = 1\nlookback = 2", "unknown key 'lookback'"),
        ("act = 10", "act = 2", "must get worse in that order"),
        ("clear = 2", "clear = 3", "must get worse in that order"),
        ("act = 10", "act = 10.5", "must be a int"),
        ('unit = "count"', 'unit = "days"', "not one of count"),
        ('indicator = "sales-fall"', 'indicator = "sales-rise"', "not one of"),
        ("title_ml = ", "title_hi = ", "'title_ml' is missing"),
        ('id = "S1"', 'id = "K2"', "stands there twice"),
        ("{month:month} മാസം അനുവദിച്ച", "{monthly} മാസം അനുവദിച്ച", "different figures"),
        ("params = { min_loans = 20 }", "params = { max_loans = 20 }", "'min_loans' is missing"),
        ('format = "sakshi-policy/2"', 'format = "sakshi-policy/3"', "not one of"),
        ('format = "sakshi-policy/2"', 'format = "sakshi-policy/1"', "unknown key 'zero_en'"),
        ("version = 1", "version = 0", "at least 1"),
    ],
)
def test_a_policy_with_a_fault_is_refused(old: str, new: str, says: str) -> None:
    assert old in TEXT
    with pytest.raises(PolicyError, match=says):
        parse(TEXT.replace(old, new, 1))


def test_not_toml() -> None:
    with pytest.raises(PolicyError, match="not TOML"):
        parse("rule = [")


def test_words_are_in_both_languages() -> None:
    words = tomllib.loads((ROOM / "words.toml").read_text(encoding="utf-8"))
    for section, entries in words.items():
        for name, pair in entries.items():
            assert set(pair) == {"en", "ml"}, f"{section}.{name}"
            assert pair["en"].strip() and pair["ml"].strip(), f"{section}.{name}"


def _slugs(call: ast.Call) -> set[str]:
    words = [k.value for k in call.keywords if k.arg == "why"]
    if isinstance(call.func, ast.Name) and call.func.id == "Gap":
        words.append(call.args[2])
    return {str(word.value) for word in words if isinstance(word, ast.Constant)}


def test_every_reason_for_not_assessing_has_words() -> None:
    words = tomllib.loads((ROOM / "words.toml").read_text(encoding="utf-8"))["why"]
    used = {"no-facts", *FAULTY}
    for file in sorted((ROOM / "pure").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                used |= _slugs(node)
    assert used == set(words)


def test_figures_are_written_as_people_write_them() -> None:
    assert rupees(123456789_50) == "₹12,34,56,789.50"
    assert rupees(-100_00) == "-₹100"
    assert [percent(n) for n in (0, 5, 50, 1234, 1230, -250)] == [
        "0 %",
        "0.05 %",
        "0.5 %",
        "12.34 %",
        "12.3 %",
        "-2.5 %",
    ]


def test_a_sentence_with_a_hole_is_refused() -> None:
    with pytest.raises(PolicyError, match="asks for 'sales'"):
        fill("{sales:rupees}", {"value": 1})
    with pytest.raises(PolicyError, match="no style"):
        placeholders("{value:dollars}")
    with pytest.raises(PolicyError, match="brace"):
        placeholders("{value")
