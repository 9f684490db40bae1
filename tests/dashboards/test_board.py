"""What the Registrar's officer sees: the board, an alert's page, a society's own view."""

import pytest

from dashboards import queries as dashboards
from dashboards.model import AlertPage, Board
from oversight import queries as oversight
from oversight import triage
from oversight.errors import NotEntitledError
from oversight.pure.datefacts import DateRow
from oversight.pure.facts import FactBook
from oversight.pure.readings import LateRow
from oversight.words import Lang
from tests.oversight.conftest import Desk
from tests.oversight.rows import NOON, book, loan, seal
from trust.people import service as people_service

DAY = 86_400


def loans(count: int, at: int = NOON, first: int = 0) -> FactBook:
    rows = [loan(first + n, f"t-{n}", at=at) for n in range(40)]
    return book(loans=rows + [loan(first + 50 + n, "t-same", at=at) for n in range(count)])


def judge(desk: Desk, slug: str, facts: FactBook) -> None:
    desk.slug = slug
    append_entries(desk, slug)
    desk.judge(facts)


def append_entries(desk: Desk, slug: str) -> None:
    """The tests' evidence points at an origin of its own; make the entries it names exist."""
    from tests.oversight.rows import ORIGIN
    from trust.log import queries as log_queries
    from trust.log import service as logs
    from trust.log.model import NewEntry

    with desk.rt.db.write() as conn:
        if log_queries.exists(conn, ORIGIN):
            return
        logs.open_log(conn, ORIGIN, now=desk.rt.clock())
        records = [
            NewEntry(
                "governance-date",
                {
                    "book_year": "2025-26",
                    "date": "2026-03-31",
                    "event": "audit",
                    "import": f"i-{n}",
                    "kind": "governance-date",
                    "society": "s-1",
                    "v": 1,
                },
                f"test {n}",
            )
            for n in range(200)
        ]
        logs.append(conn, ORIGIN, records, now=desk.rt.clock())


def board(
    desk: Desk, login: str = "officer-a", district: str | None = None, lang: Lang = "en"
) -> Board:
    officer = desk.officer(login, "state", "") if login == "registrar" else desk.officer(login)
    with desk.rt.db.read() as conn:
        return dashboards.registrar_board(
            conn, officer, lang, now=desk.rt.clock(), district=district
        )


def page(desk: Desk, lang: Lang = "en") -> AlertPage:
    officer = desk.officer("officer-a")
    with desk.rt.db.read() as conn:
        (alert,) = oversight.alerts(conn, society=desk.slug)
        return dashboards.alert_page(conn, officer, alert.id, lang, now=desk.rt.clock())


def test_severity_first_then_the_oldest(desk: Desk) -> None:
    judge(desk, "test-1", loans(4))
    desk.rt.clock.advance(DAY)  # type: ignore[attr-defined]
    judge(desk, "test-2", loans(46))
    desk.rt.clock.advance(2 * DAY)  # type: ignore[attr-defined]
    judge(desk, "test-3", loans(46))
    desk.rt.clock.advance(DAY)  # type: ignore[attr-defined]
    found = board(desk, "registrar")
    assert [(line.society, line.severity, line.age) for line in found.lines] == [
        ("test-2", "act", "3 days"),
        ("test-3", "act", "1 day"),
        ("test-1", "watch", "4 days"),
    ]
    assert (found.act, found.watch, found.cleared) == (2, 1, 0)
    first = found.lines[0]
    assert first.sentence.startswith("46 loans sanctioned in 06/2026")
    assert first.owner == "nobody yet" and not first.owned
    assert first.unassessed > 0
    assert [(d.name, d.societies, d.act, d.watch) for d in found.districts] == [
        ("Thrissur", 2, 1, 1),
        ("Kannur", 1, 1, 0),
    ]


def test_only_the_own_district_stands_on_the_board(desk: Desk) -> None:
    judge(desk, "test-1", loans(46))
    judge(desk, "test-3", loans(46))
    assert [line.society for line in board(desk).lines] == ["test-1"]
    assert [line.society for line in board(desk, "registrar", "kannur").lines] == ["test-3"]
    assert board(desk, district="kannur").lines == ()


def test_malayalam(desk: Desk) -> None:
    judge(desk, "test-1", loans(46))
    (line,) = board(desk, lang="ml").lines
    assert (line.name, line.severity_word) == ("പരീക്ഷണ സംഘം 1", "നടപടി വേണം")
    assert "46" in line.sentence and "വായ്പകൾ" in line.sentence


