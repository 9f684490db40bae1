"""What the sub-commands `monitor` and `compare` do once their options are read."""

import json
import re
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from audit.monitoring import compare
from audit.monitoring.context import Options
from audit.monitoring.ledger import Ledger
from audit.monitoring.mirror_writer import MirrorWriter, Recalling
from audit.monitoring.monitor import EXIT_RIGHT, EXIT_UNCHECKED, EXIT_WRONG, Monitor, Outcome
from audit.monitoring.notify import Notifier
from audit.monitoring.store import Store, StoreError
from audit.monitoring.target import TargetError, resolve
from audit.monitoring.watching import watch
from audit.monitoring.wire import HttpSite, Site, Unreachable
from trust.formats.errors import FormatError
from trust.formats.policy import PolicyWitness, parse_policy

DEFAULT_STATE = Path("sakshi-monitor.db")
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_SHOWN = re.compile(r"/?([0-9a-f]{64}/checkpoint)?/?$")
"""The part after a witness's prefix in the address of a head it shows."""

_SQLITE = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class Request:
    """The options of `monitor`."""

    target: str
    state: Path
    policy: bytes | None
    evidence: Path | None
    every: float | None
    options: Options
    teller: Notifier
    rate: float
    timeout: float
    connections: int
    acknowledge: tuple[int, ...] = ()
    keep: Path | None = None


def run_monitor(
    request: Request, say: Callable[[Outcome], None], progress: Callable[[str], None]
) -> int:
    """Follow until stopped, or for one round if `every` is None; returns the exit code.

    Call it in the main thread: it listens for SIGTERM and SIGINT.
    """
    target = resolve(
        request.target, rate=request.rate, timeout=request.timeout, connections=request.connections
    )
    evidence = request.evidence or request.state.with_name(request.state.name + ".evidence")
    with locked(request.state):
        store = Store(request.state)
        try:
            for number in request.acknowledge:
                if not Ledger(store, evidence, 0).acknowledge(number):
                    raise StoreError(f"There is no finding {number} in {request.state}.")
            keeper = (
                None if request.keep is None else MirrorWriter(request.keep, Recalling(target.site))
            )
            monitor = Monitor(
                keeper.site if keeper else target.site,
                store,
                evidence,
                replace(request.options, only=target.only),
                request.policy,
                request.teller,
                request.connections,
                keeper,
                progress=progress,
            )
            return watch(monitor, request.every, say, _stopped())
        finally:
            store.close()


def run_compare(
    one: str, two: str, policy: bytes | None, server: str | None, timeout: float
) -> list[compare.Verdict]:
    """Compare two views.

    Raises SakshiError for a side that cannot be read.
    """
    given = None if policy is None else parse_policy(policy)
    keys = {name: key.format() for name, key in given.keys().items()} if given else {}
    # Addresses last: a witness is asked about the logs that the other side knows.
    sides = sorted(enumerate((one, two)), key=lambda side: "://" in side[1])
    views: dict[int, compare.View] = {}
    sites: list[Site] = []
    for number, text in sides:
        known = {**next(iter(views.values()), compare.View("", False)).keys, **keys}
        views[number], site = _view(text, timeout, known, given.witnesses if given else ())
        sites += [site] if site is not None else []
    site = resolve(server, rate=0, timeout=timeout).site if server else next(iter(sites), None)
    return compare.compare(views[0], views[1], keys, site)


def compare_code(verdicts: list[compare.Verdict]) -> int:
    """1 for a fork, 2 if anything was not checked, else 0."""
    words = {found.verdict for found in verdicts}
    if "fork" in words:
        return EXIT_WRONG
    return EXIT_UNCHECKED if "not-checked" in words else EXIT_RIGHT


def _view(
    text: str, timeout: float, known: Mapping[str, str], witnesses: Sequence[PolicyWitness]
) -> tuple[compare.View, Site | None]:
    """A side of a comparison, and the site whose tiles may show something."""
    path = Path(text)
    if text.startswith(("http://", "https://")):
        return _at_address(text, timeout, known, witnesses)
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
    except OSError as error:
        raise Unreachable(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise FormatError(f"{path} is neither a state file nor a file of notes.") from None


def _at_address(
    text: str, timeout: float, known: Mapping[str, str], witnesses: Sequence[PolicyWitness]
) -> tuple[compare.View, Site | None]:
    """A server, a mirror, or else a witness."""
    try:
        target = resolve(text, rate=0, timeout=timeout)
        view = compare.from_site(target.site, target.only)
        if view.keys or view.notes:
            return view, target.site
    except TargetError as error:
        wrong = str(error)
    else:
        wrong = f"{text} publishes no policy"
    prefix = _SHOWN.sub("", text)
    view = compare.from_witness(HttpSite(prefix, rate=0, timeout=timeout), known, witnesses)
    if not view.notes and not view.remarks:
        about = f"none of {', '.join(known)}" if known else "no log that is known here"
        raise TargetError(
            f"{wrong.rstrip('.')}. Asked as a witness, it shows a head of {about}; give --policy "
            "with the key of the log you mean."
        )
    return view, None


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
    except OSError as error:
        raise StoreError(f"The state file {state} cannot be used: {error.strerror}.") from None
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
