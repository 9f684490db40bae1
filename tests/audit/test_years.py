"""From one log year to the next, as the verifier sees it: honest packages, and forgers at work."""

import dataclasses
from datetime import datetime

import pytest

from audit.verify.heads import StateLog
from audit.verify.report import Report
from audit.verify.verify import Knowledge, Source, verify_bytes, verify_history
from tests.audit import books
from tests.audit.helpers import check, knowledge, said
from tests.audit.scenario import START, AuditScenario, Log, Record
from tests.simulator.clock import ManualClock
from tests.trust.books.makers import SMALL_BOOKS, daybook, voucher
from tests.trust.books.scenario import SLUG, BooksScenario, build
from trust.books import published
from trust.books.package import society_package
from trust.formats import b64, canon, notes, origins
from trust.formats.times import IST, format_time
from trust.formats.tlogproof import format_tlog_proof
from trust.log import lineage, package, proofs, shards
from trust.log.runtime import Runtime
from voting import rulebook

TURN = int(datetime(2027, 4, 1, tzinfo=IST).timestamp())
SALE = [("Cash", "-100.00"), ("Sales: consumer goods", "100.00")]


@pytest.fixture
def scenario(rt: Runtime, clock: ManualClock) -> BooksScenario:
    """A society with a filed sheet in 2026-27, a year later: its log has turned."""
    found = build(rt)
    found.import_file(SMALL_BOOKS, year="2025-26")
    found.file("2025-26")
    clock.now = TURN + 3600
    found.import_file(daybook(voucher("g-1", SALE)))
    found.publish()
    return found


def verify(rt: Runtime, year: str) -> Report:
    """The package of a log year against a policy fetched beforehand."""
    with rt.db.read() as conn:
        policy = proofs.policy_text(conn).encode()
        data = society_package(conn, SLUG, package.everything, year=year)
    return verify_bytes(
        data,
        Knowledge(
            published.mapping_by_hash, rulebook.standard(), policy, filings=published.filing_rules()
        ),
    )


def test_both_years_packages_are_right(scenario: BooksScenario) -> None:
    old, new = verify(scenario.rt, "2026-27"), verify(scenario.rt, "2027-28")
    for report in (old, new):
        assert report.exit_code == 0, said(report)
        assert report["years"].state == "right", said(report, "not-checked")
    assert old["years"].right == 2, "closing entry and the end of the key"
    assert new["years"].right == 1, "entry 0 and the closing entry before it"
    assert old["sheets"].right == 1 and old["society"].state == "right"


def test_a_sheet_over_two_log_years_says_what_one_package_cannot_show(
    scenario: BooksScenario,
) -> None:
    scenario.file("2026-27")
    scenario.publish()
    report = verify(scenario.rt, "2027-28")
    assert report.exit_code == 0, said(report)
    open_ends = said(report, "not-checked")
    assert "an officer's stands in an earlier log year" in open_ends["signatures"]
    assert "earlier log year" in open_ends["sheets"]


def test_an_emergency_shard_verifies_too(scenario: BooksScenario) -> None:
    with scenario.rt.db.read() as conn:
        newest = lineage.newest(conn, "coop", SLUG)
    assert newest is not None
    after = shards.rotate(scenario.rt, newest.origin, "drill")
    scenario.import_file(daybook(voucher("g-2", SALE, number="2")))
    scenario.rt.publish([after])
    for year in ("2027-28.1", "2027-28.2", "2027-28"):
        report = verify(scenario.rt, year)
        assert report.exit_code == 0 and report["years"].state == "right", said(report)


