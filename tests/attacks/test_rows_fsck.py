"""Every row that pages, drafts and rules read is held against the log by `sakshi fsck --rooms`."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    LargeBinary,
    Table,
    delete,
    insert,
    select,
    text,
)
from sqlalchemy import update as change

from oversight import service as oversight_service
from oversight import tables as alerts
from oversight.applications import queries as applications
from oversight.applications import service
from tests.oversight.applications import papers
from tests.trust.books import scenario as books_scenario
from tests.trust.books.makers import daybook, voucher
from tests.trust.people.scenario import admit, federated
from tests.voting.scenario import DAY, VotingScenario, call
from tests.web.books import trial_balance
from trust.books import posting, staging
from trust.books import service as books_service
from trust.books import tables as books
from trust.log import projections, sealed
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.checks.fsckrows import Finding
from trust.log.errors import NotErasableError
from trust.log.keys import signerclient
from trust.log.model import NewEntry
from trust.log.replay.check import check
from trust.log.replay.rebuild import rebuild
from trust.log.replay.subjects import Tally
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from trust.people import tables as keys
from trust.settings import Settings
from voting import queries as voting
from voting import service as voting_service
from voting import tables as votes
from web import cli_logs

SLUG = books_scenario.SLUG
CASH = [("Cash", "-100.00"), ("Sales", "100.00")]
MORE = [("Cash", "-250.00"), ("Sales", "250.00")]
DATES = b"event,date,note\ngeneral-meeting,2025-09-30,held\n"


@pytest.fixture
def town(rt: Runtime, scenario: VotingScenario, alert: str) -> VotingScenario:
    """Books with corrections, loans, dates and a sheet filed twice; keys bound and revoked; a
    meeting closed after votes by members and officers, another whose roll is drawn; an alert that
    was acted upon; bye-laws, and an amendment that was queried."""
    books_setting = books_scenario.BooksScenario(rt)
    for name, data in (
        ("day.xml", daybook(voucher("g-1", CASH), voucher("g-2", CASH))),
        ("again.xml", daybook(voucher("g-1", MORE))),
        ("dates.csv", DATES),
    ):
        assert books_setting.import_file(data, name).state == "posted", name
    assert books_setting.import_file(trial_balance("2025-26"), "tb.csv", year="2025-26").ok
    void = books_setting.import_file(daybook(voucher("g-9", CASH, date="20260501")), "wrong.xml")
    books_service.void_import(rt, void.import_id, reason="wrong file")
    books_setting.file("2025-26")
    rt.clock.advance(60)  # type: ignore[attr-defined]
    books_setting.file("2025-26")
    with rt.db.write() as conn:
        now = rt.clock()
        wanted = {"Rent of the hall": "30106", "Wages": "40201"}
        books_service.map_ledgers(conn, SLUG, wanted, officer="secretary", now=now)
        for member, choice in (("1", "no"), ("1", "yes"), ("2", "yes"), ("3", "abstain")):
            voting_service.cast(conn, scenario.id, scenario.ballot(conn, member, choice), now=now)
        ballot = scenario.assisted(conn, "6", "no", "secretary", "president")
        voting_service.cast(conn, scenario.id, ballot, now=now)
        clerk = scenario.people_setting.actor(conn, "clerk")
        helped = scenario.people_setting.members["6"]
        voting_service.open_assisted(conn, clerk, scenario.id, helped, 1, now=now)
        federated(conn, scenario.people_setting, SLUG, now)
        registrar = scenario.people_setting.actor(conn, "registrar")
        oversight_service.acknowledge(conn, registrar, alert, "on it", now=now)
        oversight_service.close(conn, registrar, alert, "explained", now=now)
        papers.in_force(conn, registrar, now)
        (waits,) = applications.applications(conn)
        service.query(conn, registrar, waits.id, "12", "Which share?", now=now)
    rt.clock.advance(DAY + 1)  # type: ignore[attr-defined]
    with rt.db.write() as conn:
        now = rt.clock()
        voting_service.close_meeting(
            conn, scenario.people_setting.actor(conn, "secretary"), scenario.id, now=now
        )
        # With no roll drawn one officer does this alone.
        clerk = scenario.people_setting.actor(conn, "clerk")
        (key,) = people.keys_of(conn, scenario.people_setting.members["5"])
        people_service.revoke_key(conn, clerk, key.id, "lost", now=now)
        moved = people_service.Change(
            "Member One", "full", date(2015, 1, 1), date(2016, 1, 1), "married"
        )
        people_service.change_member(
            conn, clerk, scenario.people_setting.members["1"], moved, now=now
        )
        late = admit(conn, scenario.people_setting, "70", now)
        people_service.member_left(conn, clerk, late, date(2026, 6, 2), now=now)
        (theirs,) = [k for k in people.officer_keys(conn, SLUG) if k.role == "secretary"]
        asked = people_service.begin_officer_key_loss(
            conn, clerk, theirs.id, date(2026, 6, 2), "12/2026", now=now
        )
        president = scenario.people_setting.actor(conn, "president")
        people_service.confirm_officer_key_loss(conn, president, asked, now=now + 60)
        coming = call(conn, rt, scenario.people_setting)
        voting_service.draw_roll(conn, president, coming, now=now + 60)
    with rt.db.read() as conn:
        listed = [info.origin for info in log_queries.logs(conn)]
    rt.publish(listed)
    return scenario


def found(rt: Runtime, tally: Tally | None = None) -> list[Finding]:
    return list(check(rt.db, tally or Tally()))


def test_a_right_state_agrees_and_every_sealed_record_was_looked_at(
    rt: Runtime, town: VotingScenario
) -> None:
    tally = Tally()
    assert found(rt, tally) == []
    assert tally.unchecked == 0 and tally.checked > 100


CHECKED: dict[Table, str] = {
    keys.society: "slug registration_number name_en name_ml district taluk sector class_ "
    "registered_on added_at log_id idx",
    keys.member: "id society number name gender class_ joined share_paid_on left_on admitted_at "
    "joined_counts share_counts log_id idx",
    keys.register_opening: "society log_id idx",
    keys.register_line: "log_id idx place line salt member_id gender admitted_at",
    keys.member_key: "id society member public_key medium bound_at revoked_at version log_id idx",
    keys.officer_key: "id society account_id public_key role bound_at revoked_at log_id idx "
    "holder_log_id holder_idx",
    votes.meeting: "log_id idx id society origin type title_en title_ml held_on notice_given "
    "opens closes rules version roll_root roll_count roll_with_key roll_from_opening cut_off "
    "closed_at",
    votes.meeting_resolution: "log_id idx number digest text_en text_ml majority quorum",
    votes.meeting_roll: "roll_number member_id key_id line salt",
    votes.meeting_ballot: "log_id idx number roll_number sequence choice assisted digest at",
    votes.meeting_assistance: "log_id idx number roll_number at",
    votes.meeting_result: "log_id idx number",
    alerts.oversight_policy: "log_id idx sha256 version toml adopted_at",
    alerts.oversight_alert: "id society rule rule_version period policy state cleared severity "
    "lead value measures figures evidence mark_time mark_index opened_at changed_at owner version",
    alerts.oversight_step: "log_id idx alert number action state severity officer reason figures "
    "at",
}
PLACES = (
    "origin",
    "log_id",
    "idx",
    "entry_index",
    "place",
    "line",
    "salt",
    "member_id",
    "society",
    "id",
)
BESIDE = {
    (keys.register_line, "member_id"): "member",
    (keys.register_line, "gender"): "member.gender",
    (keys.register_line, "admitted_at"): "member.admitted_at",
}
"""What no entry says of a member of the opening: the two tables disagree."""
FLIPS = [(table, name) for table, names in CHECKED.items() for name in names.split()]


def other(column: Column[Any], value: Any) -> Any:
    """Another value of the same type."""
    if isinstance(column.type, JSON):
        return {**value, "value": 1} if isinstance(value, dict) else value[:-1]
    if value is None and isinstance(column.type, Date):
        return date(2026, 1, 1)
    if value is None:
        return "x" if column.type.python_type is str else 7
    if isinstance(column.type, Date):
        return value + timedelta(days=1)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 10_007
    if isinstance(column.type, LargeBinary):
        data = bytearray(value)
        data[len(data) // 2] ^= 1
        return bytes(data)
    return value[:-1] + ("x" if value[-1:] != "x" else "y")


def values_of(table: Table, row: Any) -> dict[str, Any]:
    """A row as it can be inserted again."""
    return {column.key: row._mapping[column] for column in table.columns}


def alter(rt: Runtime, table: Table, column: str) -> None:
    """Change one column of the table's first row, past every key of the database."""
    with rt.db.engine.connect() as conn:
        unguarded(conn)
        row = conn.execute(select(table).order_by(*table.primary_key)).first()
        assert row is not None, table.name
        same = [table.c[key.name] == row._mapping[key.name] for key in table.primary_key]
        value = other(table.c[column], row._mapping[table.c[column]])
        conn.execute(change(table).where(*same).values({column: value}))
        conn.commit()
    rt.db.dispose()


