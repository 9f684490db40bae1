"""After a recovery from a mirror: what was private is gone, and the file can be imported again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.verify.verify import Knowledge, verify_bytes
from tests.trust.books.makers import daybook, voucher
from tests.trust.books.scenario import SLUG, BooksScenario
from tests.trust.log.disasters import Disaster
from trust.books import posting, published
from trust.books import queries as books
from trust.books.model import ImportRow
from trust.books.package import society_package
from trust.log import proofs
from trust.log.package import everything
from trust.log.replay import rebuild
from trust.log.replay.check import check
from trust.log.replay.subjects import Tally
from trust.log.runtime import Runtime
from trust.log.upkeep import backup
from trust.log.upkeep.mirror import mirror
from voting import rulebook

CASH = [("Cash", "-100.00"), ("Sales", "100.00")]
FILE = daybook(*(voucher(f"g-{n}", CASH, number=str(n)) for n in range(4)))
DATES = b"event,date,note\ngeneral-meeting,2025-09-30,held\n"


@pytest.fixture
def burnt(scenario: BooksScenario, tmp_path: Path) -> Iterator[Disaster]:
    """Two files are imported after the backup of the day."""
    backup.backup(scenario.rt.db, tmp_path / "b")
    scenario.import_file(FILE, "day.xml")
    scenario.import_file(DATES, "dates.csv")
    yield from mirrored(scenario, tmp_path)


def mirrored(scenario: BooksScenario, tmp_path: Path) -> Iterator[Disaster]:
    scenario.publish()
    mirror(scenario.rt.db, str(tmp_path / "mirror"))
    made = Disaster(scenario.rt, scenario.origin, "", tmp_path / "b", tmp_path / "mirror", {})
    yield made
    made.drop()


def back(disaster: Disaster) -> BooksScenario:
    """The state after the recovery, its rows rebuilt."""
    again = disaster.restored()
    assert disaster.recover(again).troubles == []
    rebuild.rebuild(again.db, wanted=rebuild.recovered)
    assert sound(again)
    return BooksScenario(again)


def sound(rt: Runtime) -> bool:
    """Every row of the books is what its entry says."""
    return [one for one in check(rt.db, Tally()) if one.column.startswith("book_")] == []


def imports(scenario: BooksScenario) -> dict[str, ImportRow]:
    """A society's imports by their number in its list, the oldest first."""
    with scenario.rt.db.read() as conn:
        return {row.id: row for row in reversed(books.imports(conn, SLUG))}


def test_an_import_without_its_vouchers_is_lost_and_its_file_is_imported_again(
    burnt: Disaster,
) -> None:
    scenario = back(burnt)
    lost, dates = imports(scenario).values()
    assert (lost.state, lost.posted, lost.actor) == ("lost", 4, "")
    assert lost.filename == f"SHA-256 {lost.sha256}" and lost.report.refused == ()
    assert dates.state == "posted", "what is public came back"
    with scenario.rt.db.read() as conn:
        assert books.vouchers(conn, SLUG) == []
        assert [one.date for one in books.governance_dates(conn, SLUG)] == ["2025-09-30"]
    report = scenario.import_file(FILE, "day.xml")
    assert (report.state, report.posted) == ("posted", {"voucher": 4})
    assert report.import_id != lost.id
    states = {name: row.state for name, row in imports(scenario).items()}
    assert (states[lost.id], states[report.import_id]) == ("void", "posted")
    with scenario.rt.db.read() as conn:
        assert len(books.vouchers(conn, SLUG)) == 4
    assert sound(scenario.rt)
    assert scenario.import_file(FILE, "day.xml").state == "unchanged"
    assert scenario.import_file(DATES, "dates.csv").state == "unchanged"
    scenario.rt.close()


def test_a_verifier_counts_the_file_once(burnt: Disaster) -> None:
    scenario = back(burnt)
    scenario.import_file(FILE, "day.xml")
    scenario.publish()
    with scenario.rt.db.read() as conn:
        policy = proofs.policy_text(conn).encode()
        package = society_package(conn, SLUG, everything)
    known = Knowledge(published.mapping_by_hash, rulebook.standard(), policy)
    report = verify_bytes(package, known)
    assert report.exit_code == 0 and report["vouchers"].right == 4
    scenario.rt.close()


def test_an_import_backed_up_half_way_is_lost_as_a_whole(
    scenario: BooksScenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of its vouchers are in the backup, two are not; none counts until it stands again."""
    monkeypatch.setattr(posting, "CHUNK", 2)
    real, calls = posting._seal, iter(range(100))

    def dies(*arguments: object, **more: object) -> None:
        if next(calls) == 1:
            raise KeyboardInterrupt
        real(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(posting, "_seal", dies)
    with pytest.raises(KeyboardInterrupt):
        scenario.import_file(FILE, "day.xml")
    backup.backup(scenario.rt.db, tmp_path / "b")
    monkeypatch.setattr(posting, "_seal", real)
    assert scenario.import_file(FILE, "day.xml").state == "posted", "what was left of it is sealed"
    for burnt in mirrored(scenario, tmp_path):
        again = back(burnt)
        (lost,) = imports(again).values()
        assert (lost.state, lost.filename) == ("lost", "day.xml")
        report = again.import_file(FILE, "day.xml")
        assert (report.state, report.posted) == ("posted", {"voucher": 4})
        with again.rt.db.read() as conn:
            assert len(books.vouchers(conn, SLUG)) == 4
        assert sound(again.rt)
        again.rt.close()
