"""Metrics of what is silent or fails: what `deploy/alerts.yml` watches."""

from collections import Counter
from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import Connection

from dashboards import watch
from oversight import queries as oversight
from trust import outbox, pulse, upkeep
from trust.books import queries as books
from trust.log import clockwatch

NEVER = 10 * 365 * 86_400
"""Age in seconds of a pulse that never came, so that an alert rule compares numbers alone."""


def families(conn: Connection, now: int) -> Iterable[Metric]:
    """The families of one scrape; none names a society."""
    failing = oversight.failures(conn)
    silent = Counter("never" if o.due is None else "due" for o in oversight.silent(conn, now=now))
    waiting = books.waiting_sheets(conn)
    told = oversight.count_judged(conn)
    moves = clockwatch.told(conn, now)
    stops = Counter(item.code for item in watch.stopping(watch.platform(conn, now=now)))
    at = pulse.last(conn, pulse.WORKER)
    # A pulse of a time to come is as old: the clock was set back since.
    yield _one(
        "sakshi_worker_pulse_age_seconds",
        "Age of the newest pulse of a worker.",
        NEVER if at is None else abs(now - at),
    )
    yield _one("sakshi_outbox_oldest_seconds", "Age of the oldest work.", outbox.waits(conn))
    yield _one(
        "sakshi_judgements_failing", "Societies whose judgement fails; must be zero.", len(failing)
    )
    yield _one(
        "sakshi_judgement_failing_seconds",
        "For how long the longest of them has failed.",
        max((now - one.since for one in failing), default=0),
    )
    yield _one(
        "sakshi_facts_unread",
        "Facts of all societies that cannot be read; must be zero.",
        len(oversight.unread_facts(conn)),
    )
    yield _one(
        "sakshi_societies_unjudged",
        "Societies of which no judgement stands.",
        told.societies - told.standing,
    )
    family = GaugeMetricFamily(
        "sakshi_societies_silent",
        "Societies that never brought a file, or whose next file is overdue.",
        labels=["why"],
    )
    for why in ("never", "due"):
        family.add_metric([why], silent[why])
    yield family
    yield _one("sakshi_filings_pending", "Filed sheets that are not published yet.", len(waiting))
    yield _one(
        "sakshi_clock_behind_seconds",
        "By how much the clock is behind the newest sealed time.",
        clockwatch.behind(conn, now),
    )
    yield _one("sakshi_clock_moves", "Moves of the clock that were noticed in 30 days.", len(moves))
    yield from _upkeep(upkeep.known(conn), now)
    yield _one("sakshi_ready", "1 if /readyz has no reason against it.", 0 if stops else 1)


def _upkeep(known: upkeep.Upkeep, now: int) -> Iterable[Metric]:
    """Ages of backup and mirror; sizes and the forecast only where something was measured."""
    for name, at in (("backup", known.backup), ("mirror", known.mirror)):
        age = NEVER if at is None else max(0, now - at)
        yield _one(f"sakshi_{name}_age_seconds", f"Age of the last {name}.", age)
    short = "1 if a tenth or less of the disk is free, or it is full within 30 days."
    yield _one("sakshi_disk_short", short, int(upkeep.is_short(known)))
    if known.newest is not None:
        yield _one("sakshi_database_bytes", "Size of the database.", known.newest.database)
        yield _one("sakshi_disk_free_bytes", "Room left on the disk.", known.newest.free)
        yield _one("sakshi_disk_total_bytes", "Size of the disk.", known.newest.total)
    if known.full_in is not None:
        yield _one("sakshi_disk_full_days", "Days until the disk is full.", known.full_in)


def _one(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)
