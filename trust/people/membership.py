"""Members: admitting, changing what the register says of them, ending a membership.

Until two officers sealed the register as it stood (`trust/people/opening.py`) it is a list; from
then on every admission, change and end is sealed in the society's book log as it happens, and a
member admitted later counts from that day, whatever the date says. While a roll is drawn each of
them takes a second officer, or the member herself (docs/adr/0009).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from trust.formats import times
from trust.formats.canon import Json, normalise_text
from trust.people import admissions, pending, queries, rolls
from trust.people import registerrules as rules
from trust.people.errors import (
    BulkAdmissionError,
    FutureDateError,
    GenderError,
    MemberNameError,
    MembershipEndedError,
    NumberTakenError,
    NumberTwiceError,
    TextTooLongError,
)
from trust.people.model import FULL_MEMBER, OFFICERS, Actor, Gender, Member, Waiting
from trust.people.pending import Taken

MAX_NUMBER, MAX_NAME, MAX_CLASS, MAX_REASON = 40, 200, 20, 400


@dataclass(frozen=True, slots=True)
class NewMember:
    """A member to be admitted; dates are of the register (IST)."""

    number: str
    name: str
    gender: Gender
    joined: date
    share_paid_on: date | None = None
    class_: str = FULL_MEMBER


@dataclass(frozen=True, slots=True)
class Change:
    """What the register shall say of a member from now on; `reason` is for the minutes."""

    name: str
    class_: str
    joined: date
    share_paid_on: date | None
    reason: str = ""


def admit_member(
    conn: Connection, actor: Actor, society: str, new: NewMember, *, now: int
) -> int | Waiting:
    """Enter a member in the register; needs an officer of the society. Returns the member's row id.

    While a roll is drawn nothing is entered before a second officer confirms. Raises
    AlreadyThereError for a number in use, BadDetailsError for an unusable detail, FutureDateError.
    """
    actor.require(OFFICERS, queries.need_society(conn, society))
    book = rolls.lock_book(conn, society, now=now)
    row = _checked(conn, society, new, book.at)
    if book.drawn:
        body: dict[str, Json] = rules.held(row) | {"gender": row["gender"]}
        return Waiting(pending.ask(conn, actor, society, "admission", body, now=now))
    return admissions.enter(conn, book, society, [row], [actor.account.login], now)[0]


def admit_members(
    conn: Connection,
    society: str,
    members: Sequence[NewMember],
    *,
    now: int,
    officers: Sequence[str] = (),
) -> list[int]:
    """Enter many members at once, for importers that have already checked who asks.

    `officers` are the log-in names of whoever asks. Raises BulkAdmissionError while a roll is
    drawn: then each admission takes two officers.
    """
    book = rolls.lock_book(conn, society, now=now)
    if book.drawn:
        raise BulkAdmissionError
    checked = [_checked(conn, society, new, book.at) for new in members]
    if len({row["number"] for row in checked}) < len(checked):
        raise NumberTwiceError
    return admissions.enter(conn, book, society, checked, list(officers), now)


def change_member(
    conn: Connection, actor: Actor, member_id: int, change: Change, *, now: int
) -> Waiting | None:
    """Change what the register says of a member; None when it is done.

    Days that decide a vote count from the sealing where the change moves them forward in the
    member's favour (`registerrules.changed`). Raises BadDetailsError, FutureDateError,
    MembershipEndedError.
    """
    member = queries.member(conn, member_id)
    actor.require(OFFICERS, queries.need_society(conn, member.society))
    book = rolls.lock_book(conn, member.society, now=now)
    body = _changed(conn, member, change, book.at)
    if book.drawn:
        return Waiting(
            pending.ask(conn, actor, member.society, "change", body, now=now, member_id=member_id)
        )
    admissions.change(conn, book, member, body, [actor.account.login], now)
    return None


def member_left(
    conn: Connection, actor: Actor, member_id: int, left_on: date, *, now: int, reason: str = ""
) -> Waiting | None:
    """Note that a member left; None when it is done. Keys are stopped by `revoke_key`.

    The member's own account may do it alone. Raises FutureDateError, MembershipEndedError.
    """
    member = queries.member(conn, member_id)
    herself = actor.account.member_id == member_id
    if not herself:
        actor.require(OFFICERS, queries.need_society(conn, member.society))
    book = rolls.lock_book(conn, member.society, now=now)
    _check_here(conn, member_id)
    _check_past("left_on", left_on, book.at)
    body: dict[str, Json] = {
        "member": member.number,
        "left_on": left_on.isoformat(),
        "reason": _text(reason, MAX_REASON),
    }
    if book.drawn and not herself:
        return Waiting(
            pending.ask(conn, actor, member.society, "end", body, now=now, member_id=member_id)
        )
    admissions.end(conn, book, member, body, [] if herself else [actor.account.login], now)
    return None


def confirm_admission(conn: Connection, taken: Taken, *, now: int) -> int:
    """Second officer: the member is admitted; returns the member's row id."""
    body, society = taken.request.body, taken.request.society
    paid = body["share_paid_on"]
    new = NewMember(
        str(body["member"]),
        str(body["name"]),
        body["gender"],  # type: ignore[arg-type]
        times.parse_date(str(body["joined"])),
        None if paid is None else times.parse_date(str(paid)),
        str(body["class"]),
    )
    row = _checked(conn, society, new, taken.book.at)
    return admissions.enter(conn, taken.book, society, [row], taken.logins, now)[0]


