"""The verbs of the oversight room.

``evaluate`` owns its transactions; the others share the caller's. Every change of an alert and
every policy is an entry of the oversight log in the same transaction.
"""

from __future__ import annotations

from oversight import gather, judging
from oversight.adoption import adopt_policy, adopt_proposed, proposed
from oversight.model import AlertChange
from oversight.triage import acknowledge, close, comment, reopen
from trust.log.runtime import Runtime

__all__ = [
    "acknowledge",
    "adopt_policy",
    "adopt_proposed",
    "close",
    "comment",
    "evaluate",
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