def test_a_state_log_that_is_led_to_by_one_key_where_two_were_pinned(rt: Runtime) -> None:
    """The closing entry names the Ed25519 key alone: that the other is not asked for is said."""
    rt.settings = dataclasses.replace(rt.settings, mldsa=True)
    scenario = build(rt)
    scenario.publish()
    with rt.db.read() as conn:
        pinned = proofs.policy_text(conn).encode()
        state = lineage.newest(conn, "state", "")
    assert state is not None and pinned.count(b"log ") == 2
    shards.rotate(rt, state.origin, "drill")
    scenario.import_file(SMALL_BOOKS, year="2025-26")
    scenario.publish()
    with rt.db.read() as conn:
        both = proofs.policy_text(conn).encode()
        data = society_package(conn, SLUG, package.everything)
    for policy, state_of in ((pinned, "not-checked"), (both, "right")):
        known = Knowledge(
            published.mapping_by_hash, rulebook.standard(), policy, filings=published.filing_rules()
        )
        report = verify_bytes(data, known)
        assert report.exit_code == 0, said(report)
        assert report["state-logs"].state == state_of
        assert ("ML-DSA-44" in said(report, "not-checked").get("state-logs", "")) == (
            policy is pinned
        )


# ---- forgers, who hold every key of a scenario of their own


class Turned:
    """A log of 2026-27 that was closed, and the one of 2027-28 that continues it."""

    def __init__(self) -> None:
        self.people_setting = AuditScenario("years")
        self.old = books.book(self.people_setting)
        self.after = origins.coop_origin(self.people_setting.host, "k-12", "2027-28")
        self.old.append(self.closing(), START + 500)
        self.people_setting.publish(self.old)
        self.key = self.people_setting.keys[self.old.origin]
        self.end = self.people_setting.state.append(self.key_end(START + 500))
        self.new = self.people_setting.log(self.after)
        self.new.entries.append(self.old.heads[-1][1].encode())
        self.people_setting.publish(self.new)

    def closing(self, **change: canon.Json) -> Record:
        return {
            "kind": "log-closed",
            "v": 1,
            "origin": self.old.origin,
            "size": len(self.old.entries) + 1,
            "next": self.after,
            "next_key": None,
            "reason": "year-end",
            "note": "",
            **change,
        }

    def key_end(self, until: int) -> Record:
        return {
            "kind": "log-key",
            "v": 1,
            "origin": self.old.origin,
            "vkey": notes.verifier_key(self.old.origin, self.old.secret).format(),
            "valid_from": format_time(START - 1000),
            "valid_to": format_time(until),
        }

    def stated(self, index: int) -> tuple[bytes, bytes, bytes]:
        """Proof, entry and record of a public entry of the state log."""
        entry = self.people_setting.state.entries[index]
        digest = b64.decode(entry.decode().split(" ")[3]).hex()
        proof = format_tlog_proof(self.people_setting.state_proof(index)).encode()
        return proof, entry, self.people_setting.state.documents[digest]

    def closed(self) -> dict[str, bytes]:
        """The package of the closed log."""
        files = self.people_setting.members(self.old)
        names = ("state/key-end.tlog-proof", "state/key-end-entry", "state/key-end-record")
        return files | dict(zip(names, self.stated(self.end), strict=True))

    def opened(self) -> dict[str, bytes]:
        """The package of the log that continues it."""
        files = self.people_setting.members(self.new)
        names = ("previous/key.tlog-proof", "previous/key-entry", "previous/key-record")
        size, note, index = self.old.heads[-1]
        last = self.old.entries[-1]
        digest = b64.decode(last.decode().split(" ")[3]).hex()
        proof = format_tlog_proof(self.old.inclusion(size - 1, size, note)).encode()
        head = format_tlog_proof(self.people_setting.state_proof(index)).encode()
        return (
            files
            | dict(zip(names, self.stated(self.key), strict=True))
            | {
                "previous/head.tlog-proof": head,
                "previous/last.tlog-proof": proof,
                "previous/last-entry": last,
                "previous/last-record": self.old.documents[digest],
            }
        )


@pytest.fixture
def turned() -> Turned:
    return Turned()


def wrong(turned: Turned, files: dict[str, bytes]) -> str:
    report = check(turned.people_setting, files)
    assert report.exit_code == 1
    return said(report).get("years", "")


