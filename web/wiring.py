"""The composition root: the one place that knows every package.

It alone imports every `tables.py` and `tasks.py`. Server, worker, CLI, migrations and tests start
here. `build` opens a state; `Embedded` runs dispatcher, Celery worker and beat in threads of the
server (the embedded default); at state scale `celery -A web.wiring:celery_app` does that work.
"""

import importlib
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from celery import Celery
from celery.beat import EmbeddedService
from celery.signals import worker_process_init, worker_ready, worker_shutting_down

from oversight import service as oversight_service
from oversight.errors import NoPolicyError
from trust import jobs, outbox, pulse, upkeep
from trust.books import service as books_service
from trust.books import uploads
from trust.books.progress import Progress
from trust.database import Database
from trust.log import boot, shards, timestamping
from trust.log.context import Signer
from trust.log.runtime import Runtime
from trust.log.witnesses import witnesssweep
from trust.people.carry import carry_over
from trust.people.offices.carry import carry_grants
from trust.settings import Settings
from web import counts, watching
from web import migrate as tables

_log = logging.getLogger("sakshi.wiring")

TABLES = (
    "trust.outbox",
    "trust.pulse",
    "trust.upkeep",
    "trust.log.tables",
    "trust.people.tables",
    "trust.books.tables",
    "voting.tables",
    "oversight.tables",
    "oversight.applications.tables",
    "web.tables",
)
PROJECTIONS = (
    "trust.people.projections",
    "trust.people.keyprojections",
    "trust.people.offices.projections",
    "trust.books.projections",
    "voting.projections",
    "oversight.projections",
    "oversight.applications.projections",
)
TASKS = ("trust.log.tasks", "oversight.tasks")
SWEEP_SECONDS = 3600.0
KEEP_LIVE_EVENTS = 10_000


def load_packages() -> None:
    """Import every table, every projection and every task."""
    for name in TABLES + PROJECTIONS + TASKS:
        importlib.import_module(name)


def build(
    settings: Settings,
    *,
    clock: Callable[[], int] | None = None,
    signer: Signer | None = None,
    wait: float = 0.0,
) -> Runtime:
    """Open the state of these settings; waits so long for services that are still starting.

    What an upgrade leaves to be sealed again is sealed here, once (`trust/people/carry.py`).

    Raises NotInstalledError when there is no state, NewerStateError or OlderStateError when its
    tables are of another version.
    """
    load_packages()
    deadline = time.monotonic() + wait
    while True:
        db = Database(settings.database)
        try:
            tables.check(db)
            rt = boot.open_state(settings, db, signer=signer, clock=clock)
            granted = carry_grants(rt)
            if granted:
                _log.info("%d grants were sealed as appointments", granted)
            carried = carry_over(rt)
            if carried:
                _log.info("%d keys were sealed again", carried)
            jobs.bind_runtime(rt)
            return rt
        except Exception as error:
            db.dispose()
            if time.monotonic() >= deadline:
                raise
            _log.info("waiting for the state: %s", error)
            time.sleep(1)


def drain(rt: Runtime, limit: int = 10_000) -> int:
    """Do all waiting work here and now (the CLI without a server, tests); returns how much."""
    count = 0
    while count < limit:
        with rt.db.write() as conn:
            items = outbox.claim(conn, rt.clock())
        if not items:
            return count
        for item in items:
            jobs.run(rt, item)
            count += 1
    return count


class Service:
    """Something that runs in a thread of its own until it is told to stop."""

    def __init__(self, name: str) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the piece of work in hand."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        raise NotImplementedError


class Dispatcher(Service):
    """Hands outbox rows to Celery as they appear; a row not done is handed over again."""

    def __init__(self, rt: Runtime, app: Celery, interval: float = 0.05) -> None:
        super().__init__("sakshi-dispatcher")
        self._rt, self._app, self._interval = rt, app, interval

    def _run(self) -> None:
        asked = -pulse.SECONDS
        while not self._stop.wait(self._interval):
            try:
                self.hand_over()
                if time.monotonic() - asked >= pulse.SECONDS:
                    asked = time.monotonic()
                    # One that waits longer says nothing of now.
                    self._app.send_task(watching.TASK, expires=pulse.DEAD_SECONDS)
            except Exception:
                # A broker or database that is away must not end the dispatcher: rows stay.
                _log.exception("handing over failed; trying again")
                self._stop.wait(2)

    def hand_over(self) -> int:
        """One round; returns how many pieces of work went to the broker."""
        now = int(time.time())
        with self._rt.db.read() as conn:
            if not outbox.waiting(conn, now):
                return 0
        with self._rt.db.write() as conn:
            items = outbox.claim(conn, now)
        for item in items:
            self._app.send_task(jobs.task_name(item.event), args=[item.key, item.upto])
        return len(items)