def unguarded(conn: Connection) -> None:
    """No foreign keys: SQLite takes this only before the transaction begins."""
    if conn.dialect.name == "sqlite":
        driver = conn.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys=OFF")
    else:
        conn.exec_driver_sql("SET session_replication_role = replica")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_altered_column_is_named(rt: Runtime, town: VotingScenario) -> None:
    """One town for all columns: each is altered, found, and put back as it was."""
    missed = []
    for table, column in FLIPS:
        with rt.db.read() as conn:
            before = [values_of(table, row) for row in conn.execute(select(table))]
        alter(rt, table, column)
        faults = found(rt)
        # A row that says it stands elsewhere is missing there; its own column cannot be named.
        moved = column in PLACES or column in table.primary_key
        wanted = table.name if moved else f"{table.name}.{column}"
        wanted = BESIDE.get((table, column), wanted)
        if not any(wanted in fault.column for fault in faults):
            missed.append((wanted, [str(fault) for fault in faults]))
        assert all(str(fault).endswith(".") for fault in faults)
        with rt.db.engine.connect() as conn:
            unguarded(conn)
            conn.execute(delete(table))
            conn.execute(insert(table), before)
            conn.commit()
        rt.db.dispose()
    assert missed == []
    assert found(rt) == []


DELETED: list[tuple[Table, dict[str, object]]] = [
    (books.book_import, {}), (books.book_voucher, {}), (books.book_posting, {}),
    (books.book_loan, {}), (books.book_date, {}), (books.book_statement, {}),
    (keys.society, {}), (keys.member, {}), (keys.register_opening, {}), (keys.register_line, {}),
    (keys.member_key, {}), (keys.officer_key, {}), (votes.meeting, {}),
    (votes.meeting_resolution, {"number": 2}), (votes.meeting_roll, {"roll_number": 6}),
    (votes.meeting_ballot, {}), (votes.meeting_assistance, {}), (votes.meeting_result, {}),
    (alerts.oversight_policy, {}),
    (alerts.oversight_alert, {}), (alerts.oversight_step, {}),
]  # fmt: skip


