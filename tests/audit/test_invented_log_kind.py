"""A kind of log that nobody knew before: a row, a builder and a checker are all it takes."""

import pytest

from audit.monitoring import rules
from audit.verify import part
from audit.verify.carried import Carried
from audit.verify.openings import Opened
from audit.verify.part import CHECKERS, Checker, Knowledge, Part
from audit.verify.report import Report
from audit.verify.verify import verify_bytes
from tests.simulator.clock import ManualClock
from tests.trust.log.helpers import open_book
from trust.books import published
from trust.formats import archive, fields, logkinds, origins, records
from trust.formats.canon import Json
from trust.formats.errors import FormatError
from trust.formats.fields import Field
from trust.formats.kinds.base import kind
from trust.formats.logkinds import LogKind
from trust.log import lineage, package, projections, proofs, shards
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.checks import fsck
from trust.log.errors import LogError
from trust.log.model import NewEntry
from trust.log.runtime import Runtime
from voting import rulebook

# 1. The row, and a kind of record that stands in such a log.
INQUIRY = LogKind("inquiry", named=True, yearly=True, package="inquiry")
STEP = kind("step", "inquiry", False, "what an inquiry did", Field("text", fields.text(80), "it"))


# 2. The builder.
def inquiry_package(rt: Runtime, origin: str) -> bytes:
    with rt.db.read() as conn:
        return archive.pack(package.common_members(conn, origin, package.everything))


# 3. The checker.
def check_inquiry(
    own: Part, opened: Opened, _known: Knowledge, _before: Carried | None, _last: bool
) -> None:
    check = own.report["steps"]
    for _, record in opened.of("step"):
        if "secret" in str(record["text"]):
            check.wrong("A step is secret.")
        check.ok()


CHECKER = Checker((("steps", "No step of the inquiry is secret."),), check_inquiry)


@pytest.fixture
def inquiry(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(logkinds.KINDS, "inquiry", INQUIRY)
    monkeypatch.setitem(part.CHECKERS, "inquiry", CHECKER)
    monkeypatch.setitem(records.KINDS, ("step", 1), STEP)
    monkeypatch.setitem(records._NEWEST, "step", STEP)
    monkeypatch.setattr(records, "NAMES", {*records.NAMES, "step"})
    monkeypatch.setattr(projections, "_registry", dict(projections._registry))
    projections.without_rows("step")
    origin = f"{rt.host}/inquiry/gold-loans/{origins.financial_year(rt.clock())}"
    with rt.db.write() as conn:
        logs.open_log(conn, origin, now=rt.clock())
    return origin


def step(rt: Runtime, origin: str, text: str) -> None:
    record: dict[str, Json] = {"kind": "step", "v": 1, "text": text}
    with rt.db.write() as conn:
        logs.append(conn, origin, [NewEntry("step", record, text)], now=rt.clock())


def report_of(rt: Runtime, origin: str) -> Report:
    rt.publish([origin])
    with rt.db.read() as conn:
        policy = proofs.policy_text(conn).encode()
    known = Knowledge(published.mapping_by_hash, rulebook.standard(), policy)
    return verify_bytes(inquiry_package(rt, origin), known)


def test_its_package_is_built_and_checked(rt: Runtime, inquiry: str) -> None:
    step(rt, inquiry, "books were seized")
    report = report_of(rt, inquiry)
    assert report.findings("wrong") == [], report.findings("wrong")
    assert report.exit_code == 0 and report["steps"].right == 1
    step(rt, inquiry, "a secret step")
    assert report_of(rt, inquiry)["steps"].state == "wrong"
    assert list(fsck.check(rt.db, rt.signer)) == []


def test_its_name_its_year_and_its_entries_are_those_of_its_row(
    rt: Runtime, clock: ManualClock, inquiry: str
) -> None:
    parsed = origins.parse_origin(inquiry)
    assert (parsed.kind, parsed.subject, parsed.year) == ("inquiry", "gold-loans", "2026-27")
    with pytest.raises(FormatError):
        origins.parse_origin(f"{rt.host}/inquiry/gold-loans")
    step(rt, inquiry, "books were seized")
    with pytest.raises(LogError, match="does not belong"):
        step(rt, open_book(rt), "books were seized")
    place = rules.kind_of(inquiry)
    assert place == "inquiry" and STEP.stands_in(place)
    clock.now = origins.year_bounds("2026-27")[1] + 60
    assert inquiry.replace("2026-27", "2027-28") in shards.turn_year(rt)
    with rt.db.read() as conn:
        assert lineage.is_closed(conn, log_queries.info(conn, inquiry))


def test_every_kind_of_package_has_its_checker() -> None:
    assert set(CHECKERS) == set(logkinds.packages())
    assert len(logkinds.packages()) == sum(k.package is not None for k in logkinds.KINDS.values())