def test_owner_and_cleared(desk: Desk) -> None:
    judge(desk, "test-1", loans(46))
    officer = desk.officer("officer-a")
    with desk.rt.db.write() as conn:
        (alert,) = oversight.alerts(conn)
        triage.acknowledge(conn, officer, alert.id, "", now=desk.rt.clock())
    (line,) = board(desk).lines
    assert (line.owner, line.acknowledged, line.state_word) == ("officer-a", 1, "acknowledged")
    desk.judge(loans(0, at=NOON + DAY, first=100))
    found = board(desk)
    assert (found.lines[0].severity, found.cleared) == ("none", 1)
    assert found.lines[0].state_word.startswith("figures in order again")
    with desk.rt.db.write() as conn:
        people_service.close_account(conn, officer.account.id)
    (line,) = board(desk, "officer-b").lines
    assert line.owner == f"officer {officer.account.id}"


def test_a_closed_alert_leaves_the_board(desk: Desk) -> None:
    judge(desk, "test-1", loans(46))
    officer = desk.officer("officer-a")
    with desk.rt.db.write() as conn:
        (alert,) = oversight.alerts(conn)
        triage.close(conn, officer, alert.id, "seen to", now=desk.rt.clock())
    assert board(desk).lines == ()


def test_alert_page(desk: Desk) -> None:
    judge(desk, "test-1", loans(46))
    found = page(desk)
    assert found.sentence.startswith("46 loans")
    assert found.filled == "46 loans to payee t-same in 06/2026, of 86 running loans"
    assert found.policy_version == "2026-04-15"
    assert found.evidence_count == 46
    assert [link.at.index for link in found.evidence] == list(range(50, 96))
    assert len({link.receipt for link in found.evidence}) == 46
    measures = {m.measure: m for m in found.measures}
    assert (measures["K2"].leading, measures["K2"].act, measures["K2"].confirm) == (
        True,
        "10",
        True,
    )
    assert measures["K1"].act == "25 %"
    assert "Reserve Bank" in measures["K1"].source
    assert measures["K3"].severity == "none"
    assert found.steps == ("acknowledge", "comment", "close")
    (step,) = found.timeline
    assert (step.by_engine, step.who, step.action_word) == (
        True,
        "the engine",
        "opened by the engine",
    )


def test_the_page_says_why_a_measure_is_not_assessed(desk: Desk) -> None:
    judge(desk, "test-1", book(loans=[loan(n, "t-same") for n in range(5)]))
    measures = {m.measure: m for m in page(desk).measures}
    assert not measures["K1"].assessed
    assert measures["K1"].sentence == "Not assessable: too few loans for a share to mean anything."
    assert measures["K1"].filled == ""


def test_every_rule_has_a_page_in_both_languages(desk: Desk) -> None:
    """No sentence of the policy asks for a figure its indicator does not give."""
    from oversight.pure.readings import SalesRow, SheetRow

    facts = book(
        loans=[loan(n, "t-same", collateral="t-deed") for n in range(30)],
        sales=[SalesRow("2025-26 Q1", 100, (seal(1),)), SalesRow("2026-27 Q1", 5, (seal(2),))],
        dates=[DateRow("accounting-date", "2026-03-31", "2025-26", seal(3))],
        late=[LateRow(90, True, seal(n)) for n in range(12)],
        sheets=[SheetRow("2025-26", "2026-03-31", True, 2, 100, 200, 3, (seal(5),))],
    )
    judge(desk, "test-1", facts)
    officer = desk.officer("officer-a")
    with desk.rt.db.read() as conn:
        found = oversight.alerts(conn)
        assert sorted(a.rule for a in found) == ["B1", "G1", "J1", "K2", "S1"]
        for alert in found:
            for lang in ("en", "ml"):
                made = dashboards.alert_page(conn, officer, alert.id, lang, now=desk.rt.clock())
                assert made.title and made.help and made.filled
                measures = [m for m in made.measures if m.measure != "G1-recorded"]
                assert all(m.assessed and m.sentence and m.filled for m in measures)


def test_another_districts_alert_is_not_shown(desk: Desk) -> None:
    judge(desk, "test-1", loans(46))
    other = desk.officer("officer-x", "district", "kannur")
    with desk.rt.db.read() as conn:
        (alert,) = oversight.alerts(conn)
        with pytest.raises(NotEntitledError):
            dashboards.alert_page(conn, other, alert.id, "en", now=desk.rt.clock())


def test_a_society_sees_what_is_said_of_it(desk: Desk) -> None:
    judge(desk, "test-1", loans(46))
    with desk.rt.db.read() as conn:
        lines = {
            line.rule: line
            for line in dashboards.standing(conn, "test-1", "en", now=desk.rt.clock())
        }
    assert lines["K2"].severity == "act" and lines["K2"].alert is not None
    assert lines["G1"].severity == "not-assessable"
    assert lines["G1"].sentence == "Not assessable: no accounting date has been sealed."
    assert lines["J1"].severity == "none" and lines["J1"].alert is None