def test_every_deleted_row_is_named(rt: Runtime, town: VotingScenario) -> None:
    missed = []
    for table, values in DELETED:
        where = [table.c[name] == value for name, value in values.items()]
        with rt.db.engine.connect() as conn:
            unguarded(conn)
            row = conn.execute(select(table).where(*where).order_by(*table.primary_key)).first()
            assert row is not None, table.name
            same = [table.c[key.name] == row._mapping[key.name] for key in table.primary_key]
            conn.execute(delete(table).where(*same))
            conn.commit()
        if not any(table.name in fault.column for fault in found(rt)):
            missed.append(table.name)
        with rt.db.engine.connect() as conn:
            unguarded(conn)
            conn.execute(insert(table).values(values_of(table, row)))
            conn.commit()
    rt.db.dispose()
    assert missed == []
    assert found(rt) == []


ADDED: list[tuple[Table, dict[str, object]]] = [
    (books.book_import, {"idx": 9_999, "id": "imp-x"}),
    (books.book_voucher, {"idx": 9_999, "voucher_id": "g-x"}),
    (books.book_voucher, {"idx": 0, "voucher_id": "g-x"}),
    (books.book_posting, {"line": 9}),
    (books.book_posting, {"idx": 9_999}),
    (books.book_loan, {"idx": 9_999}),
    (books.book_date, {"idx": 9_999}),
    (books.book_statement, {"sha256": "0" * 64, "idx": 1}),
    (keys.society, {"slug": "tvm-9", "registration_number": "TVM/9"}),
    (keys.member, {"id": 999, "number": "999"}),
    (keys.member, {"id": 999, "number": "999", "log_id": None, "idx": None}),
    (keys.register_opening, {"society": "tsr-7", "idx": 0}),
    (keys.register_line, {"place": 99, "member_id": 7}),
    (keys.register_line, {"idx": 1, "member_id": 999}),
    (keys.member_key, {"id": 999, "public_key": b"k" * 32, "idx": 0}),
    (keys.officer_key, {"id": 999, "public_key": b"k" * 32, "idx": 0}),
    (votes.meeting_resolution, {"idx": 9, "number": 9, "digest": "0" * 64}),
    (votes.meeting_roll, {"roll_number": 7, "member_id": 999}),
    (votes.meeting_ballot, {"sequence": 99, "idx": 0}),
    (votes.meeting_ballot, {"sequence": 99, "idx": 9_999}),
    (votes.meeting_assistance, {"idx": 9_999}),
    (votes.meeting_result, {"number": 9, "idx": 0}),
    (alerts.oversight_policy, {"sha256": "0" * 64, "version": None, "idx": 99}),
    (alerts.oversight_alert, {"id": "a-x", "period": "2001-02"}),
    (alerts.oversight_step, {"number": 99, "idx": 99}),
]