def over_whole_logs(turned: Turned, files: dict[str, bytes], policy: bytes) -> Report:
    """The same files as if gathered from a server, with the state log it gave."""
    people_setting = turned.people_setting
    logs = [StateLog(people_setting.state_note(), people_setting.state.entries)]
    source = Source("gathered", files=files, state_logs=logs)
    return verify_history([source], knowledge(policy)).reports[-1]


def test_with_the_whole_state_log_a_key_that_never_ended_is_missing(turned: Turned) -> None:
    files, policy = turned.closed(), turned.people_setting.policy()
    report = over_whole_logs(turned, files, policy)
    assert "years" not in said(report, "missing")
    for name in ("tlog-proof", "entry", "record"):
        joint = "." if name == "tlog-proof" else "-"
        del files[f"state/key-end{joint}{name}"]
    report = over_whole_logs(turned, files, policy)
    assert "does not end its key" in said(report, "missing")["years"]


def test_a_pinned_state_log_that_the_server_hides_is_missing(turned: Turned) -> None:
    files, policy = turned.closed(), turned.people_setting.policy()
    hidden = origins.state_origin(turned.people_setting.host, "2027-28")
    others = [hidden, origins.state_origin("elsewhere.example", "2027-28")]
    pinned = [
        f"log {notes.verifier_key(name, name.encode()[:32].ljust(32)).format()}\n".encode()
        for name in others
    ]
    report = over_whole_logs(turned, files, b"".join(pinned) + policy)
    (one,) = [found.text for found in report["other-heads"].findings if found.state == "missing"]
    assert hidden in one


def test_two_roots_for_one_size_in_one_package(turned: Turned) -> None:
    """Key proof and head proof under two signed and witnessed heads of the same size."""
    people_setting, files = turned.people_setting, turned.closed()
    assert check(people_setting, files).exit_code == 0
    true = people_setting.state
    at = people_setting.keys[turned.old.origin]
    entries = [*true.entries]
    entries[-1] = b"another entry\n"
    people_setting.state = Log(true.origin, true.secret, entries, {}, true.documents)
    files["state/key.tlog-proof"] = format_tlog_proof(people_setting.state_proof(at)).encode()
    people_setting.state = true
    report = check(people_setting, files)
    assert report.exit_code == 1
    assert "the state log was forked" in said(report)["state-head"]


def test_a_stamped_head_is_held_against_the_others(turned: Turned) -> None:
    """The time-stamp is itself wrong here; that its head proves a fork is said all the same."""
    people_setting, files = turned.people_setting, turned.closed()
    true, (_, _, index) = people_setting.state, turned.old.heads[-1]
    twin = Log(true.origin, true.secret, [*true.entries[:-1], b"another entry\n"])
    stamped = twin.inclusion(index, len(twin.entries), twin.note())
    files["state/stamp.tlog-proof"] = format_tlog_proof(stamped).encode()
    files["state/stamp.tsr"] = b"0"
    report = check(people_setting, files)
    assert report.exit_code == 1
    assert "the state log was forked" in said(report)["state-head"]


def test_an_honest_turn(turned: Turned) -> None:
    for files in (turned.closed(), turned.opened()):
        report = check(turned.people_setting, files)
        assert report.exit_code == 0, said(report)
        assert report["years"].state == "right"


def test_without_the_previous_log_it_says_so(turned: Turned) -> None:
    files = {name: data for name, data in turned.opened().items() if "previous/" not in name}
    report = check(turned.people_setting, files)
    assert report.exit_code == 0
    assert "does not show it" in said(report, "not-checked")["years"]


