"""What the sub-commands `monitor` and `compare` do once their options are read."""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from audit.monitor import EXIT_RIGHT, EXIT_UNCHECKED, EXIT_WRONG, Monitor, Outcome, watch
from audit.monitoring import compare
from audit.monitoring.context import Options
from audit.monitoring.ledger import Ledger
from audit.monitoring.store import Store, StoreError
from audit.monitoring.target import resolve
from audit.monitoring.tell import Teller
from audit.monitoring.wire import Site, Unreachable
from trust.formats.errors import FormatError
from trust.formats.policy import parse_policy

DEFAULT_STATE = Path("sakshi-monitor.db")
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_SQLITE = b"SQLite format 3\0"


@dataclass(frozen=True)
class Request:
    """The options of `monitor`."""

    target: str
    state: Path
    policy: bytes | None
    evidence: Path | None
    every: float | None
    options: Options
    teller: Teller
    rate: float
    timeout: float
    connections: int
    acknowledge: tuple[int, ...] = ()


def run_monitor(
    request: Request, say: Callable[[Outcome], None], progress: Callable[[str], None]
) -> int:
    """Follow until stopped, or for one round if `every` is None; gives the exit code.

    Call it in the main thread: it listens for SIGTERM and SIGINT.
    """
    target = resolve(
        request.target, rate=request.rate, timeout=request.timeout,
        connections=request.connections,
    )  # fmt: skip
    evidence = request.evidence or request.state.with_name(request.state.name + ".evidence")
    with locked(request.state):
        store = Store(request.state)
        try:
            for number in request.acknowledge:
                if not Ledger(store, evidence, 0).acknowledge(number):
                    raise StoreError(f"There is no finding {number} in {request.state}.")
            monitor = Monitor(
                target.site, store, evidence, replace(request.options, only=target.only),
                request.policy, request.teller, request.connections, progress=progress,
            )  # fmt: skip
            return watch(monitor, request.every, say, _stopped())
        finally:
            store.close()


def run_compare(
    one: str, two: str, policy: bytes | None, server: str | None, timeout: float
) -> list[compare.Verdict]:
    """Hold two views together."""
    keys: dict[str, str] = {}
    if policy is not None:
        keys = {log.key.name: log.key.format() for log in parse_policy(policy).logs}
    views, sites = zip(*(_view(text, timeout) for text in (one, two)), strict=True)
    site = (
        resolve(server, rate=0, timeout=timeout).site if server else next(filter(None, sites), None)
    )
    return compare.compare(views[0], views[1], keys, site)


def compare_code(verdicts: list[compare.Verdict]) -> int:
    """1 for a fork, 2 if anything was not checked, else 0."""
    words = {found.verdict for found in verdicts}
    if "fork" in words:
        return EXIT_WRONG
    return EXIT_UNCHECKED if "not-checked" in words else EXIT_RIGHT


def _view(text: str, timeout: float) -> tuple[compare.View, Site | None]:
    path = Path(text)
    if "://" in text or path.is_dir():
        target = resolve(text, rate=0, timeout=timeout)
        return compare.from_site(target.site, target.only), target.site
    try:
        with path.open("rb") as file:
            head = file.read(len(_SQLITE))
            if head == _SQLITE:
                return compare.from_state(path), None
            body = head + file.read(1 << 24)
        return compare.from_notes(path, body.decode()), None
    except OSError as fault:
        raise Unreachable(f"{path} cannot be read: {fault.strerror}.") from None
    except UnicodeDecodeError:
        raise FormatError(f"{path} is neither a state file nor a file of notes.") from None


@contextmanager
def locked(state: Path) -> Iterator[None]:
    """One monitor at a time for one state file, where the system has such locks."""
    try:
        import fcntl
    except ImportError:  # Windows: nothing to be had in the standard library
        yield
        return
    try:
        state.parent.mkdir(parents=True, exist_ok=True)
        file = state.with_name(state.name + ".lock").open("w")
    except OSError as fault:
        raise StoreError(f"The state file {state} cannot be used: {fault.strerror}.") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StoreError(f"Another monitor is using {state}.") from None
        yield


def _stopped() -> Callable[[], bool]:
    """Whether a signal has asked to stop. It is heard once: the next one kills."""
    asked: list[int] = []

    def stop(number: int, frame: object) -> None:
        asked.append(number)
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_DFL)

    for number in _SIGNALS:
        signal.signal(number, stop)
    return lambda: bool(asked)


def print_json(value: object) -> None:
    """One line of JSON, so that a reader can follow round after round."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()