def test_every_row_that_nobody_sealed_is_named(rt: Runtime, town: VotingScenario) -> None:
    missed = []
    for table, values in ADDED:
        with rt.db.engine.connect() as conn:
            unguarded(conn)
            row = conn.execute(select(table).order_by(*table.primary_key)).first()
            assert row is not None, table.name
            new = values_of(table, row) | values
            if new.get("version", 0) is None:
                new["version"] = row._mapping["version"] + timedelta(days=1)
            same = [table.c[key.name] == new[key.name] for key in table.primary_key]
            conn.execute(insert(table).values(new))
            conn.commit()
        if not any(table.name in fault.column for fault in found(rt)):
            missed.append((table.name, values))
        with rt.db.engine.connect() as conn:
            unguarded(conn)
            conn.execute(delete(table).where(*same))
            conn.commit()
    rt.db.dispose()
    assert missed == []


def test_an_erased_payload_is_counted_and_is_no_disagreement(
    rt: Runtime, town: VotingScenario
) -> None:
    with rt.db.write() as conn:
        voucher = conn.execute(select(books.book_voucher.c.idx)).scalars().first()
        key = people.member_key(conn, town.people_setting.members["1"])
        assert voucher is not None and key is not None
        for index in (voucher, key.index):
            with pytest.raises(NotErasableError):
                logs.erase(conn, key.origin, index, "record", "asked for", now=rt.clock())
            logs.erase(conn, key.origin, index, "detail", "asked for", now=rt.clock())
    tally = Tally()
    assert found(rt, tally) == []
    assert tally.unchecked == 1, "whose key it is; what else the enrolment says is checked"
    with rt.db.write() as conn:
        mine = keys.member_key.c.id == key.id
        conn.execute(change(keys.member_key).where(mine).values(medium="device"))
    assert [one.column for one in found(rt)] == ["member_key.medium"]