class Resumer(Service):
    """Finishes imports that a crash left open, in the background, while pages are served.

    When it is stopped, the chunk in hand is sealed and the rest waits for the next start.
    """

    def __init__(self, rt: Runtime) -> None:
        super().__init__("sakshi-resumer")
        self._rt = rt

    def _run(self) -> None:
        try:
            for report in books_service.resume_imports(self._rt, self._told):
                _log.info("import %s was left open and is %s", report.import_id, report.state)
        except _EndingError:
            _log.info("an import is left open: it goes on at the next start")
        except Exception:
            # It stays in `sakshi status`; pages must go on.
            _log.exception("an import that was left open cannot be finished")

    def _told(self, _: Progress) -> None:
        if self._stop.is_set():
            raise _EndingError


class _EndingError(Exception):
    """The process is to end."""


class Embedded:
    """Dispatcher, solo Celery worker, beat and the resumer as threads of one process."""

    def __init__(self, rt: Runtime, app: Celery) -> None:
        # Celery's worker without its program, which would take the root logger and warn of root.
        self._worker = app.WorkController(
            pool="solo", without_heartbeat=True, without_mingle=True, without_gossip=True
        )
        self._beat: Any = EmbeddedService(app, thread=True)
        self._dispatcher = Dispatcher(rt, app)
        self._resumer = Resumer(rt)
        self._thread = threading.Thread(target=self._worker.start, name="worker", daemon=True)

    def start(self) -> None:
        """Begin all four."""
        self._thread.start()
        self._beat.start()
        self._dispatcher.start()
        self._resumer.start()

    def stop(self) -> None:
        """End all four; work not done stays in the outbox."""
        self._resumer.stop()
        self._dispatcher.stop()
        self._beat.stop()
        self._worker.stop()
        self._thread.join(timeout=10)


def make_celery(settings: Settings) -> Celery:
    """The Celery app with every task and the schedule."""
    app = jobs.make_app(settings)
    load_packages()
    app.task(name="sakshi.sweep")(sweep)
    app.task(name=watching.TASK)(beat)
    app.conf.beat_schedule = {"sweep": {"task": "sakshi.sweep", "schedule": SWEEP_SECONDS}}
    return app


_watcher = watching.Watcher()


def beat() -> None:
    """Every few seconds: a worker lives. Sweeps where beat does not, because of its clock."""
    if _watcher.look(jobs.runtime(), SWEEP_SECONDS):
        _log.warning("the hourly sweep is overdue; sweeping now")
        sweep()


def sweep() -> None:
    """Hourly: time itself can end a log's year or make a rule fire."""
    rt: Runtime = jobs.runtime()
    watching.swept(rt)
    due = _due(rt)  # First: whatever fails below, societies are judged.
    with rt.db.write() as conn:
        for society in due:
            outbox.emit(conn, "society", society)
    shards.turn_year(rt)
    upkeep.measure(rt.db, rt.settings.home, now=rt.clock())
    timestamping.stamp_quietly(rt)
    with rt.db.write() as conn:
        outbox.prune_live(conn, keep=KEEP_LIVE_EVENTS)
        uploads.clear_expired(conn, now=rt.clock())
        counts.prune(conn, now=int(time.time()))
    witnesssweep.sweep_quietly(rt)


def _due(rt: Runtime) -> list[str]:
    """Societies to judge; none before there is a policy to judge by."""
    try:
        with rt.db.read() as conn:
            return oversight_service.due(conn, now=rt.clock())
    except NoPolicyError:
        return []


# ---- a Celery worker as a service of its own: celery -A web.wiring:celery_app worker|beat


def __getattr__(name: str) -> Any:
    """`celery_app` is made when Celery asks for it, so importing this module opens nothing."""
    if name != "celery_app":
        raise AttributeError(name)
    settings = Settings.from_env()
    app = make_celery(settings)
    worker_process_init.connect(_open_in_worker, weak=False)
    worker_ready.connect(_dispatch_in_worker, weak=False)
    globals()["celery_app"] = app
    return app


def _open_in_worker(**_: Any) -> None:
    build(Settings.from_env(), wait=120)


def _dispatch_in_worker(sender: Any = None, **_: Any) -> None:
    """The worker's parent process follows the outbox; the pool does the work."""
    app = sender.app if sender is not None else globals()["celery_app"]
    rt = build(Settings.from_env(), wait=120)
    dispatcher, resumer = Dispatcher(rt, app), Resumer(rt)
    dispatcher.start()
    resumer.start()
    worker_shutting_down.connect(lambda **_kw: resumer.stop(), weak=False)
    worker_shutting_down.connect(lambda **_kw: dispatcher.stop(), weak=False)
