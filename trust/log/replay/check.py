"""`sakshi fsck --rooms`: every row beside the logs compared with the row that its entry makes."""

from collections.abc import Callable, Iterator

from sqlalchemy import Connection, select

from trust.database import Database
from trust.log.checks.fsckrows import Finding
from trust.log.projections import ReadTable, Subject, of_log, read_tables
from trust.log.replay import compare
from trust.log.replay.scratch import Scratch
from trust.log.replay.subjects import UNREADABLE, Replayer, Tally, log_kinds, subjects, unreadable
from trust.log.tables import log


def check(
    db: Database, tally: Tally, progress: Callable[[str], None] = lambda _: None
) -> Iterator[Finding]:
    """Every row that no entry bears out, and every entry whose row is missing or different.

    One subject's rows are held at a time, in temporary tables; nothing is changed.
    """
    for log_kind in log_kinds():
        progress(f"rows of {log_kind} logs")
        with db.scratch() as conn:
            tables = read_tables(of_log(log_kind))
            scratch = Scratch(conn, tables)
            replayer = Replayer(scratch, tally)
            for subject in subjects(conn, log_kind):
                yield from _subject(replayer, subject)
            for one in tables:
                yield from _strays(conn, scratch, one, log_kind)


def _subject(replayer: Replayer, subject: Subject) -> Iterator[Finding]:
    try:
        with replayer.scratch.conn.begin_nested():
            yield from replayer.run(subject)
            for item in compare.differences(replayer.scratch, subject):
                yield from compare.finding(replayer.scratch, subject, item)
    except UNREADABLE as error:
        yield unreadable(subject, error)


def _strays(conn: Connection, scratch: Scratch, one: ReadTable, log_kind: str) -> Iterator[Finding]:
    """Rows that name a log, by row or by origin, which is not there or is of another kind."""
    real = scratch.real(one)
    name, known = ("log_id", log.c.id) if "log_id" in real.c else ("origin", log.c.origin)
    if name not in real.c:
        return
    there = select(log.c.id).where(known == real.c[name], log.c.kind == log_kind).exists()
    placed = select(*real.primary_key).where(real.c[name].is_not(None), ~there)
    for row in conn.execute(placed):
        words = f"the row {', '.join(map(str, row))} names a log that is not there"
        yield Finding(log_kind, None, real.name, words)