def test_the_command_says_it_in_its_exit_code(
    rt: Runtime,
    town: VotingScenario,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings = rt.settings
    monkeypatch.setattr(Settings, "from_env", lambda: settings)
    monkeypatch.setattr(signerclient, "connect", lambda _: rt.signer)
    cli_logs.fsck(rooms=True)
    assert "Every row agrees" in capsys.readouterr().out
    alter(rt, votes.meeting_ballot, "choice")
    cli_logs.fsck()
    with pytest.raises(SystemExit) as ended:
        cli_logs.fsck(rooms=True)
    assert ended.value.code == 1
    out = capsys.readouterr().out
    assert "meeting_ballot.choice" in out and "Every row agrees" not in out


def test_an_import_that_began_again_in_the_next_year_agrees(
    rt: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    books_setting = books_scenario.build(rt)
    real, old = staging.take, books_setting.origin

    def over_midnight(*arguments: object) -> None:
        real(*arguments)  # type: ignore[arg-type]
        rt.clock.advance(365 * DAY)  # type: ignore[attr-defined]
        monkeypatch.setattr(staging, "take", real)

    monkeypatch.setattr(posting, "CHUNK", 2)
    monkeypatch.setattr(staging, "take", over_midnight)
    data = daybook(*(voucher(f"g-{n}", CASH) for n in range(5)))
    assert books_setting.import_file(data).state == "posted" and books_setting.origin != old
    assert found(rt) == []
    alter(rt, books.book_import, "log_id")
    assert any("book_import" in fault.column for fault in found(rt))


def test_a_roll_in_use_that_is_told_of_no_stopped_key_is_named(
    rt: Runtime, scenario: VotingScenario
) -> None:
    """Whoever takes the row away hides every stop from the meeting's log."""
    with rt.db.read() as conn:
        origin = scenario.meeting(conn).origin
    assert [f.column for f in found(rt) if f.column.startswith("drawn_roll")] == []
    with rt.db.write() as conn:
        people_service.roll_closed(conn, origin)
    assert [f.column for f in found(rt)] == ["drawn_roll"]
    rt.clock.advance(DAY + 1)  # type: ignore[attr-defined]
    with rt.db.write() as conn:
        voting_service.close_meeting(
            conn, scenario.people_setting.actor(conn, "secretary"), scenario.id, now=rt.clock()
        )
        people_service.roll_drawn(conn, SLUG, origin)
    assert [f.column for f in found(rt)] == ["drawn_roll"]


def test_a_roll_in_use_in_a_log_that_is_not_there_is_named(
    rt: Runtime, scenario: VotingScenario
) -> None:
    """It would stop every change of a key in its society."""
    with rt.db.write() as conn:
        people_service.roll_drawn(conn, SLUG, f"{rt.host}/meeting/made-up")
    assert [f.column for f in found(rt)] == ["drawn_roll"]


def test_a_result_sealed_twice_by_hand_ends_the_check_of_its_meeting_alone(
    rt: Runtime, town: VotingScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keys of a table forbid such rows; no subject but this one is held up."""
    with rt.db.write() as conn:
        origin = town.meeting(conn).origin
        again = sealed.record(conn, origin, voting.results(conn, town.id)[0].index, "result")
        monkeypatch.setattr(projections, "project", lambda *_: None)
        logs.append(conn, origin, [NewEntry("result", again, "by hand")], now=rt.clock())
    assert [(f.log, f.column) for f in found(rt)] == [(origin, "rows")]
    done = rebuild(rt.db)
    assert [(f.log, f.column) for f in done.findings] == [(origin, "rows")] and done.rows == 0
    alter(rt, alerts.oversight_alert, "cleared")
    assert {f.column for f in found(rt)} > {"rows"}


def test_a_row_that_is_there_twice_is_named(rt: Runtime, town: VotingScenario) -> None:
    """Somebody makes the table again without its key, and doubles a line of a voucher."""
    with rt.db.write() as conn:
        for statement in (
            "CREATE TABLE another AS SELECT * FROM book_posting",
            "DROP TABLE book_posting",
            "ALTER TABLE another RENAME TO book_posting",
            "INSERT INTO book_posting SELECT * FROM book_posting WHERE line = 0 LIMIT 1",
        ):
            conn.execute(text(statement))
    (one,) = found(rt)
    assert one.column == "book_posting" and "more than once" in one.words
    rebuild(rt.db)
    assert found(rt) == []
