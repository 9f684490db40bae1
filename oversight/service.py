"""The verbs of oversight.

``evaluate`` owns its transactions; the others share the caller's. Every change of an alert and
every policy is an entry of the oversight log in the same transaction.
"""

from collections.abc import Iterable

from sqlalchemy import Connection

from oversight import gather, judged, judging
from oversight.adoption import adopt_policy, adopt_proposed, proposed
from oversight.failing import ask_again
from oversight.model import AlertChange, PolicyEffect
from oversight.pure import periods
from oversight.triage import acknowledge, close, comment, reopen
from trust.log.runtime import Runtime
from trust.people import queries as people

__all__ = [
    "acknowledge",
    "adopt_policy",
    "adopt_proposed",
    "ask_again",
    "close",
    "comment",
    "due",
    "evaluate",
    "preview_policy",
    "proposed",
    "reopen",
]


def evaluate(rt: Runtime, society: str) -> list[AlertChange]:
    """Judges a society by its sealed books under the policy in force; the same facts change
    nothing.

    Raises:
        NoPolicyError: no policy is in force.
        UnknownPersonError: there is no such society.
    """
    return judging.judge_society(rt, society, gather.fact_book)


def due(conn: Connection, *, now: int) -> list[str]:
    """Slugs of the societies to judge now: something is new, or a date fell due.

    Raises:
        NoPolicyError: no policy is in force.
    """
    return judged.due(conn, periods.day_of_instant(now))


def preview_policy(
    conn: Connection, toml_text: str, *, now: int, societies: Iterable[str] | None = None
) -> list[PolicyEffect]:
    """What adopting a policy would change, society by society (all of them if none is named).

    Raises:
        PolicyError: the text has a fault. NoPolicyError: none is in force to compare it with.
    """
    if societies is None:
        societies = [profile.slug for profile in people.societies(conn)]
    return judging.preview(conn, toml_text, gather.fact_book, societies, now=now)
