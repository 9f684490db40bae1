"""`sakshi`: the operator's command. Exit codes: 0 done, 1 refused with a reason, 2 wrong input.

The auditor's command is `sakshi-audit` (`audit/cli.py`); it needs none of this.
"""

import sys
from collections.abc import Sequence
from socket import socket
from typing import Annotated

import structlog
from cyclopts import App, Parameter
from rich.table import Table
from rich.text import Text

from dashboards import watch
from trust import outbox, upkeep
from trust.database import Database
from trust.formats.errors import SakshiError
from trust.log import boot
from trust.log import queries as log_queries
from trust.log.keys import signerclient
from trust.log.trial import TRIAL
from trust.log.witnesses import witness_status
from trust.people.offices.errors import AdministratorThereError, PasswordThereError
from trust.settings import Settings
from web import (
    binding,
    cli_books,
    cli_first,
    cli_keys,
    cli_ledgers,
    cli_logs,
    cli_package,
    cli_recover,
    cli_trial,
    cli_verbs,
    cli_void,
    cli_witness,
    figures,
    wiring,
)
from web.binding import Address
from web.cli_books import STOPPED
from web.errors import StateThereError
from web.migrate import migrate
from web.terminal import database, err, fail, out, progress, state, telling
from web.versions import versions

app = App(
    name="sakshi",
    help="Co-operative books, ballots and oversight that anybody can check.",
    version_flags=["--version"],
    suppress_keyboard_interrupt=False,
)
MOST_TOLD = 50
"""Concerns that `sakshi status` lists at most."""


