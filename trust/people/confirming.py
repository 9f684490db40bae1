"""The second officer's one verb, whatever was asked for."""

from sqlalchemy import Connection

from trust.people import membership, pending, queries
from trust.people.enrolment import confirm_enrolment
from trust.people.keyloss import confirm_officer_key_loss
from trust.people.model import Actor
from trust.people.opening import confirm_register_opening
from trust.people.stopping import confirm_stop


def confirm_request(conn: Connection, actor: Actor, request_id: int, *, now: int) -> int | None:
    """Do what another officer asked for; returns the row id of the member it is about, if any.

    Raises SameOfficerError, RequestClosedError, NotAllowedError, UnknownPersonError, and whatever
    stands against the thing itself by now.
    """
    request = pending.find(conn, request_id)
    if request.what == "enrolment":
        key_id = confirm_enrolment(conn, actor, request_id, now=now)
        return queries.key(conn, key_id).member_id
    if request.what == "opening":
        confirm_register_opening(conn, actor, request_id, now=now)
        return None
    if request.what == "key-loss":
        confirm_officer_key_loss(conn, actor, request_id, now=now)
        return None
    taken = pending.take(conn, actor, request_id, "admission", "change", "end", "stop", now=now)
    if request.what == "stop":
        confirm_stop(conn, taken, now=now)
        return request.member_id
    if request.what == "admission":
        member_id = membership.confirm_admission(conn, taken, now=now)
    else:
        member_id = membership.confirm_change(conn, taken, now=now)
    pending.finish(conn, taken, now=now)
    return member_id
