"""`sakshi year close` and `sakshi keys`: the turn of the year by hand, and rotation in need.

Exit codes: 0 done, 1 refused with a reason.
"""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from sqlalchemy import Connection

from trust.formats import origins
from trust.formats.headrequest import format_request
from trust.log import lineage, shards, timestamping
from trust.log import queries as log_queries
from trust.log.keys import mldsa_signatures, society_keys
from trust.log.model import LogInfo
from trust.log.publish import publication
from trust.log.runtime import Runtime
from web import cli_witness, wiring
from web.terminal import out, state

year = App(name="year", help="The financial year of the logs.")
keys = App(name="keys", help="Keys of the logs.")


def register(app: App) -> None:
    """Add the commands of this module to `sakshi`."""
    app.command(year)
    app.command(keys)


@year.command
def close() -> None:
    """Close every log whose financial year is over and open the next, now instead of by the sweep.

    May be run again at any time; between 1 April and 31 March it finds nothing to do.
    """
    with state() as rt:
        opened = shards.turn_year(rt)
        publication.ensure_state_key(rt)
        wiring.drain(rt)
        for origin in opened:
            out.print(f"✓ {origin}", soft_wrap=True)
        out.print(f"{len(opened)} logs opened." if opened else "No log's year is over.")


@keys.command(name="list")
def list_(*, held: Annotated[bool, Parameter(name="--held", negative="")] = False) -> None:
    """Every log with its verifier key, and whether the key still signs.

    With SAKSHI_MLDSA=1 the ML-DSA-44 key follows on a line of its own. Then the logs that their
    societies sign, with what waits for a signature or a key.

    Parameters
    ----------
    held
        Only the logs that their societies sign.
    """
    with state() as rt, rt.db.read() as conn:
        for info in () if held else log_queries.logs(conn):
            _list_one(rt, conn, info)
        for one in society_keys.overview(conn):
            _list_held(one)


def _list_one(rt: Runtime, conn: Connection, info: LogInfo) -> None:
    word = _word(conn, info)
    theirs = society_keys.is_held(conn, info.origin)
    vkey = info.vkey or society_keys.key_of(conn, info.origin)
    if vkey is None and not theirs:
        vkey = rt.signer.vkey(info.origin)
    out.print(f"{word:8}  {vkey or f'{info.origin}: no key yet'}", soft_wrap=True)
    second = mldsa_signatures.pinned(conn, info.origin)
    if second is None and rt.settings.mldsa and word == "open" and not theirs:
        second = rt.signer.second_vkey(info.origin)
    if second is not None:
        out.print(f"{'':8}  {second}", soft_wrap=True)


def _word(conn: Connection, info: LogInfo) -> str:
    """Whether the key of a log still signs: `open`, `closed` or `given up`."""
    if log_queries.abandoned(conn, info.origin):
        return "given up"
    return "closed" if lineage.is_closed(conn, info) else "open"


def _list_held(one: society_keys.Held) -> None:
    waits = f"{one.unsigned} entries wait for its signature" if one.unsigned else "all is signed"
    if one.vkey is None:
        waits = f"{one.unsigned} entries wait; its key is missing (sakshi keys hold)"
    out.print(f"held      {one.origin}: {waits}", soft_wrap=True)
    if one.next is not None:
        word = "given" if one.next_vkey else "not given yet"
        out.print(f"          next year, {one.next}: key {word}", soft_wrap=True)


def complain(rt: Runtime, conn: Connection) -> None:
    """For `sakshi status`: what witnesses complain of, held logs that wait for their society, and
    how the time-stamps stand."""
    cli_witness.complain(conn)
    if ending := _ending(rt):
        out.print(
            f"! The signer's guard was rebuilt: {len(ending)} logs publish nothing before "
            "`sakshi keys rotate-all`.",
            soft_wrap=True,
        )
    waiting = [one for one in society_keys.overview(conn) if one.unsigned]
    if waiting:
        out.print(f"! {len(waiting)} logs wait for their society: sakshi keys list --held")
    stamped = timestamping.words(conn, rt.settings.tsa_url, rt.clock())
    if stamped is not None:
        words, late = stamped
        out.print(f"! {words}" if late else words, soft_wrap=True)