def confirm_change(conn: Connection, taken: Taken, *, now: int) -> int:
    """Second officer: the register is changed, or the membership ended; returns the row id."""
    assert taken.request.member_id is not None
    member = queries.member(conn, taken.request.member_id)
    _check_here(conn, member.id)
    act = admissions.change if taken.request.what == "change" else admissions.end
    act(conn, taken.book, member, dict(taken.request.body), taken.logins, now)
    return member.id


def _checked(conn: Connection, society: str, new: NewMember, at: int) -> dict[str, Any]:
    """The columns of a new member; raises what is wrong with them."""
    number = _text(new.number, MAX_NUMBER)
    if not number:
        raise MemberNameError
    if new.gender not in ("f", "m", "o"):
        raise GenderError(found=new.gender)
    if queries.member_by_number(conn, society, number) is not None:
        raise NumberTakenError(number=number)
    row = _dated(new.name, new.class_, new.joined, new.share_paid_on, at)
    return row | {"number": number, "gender": new.gender}


def _changed(conn: Connection, member: Member, change: Change, at: int) -> dict[str, Json]:
    _check_here(conn, member.id)
    row = _dated(change.name, change.class_, change.joined, change.share_paid_on, at)
    return rules.held(row | {"number": member.number}) | {
        "reason": _text(change.reason, MAX_REASON)
    }


def _dated(
    name: str, class_: str, joined: date, share_paid_on: date | None, at: int
) -> dict[str, Any]:
    _check_past("joined", joined, at)
    _check_past("share_paid_on", share_paid_on, at)
    row = {"name": _text(name, MAX_NAME), "class_": _text(class_, MAX_CLASS)}
    if not all(row.values()):
        raise MemberNameError
    return row | {"joined": joined, "share_paid_on": share_paid_on}


def _check_past(field: str, day: date | None, at: int) -> None:
    if day is not None and day > rules.today(at):
        raise FutureDateError(field, day)


def _check_here(conn: Connection, member_id: int) -> None:
    if queries.member(conn, member_id).left_on is not None:
        raise MembershipEndedError


def _text(text: str, most: int) -> str:
    cleaned = normalise_text(text.strip())
    if len(cleaned) > most:
        raise TextTooLongError(most=most, begins=cleaned[:40])
    return cleaned
