"""The verifier against the real web application, over the addresses it publishes."""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from audit import fetch, targets, trees
from audit.verify.report import Report
from audit.verify.verify import History, Knowledge, Source, verify_history
from tests.audit.helpers import said
from tests.simulator.clock import ManualClock
from tests.trust.books.makers import SMALL_BOOKS, daybook, voucher
from tests.trust.books.scenario import SLUG, BooksScenario, build
from tests.web.books import trial_balance
from trust.books import published
from trust.books.package import society_package
from trust.formats import notes, tiles
from trust.formats.times import IST
from trust.log import proofs
from trust.log import queries as log_queries
from trust.log.package import everything
from trust.log.runtime import Runtime
from voting import rulebook
from web.app import create_app

SALE = [("Cash", "-100.00"), ("Sales: consumer goods", "100.00")]


@pytest.fixture
def scenario(rt: Runtime) -> BooksScenario:
    """Two years of books, both sheets filed and published."""
    made = build(rt)
    for year in ("2024-25", "2025-26"):
        made.import_file(trial_balance(year), f"tb-{year}.csv", year=year)
        made.file(year)
    made.publish()
    return made


@pytest.fixture
def wire(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bytes]]:
    """Lets `fetch` talk to the application; what a test puts in comes instead of the answer."""
    forged: dict[str, bytes] = {}
    with TestClient(create_app(rt), base_url="http://testserver") as client:

        def get(url: str, limit: int, timeout: float = 0) -> bytes:
            path = urlsplit(url).path
            if path in forged:
                return forged[path]
            answer = client.get(path)
            if answer.status_code != 200:
                raise fetch.FetchError(f"{path} answered {answer.status_code}.")
            return answer.content

        monkeypatch.setattr(fetch, "get", get)
        yield forged


def ask(rt: Runtime, path: str, policy: bytes | None = None) -> Report | History:
    if policy is None:
        with rt.db.read() as conn:
            policy = proofs.policy_text(conn).encode()
    known = Knowledge(
        published.mapping_by_hash, rulebook.standard(), policy, filings=published.filing_rules()
    )
    return targets.verify([f"http://testserver{path}"], known, 5.0, lambda text: None)


def verify(rt: Runtime, path: str) -> Report:
    """Of a society with one log."""
    found = ask(rt, path)
    assert isinstance(found, Report)
    return found


def test_a_society_page_and_a_log_prefix_lead_to_the_same_verdict(
    scenario: BooksScenario, wire: dict[str, bytes]
) -> None:
    for path in (f"/s/{SLUG}", f"/s/{SLUG}/2025-26", f"/l/{scenario.origin}"):
        report = verify(scenario.rt, path)
        assert report.exit_code == 0, said(report)
        assert report["other-heads"].state == "right"
        assert report["signatures"].right == 2
        assert report["comparative"].right == 1
        assert report["sheets"].state == "not-checked"


def test_an_application_that_lies_about_a_sheet_is_wrong(
    scenario: BooksScenario, wire: dict[str, bytes]
) -> None:

    with scenario.rt.db.read() as conn:
        digest, document = next(
            item
            for item in log_queries.documents(conn, scenario.origin)
            if b'"statement"' in item[1]
        )
    wire[f"/l/{scenario.origin}/doc/{digest}"] = document.replace(b'"profit":', b'"profit":1', 1)
    report = verify(scenario.rt, f"/s/{SLUG}")
    assert report.exit_code == 1
    named = [found.entry for found in report.findings("wrong") if found.entry is not None]
    assert named and named[0].kind == "statement"


# ---- over several years


@pytest.fixture
def long_house(rt: Runtime, clock: ManualClock) -> tuple[BooksScenario, bytes]:
    """Three log years with a sheet that rests on two of them; and the policy of the first year."""
    made = build(rt)
    made.import_file(SMALL_BOOKS, year="2025-26")
    made.file("2025-26")
    made.publish()
    with rt.db.read() as conn:
        pinned = proofs.policy_text(conn).encode()
    made.import_file(daybook(voucher("g-1", SALE, date="20260601")))
    made.publish()
    for year in (2027, 2028):
        clock.now = int(datetime(year, 4, 1, tzinfo=IST).timestamp()) + 3600
        sale = voucher(f"y-{year}", SALE, date=f"{year}0331", number=str(year))
        made.import_file(daybook(sale))
        made.publish()
        if year == 2027:
            made.file("2026-27")
            made.publish()
    return made, pinned


def test_a_servers_address_covers_every_year(
    long_house: tuple[BooksScenario, bytes], wire: dict[str, bytes]
) -> None:
    """With the policy of the first year: closed state logs lead to the keys of today."""
    scenario, pinned = long_house
    for policy in (None, pinned):
        for path in (f"/s/{SLUG}", f"/l/{scenario.origin}", f"/l/{scenario.origin[:-7]}2026-27"):
            found = ask(scenario.rt, path, policy)
            assert isinstance(found, History) and found.seams is not None
            assert found.exit_code == 0, [said(report) for report in found.reports]
            assert [part.found.origin[-7:] for part in found.parts] == [
                "2026-27",
                "2027-28",
                "2028-29",
            ]
            assert found.seams["continued"].right == found.seams["unbroken"].right == 2
            for part in found.parts:
                assert part.report["other-heads"].state == "right"
                assert part.report["state-logs"].right == 2
                assert part.report["years"].state == "right"
            assert found.parts[1].report["signatures"].right == 1


