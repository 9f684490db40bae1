"""The life of an alert, with every step sealed in the oversight log."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from oversight import adoption, sealing, triage
from oversight import queries as oversight
from oversight import tables as t
from oversight.errors import (
    AlertChangedError,
    AlertOvertakenError,
    NoPolicyError,
    NotEntitledError,
    OversightError,
    PolicyError,
    ReasonMissingError,
    StepRefusedError,
)
from oversight.model import Alert, AlertChange
from oversight.pure.datefacts import DateRow
from oversight.pure.facts import FactBook
from oversight.pure.readings import LateRow, SalesRow
from oversight.pure.rules import Severity
from tests.oversight.conftest import Desk, profile
from tests.oversight.rows import NOON, POLICY_FILE, TODAY, book, loan, seal
from trust import outbox
from trust.formats import canon, commitments
from trust.formats.entries import Entry, parse_entry
from trust.log import queries as log_queries
from trust.log.runtime import Runtime
from trust.log.tables import log_entry
from trust.people import service as people_service


def gathered(count: int, *, first: int = 0, as_of: str = "2026-09-30", at: int = NOON) -> FactBook:
    """A register in which `count` loans went to one payee, beside forty that did not."""
    rows = [loan(first + n, f"t-{n}", as_of=as_of, at=at) for n in range(40)]
    rows += [loan(first + 100 + n, "t-same", as_of=as_of, at=at) for n in range(count)]
    return book(loans=rows)


def only_alert(desk: Desk) -> Alert:
    with desk.rt.db.read() as conn:
        (found,) = oversight.alerts(conn, society=desk.slug)
    return found


def entries(desk: Desk) -> int:
    """Entries about policy and alerts; officers are appointed in the same log."""
    with desk.rt.db.read() as conn:
        return sum(
            one.kind in ("policy", "alert", "triage")
            for info in log_queries.logs(conn, "oversight")
            for one in log_queries.entries(conn, info.origin, 0, 1_000)
        )


def act(desk: Desk, verb: str, login: str, words: str, seen: int | None = None) -> AlertChange:
    officer, alert_id = desk.officer(login), only_alert(desk).id
    with desk.rt.db.write() as conn:
        step = getattr(triage, verb)
        change = step(conn, officer, alert_id, words, now=desk.rt.clock(), seen=seen)
    assert isinstance(change, AlertChange)
    return change


def test_forty_six_loans_open_an_alert_whose_entry_opens(desk: Desk) -> None:
    (change,) = desk.judge(gathered(46))
    assert (change.action, change.severity, change.rule) == ("open", Severity.act, "K2")
    found = only_alert(desk)
    assert found.figures["value"] == 46
    assert found.period == "2026-27"
    assert len(found.evidence) > 40
    with desk.rt.db.read() as conn:
        (step,) = oversight.timeline(conn, found.id)
        stored = log_queries.entry(conn, step.sealed.origin, step.sealed.index)
        opening = log_queries.opening(conn, step.sealed.origin, step.sealed.index)
    entry = parse_entry(stored.entry)
    assert isinstance(entry, Entry) and entry.kind == "alert"
    assert opening is not None and opening.record is not None and opening.salt is not None
    expected = commitments.commit_private("alert", opening.salt, opening.record)
    assert entry.commitment == expected
    record = json.loads(opening.record)
    assert (record["action"], record["severity"], record["period"]) == ("open", "act", "2026-27")
    assert record["figures"]["value"] == 46
    assert {"index": 100, "origin": found.evidence[0][0]} in record["evidence"]


def test_the_same_facts_twice_change_nothing(desk: Desk) -> None:
    desk.judge(gathered(46))
    before = entries(desk)
    desk.rt.clock.advance(3600)  # type: ignore[attr-defined]
    assert desk.judge() == []
    assert entries(desk) == before
    with desk.rt.db.read() as conn:
        facts = conn.execute(select(func.count()).select_from(t.oversight_fact)).scalar_one()
    assert facts == len(desk.facts.facts)


def test_severity_rises_and_never_falls(desk: Desk) -> None:
    desk.judge(gathered(3))
    assert only_alert(desk).severity is Severity.watch
    (change,) = desk.judge(gathered(12, first=1000, at=NOON + 10))
    assert (change.action, change.severity) == ("raise", Severity.act)
    assert desk.judge(gathered(4, first=2000, at=NOON + 20)) == []
    assert only_alert(desk).severity is Severity.act


def test_silence_never_clears(desk: Desk) -> None:
    """The register disappears, or comes without payees: the alert stands."""
    desk.judge(gathered(46))
    assert desk.judge(book()) == []
    nameless = [loan(500 + n, None, as_of="2026-10-31", at=NOON + 50) for n in range(40)]
    assert desk.judge(book(loans=nameless)) == []
    found = only_alert(desk)
    assert (found.state, found.cleared) == ("open", False)
    with desk.rt.db.read() as conn:
        reading = oversight.reading(conn, desk.slug, "K2", "2026-27", today=TODAY)
    assert reading is not None
    unread = {m.measure: m.why for m in reading.measures if m.severity is None}
    assert unread["K2"] == "no-payee-in-register"


def test_older_facts_do_not_clear(desk: Desk) -> None:
    """The same entries read differently are no newer fact."""
    desk.judge(gathered(46))
    assert desk.judge(gathered(0)) == []
    assert not only_alert(desk).cleared


def test_a_newer_register_clears_and_an_officer_closes(desk: Desk) -> None:
    desk.judge(gathered(46))
    (change,) = desk.judge(gathered(1, first=1000, as_of="2026-10-31", at=NOON + 86_400))
    assert (change.action, change.state) == ("clear", "open")
    found = only_alert(desk)
    assert found.cleared and found.figures["value"] == 46
    assert desk.judge() == []
    act(desk, "close", "officer-a", "newer register seen, loans repaid")
    assert only_alert(desk).state == "closed"


def test_a_cleared_alert_that_comes_back_is_raised(desk: Desk) -> None:
    desk.judge(gathered(46))
    desk.judge(gathered(0, first=1000, at=NOON + 10))
    (change,) = desk.judge(gathered(5, first=2000, at=NOON + 20))
    assert (change.action, change.severity) == ("raise", Severity.act)
    assert not only_alert(desk).cleared


def test_a_later_quarter_clears_without_flapping(desk: Desk) -> None:
    def sales(*rows: tuple[str, int, int]) -> FactBook:
        made = [SalesRow(q, paise, (seal(n, NOON + n),)) for q, paise, n in rows]
        return book(sales=made)

    first = (("2025-26 Q1", 1000, 1), ("2025-26 Q2", 1000, 2), ("2026-27 Q1", 600, 3))
    (opened,) = desk.judge(sales(*first))
    assert (opened.rule, opened.period, opened.severity) == ("S1", "2026-27 Q1", Severity.act)
    (cleared,) = desk.judge(sales(*first, ("2026-27 Q2", 990, 4)))
    assert (cleared.action, cleared.period) == ("clear", "2026-27 Q1")
    assert desk.judge() == []
    assert only_alert(desk).cleared


def test_a_recorded_meeting_clears_only_its_own_year(desk: Desk) -> None:
    ends = [
        DateRow("accounting-date", "2025-03-31", "2024-25", seal(1)),
        DateRow("accounting-date", "2026-03-31", "2025-26", seal(2)),
    ]
    opened = desk.judge(book(dates=ends))
    assert [(c.period, c.severity.name) for c in opened] == [
        ("2024-25", "act"),
        ("2025-26", "watch"),
    ]
    held = DateRow("general-meeting", "2026-11-10", "2025-26", seal(9, NOON + 9))
    (cleared,) = desk.judge(book(dates=[*ends, held]))
    assert (cleared.action, cleared.period) == ("clear", "2025-26")


def test_back_dating_is_never_cleared_by_figures(desk: Desk) -> None:
    desk.judge(book(late=[LateRow(40, True, seal(n)) for n in range(12)]))
    later = [LateRow(1, False, seal(99, NOON + 99))]
    assert desk.judge(book(late=later)) == []
    assert not only_alert(desk).cleared


def test_closed_stays_closed_until_it_gets_worse(desk: Desk) -> None:
    desk.judge(gathered(12))
    act(desk, "close", "officer-a", "explained at the visit")
    assert desk.judge(gathered(12, first=1000, at=NOON + 10)) == []
    (change,) = desk.judge(gathered(13, first=2000, at=NOON + 20))
    assert (change.action, change.state) == ("raise", "reopened")


def test_the_way_of_an_alert(desk: Desk) -> None:
    desk.judge(gathered(46))
    act(desk, "acknowledge", "officer-a", "")
    assert only_alert(desk).owner == desk.officer("officer-a").account.id
    act(desk, "comment", "officer-b", "asked for the sanction papers")
    act(desk, "close", "officer-a", "surcharge proceedings begun")
    act(desk, "reopen", "officer-b", "papers do not match")
    found = only_alert(desk)
    assert (found.state, found.owner, found.version) == ("reopened", None, 5)
    with desk.rt.db.read() as conn:
        steps = oversight.timeline(conn, found.id)
        for step in steps:
            stored = log_queries.entry(conn, step.sealed.origin, step.sealed.index)
            assert stored.kind == ("alert" if step.action == "open" else "triage")
            opening = log_queries.opening(conn, step.sealed.origin, step.sealed.index)
            assert opening is not None and opening.record is not None
            assert canon.parse(opening.record)["action"] == step.action
        live = outbox.live_after(conn, 0, ["alerts"])
    actions = [step.action for step in steps]
    assert actions == ["open", "acknowledge", "comment", "close", "reopen"]
    assert [event.payload["action"] for event in live] == actions
    allowed = {"alert", "society", "rule", "action", "severity", "state"}
    assert all(set(event.payload) == allowed for event in live)


@pytest.mark.parametrize("verb", ["comment", "close", "reopen"])
def test_no_step_without_a_reason(desk: Desk, verb: str) -> None:
    desk.judge(gathered(46))
    if verb == "reopen":
        act(desk, "close", "officer-a", "done")
    before = entries(desk)
    with pytest.raises(ReasonMissingError):
        act(desk, verb, "officer-a", "  ")
    assert entries(desk) == before


def test_steps_that_do_not_fit(desk: Desk) -> None:
    desk.judge(gathered(46))
    with pytest.raises(StepRefusedError, match="cannot be given the step reopen"):
        act(desk, "reopen", "officer-a", "why not")
    act(desk, "acknowledge", "officer-a", "")
    with pytest.raises(StepRefusedError, match="already been acknowledged"):
        act(desk, "acknowledge", "officer-b", "")
    act(desk, "close", "officer-a", "done")
    with pytest.raises(StepRefusedError, match="already closed"):
        act(desk, "close", "officer-b", "done too")


def test_an_officer_of_another_district_may_not(desk: Desk) -> None:
    desk.judge(gathered(46))
    other = desk.officer("officer-x", "district", "kannur")
    with desk.rt.db.write() as conn, pytest.raises(NotEntitledError):
        triage.close(conn, other, only_alert(desk).id, "not mine", now=desk.rt.clock())
    assert only_alert(desk).state == "open"


def test_acting_from_an_old_page_is_refused_and_explained(desk: Desk) -> None:
    desk.judge(gathered(46))
    act(desk, "acknowledge", "officer-a", "mine", seen=1)
    before = entries(desk)
    with pytest.raises(AlertChangedError, match="last step is “acknowledge”"):
        act(desk, "close", "officer-b", "closing", seen=1)
    assert entries(desk) == before


def test_two_officers_at_once(desk: Desk) -> None:
    """Both press the button on the same page: one step is sealed, the other told why not."""
    desk.judge(gathered(46))
    alert_id = only_alert(desk).id
    officers = [desk.officer("officer-a"), desk.officer("officer-b")]
    together = threading.Barrier(2)

    def close(number: int) -> str:
        together.wait()
        try:
            with desk.rt.db.write() as conn:
                triage.close(conn, officers[number], alert_id, "done", now=NOON, seen=1)
        except OversightError as fault:
            return fault.code
        return "sealed"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(close, range(2)))
    refused, sealed = outcomes
    # Whether the other step was there before the page was compared is a matter of moments.
    assert refused in ("alert-changed", "alert-overtaken") and sealed == "sealed"
    with desk.rt.db.read() as conn:
        assert [s.action for s in oversight.timeline(conn, alert_id)] == ["open", "close"]


def test_the_version_is_checked_where_it_is_written(desk: Desk) -> None:
    """Between reading an alert and changing it somebody else may have changed it (PostgreSQL)."""
    desk.judge(gathered(46))
    record: dict[str, canon.Json] = {
        "action": "comment",
        "alert": only_alert(desk).id,
        "kind": "triage",
        "officer": str(desk.officer("officer-a").account.id),
        "reason": "looked at",
        "v": 1,
    }
    read_before = sealing.Step(record, seen=1)
    with desk.rt.db.write() as conn:
        (first,) = sealing.take(conn, [read_before], now=NOON)
    assert first.version == 2
    with desk.rt.db.write() as conn, pytest.raises(AlertOvertakenError):
        sealing.take(conn, [read_before], now=NOON)
    with desk.rt.db.write() as conn:  # the keys of recovered entries say nothing any more
        conn.execute(log_entry.update().values(key=log_entry.c.key + " of old"))
    with pytest.raises(AlertOvertakenError), desk.rt.db.write() as conn:
        sealing.take(conn, [read_before], now=NOON)
    assert only_alert(desk).version == 2


def test_a_failed_transaction_leaves_neither_step_nor_entry(desk: Desk) -> None:
    desk.judge(gathered(46))
    before, officer, found = entries(desk), desk.officer("officer-a"), only_alert(desk)
    with pytest.raises(KeyboardInterrupt), desk.rt.db.write() as conn:
        triage.close(conn, officer, found.id, "done", now=desk.rt.clock())
        raise KeyboardInterrupt
    assert entries(desk) == before
    assert only_alert(desk).version == 1


def test_without_a_policy_nothing_is_judged(rt: Runtime) -> None:
    with rt.db.write() as conn:
        people_service.register_society(conn, profile(1), now=rt.clock())
    with pytest.raises(NoPolicyError):
        Desk(rt).judge(gathered(46))


def test_the_policy_is_a_public_document(desk: Desk) -> None:
    with desk.rt.db.read() as conn:
        (adopted,) = oversight.policies(conn)
        stored = log_queries.entry(conn, adopted.sealed.origin, adopted.sealed.index)
        document = log_queries.document(conn, adopted.sha256)
    assert stored.kind == "policy"
    assert document is not None
    assert canon.parse(document)["toml"] == adopted.toml
    assert adopted.toml == canon.normalise_text(POLICY_FILE.read_text(encoding="utf-8"))


def test_adopting_a_stricter_policy_judges_again(desk: Desk) -> None:
    desk.judge(gathered(2))
    text = POLICY_FILE.read_text(encoding="utf-8").replace("2026-04-15", "2026-05-01")
    stricter = text.replace("watch = 3\nact = 10\nclear = 2", "watch = 2\nact = 2\nclear = 1", 1)
    registrar = desk.officer("registrar", "state", "")
    with desk.rt.db.write() as conn:
        adoption.adopt_policy(conn, registrar, stricter, now=desk.rt.clock())
        again = adoption.adopt_policy(conn, registrar, stricter, now=desk.rt.clock())
        assert again.version == "2026-05-01"
    with desk.rt.db.read() as conn:
        assert [p.version for p in oversight.policies(conn)] == ["2026-04-15", "2026-05-01"]
    (change,) = desk.judge()
    assert (change.action, change.severity) == ("open", Severity.act)


def test_who_may_adopt_and_what(desk: Desk) -> None:
    text = POLICY_FILE.read_text(encoding="utf-8")
    local = desk.officer("officer-a")
    with desk.rt.db.write() as conn, pytest.raises(NotEntitledError):
        adoption.adopt_policy(conn, local, text, now=desk.rt.clock())
    registrar = desk.officer("registrar", "state", "")
    changed = text.replace("act = 10", "act = 11", 1)
    with desk.rt.db.write() as conn, pytest.raises(PolicyError, match="needs a new version"):
        adoption.adopt_policy(conn, registrar, changed, now=desk.rt.clock())
