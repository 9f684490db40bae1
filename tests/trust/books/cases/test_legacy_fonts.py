"""Malayalam in the code of an old font: recognised, shown, converted on a yes, never sealed so."""

import csv
from pathlib import Path

import pytest

from tests.trust.books.cases.taking import content
from tests.trust.books.makers import daybook, voucher
from tests.trust.books.scenario import SLUG, BooksScenario
from trust.books import queries as books
from trust.books.published import font_code
from trust.books.pure.spellings import script

HEADS = list(csv.DictReader((Path(__file__).parents[1] / "heads.csv").open(encoding="utf-8")))
MALAYALAM = [head["head"] for head in HEADS if head["language"] == "ml"]
OTHERS = [head["head"] for head in HEADS if head["language"] != "ml"]
PARTS = {"ോ": ("േ", "ാ"), "ൊ": ("െ", "ാ"), "ൈ": ("െെ", ""), "ൌ": ("െ", "ൗ")}
VOWELS = {"ഐ": "sF", "ഓ": "Hm", "ഔ": "Hu", "ഈ": "Cu", "ഊ": "Du"}


def typed(text: str) -> str:
    """A text as somebody types it with the font: signs that are drawn on the left come first."""
    font = font_code()
    letters = sorted(((v, k) for k, v in font.base.items()), key=lambda pair: -len(pair[0]))
    after = {v: k for k, v in font.after.items()}
    before = {v: k for k, v in font.before.items()}
    made, at = "", 0
    while at < len(text):
        if text[at] in VOWELS:
            made, at = made + VOWELS[text[at]], at + 1
            continue
        found = next(((v, k) for v, k in letters if text.startswith(v, at)), None)
        if found is None:
            made, at = made + after.get(text[at], text[at]), at + 1
            continue
        at += len(found[0])
        left, below, right = "", "", ""
        for sign in ("്യ", "്വ"):
            if text.startswith(sign, at):
                below, at = below + after[sign], at + len(sign)
        if text.startswith("്ര", at):
            left, at = before["്ര"], at + 2
        if at < len(text) and text[at] in {*PARTS, "െ", "േ"}:
            first, second = PARTS.get(text[at], (text[at], ""))
            left = "".join(before[sign] for sign in first) + left
            right, at = after.get(second, ""), at + 1
        made += left + found[1] + below + right
    return made


def ledgers_sealed(scenario: BooksScenario) -> list[str]:
    with scenario.rt.db.read() as conn:
        details = [books.voucher_detail(conn, one.at) for one in books.vouchers(conn, SLUG)]
    return [name for detail in details if detail for name in detail["ledgers"]]


def test_what_is_typed_with_the_font_reads_as_it_was_meant() -> None:
    missed = [h for h in MALAYALAM if script(font_code().convert(typed(h))) != script(h)]
    assert len(missed) <= len(MALAYALAM) // 20, missed


def test_it_is_recognised_and_other_names_are_not() -> None:
    missed = [h for h in MALAYALAM if not font_code().written_in(typed(h))]
    assert len(missed) <= len(MALAYALAM) // 10, missed
    assert not [head for head in OTHERS if font_code().written_in(head)]
    names = ("Kunjamma", "GSTPayable", "McDonald", "eBay", "iPhone", "SBI C/A 00412", "x_y", "a^b")
    assert not [name for name in names if font_code().written_in(name)]


def test_a_trial_balance_in_the_code_is_asked_about(scenario: BooksScenario) -> None:
    data = content("50")
    asked = scenario.import_file(data, "50.csv")
    (one,) = [q for q in asked.questions if q.code == "legacy-font"]
    assert "കൈവശം" in one.message and "ssIhiw" in one.message and asked.debit == 100_000
    assert asked.state == "asked"
    report = scenario.import_file(data, "50.csv", answers={"legacy-font": "yes"})
    assert report.state == "posted", report
    assert ledgers_sealed(scenario)[:2] == ["കൈവശം റൊക്കം", "ഓഹരി മൂലധനം"]


def test_the_proposals_know_what_it_means(scenario: BooksScenario) -> None:
    scenario.import_file(content("50"), "50.csv", answers={"suspense": ""})
    with scenario.rt.db.read() as conn:
        rows = books.board(conn, SLUG, now=scenario.rt.clock()).rows
    assert [row.proposals[0].account for row in rows] == ["10101", "20101"]


@pytest.mark.parametrize(("answer", "name"), [("yes", "സർക്കാർ വായ്പ"), ("no", "kÀ¡mÀ hmbv]")])
def test_tally_names_too(scenario: BooksScenario, answer: str, name: str) -> None:
    data = daybook(voucher("g-1", [("kÀ¡mÀ hmbv]", "5"), ("Cash", "-5")]))
    assert scenario.import_file(data).state == "asked"
    assert scenario.import_file(data, answers={"legacy-font": answer}).state == "posted"
    assert ledgers_sealed(scenario)[0] == name
