"""Proposed accounts: how many are right of heads as societies write them, and on what they rest."""

import csv
from pathlib import Path

import pytest

from trust.books.published import head_words, mapping_for
from trust.books.pure.proposals import Proposer

HEADS = list(csv.DictReader((Path(__file__).parent / "heads.csv").open(encoding="utf-8")))
ODD, EVEN = HEADS[0::2], HEADS[1::2]


def proposer(**peers: dict[str, int]) -> Proposer:
    return Proposer(mapping_for("2026-04-01"), head_words(), peers=peers)


def right(head: dict[str, str]) -> bool:
    found = proposer().propose(head["head"])
    return bool(found) and found[0].account in {head["account"], *head["also_right"].split()}


def test_the_list_is_one_to_measure_with() -> None:
    assert len(HEADS) == len({head["head"] for head in HEADS}) >= 200
    assert sum(head["language"] == "ml" for head in HEADS) >= 100
    assert all(head["source"] for head in HEADS)
    accounts = mapping_for("2026-04-01").accounts
    assert all(code in accounts for h in HEADS for code in (h["account"], *h["also_right"].split()))


@pytest.mark.parametrize("half", [ODD, EVEN], ids=["developed on", "held back"])
@pytest.mark.parametrize("language", ["en", "ml"])
def test_nine_in_ten_are_right_on_both_halves(half: list[dict[str, str]], language: str) -> None:
    mine = [head for head in half if head["language"] == language]
    missed = [head["head"] for head in mine if not right(head)]
    assert len(missed) <= len(mine) // 10, missed


def test_the_product_does_not_hold_the_list() -> None:
    """A table of roots would be the list under another name if it named most heads whole."""
    data = Path("trust/books/data")
    told = (data / "head_words-1.csv").read_text("utf-8").casefold()
    long = [head["head"] for head in HEADS if len(head["head"].split()) > 2]
    assert sum(head.casefold() in told for head in long) <= len(long) // 20


@pytest.mark.parametrize(
    ("name", "balance", "account"),
    [
        ("Suspense A/c", 100, "20816"),
        ("Suspense A/c", -100, "10719"),
        ("Branch adjustment", 100, "20817"),
        ("Rent", 100, "40301"),
        ("Rent", -100, "30106"),
        ("Interest on F.D.", 100, "40102"),
        ("Interest receivable on loans", 100, "20801"),
    ],
)
def test_the_side_of_the_balance_counts(name: str, balance: int, account: str) -> None:
    assert proposer().propose(name, balance=balance)[0].account == account


def test_a_name_of_a_person_proposes_nothing_unless_its_group_does() -> None:
    assert proposer().propose("Kunjamma of Ward Seven") == ()
    found = proposer().propose("Kunjamma of Ward Seven", groups=["Gold loan parties"])
    assert [(one.account, one.why) for one in found[:1]] == [("20505", "group")]


def test_others_are_followed_from_three_societies_on() -> None:
    few, some = {"ward box": {"20101": 2}}, {"ward box": {"20101": 3}}
    assert proposer(**few).propose("Ward  Box") == ()
    assert [one.why for one in proposer(**some).propose("Ward  Box")] == ["peers"]
