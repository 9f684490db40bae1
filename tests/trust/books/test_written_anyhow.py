"""Trial balances of one meaning in every usual form: what is sealed is what was meant, or it is
asked, and an altered figure is refused."""

import csv
import io
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from trust.books.model import ReadFile
from trust.books.readers.files import Hints, read_file
from trust.books.readers.sourcefile import SourceFile

HEADS = {
    "Share capital": ("Class A", "Class B"),
    "Deposits": ("Fixed deposits", "Recurring deposits", "Savings deposits"),
    "Loans": ("Crop loans", "Gold loans", "Housing loans"),
    "Assets": ("Furniture", "Cash in hand", "Bank account"),
    "Funds": ("Reserve fund", "Building fund"),
}
Said = tuple[str, int]


@dataclass(frozen=True)
class Form:
    """How a program prints its list."""

    sums: str
    columns: str
    grand: str


@st.composite
def lists(draw: st.DrawFn) -> dict[str, list[Said]]:
    """Groups of two accounts or more, debit positive, that balance; the last takes the rest."""
    names = draw(st.lists(st.sampled_from(sorted(HEADS)), min_size=2, unique=True))
    amounts = st.one_of(st.integers(-5, 5), st.integers(-(10**9), 10**9)).filter(bool)
    groups = {
        name: [(head, draw(amounts)) for head in HEADS[name][: draw(st.integers(2, 3))]]
        for name in names
    }
    rest = sum(paise for rows in groups.values() for _, paise in rows)
    last = groups[names[-1]]
    last[-1] = (last[-1][0], last[-1][1] - rest)
    return groups


FORMS = st.builds(
    Form,
    st.sampled_from(("none", "above", "below")),
    st.sampled_from(("two", "drcr")),
    st.sampled_from(("", "Total", "Grand Total")),
)


def cells(form: Form, name: str, paise: int) -> list[str]:
    """A row as the program writes it."""
    figure = f"{abs(paise) // 100}.{abs(paise) % 100:02}"
    if form.columns == "drcr":
        return [name, f"{figure} {'Dr' if paise >= 0 else 'Cr'}"]
    return [name, figure if paise > 0 else "", figure if paise < 0 else ""]


def written(groups: dict[str, list[Said]], form: Form) -> bytes:
    """The file."""
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(
        ["Particulars", "Closing balance"]
        if form.columns == "drcr"
        else ["Particulars", "Debit", "Credit"]
    )
    for name, rows in groups.items():
        both = sum(paise for _, paise in rows)
        shown = [cells(form, head, paise) for head, paise in rows]
        sum_row = cells(form, name, both)
        if form.columns == "two" and form.sums != "none":
            debit = sum(paise for _, paise in rows if paise > 0)
            credit = -sum(paise for _, paise in rows if paise < 0)
            sum_row = [name, _plain(debit), _plain(credit)]
        out.writerows(
            {"none": shown, "above": [sum_row, *shown], "below": [*shown, sum_row]}[form.sums]
        )
    if form.grand and form.columns == "two":
        every = [paise for rows in groups.values() for _, paise in rows]
        total = sum(paise for paise in every if paise > 0)
        out.writerow([form.grand, _plain(total), _plain(total)])
    return text.getvalue().encode()


def _plain(paise: int) -> str:
    return f"{paise // 100}.{paise % 100:02}" if paise else ""


def read(data: bytes) -> ReadFile:
    hints = Hints("", "", today="2026-06-01", answers={"year": "2025-26"})
    return read_file(SourceFile(data), "trial-balance", hints)


def sealed(found: ReadFile) -> dict[str, int]:
    """Ledger and paise of everything that would be sealed."""
    return {
        line.ledger: line.paise
        for voucher in found.vouchers
        for line in voucher.lines
        if line.paise
    }


@given(lists(), FORMS)
def test_what_is_sealed_is_what_was_meant_or_it_is_asked(
    groups: dict[str, list[Said]], form: Form
) -> None:
    meant = {head: paise for rows in groups.values() for head, paise in rows if paise}
    found = read(written(groups, form))
    assert found.refused or found.questions or sealed(found) == meant


@given(lists(), FORMS, st.integers(10**11, 10**12))
def test_a_list_in_which_one_figure_is_altered_is_not_taken(
    groups: dict[str, list[Said]], form: Form, more: int
) -> None:
    text = written(groups, form)
    (head, paise), *_ = next(iter(groups.values()))
    other = ",".join(cells(form, head, paise + more)).encode()
    altered = text.replace(",".join(cells(form, head, paise)).encode() + b"\r", other + b"\r", 1)
    found = read(altered)
    assert altered == text or found.refused or found.questions


def test_sums_of_large_figures_are_left_out_without_a_question() -> None:
    groups = {
        "Deposits": [("Fixed deposits", -7_25_000_00), ("Savings deposits", -1_10_500_00)],
        "Assets": [("Cash in hand", 35_500_00), ("Bank account", 8_00_000_00)],
    }
    for sums in ("above", "below"):
        found = read(written(groups, Form(sums, "drcr", "")))
        assert (found.refused, found.questions) == ((), ())
        assert sealed(found) == {head: paise for rows in groups.values() for head, paise in rows}
        assert [note.code for note in found.notes] == ["sums-left-out"]


def test_sums_that_chance_may_have_made_are_asked() -> None:
    groups = {"Deposits": [("Fixed deposits", -1), ("Savings deposits", -2)]}
    groups["Assets"] = [("Cash in hand", 1), ("Bank account", 2)]
    found = read(written(groups, Form("below", "drcr", "")))
    assert [one.code for one in found.questions] == ["sums"]


def test_it_is_told_how_plain_balances_were_read() -> None:
    for cash, own, side in (("130", "-130", "debit"), ("-130", "130", "credit")):
        rows = f"1,Cash,,130,,{cash}\n2,Own funds,,,130,{own}\n"
        text = f"Code,Name,Opening balance,Debit,Credit,Closing balance\n{rows}"
        assert [note.words for note in read(text.encode()).notes] == [f"plain-balances/{side}"]
