"""Whatever column of whatever read table is altered by hand, `sakshi fsck --rooms` names it.

The tables and their columns are those of the registered projections, so that a new one is held to
the same promise without a line here.
"""

import pytest
from sqlalchemy import Column, delete, insert, select

from tests.attacks.test_rows_fsck import alter, unguarded, values_of
from tests.voting.scenario import VotingScenario
from trust.log.checks.fsckrows import Finding
from trust.log.projections import ReadTable, of_log, read_tables
from trust.log.replay.check import check
from trust.log.replay.subjects import Tally, log_kinds
from trust.log.runtime import Runtime


def tables() -> list[ReadTable]:
    """Every read table of every room."""
    return read_tables(one for kind in log_kinds() for one in of_log(kind))


def found(rt: Runtime) -> list[Finding]:
    return list(check(rt.db, Tally()))


def altered(rt: Runtime, one: ReadTable, column: Column[object]) -> list[Finding]:
    """What is found once a column of the first row is altered; all is put back as it was."""
    with rt.db.read() as conn:
        before = [values_of(one.table, row) for row in conn.execute(select(one.table))]
    alter(rt, one.table, column.key)
    findings = found(rt)
    with rt.db.engine.connect() as conn:
        unguarded(conn)
        conn.execute(delete(one.table))
        conn.execute(insert(one.table), before)
        conn.commit()
    rt.db.dispose()
    return findings


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_altered_column_is_named(rt: Runtime, town: VotingScenario) -> None:
    missed = []
    for one in tables():
        for column in one.table.columns:
            if column.key in one.unsealed:
                continue
            name = f"{one.table.name}.{column.key}"
            # A row with another key is missing where it was, and is not borne out where it is.
            wanted = {one.table.name} if column.primary_key else {name, one.table.name}
            findings = altered(rt, one, column)
            if not wanted & {item.column for item in findings}:
                missed.append((name, [str(item) for item in findings]))
    assert missed == []
    assert found(rt) == []


def test_the_state_of_these_tests_has_rows_in_every_read_table(
    rt: Runtime, town: VotingScenario
) -> None:
    with rt.db.read() as conn:
        empty = {
            one.table.name
            for one in tables()
            if conn.execute(select(one.table).limit(1)).first() is None
        }
    assert empty == set()


def test_a_right_state_agrees(rt: Runtime, town: VotingScenario) -> None:
    assert found(rt) == []