@app.command
def init(
    host: str | None = None,
    *,
    trial: Annotated[bool, Parameter(negative="")] = False,
    keep: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Make an empty state: tables, host label, master key.

    Parameters
    ----------
    host
        Label that all origins of this state begin with; a fresh one if not given.
    trial
        Make a trial: its clock can be moved ahead (`sakshi trial-clock`), its label begins with
        trial-, and every page says so. It can never become anything else.
    keep
        A state that is here already is kept, and is no refusal: for services that start again.
    """
    settings = Settings.from_env()
    with telling(), database() as db:
        signerclient.wait_for_service(settings, progress)
        try:
            label = make_state(settings, db, host, trial=trial)
        except StateThereError as error:
            if not keep:
                raise
            out.print(f"The state is kept: {error.places['held']}")
        else:
            out.print(f"A new state: [bold]{label}[/]")
            if trial:
                out.print(TRIAL)
    with state() as rt:
        try:
            path = cli_first.first(rt)
        except (AdministratorThereError, PasswordThereError):
            return
    cli_first.tell(settings, path)


def make_state(settings: Settings, db: Database, host: str | None, *, trial: bool = False) -> str:
    """Migrate and install; with a signer service, its host label is the state's."""
    wiring.load_packages()
    migrate(db)
    with db.read() as conn:
        held = log_queries.host(conn)
    if held is not None:
        raise StateThereError(held=held)
    return boot.make_state(db, settings, host, trial=trial)


@app.command
def serve(
    *,
    host: str | None = None,
    port: int | None = None,
    embedded: Annotated[bool | None, Parameter(negative="--no-embedded")] = None,
) -> None:
    """Serve the pages. With the in-memory broker the worker runs in this process too.

    Parameters
    ----------
    host
        Address to listen on; that of SAKSHI_BIND if not given, which is 127.0.0.1 if not set.
    port
        Port to listen on; that of SAKSHI_BIND if not given, which is 8000 if not set; 0 takes any.
    embedded
        Run worker, beat and dispatcher here; by default when the broker is memory://.
    """
    settings = Settings.from_env()
    with telling(2):
        address = binding.chosen(settings.bind, host, port)
    with telling():
        listening = binding.listen(address)
    serve_on(settings, listening, binding.opened(listening, address), embedded)


def serve_on(
    settings: Settings, listening: socket, address: Address, embedded: bool | None = None
) -> None:
    """Serve on a socket that listens, until a signal."""
    from web.app import create_app
    from web.presence import announced
    from web.serve import run, stay_on_one_core

    if inside := settings.broker.startswith("memory") if embedded is None else embedded:
        stay_on_one_core()
    with telling():
        signerclient.wait_for_service(settings, progress)
    ensure_state(settings)
    with announced(settings.home, address.url), state() as rt:
        celery = wiring.make_celery(settings)
        helpers = wiring.Embedded(rt, celery) if inside else None
        if helpers is not None:
            helpers.start()
        try:
            run(create_app(rt), f"fd://{listening.detach()}", ready=lambda: told_ready(address))
        finally:
            if helpers is not None:
                helpers.stop()


def told_ready(address: Address) -> None:
    """One line of the log, and a sentence for a person at a terminal."""
    structlog.get_logger("sakshi.web").info("serving", address=str(address))
    if err.is_terminal:
        err.print(f"Serving on {address.url} (Ctrl-C stops)")


def ensure_state(settings: Settings) -> None:
    """Bring the tables up to date; make the state if a signer service already names its host."""
    with telling(), database() as db:
        migrate(db)
        with db.read() as conn:
            held = log_queries.host(conn)
        if held is None and settings.signer != "pipe":
            boot.make_state(db, settings, None)


@app.command
def demo(
    *,
    reset: bool = False,
    port: int | None = None,
    host: str | None = None,
    serve_it: Annotated[bool, Parameter(name="--serve")] = True,
) -> None:
    """Seed a demo state if there is none, print the log-ins, serve.

    Parameters
    ----------
    reset
        Delete the old demo state and make a new one: new master key, new origin label.
    port
        Port to listen on, as for `serve`; if it is taken, the next free one, which is then named.
    host
        Address to listen on, as for `serve`.
    serve_it
        Serve after seeding.
    """
    from web import presence
    from web.demo.prepare import prepare, print_logins

    settings = Settings.from_env()
    running = presence.address(settings.home)
    if running is not None and not reset:
        print_logins(settings.home, running, out)
        out.print(f"A server is running on this state already: {running}")
        return
    with telling(2):
        wanted = binding.chosen(settings.bind, host, port)
    with telling():
        prepare(settings.home, reset=reset, console=err)
        if not serve_it:
            print_logins(settings.home, wanted.url, out)
            return
        listening = binding.listen_near(wanted)
        address = binding.opened(listening, wanted)
        print_logins(settings.home, address.url, out)
    if wanted.port not in (0, address.port):
        taken = f"Another program listens on {wanted}: the demo takes {address} instead.\n"
        out.print(taken, soft_wrap=True)
    serve_on(settings, listening, address)


@app.command
def status() -> None:
    """What this state holds: logs, entries, open imports, what waits, what is silent or fails."""
    from trust.books import queries as books

    with state() as rt, rt.db.read() as conn:
        table = Table("log", "sequenced", "integrated", "published", box=None)
        for info in log_queries.logs(conn):
            head = witness_status.published(conn, info.origin)
            published = "-" if info.kind == "state" else str(head.size if head else 0)
            table.add_row(info.origin, str(info.next_index), str(info.size), published)
        out.print(table)
        out.print(f"waiting in the outbox: {outbox.backlog(conn)}")
        for row in books.open_imports(conn):
            sealed = f"{row.sealed} of {row.expected} entries sealed"
            out.print(f"open import: {row.society} {row.id}, {sealed}", soft_wrap=True)
        _tell_upkeep(upkeep.known(conn))
        out.print(Text(str(versions(conn, rt.db))), soft_wrap=True)
        _tell(watch.everything(conn, now=rt.clock()))
        cli_keys.complain(rt, conn)


def _tell_upkeep(known: upkeep.Upkeep) -> None:
    """Ages of backup and mirror, and the room on the disk."""
    for name, at in (("backup", known.backup), ("mirror", known.mirror)):
        out.print(f"last {name}: {'none yet' if at is None else figures.moment(at)}")
    if (newest := known.newest) is None:
        return
    grows = "" if known.growth is None else f", {figures.size(known.growth)} less each day"
    full = "" if known.full_in is None else f", full in {known.full_in} days"
    room = f"{figures.size(newest.free)} of {figures.size(newest.total)} free{grows}{full}"
    out.print(f"database: {figures.size(newest.database)}; disk: {room}", soft_wrap=True)


def _tell(concerns: Sequence[watch.Concern]) -> None:
    """What is silent or fails: what is grave first, and so many of all."""
    told = sorted(concerns, key=lambda item: not item.grave)
    for item in told[:MOST_TOLD]:
        out.print(Text(f"! {watch.said(item, 'en')}"), soft_wrap=True)
    if told[MOST_TOLD:]:
        out.print(f"! {len(told) - MOST_TOLD} more are on the Registrar's board.")


for part in (
    cli_books,
    cli_ledgers,
    cli_void,
    cli_logs,
    cli_package,
    cli_recover,
    cli_keys,
    cli_witness,
    cli_trial,
    cli_verbs,
    cli_first,
):
    part.register(app)


def main() -> None:
    """Entry point of the console script; a refusal is one sentence and exit 1, no traceback."""
    try:
        app(sys.argv[1:])
    except SakshiError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or 'The system'}: {error.strerror or error}.")
    except KeyboardInterrupt:
        fail("Stopped. What was acknowledged stays; `sakshi status` lists what is open.", STOPPED)


if __name__ == "__main__":
    main()
