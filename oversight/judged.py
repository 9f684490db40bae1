"""How far each society was judged, so that nobody is judged twice by the same books.

A row of `oversight_judged` says by which policy and which books the newest judgement was made, and
until which day it holds. Its version guards the write of a judgement: whoever changes what the next
one rests on (readings, alerts) writes a new version in the same transaction.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, or_, select, update

from oversight import adoption, queries
from oversight import tables as t
from oversight.errors import AlertOvertakenError
from oversight.model import AdoptedPolicy
from oversight.pure import periods
from oversight.pure.policy import Policy
from trust.books import queries as books
from trust.bulk import insert_many
from trust.log import queries as log_queries

_J = t.oversight_judged.c
REVIEW_DAYS = 30
"""How long a judgement holds at most: a newer Sakshi may read the same books otherwise."""

_NEVER = 0
"""Version of a society that was never judged."""


@dataclass(frozen=True, slots=True)
class Judged:
    """How a society was judged last, and the books there are to judge it by.

    Attributes:
        version: of its row; zero if it was never judged.
        policy: SHA-256 of the policy; empty if an officer's step asks for another judgement.
        books: version of the books it was judged by (`trust.books.turnover.version_of`).
        books_now: version of the books now.
        due: first day on which the same books may read otherwise; None if it was never judged.
    """

    society: str
    version: int
    policy: str
    books: str
    books_now: str
    due: date | None

    def holds(self, policy: str, today: date) -> bool:
        """Whether another judgement can only say the same."""
        in_time = self.due is not None and today < self.due
        return in_time and (self.policy, self.books) == (policy, self.books_now)


def read(conn: Connection, society: str, today: date) -> tuple[Judged, AdoptedPolicy, Policy]:
    """How a society was judged, and the policy in force; raises NoPolicyError."""
    j = _J
    query = (
        queries.with_origin(t.oversight_policy)
        .add_columns(j.version.label("judged"), j.policy, j.books_version, j.due)
        .add_columns(books.version_of(society).label("books_now"))
        .outerjoin(t.oversight_judged, j.society == society)
        .order_by(t.oversight_policy.c.version)
    )
    rows = conn.execute(query).all()
    adopted, policy = adoption.valid(map(queries.adopted, rows), today)
    row = rows[0]
    found = Judged(
        society,
        row.judged or _NEVER,
        row.policy or "",
        row.books_version or "",
        row.books_now,
        row.due,
    )
    return found, adopted, policy


def claim(conn: Connection, seen: Judged, policy: str, *, until: date | None, now: int) -> None:
    """Write that a society is judged now by the books that were seen; it holds until that day.

    Raises:
        AlertOvertakenError: books or judgement changed since; the transaction must be given up.
    """
    if seen.version == _NEVER:
        _begin(conn, seen.society)
    unchanged = (
        _J.society == seen.society,
        _J.version == seen.version,
        books.version_of(seen.society) == seen.books_now,
    )
    longest = periods.day_of_instant(now) + timedelta(days=REVIEW_DAYS)
    values = {
        "version": seen.version + 1,
        "policy": policy,
        "books_version": seen.books_now,
        "due": longest if until is None else min(until, longest),
        "at": now,
    }
    if conn.execute(update(t.oversight_judged).where(*unchanged).values(values)).rowcount != 1:
        raise AlertOvertakenError


def ask_again(conn: Connection, society: str) -> None:
    """Have a society judged again: something that no book says has changed."""
    _begin(conn, society)
    again = update(t.oversight_judged).where(_J.society == society)
    conn.execute(again.values(version=_J.version + 1, policy=""))


def due(conn: Connection, today: date) -> list[str]:
    """Societies with books of which something is new, or a date fell due; raises NoPolicyError."""
    adopted, _ = adoption.in_force(conn, today)
    society = log_queries.subjects("coop")
    query = (
        select(society)
        .outerjoin(t.oversight_judged, _J.society == society.c.subject)
        .where(
            or_(
                _J.society.is_(None),
                _J.policy != adopted.sha256,
                _J.due <= today,
                _J.books_version != books.version_of(society.c.subject),
            )
        )
    )
    return list(conn.execute(query.order_by(society.c.subject)).scalars())


def _begin(conn: Connection, society: str) -> None:
    row = (society, _NEVER, "", "")
    columns = ("society", "version", "policy", "books_version")
    insert_many(conn, t.oversight_judged, columns, [row], unless=("society",))