@keys.command
def rotate_all(*, reason: Annotated[str, Parameter(name="--reason")]) -> None:
    """Close every log of a year now and go on in new ones, the state log last.

    For a master key that was lost or copied: first let the signer make a new one, with
    `python -m trust.log.keys.signer --rotate-master`. After `--seed-guard` it closes the logs that
    the seed knew, the state log first, because nothing else is signed of any of them.

    Parameters
    ----------
    reason
        Why, in a sentence that everybody may read.
    """
    with state() as rt:
        ending = _ending(rt)
        if ending:
            after = _rotate_state(rt, reason, among=ending)
            opened = shards.rotate_all(rt, reason, ending)
            wiring.drain(rt)
        else:
            opened = shards.rotate_all(rt, reason)
            wiring.drain(rt)
            after = _rotate_state(rt, reason)
        rt.publish(opened)
        out.print(f"✓ {len(opened)} logs and the state log go on under new keys.")
        _tell_new_state(after)


def _tell_new_state(after: str) -> None:
    out.print(
        f"  The state log is {after}, under a new key. The served policy has it; whoever keeps a "
        "policy of their own (a browser, sakshi-audit) fetches it again. sakshi-audit monitor "
        "follows by itself, and witnesses add it to their list of logs.",
        soft_wrap=True,
    )


def _ending(rt: Runtime) -> frozenset[str]:
    """The logs of a year that a rebuilt guard lets end and nothing else."""
    return frozenset(
        origin for origin in rt.signer.ending() if origins.parse_origin(origin).year is not None
    )


def _rotate_state(rt: Runtime, reason: str, among: frozenset[str] | None = None) -> str:
    """Close the state log, unless it is none of these; returns the one that is open then."""
    with rt.db.read() as conn:
        state = lineage.current_state(conn, rt.host, rt.clock())
    if among is not None and state not in among:
        return state
    after = shards.rotate(rt, state, reason)
    publication.ensure_state_key(rt)
    rt.publish([])
    return after


@keys.command
def hold(origin: str, vkey: str) -> None:
    """From its first head on, let a society sign its book log itself.

    Parameters
    ----------
    origin
        A log of which nothing is published yet, or the society's next one, before its year begins;
        another is closed first with `rotate --holder`.
    vkey
        What `sakshi-audit society-key` printed at the society.
    """
    with state() as rt:
        with rt.db.write() as conn:
            society_keys.hold(conn, origin, vkey, now=rt.clock())
        out.print(f"✓ {origin} is signed by its society.", soft_wrap=True)


@keys.command
def prepare(
    origin: str, file: Path, *, old: Annotated[int | None, Parameter(name="--from")] = None
) -> None:
    """Write the head that a society is to sign next.

    Parameters
    ----------
    origin
        The society's book log.
    file
        Where the request goes; `sakshi-audit sign-head` reads it.
    old
        The size that the society's tool says it signed last, if not the one known here.
    """
    with state() as rt, rt.db.read() as conn:
        request = society_keys.prepare(conn, origin, old)
        if request is None:
            out.print("Everything is signed.")
        else:
            file.write_bytes(format_request(request))
            out.print(f"{file}: {origin} from {request.old} to {request.size}", soft_wrap=True)


@keys.command
def accept(origin: str, file: Path) -> None:
    """Take a head that a society signed, and publish it.

    Parameters
    ----------
    origin
        The society's book log.
    file
        What `sakshi-audit sign-head` printed.
    """
    with state() as rt:
        size = society_keys.accept(rt, origin, file.read_bytes())
        wiring.drain(rt)
        out.print(f"✓ {origin}: signed by its society up to {size}.", soft_wrap=True)


@keys.command
def rotate(
    origin: str,
    *,
    reason: Annotated[str, Parameter(name="--reason")],
    holder: Annotated[str | None, Parameter(name="--holder")] = None,
) -> None:
    """Close a log now, because its key must no longer sign, and go on in a new one.

    Parameters
    ----------
    origin
        The log whose key is lost or copied.
    reason
        Why, in a sentence that everybody may read: it stands in the log's last entry.
    holder
        Verifier key of the society, named after the next log, if it is to sign that one itself.
    """
    with state() as rt:
        after = shards.rotate(rt, origin, reason, holder)
        publication.ensure_state_key(rt)
        wiring.drain(rt)
        rt.publish([after])
        out.print(f"✓ {origin} is closed; its key signs nothing any more.", soft_wrap=True)
        out.print(f"  It goes on in {after}", soft_wrap=True)
        if "/state/" in after:
            _tell_new_state(after)
