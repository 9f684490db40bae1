"""Books that were corrected in every way a file can correct them, checked by the verifier."""

from tests.audit.helpers import said
from tests.audit.test_builders import society, verify
from tests.trust.books.makers import Line, daybook, ledger, voucher
from tests.trust.books.scenario import build
from trust.log import package
from trust.log.runtime import Runtime


def test_books_corrected_again_and_again_are_right(rt: Runtime) -> None:
    """Changed, taken back, brought again, moved off suspense, with openings restated."""
    scenario = build(rt)

    def day(*amounts: int) -> bytes:
        made = []
        for number, rupees in enumerate(amounts, 1):
            lines: list[Line] = [("20101", f"-{rupees}.00"), ("Kuri fund", f"{rupees}.00")]
            made.append(voucher(f"g-{number}", lines, date="20260503", number=str(number)))
        return daybook(*(one for one, rupees in zip(made, amounts, strict=True) if rupees))

    def masters(opening: int) -> bytes:
        own = ledger("Own fund", "Capital Account", f"{opening}")
        return daybook(ledger("Kuri fund", "Loans (Liability)", f"-{opening}"), own)

    answers = {"suspense": "yes", "vanished": "reverse", "year": "2026-27"}
    for data in (day(1, 2, 3), day(1, 2, 4), day(1, 0, 4), day(1, 2, 3)):
        assert scenario.import_file(data, answers=answers).state == "posted"
    for opening in (5, 6, 5):
        said_yes = answers | {"openings": "restate", "remap": "yes"}
        assert scenario.import_file(masters(opening), answers=said_yes).state == "posted"
    scenario.publish()
    report = verify(rt, society(rt, package.everything))
    assert report["corrections"].state == "right", said(report)
    assert report["vouchers"].state == "right"
    assert (report.exit_code, report["corrections"].right) == (0, 16), said(report)
