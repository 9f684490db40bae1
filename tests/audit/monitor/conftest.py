"""A state with a society's log, an application that serves it, and a monitor that follows it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from audit.monitoring.context import Options
from audit.monitoring.monitor import Monitor, Outcome
from audit.monitoring.notify import Notifier
from audit.monitoring.store import Store
from audit.monitoring.wire import HttpSite
from tests.audit.monitor.liar import Liar
from tests.simulator.clock import ManualClock
from trust.log.runtime import Runtime
from web.app import create_app

QUICK = Options(patience=0.0)


@pytest.fixture
def liar(rt: Runtime) -> Iterator[Liar]:
    """A server, honest so far, with a society's log of five entries in two heads."""
    with TestClient(create_app(rt), base_url="http://testserver") as client:
        made = Liar(rt, client)
        made.grow(2)
        made.grow(3)
        yield made
        made.close()


class Watcher:
    """A monitor with its own state file."""

    def __init__(self, liar: Liar, folder: Path, clock: ManualClock, name: str = "a") -> None:
        self.liar, self.folder, self.clock = liar, folder, clock
        self.file = folder / f"{name}.monitor"
        self.evidence = folder / f"{name}.evidence"

    def look(self, *, policy: bytes | None = None, **options: Any) -> Outcome:
        """One round, each with the file opened anew."""
        tell = options.pop("teller", Notifier())
        site = HttpSite(
            self.liar.url, rate=0, tries=2, timeout=5, connections=4, sleep=lambda seconds: None
        )
        store = Store(self.file)
        try:
            monitor = Monitor(
                site,
                store,
                self.evidence,
                replace(QUICK, **options),
                policy,
                tell,
                clock=self.clock,
                sleep=lambda seconds: None,
            )
            return monitor.round()
        finally:
            store.close()


@pytest.fixture
def watcher(liar: Liar, tmp_path: Path, clock: ManualClock) -> Watcher:
    """A monitor that has not looked yet."""
    return Watcher(liar, tmp_path, clock)


@pytest.fixture
def another(liar: Liar, tmp_path: Path, clock: ManualClock) -> Callable[[str], Watcher]:
    """Further monitors by name."""
    return lambda name: Watcher(liar, tmp_path, clock, name)


def kinds(outcome: Outcome) -> dict[str, tuple[str, int | None]]:
    """Open findings: kind, log and entry."""
    return {found.kind: (found.origin, found.index) for found in outcome.open}