def test_packages_of_every_year_with_the_policy_of_the_first(
    long_house: tuple[BooksScenario, bytes],
) -> None:
    scenario, pinned = long_house
    with scenario.rt.db.read() as conn:
        packages = [
            Source(year, society_package(conn, SLUG, everything, year=year))
            for year in ("2028-29", "2026-27", "2027-28")
        ]
    known = Knowledge(
        published.mapping_by_hash, rulebook.standard(), pinned, filings=published.filing_rules()
    )
    found = verify_history(packages, known)
    assert found.exit_code == 0, [said(report) for report in found.reports]
    sheets = [part.report["sheets"] for part in found.parts]
    assert [check.right for check in sheets] == [1, 1, 0], "2026-27 was computed from two logs"
    assert found.parts[1].report["comparative"].right == 1
    gap = verify_history(packages[:2], known)
    assert gap.exit_code == 2 and gap.seams is not None
    assert "2027-28" in said(gap.seams, "missing")["unbroken"]


def test_a_server_that_withholds_a_year_is_found_out(
    long_house: tuple[BooksScenario, bytes], wire: dict[str, bytes]
) -> None:
    """It answers for the logs of two years only; the state log tells of the third."""
    scenario, _ = long_house
    middle = f"{scenario.origin[:-7]}2027-28"
    with scenario.rt.db.read() as conn:
        head = log_queries.latest_head(conn, middle)
    assert head is not None
    wire[f"/l/{middle}/tile/entries/000.p/{head[0]}"] = b"gone"
    found = ask(scenario.rt, f"/s/{SLUG}")
    assert isinstance(found, History) and found.seams is not None
    assert found.exit_code == 2
    missing = [one.text for one in found.seams.findings("missing")]
    assert any(middle in text for text in missing)


def test_a_server_that_hides_the_next_state_log_is_found_out(
    long_house: tuple[BooksScenario, bytes], wire: dict[str, bytes]
) -> None:
    """Its policy names the first state log only: the closing entry of that one leads on."""
    scenario, pinned = long_house
    wire["/policy"] = pinned
    found = ask(scenario.rt, f"/s/{SLUG}", pinned)
    assert isinstance(found, History) and found.exit_code == 0
    assert len(found.parts) == 3


def test_state_logs_that_only_the_verifier_pins_are_read_too(
    long_house: tuple[BooksScenario, bytes], wire: dict[str, bytes]
) -> None:
    """The server's policy names the newest one alone; what stands in the others would be hidden."""
    scenario, _ = long_house
    with scenario.rt.db.read() as conn:
        whole = proofs.policy_text(conn).encode()
    first, _, third, *rest = whole.splitlines(keepends=True)
    assert first.startswith(b"log ") and b"/state/2028-29" in third
    wire["/policy"] = b"".join([third, *rest])
    found = ask(scenario.rt, f"/s/{SLUG}", whole)
    assert isinstance(found, History) and found.exit_code == 0
    assert len(found.parts) == 3


def test_a_pinned_state_log_that_is_not_served_is_missing(
    scenario: BooksScenario, wire: dict[str, bytes]
) -> None:
    with scenario.rt.db.read() as conn:
        policy = proofs.policy_text(conn).encode()
    state = policy.decode().split(" ")[1].partition("+")[0]
    hidden = f"{state[:-7]}2031-32"
    more = f"log {notes.verifier_key(hidden, bytes(32)).format()}\n".encode()
    found = ask(scenario.rt, f"/s/{SLUG}", more + policy)
    assert found.exit_code == 2 and isinstance(found, Report)
    assert hidden in said(found, "missing")["other-heads"]


def test_rubbish_in_a_state_log_is_a_sentence_and_no_crash(
    scenario: BooksScenario, wire: dict[str, bytes]
) -> None:
    with scenario.rt.db.read() as conn:
        state = log_queries.logs(conn, "state")[0].origin
        head = log_queries.latest_head(conn, state)
    assert head is not None
    path = f"/l/{state}/tile/entries/000.p/{head[0]}"
    entries = tiles.decode_bundle(fetch.get(path, 1 << 20), head[0])
    at = next(i for i, entry in enumerate(entries) if entry.startswith(b"sakshi/1 log-key "))
    entries[at] = b"sakshi/1 log-key garbage"
    wire[path] = tiles.encode_bundle(entries)
    with pytest.raises(fetch.FetchError, match="no entry that a log may hold"):
        ask(scenario.rt, f"/s/{SLUG}")


@pytest.mark.parametrize("limit", [3_000, 20_000, 30_000])
def test_a_server_gives_so_much_and_no_more(
    long_house: tuple[BooksScenario, bytes],
    wire: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    limit: int,
) -> None:
    """The limit is met among the state logs, and among the logs of the years."""
    scenario, _ = long_house
    monkeypatch.setattr(trees, "MAX_BYTES", limit)
    with pytest.raises(trees.TooMuchError, match="kept in one"):
        ask(scenario.rt, f"/s/{SLUG}")
