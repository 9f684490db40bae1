"""The lines of a roll: what opens the root that was sealed, and is kept beside the log.

No projection can make them, so they are compared with the root when the meeting's log is replayed:
all of them together, and each against the register.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from trust.formats import b64, merkle
from trust.formats.errors import SakshiError
from trust.log.checks.fsckrows import CHUNK, RECOVERED, Finding
from trust.log.compact_range import Frontier
from trust.log.model import Placed
from trust.log.projections import Subject
from trust.log.replay.entries import pieces
from trust.log.replay.subjects import Tally
from trust.people import queries as people
from voting import tables as t
from voting.pure import roll

LOST = "the lines of the roll"
"""What a recovery from a mirror cannot bring back."""


def check(conn: Connection, subject: Subject, tally: Tally, keep: bool) -> Iterator[Finding]:
    """Every line of the meeting's roll that is not what was sealed, or is not in the register.

    After a recovery there may be no lines, or those of an earlier roll, which are worth nothing any
    more: with `keep` they go.
    """
    origin = subject.logs[-1].origin
    rolls = [
        one for info in subject.logs for p in pieces(conn, info, ("roll",)) for one in p.entries
    ]
    place = (origin, rolls[-1].index if rolls else None)
    tree, with_key = Frontier(), 0
    for row, number, key in _lines(conn, subject.name):
        tree.add(merkle.leaf_hash(bytes(row.line)))
        with_key += row.key_id is not None
        for column in _wrong_columns(row, tree.size, number, key):
            words = f"the row {subject.name}, {row.roll_number} is not what its line says"
            yield Finding(*place, f"meeting_roll.{column}", words)
    if _are_lost(rolls, tree):
        tally.unchecked += 1
        if keep:
            conn.execute(delete(t.meeting_roll).where(t.meeting_roll.c.meeting_id == subject.name))
    elif not rolls and tree.size:
        yield Finding(*place, "meeting_roll", "there are rows, and no roll was sealed")
    elif rolls and _top(tree) != _sealed(rolls[-1]):
        words = "the lines do not hash to the root that was sealed"
        yield Finding(*place, "meeting_roll.line", words)
    elif rolls and with_key != rolls[-1].said["with_key"]:
        words = "another number of lines has a key than was sealed"
        yield Finding(*place, "meeting_roll.key_id", words)


def _top(tree: Frontier) -> tuple[int, bytes]:
    return tree.size, tree.root()


def _sealed(drawn: Placed) -> tuple[int, bytes]:
    return drawn.said["count"], b64.decode(drawn.said["root"])


def _are_lost(rolls: Sequence[Placed], tree: Frontier) -> bool:
    """Whether the last roll came back from a mirror, and its lines did not."""
    if not rolls or not rolls[-1].key.startswith(RECOVERED):
        return False
    return not tree.size or _top(tree) in [_sealed(one) for one in rolls[:-1]]


def _lines(conn: Connection, meeting_id: str) -> Iterator[tuple[Row[Any], str, bytes | None]]:
    """The roll's rows, each with the member's number and key as the register has them."""
    r, after = t.meeting_roll, -1
    query = select(r).where(r.c.meeting_id == meeting_id).order_by(r.c.roll_number).limit(CHUNK)
    while rows := conn.execute(query.where(r.c.roll_number > after)).all():
        numbers = people.numbers(conn, (row.member_id for row in rows))
        ids = (row.key_id for row in rows if row.key_id is not None)
        keys = people.public_keys(conn, ids)
        for row in rows:
            yield row, numbers.get(row.member_id, ""), keys.get(row.key_id)
        after = rows[-1].roll_number


def _wrong_columns(row: Row[Any], place: int, number: str, key: bytes | None) -> list[str]:
    """Columns of a roll row that differ from its line."""
    try:
        line = roll.parse_line(bytes(row.line))
        opened = roll.commit_member(bytes(row.salt), number)
    except SakshiError:
        return ["line"]
    wrong = []
    if not row.roll_number == line.roll_number == place:
        wrong.append("roll_number")
    if opened != line.member:
        wrong.append("member_id, salt")
    if line.key != key:
        wrong.append("key_id")
    return wrong
