"""Stopping a member's key: the member herself at once; officers one or two.

Without a drawn roll one officer stops a key and it is sealed. While a roll is drawn, one officer
alone must not take anybody's vote: the key stops signing in at once, and stops counting when a
second officer confirms; if none does within a week, or one takes the request back, it signs in
again.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, update

from trust.log.model import Sequenced
from trust.people import keyentries, pending, queries, rolls
from trust.people import tables as t
from trust.people.errors import KeyRevokedError, TextTooLongError
from trust.people.model import OFFICERS, Actor, MemberKey, Waiting
from trust.people.pending import Taken
from trust.people.register import end_sessions
from trust.people.rolls import Book

MAX_REASON = 400


def revoke_key(
    conn: Connection, actor: Actor, key_id: int, reason: str, *, now: int
) -> Sequenced | Waiting:
    """Stop a member's key for good, or while a roll is drawn ask a second officer to.

    The second officer who asks for the same confirms it. All sessions of the member end, also
    if she stops the key herself: whoever holds it may be signed in. Raises
    KeyRevokedError when the key was stopped before, BadDetailsError for an overlong reason.
    """
    member = queries.member(conn, queries.key(conn, key_id).member_id)
    herself = actor.account.member_id == member.id
    if not herself:
        actor.require(OFFICERS, queries.need_society(conn, member.society))
    if len(reason) > MAX_REASON:
        raise TextTooLongError(most=MAX_REASON, begins=reason[:40])
    book = rolls.lock_book(conn, member.society, now=now)
    key = _unstopped(conn, key_id)
    if herself:
        # Her own log-in name would say whose key it is.
        return _stop(conn, book, key, [], reason, now)
    end_sessions(conn, member.id, now=now)
    asked = queries.stop_asked(conn, key_id, now)
    if asked is not None and asked.first_officer != actor.account.id:
        taken = pending.take(conn, actor, asked.id, "stop", now=now)
        return confirm_stop(conn, taken, now=now)
    if not book.drawn:
        return _stop(conn, book, key, [actor.account.login], reason, now)
    return Waiting(
        pending.ask(
            conn,
            actor,
            member.society,
            "stop",
            {"reason": reason},
            now=now,
            member_id=member.id,
            key_id=key_id,
        )
    )


def confirm_stop(conn: Connection, taken: Taken, *, now: int) -> Sequenced:
    """Second officer: the key is stopped, for votes too."""
    assert taken.request.key_id is not None
    key = _unstopped(conn, taken.request.key_id)
    reason = str(taken.request.body["reason"])
    pending.finish(conn, taken, now=now)
    return _stop(conn, taken.book, key, taken.logins, reason, now)


def _unstopped(conn: Connection, key_id: int) -> MemberKey:
    key = queries.key(conn, key_id)
    if key.revoked_at is not None:
        raise KeyRevokedError
    return key


def _stop(
    conn: Connection, book: Book, key: MemberKey, officers: Sequence[str], reason: str, now: int
) -> Sequenced:
    member = queries.member(conn, key.member_id)
    end_sessions(conn, member.id, now=now)
    sealed = keyentries.seal(
        conn,
        book,
        member,
        key.public_key,
        key.medium,
        "stop",
        officers,
        reason,
        now=now,
        number=key.id,
    )
    r = t.officer_request
    waits = (r.c.what == "stop") & (r.c.key_id == key.id) & r.c.ended_at.is_(None)
    conn.execute(update(r).where(waits).values(**pending.over(now)))
    return sealed
