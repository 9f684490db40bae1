"""What stands about a filed sheet: told from what is sealed, in one set of words."""

import string
from typing import Any, cast

import pytest
from sqlalchemy import update

from tests.trust.books.makers import SMALL_BOOKS, daybook, voucher
from tests.trust.books.scenario import SLUG, BooksScenario
from tests.trust.log.helpers import erased_before
from trust.books import queries as books
from trust.books import service as books_service
from trust.books import telling
from trust.books.model import Posting, Voucher
from trust.books.published import mapping_for
from trust.books.pure import findingwords, later, statements
from trust.books.pure.booked import Booked, Moved
from trust.books.pure.findings import Day, Finding, Paise, colour, is_wrong
from trust.books.tables import book_posting
from trust.books.telling import SheetFindings
from trust.formats.canon import Json
from trust.log import service as logs
from trust.log.errors import AlteredError
from trust.log.model import NewEntry
from trust.log.tables import log_payload
from trust.people import queries as people

CASH, SALES = "Cash", "Sales: consumer goods"


def sale(guid: str, day: str, rupees: str = "100.00") -> str:
    """A sale against cash."""
    return voucher(
        guid, [(CASH, f"-{rupees}"), (SALES, rupees)], date=day, number=guid.removeprefix("g-")
    )


def told(scenario: BooksScenario, sha256: str) -> SheetFindings:
    """The findings about one sheet."""
    with scenario.rt.db.read() as conn:
        return books.findings(conn, SLUG)[sha256]


def codes(found: SheetFindings) -> list[str]:
    """Their codes, notes about the form left out."""
    return [item.code for item in found.found if item.code != "signature-one"]


def two_years(scenario: BooksScenario, lines: Any = None) -> tuple[str, str]:
    """The years 2024-25 and 2025-26 filed; `lines` changes the lines of the second."""
    scenario.import_file(SMALL_BOOKS, year="2024-25")
    first = scenario.file("2024-25")
    scenario.import_file(daybook(sale("g-1", "20250601")))
    record = dict(scenario.draft("2025-26").record)
    if lines is not None:
        record["lines"] = lines(record["lines"])
        record = dict(scenario.restated(record))
    second = books_service.file_statement(scenario.rt, SLUG, scenario.sign(record))
    return first.sha256, second.sha256


def test_a_sheet_in_order_is_green_and_its_column_was_compared(scenario: BooksScenario) -> None:
    first, second = (told(scenario, name) for name in two_years(scenario))
    assert (first.colour, codes(first), first.compared) == ("green", [], False)
    assert (second.colour, codes(second), second.compared) == ("green", [], True)


