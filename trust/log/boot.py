"""Opening and making a state: what `web/wiring.py`, the CLI and the tests all begin with."""

import logging
import secrets
import time
from collections.abc import Callable

from sqlalchemy import inspect

from trust.database import Database
from trust.formats import origins
from trust.log import queries
from trust.log import service as logs
from trust.log.context import Signer
from trust.log.errors import LogError, NotInstalledError, TrialLabelError
from trust.log.keys import guardcheck, signerclient
from trust.log.keys.signer import init_home
from trust.log.publish import publication
from trust.log.runtime import Runtime
from trust.log.tables import installation
from trust.log.trial import TrialClock
from trust.log.upkeep import abandonment, recovery
from trust.log.witnesses import witnesspolicy
from trust.settings import Settings

_log = logging.getLogger("sakshi.boot")


def _clock() -> int:
    return int(time.time())


def fresh_host(stem: str = "sakshi.example") -> str:
    """A host label nobody used before, so that a reset state can never look like a fork."""
    return f"s{secrets.token_hex(4)}.{stem}"


def make_state(
    db: Database,
    settings: Settings,
    host: str | None,
    *,
    now: int | None = None,
    trial: bool = False,
) -> str:
    """Fix the host label of a state and return it. A trial's begins with ``trial-``.

    In the embedded default the signer's home and master key are made here, with a fresh label if
    none is given; a signer service already has its label, and it is the state's.

    Raises TrialLabelError for a trial's label without `trial`, or a signer's that is none with it.
    """
    if settings.signer == "pipe":
        host = host or fresh_host()
        if trial and not origins.is_trial(host):
            host = f"{origins.TRIAL}{host}"
        origins.check_host(host)  # before a key exists that would be of no state
        _check_trial(host, trial)
        init_home(settings.signer_home, host)
    else:
        signer = signerclient.connect(settings)
        named, host = host, signer.host()
        signer.close()
        if named not in (None, host):
            raise LogError(f"The signer signs for {host}, not for {named}.")
        _check_trial(host, trial)
    with db.write() as conn:
        logs.install(conn, host, now=_clock() if now is None else now)
    return host


def _check_trial(host: str, trial: bool) -> None:
    if origins.is_trial(host) != trial:
        raise TrialLabelError(host=host)


def open_state(
    settings: Settings,
    db: Database,
    *,
    clock: Callable[[], int] | None = None,
    signer: Signer | None = None,
    refuse_put_back: bool = True,
) -> Runtime:
    """A runtime over an existing state; `signer` replaces the one the settings name,
    `clock` that of the machine (of a trial: its own).

    Raises NotInstalledError when there is none, LogError when the signer belongs to another;
    PutBackError when the signer has released entries that the database does not hold, or its
    guard another history (unless `refuse_put_back` is false: recovery itself).
    """
    with db.read() as conn:
        # An empty folder has not even the tables yet.
        made = inspect(conn).has_table(installation.name)
        host = queries.host(conn) if made else None
    if host is None:
        raise NotInstalledError
    signer = signer or signerclient.connect(settings)
    if signer.host() != host:
        signer.close()
        raise LogError(f"The signer signs for {signer.host()}, the database belongs to {host}.")
    if refuse_put_back:
        try:
            recovery.refuse_put_back(db, signer)
            for origin in guardcheck.bring_forward(db, signer):
                _log.warning("%s: the signer's guard was put back; it knows again", origin)
        except BaseException:
            signer.close()
            raise
    for refused in abandonment.close_given_up(db, signer):
        _log.warning("a log that was given up is not closed by its signer: %s", refused)
    clock = clock or (TrialClock(db) if origins.is_trial(host) else _clock)
    rt = Runtime(settings, db, signer, host, clock)
    with db.write() as conn:
        witnesspolicy.adopt(conn, settings, now=clock())
    with db.read() as conn:
        behind = not refuse_put_back and bool(recovery.missing(conn, signer))
    if not behind:
        # Opening the year's state log would write where released entries belong.
        publication.ensure_state_key(rt)
        rt.witnessing.resume()
    return rt
