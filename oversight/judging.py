"""Judging one society: facts, policy, plan, and one transaction when something is new.

The books are read once, in a transaction that only reads. Versions guard the write: if books or
alerts changed in between, the society is read and judged again.
"""

from collections.abc import Callable, Iterable
from datetime import date

from sqlalchemy import Connection

from oversight import adoption, engine, judged
from oversight.errors import AlertChangedError, KeepsChangingError
from oversight.model import AlertChange, PolicyEffect
from oversight.pure import periods
from oversight.pure.facts import FactBook
from oversight.pure.policy import Policy
from oversight.pure.rules import Severity, judge_all
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people.model import SocietyProfile

ReadFacts = Callable[[Connection, SocietyProfile, date], FactBook]
"""How the facts of a society are read on a day."""

_TRIES = 5


def judge_society(rt: Runtime, society: str, read: ReadFacts) -> list[AlertChange]:
    """Judges a society by its facts under the policy in force; idempotent.

    Raises:
        NoPolicyError: no policy is in force.
        UnknownPersonError: there is no such society.
    """
    now = rt.clock()
    for _ in range(_TRIES):
        with rt.db.read() as conn:
            plan = _plan(conn, society, read, now)
        if plan is None:
            return []
        try:
            with rt.db.write() as conn:
                return engine.carry_out(conn, plan, now=now)
        except AlertChangedError:
            continue
    raise KeepsChangingError(society=society)


def preview(
    conn: Connection, toml_text: str, read: ReadFacts, societies: Iterable[str], *, now: int
) -> list[PolicyEffect]:
    """What a policy would change if it were adopted: every finding that would be another one.

    Nothing is written. Societies without a difference do not appear.

    Raises:
        PolicyError: the text has a fault. NoPolicyError: there is none to compare it with.
    """
    today = periods.day_of_instant(now)
    present, proposed = adoption.in_force(conn, today)[1], adoption.read_policy(toml_text)
    effects = []
    for slug in societies:
        profile = people.need_society(conn, slug)
        book = read(conn, profile, today)
        before, after = _by_period(present, book, profile), _by_period(proposed, book, profile)
        effects += [
            PolicyEffect(slug, rule, period, before.get(key), after.get(key))
            for key in sorted(before.keys() | after.keys())
            if before.get(key) != after.get(key)
            for rule, period in (key,)
        ]
    return effects


def _by_period(
    policy: Policy, book: FactBook, profile: SocietyProfile
) -> dict[tuple[str, str], Severity | None]:
    found = judge_all(policy, book, profile.class_, profile.sector)
    return {(f.rule.id, f.period): f.severity for f in found if f.latest}


def _plan(conn: Connection, society: str, read: ReadFacts, now: int) -> engine.Plan | None:
    """What a judgement would change; None if the newest one holds."""
    today = periods.day_of_instant(now)
    seen, adopted, policy = judged.read(conn, society, today)
    if seen.holds(adopted.sha256, today):
        return None
    profile = people.need_society(conn, society)
    book = read(conn, profile, today)
    return engine.plan(conn, profile, book, policy, adopted.sha256, seen)