@pytest.mark.parametrize(
    "name",
    [
        "key.tlog-proof",
        "key-entry",
        "key-record",
        "head.tlog-proof",
        "last.tlog-proof",
        "last-entry",
        "last-record",
    ],
)
def test_every_file_of_the_previous_log_counts(turned: Turned, name: str) -> None:
    files = turned.opened()
    data = bytearray(files[f"previous/{name}"])
    data[len(data) // 2] ^= 1
    assert check(turned.people_setting, files | {f"previous/{name}": bytes(data)}).exit_code == 1
    del files[f"previous/{name}"]
    assert check(turned.people_setting, files).exit_code != 0


def test_a_stale_head_as_entry_0_is_refused(turned: Turned) -> None:
    """The new log begins with an older head: what came after it would be dropped in silence."""
    people_setting = turned.people_setting
    people_setting.keys.pop(turned.after)
    fresh = people_setting.log(f"{turned.after}.2")
    fresh.entries.append(turned.old.note(3).encode())
    people_setting.publish(fresh)
    turned.new = fresh
    assert "another head than entry 0" in wrong(turned, turned.opened())


def test_another_log_of_the_same_predecessor_is_refused(turned: Turned) -> None:
    """Two logs that both claim to continue one: the closing entry names one only."""
    twin = turned.people_setting.log(f"{turned.after}.2")
    twin.entries.append(turned.old.heads[-1][1].encode())
    turned.people_setting.publish(twin)
    turned.new = twin
    assert "not in" in wrong(turned, turned.opened())


def test_a_head_of_another_society_is_refused(turned: Turned) -> None:
    other = turned.people_setting.coop("k-99")
    other.append({**books.society_record(), "society": "k-99"})
    turned.people_setting.publish(other)
    fresh = turned.people_setting.log(f"{turned.after}.2")
    fresh.entries.append(other.heads[-1][1].encode())
    turned.people_setting.publish(fresh)
    assert "does not continue" in wrong(turned, turned.people_setting.members(fresh))


def test_entries_after_the_closing_entry(turned: Turned) -> None:
    _again(turned.old)
    turned.people_setting.publish(turned.old)
    assert "entries stand after it" in wrong(turned, turned.closed())


def _again(log: Log) -> None:
    log.append(
        {"kind": "erasure", "v": 1, "index": 2, "part": "detail", "reason": "late"}, START + 520
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"size": 3}, "another log or size"),
        ({"origin": "years.example/coop/k-1/2026-27"}, "another log or size"),
        ({"next": "closing.example/coop/k-12/2025-26"}, "which is older"),
        ({"next": "closing.example/coop/k-13/2027-28"}, "another subject's"),
        ({"next": "years.example/coop/k-12/2027-28"}, "another subject's"),
        ({"next": "closing.example/oversight/2027-28"}, "another subject's"),
    ],
)
def test_a_closing_entry_that_says_something_else(change: Record, words: str) -> None:
    people_setting = AuditScenario("closing")
    log = books.book(people_setting)
    record: Record = {
        "kind": "log-closed",
        "v": 1,
        "origin": log.origin,
        "size": len(log.entries) + 1,
        "next": origins.coop_origin(people_setting.host, "k-12", "2027-28"),
        "next_key": None,
        "reason": "year-end",
        "note": "",
    }
    log.append(record | change)
    people_setting.publish(log)
    report = check(people_setting, people_setting.members(log))
    assert report.exit_code == 1 and words in said(report)["years"]


def test_a_key_ended_over_a_log_that_is_cut_off(turned: Turned) -> None:
    """The closing entry withheld: the state log says that the key has ended."""
    size = len(turned.old.entries) - 1
    turned.old.entries.pop()
    turned.old.heads.pop()
    turned.old.documents = {
        digest: data for digest, data in turned.old.documents.items() if b"log-closed" not in data
    }
    assert turned.old.heads[-1][0] == size
    assert "it is cut off" in wrong(turned, turned.closed())


@pytest.mark.parametrize("until", [START - 5, START + 999])
def test_a_key_that_ended_at_another_time(turned: Turned, until: int) -> None:
    turned.end = turned.people_setting.state.append(turned.key_end(until))
    assert "The key ended at" in wrong(turned, turned.closed())
