"""Running the application in one Hypercorn process, and stopping it well.

Hypercorn's own signal handling keeps open streams until a time-out and takes connections that it
never serves. Here SIGTERM and SIGINT set one event: the listening sockets close, live streams
(which watch ``app.state.stopping``) end at once with a hint to come back, and what is being
answered is finished.
"""

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import structlog
from starlette.applications import Starlette

from web import accepting
from web.protocols import Door

GRACE_SECONDS = 20.0
"""How long an answer in the making may take after the signal."""


def stay_on_one_core() -> None:
    """Keep this process, with all threads it will start, on one of the cores it may use.

    Only one thread of a Python process runs at a time, and passing that right from core to core
    costs more than the other core brings: the embedded default, where web, worker and publisher
    are threads of one process, takes more ballots so (docs/benchmarks.md). To be called before the
    first thread; does nothing where the system cannot do it.
    """
    if sys.platform == "linux":
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[os.getpid() % len(cores)]})


def config(bind: str, *, h2c: bool = False) -> Door:
    """Hypercorn's settings: no access log of its own (it would write addresses and queries).

    Args:
        bind: ``host:port``, or ``fd://N``.
        h2c: whether to speak HTTP/2 without TLS.
    """
    made = Door()
    made.h2c = h2c
    made.bind = [bind]
    made.graceful_timeout = GRACE_SECONDS
    made.shutdown_timeout = GRACE_SECONDS
    made.accesslog = None
    # A logger of its own would print in its own form; what it tells goes the way of ours.
    made.errorlog = logging.getLogger("hypercorn.error")
    made.include_server_header = False
    made.backlog = 512
    made.keep_alive_timeout = 15
    return made


async def serve(app: Starlette, bind: str, *, ready: Callable[[], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        app: the application of ``create_app``.
        bind: ``host:port``, or ``fd://N``, a socket that listens.
        ready: called when the server is about to listen.
    """
    stopping = asyncio.Event()
    app.state.stopping = stopping
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)
    if ready is not None:
        ready()

    async def stop() -> None:
        await stopping.wait()

    rt = getattr(app.state, "rt", None)
    door = config(bind, h2c=rt is not None and rt.settings.h2c)
    await accepting.serve(app, door, shutdown_trigger=stop)


def configure_logging(level: str = "INFO") -> None:
    """One JSON object a line on standard error; Malayalam stays readable, no local values.

    Libraries write the same lines, from a warning on; so do the warnings of Python itself.
    """
    lowest = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    begin: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    json_line = structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[*begin, json_line],
        wrapper_class=structlog.make_filtering_bound_logger(lowest),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    _of_libraries([*begin, structlog.stdlib.add_logger_name], json_line)
    logging.getLogger("sakshi").setLevel(lowest)
    logging.getLogger().setLevel(max(lowest, logging.WARNING))


def _of_libraries(begin: list[Any], json_line: Any) -> None:
    """What the standard library's loggers tell, in the same form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=begin,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                json_line,
            ],
        )
    )
    logging.getLogger().handlers = [handler]
    logging.captureWarnings(True)


def spare_the_collector() -> None:
    """Take what is loaded by now out of garbage collection, and collect less often.

    It lives as long as the process, and looking through all of it again stops every answer for a
    fifth of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


def run(app: Starlette, bind: str, *, ready: Callable[[], None] | None = None) -> None:
    """Serve in this thread until a signal; returns when the last answer is finished."""
    rt = getattr(app.state, "rt", None)
    configure_logging(rt.settings.log_level if rt is not None else "INFO")
    spare_the_collector()
    asyncio.run(serve(app, bind, ready=ready))
