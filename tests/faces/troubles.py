"""The planted troubles of docs/faces.md, each in a society with two filed years.

What the server refuses to seal is sealed here by hand, as somebody with the database could.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, cast

from tests.trust.books.makers import SMALL_BOOKS, daybook, voucher
from tests.trust.books.scenario import SLUG, BooksScenario
from tests.trust.log.helpers import erased_before
from tests.web.books import trial_balance
from trust.books import queries as books
from trust.books import service as books_service
from trust.formats import canon
from trust.formats.canon import Json
from trust.log import service as logs
from trust.log.model import NewEntry

YEAR, BEFORE, RUNNING = "2025-26", "2024-25", "2026-27"
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Trouble:
    """One planted trouble.

    Attributes:
        name: as in the table.
        plant: plants it; gives the hash of the sheet that is looked at.
        codes: findings by which a face that knows of it must tell it.
        year: book year of that sheet.
        rules: oversight rules whose alert tells it on the board.
        words: parts of sentences by which the verifier tells it, where not by a finding.
        silent: the outside witness does not answer.
    """

    name: str
    plant: Callable[[BooksScenario], str]
    codes: tuple[str, ...] = ()
    year: str = YEAR
    rules: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    silent: bool = False


def _filed_before(scenario: BooksScenario) -> None:
    scenario.import_file(trial_balance(BEFORE), "tb-before.csv", year=BEFORE)
    scenario.file(BEFORE)


def _both_years(scenario: BooksScenario, data: bytes | None = None) -> str:
    _filed_before(scenario)
    scenario.import_file(data or trial_balance(YEAR), "tb.csv", year=YEAR)
    return scenario.file(YEAR).sha256


def seal(scenario: BooksScenario, record: Record) -> str:
    """Seal a statement that the server would refuse; both officers sign it."""
    signed = scenario.sign(record)
    digest = sha256(canon.canonical(signed)).hexdigest()
    with scenario.rt.db.write() as conn:
        entry = NewEntry("statement", signed, f"statement {digest}", annex={"checks": "[]"})
        logs.append(conn, scenario.origin, [entry], now=scenario.rt.clock())
    return digest


def _altered(change: Callable[[Record], Record]) -> Callable[[BooksScenario], str]:
    """The sheet of the year as drafted, changed, and sealed by hand."""

    def plant(scenario: BooksScenario) -> str:
        _filed_before(scenario)
        scenario.import_file(trial_balance(YEAR), "tb.csv", year=YEAR)
        return seal(scenario, change({**scenario.draft(YEAR).record, "signatures": []}))

    return plant


def _lines(record: Record, column: str, change: Mapping[str, int]) -> Record:
    lines = [
        {**line, column: (line[column] or 0) + change.get(line["id"], 0)}
        for line in record["lines"]
    ]
    return {**record, "lines": lines}


def _falsified(scenario: BooksScenario) -> str:
    """The officers sign another column than the one that was filed; the server seals it."""
    _filed_before(scenario)
    scenario.import_file(trial_balance(YEAR), "tb.csv", year=YEAR)
    drawn = {**scenario.draft(YEAR).record, "signatures": []}
    record = _lines(drawn, "prior", {"A2": -12_50_000_00, "L1a": -12_50_000_00})
    return books_service.file_statement(
        scenario.rt, SLUG, scenario.sign(scenario.restated(record))
    ).sha256


def _reversed(record: Record) -> Record:
    amount = next(line["paise"] for line in record["lines"] if line["id"] == "L1a")
    return _lines(record, "paise", {"L1a": -2 * amount})


def _late(scenario: BooksScenario) -> str:
    scenario.import_file(SMALL_BOOKS, "tb-before.csv", year=BEFORE)
    scenario.file(BEFORE)
    scenario.import_file(daybook(_bill("g-1", "20250601")), "books.xml")
    made = scenario.file(YEAR).sha256
    late = [_bill(f"g-{day}", f"202601{day}") for day in range(10, 20)]
    report = scenario.import_file(daybook(*late), "late.xml")
    assert report.state == "posted", report.refused
    return made


def _bill(guid: str, day: str) -> str:
    lines = [("Cash", "-2500.00"), ("Sales: consumer goods", "2500.00")]
    return voucher(guid, lines, date=day, number=guid.removeprefix("g-"))


def _missing_opening(scenario: BooksScenario) -> str:
    rows = trial_balance(YEAR).decode().splitlines()
    kept = [row for row in rows if not row.startswith(("10201,", "20702,"))]
    bank = next(row for row in kept if row.startswith("20201,"))
    cells = bank.split(",")
    for place in (2, 6):  # opening and closing debit take what the two missing rows leave
        cells[place] = str(int(cells[place]) + 20_00_000 - 12_50_000)
    kept[kept.index(bank)] = ",".join(cells)
    return _both_years(scenario, "\n".join(kept).encode() + b"\n")


def _suspense(scenario: BooksScenario) -> str:
    rows = trial_balance(YEAR).decode().splitlines()
    bank = next(row for row in rows if row.startswith("20201,"))
    cells = bank.split(",")
    cells[5] = str(int(cells[5]) + 40_000)
    cells[6] = str(int(cells[6]) - 40_000)
    rows[rows.index(bank)] = ",".join(cells)
    rows.append('20816,"Suspense",0,0,40000,0,40000,0')
    return _both_years(scenario, "\n".join(rows).encode() + b"\n")


def _unposted(scenario: BooksScenario) -> str:
    _filed_before(scenario)
    scenario.import_file(trial_balance(YEAR), "tb.csv", year=YEAR)
    begun: dict[str, Json] = {
        "kind": "import-open",
        "v": 1,
        "society": SLUG,
        "import": "imp-x",
        "book_year": YEAR,
        "format": "tables",
        "file": "0" * 64,
        "expected": 3,
    }
    with scenario.rt.db.write() as conn:
        entry = NewEntry("import-open", begun, "imp-x open")
        logs.append(conn, scenario.origin, [entry], now=scenario.rt.clock())
    return scenario.file(YEAR).sha256


def _running(scenario: BooksScenario) -> str:
    made = _both_years(scenario)
    with scenario.rt.db.read() as conn:
        found = books.statement(conn, SLUG, YEAR)
    assert found is not None
    record = cast(Record, dict(found.record))
    lines = [{**line, "prior": line["paise"]} for line in record["lines"]]
    more = {"book_year": RUNNING, "as_of": "2026-06-01", "previous": made, "supersedes": None}
    return seal(scenario, record | more | {"lines": lines, "signatures": []})


def _erased(scenario: BooksScenario) -> str:
    made = _both_years(scenario)
    with scenario.rt.db.write() as conn:
        gone = books.vouchers(conn, SLUG, YEAR)[-1]
        erased_before(conn, gone.at.origin, gone.at.index, now=scenario.rt.clock())
    return made


TROUBLES = (
    Trouble("falsified prior column", _falsified, ("prior-differs",), rules=("B1",)),
    Trouble("late entry", _late, ("late-unnamed", "late-moves"), rules=("J1",)),
    Trouble("reversed sign", _altered(_reversed), ("open-check",), words=("does not foot",)),
    Trouble("missing opening", _missing_opening, ("open-check",), words=("opens with", "opening")),
    Trouble("suspense", _suspense, ("open-check",)),
    Trouble("unposted import", _unposted, ("unposted",), words=("does not end in this log",)),
    Trouble("running year", _running, ("as-of",), year=RUNNING),
    Trouble("withheld witness", _both_years, silent=True),
    Trouble("erased payload", _erased, ("erased",)),
    Trouble("wrong `as_of`", _altered(lambda record: record | {"as_of": "2026-02-28"}), ("as-of",)),
)