def test_a_falsified_column_is_told_line_by_line_with_both_figures(scenario: BooksScenario) -> None:
    def lift(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        more = {"A1": -1_000_000, "L1a": -1_000_000}
        return [{**line, "prior": line["prior"] + more.get(line["id"], 0)} for line in lines]

    _, second = two_years(scenario, lift)
    found = told(scenario, second)
    assert found.colour == "red" and not found.compared
    assert codes(found) == ["prior-differs", "prior-differs"]
    figures = {str(item.places["id"]): item.places for item in found.found if "id" in item.places}
    assert (figures["A1"]["filed"], figures["A1"]["shown"]) == (16_000_000, 15_000_000)
    text = next(item for item in found.found if item.places.get("id") == "A1").text()
    assert "1,60,000.00 was filed for 2024-25" in text and "shows 1,50,000.00" in text


def test_later_entries_are_told_with_what_they_move(scenario: BooksScenario) -> None:
    _, second = two_years(scenario)
    scenario.import_file(daybook(sale("g-9", "20260301", "250.00")), "late")
    found = told(scenario, second)
    assert found.colour == "red"
    assert codes(found)[0] == "late-unnamed"
    late = found.found[[item.code for item in found.found].index("late-unnamed")]
    assert (late.places["count"], late.places["unnamed"]) == (1, 1)
    moves = {str(i.places["id"]): i.places for i in found.found if i.code == "late-moves"}
    assert moves["A1"]["now"] == cast(int, moves["A1"]["filed"]) + 25_000
    assert moves["TC1"]["now"] == cast(int, moves["TC1"]["filed"]) + 25_000
    assert moves["L3"]["now"] == cast(int, moves["L3"]["filed"]) + 25_000


def test_what_is_told_is_the_same_as_the_books_give(scenario: BooksScenario) -> None:
    """The amounts after later entries are those of a sheet drawn up again over them."""
    _, second = two_years(scenario)
    scenario.import_file(daybook(sale("g-9", "20260301", "250.00")), "late")
    moves = {
        str(item.places["id"]): item.places["now"]
        for item in told(scenario, second).found
        if item.code == "late-moves"
    }
    drawn = scenario.draft("2025-26").figures
    assert moves and all(drawn.lines[line] == paise for line, paise in moves.items())


def test_a_correction_that_names_what_it_corrects_is_amber(scenario: BooksScenario) -> None:
    _, second = two_years(scenario)
    scenario.import_file(daybook(sale("g-1", "20250601", "140.00")), "corrected")
    found = told(scenario, second)
    assert (codes(found)[0], found.colour) == ("late-named", "amber")


def test_a_sheet_filed_again_is_amber_and_the_old_one_says_by_which(
    scenario: BooksScenario,
) -> None:
    _, second = two_years(scenario)
    scenario.import_file(daybook(sale("g-2", "20260301")), "late")
    again = scenario.file("2025-26").sha256
    old, new = told(scenario, second), told(scenario, again)
    assert (old.replaced_by, old.colour) == (again, "amber")
    assert codes(old)[:2] == ["replaced", "late-refiled"]
    assert (new.replaces, new.colour, codes(new)) == (second, "amber", ["open-check", "replaces"])


def test_a_withdrawn_import_is_told(scenario: BooksScenario) -> None:
    """The verb refuses to void an import that a sheet counts; a hand that seals it is told."""
    _, second = two_years(scenario)
    with scenario.rt.db.write() as conn:
        sold = next(row for row in books.imports(conn, SLUG) if row.format == "tally-xml")
        void: dict[str, Json] = {
            "kind": "import-close",
            "v": 1,
            "society": SLUG,
            "import": sold.id,
            "outcome": "void",
            "posted": sold.posted,
        }
        entry = NewEntry("import-close", void, f"{sold.id} close void")
        logs.append(
            conn,
            people.book_origin(conn, SLUG, scenario.rt.clock()),
            [entry],
            now=scenario.rt.clock(),
        )
    found = told(scenario, second)
    assert found.colour == "red" and codes(found)[0] == "withdrawn"
    moves = {str(i.places["id"]): i.places["now"] for i in found.found if i.code == "late-moves"}
    assert moves["TC1"] == 0


def test_the_year_after_tells_that_the_year_before_moved(scenario: BooksScenario) -> None:
    scenario.import_file(daybook(sale("g-1", "20240601")))
    scenario.file("2024-25")
    scenario.import_file(daybook(sale("g-2", "20250601")), "second")
    scenario.import_file(daybook(sale("g-3", "20250301")), "late")
    opened = told(scenario, scenario.file("2025-26").sha256)
    assert "before-changed" in codes(opened) and opened.colour == "red"
    scenario.import_file(daybook(sale("g-4", "20250302")), "later")
    since = told(scenario, opened.sha256)
    assert codes(since) == [*codes(opened), "before-late"]


def test_rows_beside_the_log_change_nothing(scenario: BooksScenario) -> None:
    """Who alters the rows of the books changes no finding; who alters a payload is told."""
    _, second = two_years(scenario)
    scenario.import_file(daybook(sale("g-9", "20260301", "250.00")), "late")
    with scenario.rt.db.write() as conn:
        conn.execute(update(book_posting).values(paise=0))
    assert "late-unnamed" in codes(told(scenario, second))
    scenario.import_file(daybook(sale("g-8", "20260302", "250.00")), "later")
    with scenario.rt.db.write() as conn:
        conn.execute(update(log_payload).values(record=b"{}"))
    with pytest.raises(AlteredError):
        told(scenario, second)


def test_movements_carry_into_the_one_result_line() -> None:
    """A loss turned into a profit leaves the assets and stands on the liabilities."""
    mapping = mapping_for("2026-03-31")
    income = next(c for c, a in mapping.accounts.items() if mapping.line[a.line].side == "income")
    cash = next(code for code, account in mapping.accounts.items() if account.line == "A1")
    item = Voucher(
        "v",
        SLUG,
        "2025-26",
        "2026-03-01",
        "Receipt",
        "tally-xml",
        (Posting(cash, 900), Posting(income, -900)),
    )
    moved = Moved((Booked((0, 9), item, 0),))
    found = later.moved_lines({"A1": 100, "A8-11": 400}, moved, mapping)
    assert found == {"L3": 500, "A1": 1000, "A8-11": 0, mapping.accounts[income].line: 900}


def test_every_sentence_stands_in_both_languages_with_the_same_places() -> None:
    for name, said in findingwords.listed():
        one, other = (
            {place for _, place, _, _ in string.Formatter().parse(text) if place}
            for text in (said["en"], said["ml"])
        )
        assert one == other, name


def test_a_finding_tells_amounts_and_days_as_people_write_them() -> None:
    places = {"year": "2025-26", "day": Day("2026-11-30")}
    item = Finding("replaces", "amber", places)
    assert "30/11/2026" in item.text("en") and "30/11/2026" in item.text("ml")
    assert item.as_json()["figures"] == {"year": "2025-26", "day": "2026-11-30"}
    assert f"{Paise(-12_345_678)}" == "-1,23,456.78"
    assert colour([]) == "green" and colour([item]) == "amber"
    assert not is_wrong(Finding("as-of", "red", {}), 1) and is_wrong(Finding("as-of", "red", {}), 2)


def test_a_figure_is_listed_only_where_it_moves() -> None:
    amounts = statements.filed_amounts({"lines": [{"id": "A1", "paise": 5, "prior": None}]})
    assert later.moved_lines(amounts, Moved(), mapping_for("2026-03-31")) == {}


def test_an_import_that_never_ended_is_told(scenario: BooksScenario) -> None:
    scenario.import_file(SMALL_BOOKS, year="2024-25")
    with scenario.rt.db.write() as conn:
        begun: dict[str, Json] = {
            "kind": "import-open",
            "v": 1,
            "society": SLUG,
            "import": "imp-x",
            "book_year": "2024-25",
            "format": "tables",
            "file": "0" * 64,
            "expected": 3,
        }
        origin = people.book_origin(conn, SLUG, scenario.rt.clock())
        logs.append(
            conn, origin, [NewEntry("import-open", begun, "imp-x open")], now=scenario.rt.clock()
        )
    found = told(scenario, scenario.file("2024-25").sha256)
    assert (found.colour, codes(found)) == ("red", ["unposted"])
    assert "1 imports of 2024-25 were begun and never ended" in found.found[-1].text()


def test_erased_vouchers_are_told_of_every_sheet_that_rests_on_them(
    scenario: BooksScenario,
) -> None:
    first, second = two_years(scenario)
    with scenario.rt.db.write() as conn:
        origin = people.book_origin(conn, SLUG, scenario.rt.clock())
        sold = books.vouchers(conn, SLUG, "2025-26")[0]
        erased_before(conn, origin, sold.at.index, now=scenario.rt.clock())
    assert (told(scenario, second).colour, codes(told(scenario, second))) == ("amber", ["erased"])
    assert told(scenario, second).found[-1].places["count"] == 1
    assert "erased" not in codes(told(scenario, first))


def test_what_is_read_on_is_what_is_read_anew(scenario: BooksScenario) -> None:
    """Findings of a process that followed the log are those of one that has just started."""

    def same() -> None:
        with scenario.rt.db.read() as conn:
            followed = books.findings(conn, SLUG)
            telling.forget()
            assert books.findings(conn, SLUG) == followed

    def followed() -> dict[str, SheetFindings]:
        with scenario.rt.db.read() as conn:
            return books.findings(conn, SLUG)

    scenario.import_file(daybook(sale("g-1", "20240601")))
    scenario.file("2024-25")
    same()
    followed()
    scenario.import_file(daybook(sale("g-2", "20250601"), sale("g-3", "20250301")), "second")
    followed()
    second = scenario.file("2025-26").sha256
    late = scenario.import_file(daybook(sale("g-4", "20260301")), "late")
    assert late.ok and "late-unnamed" in codes(followed()[second])
    same()
    followed()
    with scenario.rt.db.write() as conn:
        index = books.vouchers(conn, SLUG, "2025-26")[-1].at.index
        erased_before(conn, scenario.origin, index, now=scenario.rt.clock())
    gone = codes(followed()[second])
    assert "late-closed" in gone and "late-unnamed" not in gone
    same()


def test_what_was_rolled_back_is_forgotten(scenario: BooksScenario) -> None:
    """Findings asked for inside a transaction that fails leave nothing behind."""
    _, second = two_years(scenario)
    entry: dict[str, Json] = {
        "kind": "late-entries",
        "v": 1,
        "society": SLUG,
        "book_year": "2025-26",
        "statement": second,
        "book_origin": scenario.origin,
        "book_size": 1,
        "book_root": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "reason": "Never sealed.",
    }
    with pytest.raises(ZeroDivisionError), scenario.rt.db.write() as conn:
        new = NewEntry("late-entries", entry, "x")
        logs.append(conn, scenario.origin, [new], now=scenario.rt.clock())
        assert "Never sealed." in str(books.findings(conn, SLUG))
        _ = 1 // 0
    assert "Never sealed." not in str(told(scenario, second))
    scenario.import_file(daybook(sale("g-9", "20260301")), "late")
    assert "Never sealed." not in str(told(scenario, second))
