"""Backup, mirror and disk: what is known, what is told, and the forecast."""

import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from dashboards import silences, watch
from trust import upkeep
from trust.log.runtime import Runtime
from trust.upkeep import DiskDay, growth, is_old, is_short
from web import cli_logs, wiring

DAY = 86_400
GB = 10**9
TODAY = date(2026, 6, 30)


def days(*free: int, total: int = 100 * GB) -> list[DiskDay]:
    """So many bytes free, today first."""
    return [DiskDay(TODAY - timedelta(days=n), GB, size, total) for n, size in enumerate(free)]


def told(rt: Runtime) -> set[str]:
    with rt.db.read() as conn:
        return {one.code for one in watch.platform(conn, now=rt.clock())}


def test_growth_is_that_of_most_days() -> None:
    steady = days(*(50 * GB + n * GB for n in range(20)))
    assert growth(steady) == GB
    odd = steady[:10] + [DiskDay(one.day, GB, one.free + 30 * GB, 1) for one in steady[10:]]
    assert growth(odd) == GB, "one day on which 30 GB came says nothing of the others"
    assert growth(steady[:7]) is None, "six days are too few"
    assert growth([]) is None
    gaps = [one for n, one in enumerate(steady) if n % 3 == 0]
    assert growth(gaps) == GB, "days without a measurement are no growth"


@given(st.lists(st.integers(0, 10**13), min_size=8, max_size=40))
def test_the_forecast_never_promises_more_than_there_is(free: list[int]) -> None:
    grows = growth(days(*free))
    assert grows is not None
    assert min(free) - max(free) <= grows <= max(free) - min(free)


def test_a_day_is_measured_once_and_the_last_time_counts(rt: Runtime, tmp_path: Path) -> None:
    for _ in range(3):
        upkeep.measure(rt.db, tmp_path, now=rt.clock())
    rt.clock.advance(DAY)  # type: ignore[attr-defined]
    upkeep.measure(rt.db, tmp_path, now=rt.clock())
    with rt.db.read() as conn:
        known = upkeep.known(conn)
    assert len(known.days) == 2 and known.days[0].day > known.days[1].day
    assert known.days[0].database > 10_000 and 0 < known.days[0].free <= known.days[0].total
    assert (known.growth, known.full_in) == (None, None)


def test_what_was_never_made_is_told_from_the_second_day_on(rt: Runtime, tmp_path: Path) -> None:
    never = {"backup-never", "mirror-never"}
    assert not never & told(rt)
    upkeep.measure(rt.db, tmp_path, now=rt.clock())
    assert not never & told(rt), "a state of today"
    rt.clock.advance(DAY)  # type: ignore[attr-defined]
    assert never <= told(rt)
    with rt.db.write() as conn:
        upkeep.done(conn, upkeep.BACKUP, now=rt.clock())
        upkeep.done(conn, upkeep.MIRROR, now=rt.clock())
    assert not never & told(rt)
    rt.clock.advance(27 * 3600)  # type: ignore[attr-defined]
    assert {"backup-old", "mirror-old"} <= told(rt)
    assert is_old(10, None, 10 + upkeep.OLD_SECONDS + 1) and not is_old(None, None, 10**9)


@pytest.mark.parametrize(
    ("free", "code"),
    [
        ([60 * GB] * 10, ""),
        ([9 * GB] * 10, "disk-short"),
        ([20 * GB + n * GB for n in range(10)], "disk-filling"),
        ([60 * GB + n * GB for n in range(10)], ""),
    ],
)
def test_a_disk_without_room_is_told(rt: Runtime, free: list[int], code: str) -> None:
    listed = days(*free)
    with rt.db.write() as conn:
        names = ("day", "database_bytes", "free_bytes", "total_bytes")
        rows: Any = [
            dict(zip(names, (one.day, one.database, one.free, one.total), strict=True))
            for one in listed
        ]
        conn.execute(insert(upkeep.disk_day), rows)
        known = upkeep.known(conn)
        families = {one.name for one in silences.families(conn, rt.clock())}
    assert is_short(known) == bool(code)
    assert {one for one in told(rt) if one.startswith("disk")} == ({code} if code else set())
    assert ("sakshi_disk_full_days" in families) == (known.full_in is not None)


def test_the_hourly_sweep_measures(rt: Runtime) -> None:
    from trust import jobs

    jobs.bind_runtime(rt)
    wiring.sweep()
    with rt.db.read() as conn:
        assert upkeep.known(conn).newest is not None


def test_the_commands_note_what_they_made(
    rt: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAKSHI_HOME", str(rt.settings.home))
    monkeypatch.setenv("SAKSHI_DATABASE", rt.settings.database)
    begun = int(time.time())
    cli_logs.backup(tmp_path / "one.backup")
    cli_logs.mirror(str(tmp_path / "mirror"))
    with rt.db.read() as conn:
        known = upkeep.known(conn)
    assert known.backup is not None and known.mirror is not None
    assert begun <= known.backup <= known.mirror <= time.time()
