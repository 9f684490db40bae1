"""The private entries about keys: one `enrolment` of version 2 for each thing done to a member's
key, one `officer-holder` for each officer's key.

The record of an enrolment holds the key and the officers; the detail, which no package opens, says
whose key it is. While a roll is drawn the change is appended to the meeting's log in the same
transaction.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from trust.formats import b64
from trust.formats.canon import Json, normalised
from trust.log import annex
from trust.log import service as logs
from trust.log.model import NewEntry, Sequenced
from trust.people import rolls
from trust.people.model import Medium, Member
from trust.people.rolls import Book, Change

VERSION = 2
"""Of the enrolments made today: the first whose record names no member."""


def entry(
    member: Member,
    key: bytes,
    medium: Medium,
    action: str,
    officers: Sequence[str],
    reason: str,
    beside: Mapping[str, Json],
) -> NewEntry:
    """The entry to append; `action` is a word of the kind, `beside` the annex."""
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
    name = f"enrolment:{action}:{key.hex()}"
    return NewEntry("enrolment", record, name, normalised(detail), beside)


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
    number: int | None = None,
) -> Sequenced:
    """Append what was done to a key to the book log, and tell the meetings with a drawn roll.

    `number` is the row of a key that is bound already.
    """
    word = "revoke" if action == "stop" else action
    beside: dict[str, Json] = {} if number is None else {annex.ID: number}
    item = entry(member, key, medium, word, officers, reason, beside)
    (sealed,) = logs.append(conn, book.origin, [item], now=now)
    rolls.tell(conn, book, sealed, key, "member", action)
    return sealed


def holder(society: str, key: bytes, login: str) -> NewEntry:
    """The entry that says whose an officer's key is, by the log-in name of the account."""
    record: dict[str, Json] = {
        "kind": "officer-holder",
        "v": 1,
        "society": society,
        "key": b64.encode(key),
        "account": login,
    }
    return NewEntry("officer-holder", record, f"officer-holder:{key.hex()}")
