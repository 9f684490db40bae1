"""Doing a verb as somebody: rights are read in the transaction that uses them.

So an office that ended while a request was on its way acts no more, whatever the session knew.
"""

from sqlalchemy import Connection

from trust.formats.errors import Several, Word
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people.model import Actor
from web import security
from web.errors import VerbRoleError
from web.verbs.model import Values, Verb


def perform(rt: Runtime, verb: Verb, account_id: int, values: Values) -> object:
    """Do it, in one transaction unless the verb has its own; returns its answer.

    Raises VerbRoleError, NoSuchAccountError, and what the verb refuses.
    """
    if verb.work is not None:
        with rt.db.read() as conn:
            actor = admitted(conn, verb, account_id, rt.clock())
        return verb.work(rt, actor, values)
    assert verb.run is not None
    with rt.db.read() if verb.reads and not verb.notes else rt.db.write() as conn:
        now = rt.clock()
        return verb.run(conn, admitted(conn, verb, account_id, now), values, now)


def admitted(conn: Connection, verb: Verb, account_id: int, now: int) -> Actor:
    """The account with its rights of now, if the verb is for one of them."""
    actor = people.actor(conn, account_id, now)
    if verb.roles and not any(security.allowed(actor, role, None) for role in verb.roles):
        raise VerbRoleError(roles=Several(Word("role", role) for role in verb.roles))
    return actor
