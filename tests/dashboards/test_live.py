"""What a live event of the board costs, and who is told."""

from dashboards import queries as dashboards
from tests.dashboards.test_board import judge, loans
from tests.oversight.conftest import Desk
from tests.oversight.statements import statements


def test_only_what_the_reader_oversees(desk: Desk) -> None:
    officer = desk.officer("officer-a")
    with desk.rt.db.read() as conn:
        seen = dashboards.may_see(conn, officer, {"test-1", "test-3", "None"})
    assert seen == {"test-1"}


def test_a_live_event_reads_only_societies_on_the_board(desk: Desk) -> None:
    judge(desk, "test-1", loans(46))
    officer = desk.officer("officer-a")
    with desk.rt.db.read() as conn, statements(desk.rt.db.engine) as said:
        dashboards.may_see(conn, officer, {"test-1"})
        board = dashboards.live_board(conn, officer, "en", now=desk.rt.clock())
        assert [line.society for line in board.lines] == ["test-1"]
        assert len(said) <= 8
        if conn.dialect.name != "sqlite":
            return  # PostgreSQL scans a table of three rows whatever its keys are
        for statement, values in list(said):
            if statement.startswith("SELECT"):
                plan = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
                scanned = [row[3] for row in plan if row[3].startswith("SCAN")]
                whole = ("society", "oversight_reading", "oversight_alert", "log")
                assert not [line for line in scanned if line.split()[1] in whole], statement
