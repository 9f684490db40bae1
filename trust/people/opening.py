"""Sealing the register as it stands, once: the register at the upgrade, and a society's first.

One officer asks, a different one confirms, and a public `register-opening` says how many members
there were and a root over salted commitments of one line for each (docs/adr/0009). The lines and
their salts stay here, so that a member can be shown that she is in it. From then on every
admission, change and end is sealed as it happens, and only who stands in the opening keeps the days
stated.
"""

import os
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from trust.formats import b64
from trust.formats.canon import Json
from trust.formats.commitments import SALT
from trust.log import service as logs
from trust.log.model import NewEntry, Sequenced
from trust.people import pending, queries, rolls
from trust.people import registerrules as rules
from trust.people import tables as t
from trust.people.errors import RegisterEmptyError, RegisterMovedError, RegisterSealedError
from trust.people.model import OFFICERS, Actor
from trust.people.pending import Taken


def begin_register_opening(conn: Connection, actor: Actor, society: str, *, now: int) -> int:
    """First officer: the register is right as it stands; returns the request's id.

    Raises NotAllowedError, RegisterSealedError, RegisterEmptyError.
    """
    actor.require(OFFICERS, queries.need_society(conn, society))
    rolls.lock_book(conn, society, now=now)
    _check_unsealed(conn, society)
    lines = _lines(conn, society)
    if not lines:
        raise RegisterEmptyError
    body: dict[str, Json] = {"count": len(lines), "lines": _digest(lines)}
    return pending.ask(conn, actor, society, "opening", body, now=now)


def confirm_register_opening(
    conn: Connection, actor: Actor, request_id: int, *, now: int
) -> Sequenced:
    """Second officer: seal the register, if it still is what the first one looked at.

    Raises RegisterMovedError, RegisterSealedError, SameOfficerError, RequestClosedError.
    """
    taken = pending.take(conn, actor, request_id, "opening", now=now)
    society = taken.request.society
    _check_unsealed(conn, society)
    lines = _lines(conn, society)
    if _digest(lines) != taken.request.body["lines"]:
        raise RegisterMovedError
    salted = [(os.urandom(SALT), line) for _, line in lines]
    turn = logs.hold(conn, taken.book.origin, now=now)
    beside = [
        _beside(member)
        | {"log_id": turn.log_id, "idx": turn.index, "place": place}
        | {"line": line, "salt": salt}
        for place, ((member, _), (salt, line)) in enumerate(zip(lines, salted, strict=True))
    ]
    conn.execute(insert(t.register_line), beside)
    item = NewEntry("register-opening", _record(conn, taken, salted), "register-opening")
    (sealed,) = logs.append(conn, taken.book.origin, [item], now=now, turn=turn)
    pending.finish(conn, taken, now=now)
    return sealed


def _check_unsealed(conn: Connection, society: str) -> None:
    if queries.register_sealed(conn, society):
        raise RegisterSealedError


def _lines(conn: Connection, society: str) -> list[tuple[Row[Any], bytes]]:
    """Row and register line of every member who has not left, in order of the number."""
    m = t.member.c
    found = conn.execute(select(t.member).where(m.society == society, m.left_on.is_(None))).all()
    ordered = sorted(found, key=lambda row: (len(row.number), row.number))
    return [(row, rules.register_line(rules.member_row(row))) for row in ordered]


def _beside(row: Row[Any]) -> dict[str, Any]:
    """What no entry says of a member of the opening."""
    return {"member_id": row.id, "gender": row.gender, "admitted_at": row.admitted_at}


def _digest(lines: list[tuple[Row[Any], bytes]]) -> str:
    """What tells whether the register is the same; it never leaves this state."""
    return sha256(b"\n".join(line for _, line in lines)).hexdigest()


def _record(
    conn: Connection, taken: Taken, salted: Sequence[tuple[bytes, bytes]]
) -> dict[str, Json]:
    return {
        "kind": "register-opening",
        "v": 1,
        "society": taken.request.society,
        "as_of": rules.today(taken.book.at).isoformat(),
        "count": len(salted),
        "root": b64.encode(rules.register_root(salted)),
        "officers": taken.offices(conn),
    }
