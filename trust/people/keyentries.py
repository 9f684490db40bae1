"""The sealed side of a member's key: one `enrolment` entry of version 2 for each thing done to it.

The record holds the key and the officers; whose key it is stands in the detail, which no package
opens. While a roll is drawn the meeting's log is told in the same transaction.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from trust.formats import b64
from trust.formats.canon import Json, normalised
from trust.log import service as logs
from trust.log.model import NewEntry, Sequenced
from trust.people import rolls
from trust.people.model import Medium, Member
from trust.people.rolls import Book, Change

VERSION = 2
"""Of the enrolments made today: the first whose record names no member."""


def entry(
    member: Member, key: bytes, medium: Medium, action: str, officers: Sequence[str], reason: str
) -> NewEntry:
    """The entry to append; `action` is a word of the kind."""
    record: dict[str, Json] = {
        "kind": "enrolment",
        "v": VERSION,
        "society": member.society,
        "key": b64.encode(key),
        "medium": medium,
        "action": action,
        "officers": list(officers),
    }
    detail: dict[str, Json] = {
        "kind": "enrolment-detail",
        "v": 1,
        "member": member.number,
        "reason": reason,
    }
    return NewEntry("enrolment", record, f"enrolment:{action}:{key.hex()}", normalised(detail))


def seal(
    conn: Connection,
    book: Book,
    member: Member,
    key: bytes,
    medium: Medium,
    action: Change,
    officers: Sequence[str],
    reason: str,
    *,
    now: int,
) -> Sequenced:
    """Append what was done to a key to the book log, and tell the meetings with a drawn roll."""
    word = "revoke" if action == "stop" else action
    item = entry(member, key, medium, word, officers, reason)
    (sealed,) = logs.append(conn, book.origin, [item], now=now)
    rolls.tell(conn, book, sealed, key, "member", action)
    return sealed
