"""Whether a judgement of a society stands: nobody may read silence as *nothing found*."""

from sqlalchemy import Connection, func, select

from oversight import failing
from oversight import tables as t
from oversight.model import Judgement, Tally
from trust.books import queries as books
from trust.log import queries as log_queries

_J = t.oversight_judged.c


def judgement(conn: Connection, society: str) -> Judgement:
    """Whether the newest judgement of a society stands."""
    columns = (_J.at, _J.books_version, books.version_of(society).label("now"))
    row = conn.execute(select(*columns).where(_J.society == society)).first()
    fails = failing.of(conn, society) is not None
    if row is None or row.at is None:
        return Judgement(None, fails, waiting=True)
    return Judgement(int(row.at), fails, waiting=row.books_version != row.now)


def count_judged(conn: Connection) -> Tally:
    """How many societies have a log, and of how many a judgement stands that does not fail.

    New books that wait for their judgement count as judged here: the outbox tells of those.
    """
    there = log_queries.subjects("coop")
    failed = select(t.oversight_failure.c.society)
    judged = select(func.count()).where(_J.at.is_not(None), _J.society.not_in(failed))
    societies = conn.execute(select(func.count()).select_from(there)).scalar_one()
    return Tally(int(societies), int(conn.execute(judged).scalar_one()))
