"""The one Celery app, and how a task finds the runtime it works with.

This module includes no tasks: `web/wiring.py` alone imports every `tasks.py`. In the embedded
default the broker is in memory and one solo worker runs in a thread of the server; nothing is
lost with it, because work is only ever handed over from the outbox table.
"""

from collections.abc import Callable
from typing import Any

from celery import Celery, shared_task

from trust import outbox
from trust.settings import Settings

_current: list[Any] = []


def make_app(settings: Settings) -> Celery:
    """A Celery app for these settings, with the choices every process must share."""
    app = Celery("sakshi", broker=settings.broker)
    app.conf.update(
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_redirect_stdouts=False,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        beat_scheduler="celery.beat.Scheduler",
        timezone="UTC",
    )
    if settings.broker.startswith("memory"):
        app.conf.broker_transport_options = {"polling_interval": 0.02}
    app.set_default()
    return app


def bind_runtime(runtime: Any) -> None:
    """Called once by the composition root: what tasks of this process work with."""
    _current[:] = [runtime]


def runtime() -> Any:
    """The runtime of this process (a `trust.log.runtime.Runtime`); fails before it is bound."""
    if not _current:
        raise RuntimeError("No runtime is bound: start tasks through web.wiring.")
    return _current[0]


Work = Callable[[Any, str], None]
WORK: dict[str, Work] = {}
"""What is done for each outbox event: a function of (runtime, key), idempotent."""


def work(event: str) -> Callable[[Work], Work]:
    """Make a function the work of an outbox event: a Celery task that ends by removing its rows.

    The function must be idempotent: after a crash or a slow broker it runs again.
    """

    def register(function: Work) -> Work:
        WORK[event] = function

        @shared_task(name=task_name(event))
        def task(key: str, upto: int) -> None:
            run(runtime(), outbox.Pending(event, key, upto))

        return function

    return register


def task_name(event: str) -> str:
    """The Celery task that does the work of an event."""
    return f"sakshi.work.{event}"


def run(rt: Any, item: outbox.Pending) -> None:
    """Do one piece of work here and now, and remove its outbox rows."""
    WORK[item.event](rt, item.key)
    with rt.db.write() as conn:
        outbox.done(conn, item)
