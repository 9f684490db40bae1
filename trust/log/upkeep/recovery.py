"""`sakshi recover`: go on after a database was put back to an older state.

The signer's guard says how far each log was released (of a log that its society signs, the state
log does). What the database lacks of that comes back from mirrors: first all of them are compared
with one another (`survey`), then entries and public documents are taken, each log in one
transaction, kept only if they lead to a signed head that is borne out. Private payloads and salts
are in no mirror: their entries stay and prove what they proved, their content is lost and named. A
log that no mirror holds in full is given up by rule (`trust.log.upkeep.abandonment`,
docs/adr/0007-mirror-and-recovery.md).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, or_, select

from trust import outbox
from trust.database import Database
from trust.formats.entries import NoteEntry, parse_entry
from trust.formats.errors import SakshiError
from trust.log import batch_queries, givenup, lineage, queries
from trust.log import service as logs
from trust.log.context import Signer
from trust.log.errors import PutBackError, SignerError
from trust.log.publish import releasing
from trust.log.runtime import Runtime
from trust.log.tables import log, log_entry, log_holder
from trust.log.upkeep import broughthead, readmission, refill, survey
from trust.log.upkeep.refill import Lost
from trust.log.upkeep.sources import Source
from trust.log.upkeep.survey import Offer, Released
from trust.log.witnesses import witness_status

Progress = Callable[[str], None]
_HOLDERS = 50
"""Logs held by societies that one query asks for."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A log of which entries [stored, released) were released and are not in the database."""

    origin: str
    stored: int
    released: int

    def __str__(self) -> str:
        return f"{self.origin}: entries {self.stored} to {self.released - 1} are missing"


@dataclass(slots=True)
class Recovery:
    """What came back (origin and number of entries), what is lost, what is missing still, and
    why a mirror could not help."""

    refilled: list[tuple[str, int]] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)


def missing(conn: Connection, signer: Signer) -> list[Missing]:
    """Every log that was released further than the database holds and is not given up, state logs
    first."""
    found = _short(conn, signer)
    return [item for item in found if not queries.abandoned(conn, item.origin)]


def _short(conn: Connection, signer: Signer) -> list[Missing]:
    """`missing` with the logs that were given up: a source that turns up late may have them."""
    # The guard first: what is published meanwhile is in the database, not missing.
    released = _guarded(signer)
    held = {info.origin: info.next_index for info in queries.logs(conn)}
    found = [
        Missing(item.origin, held.get(item.origin, 0), item.size)
        for item in (*released, *_societies(conn))
        if item.size > held.get(item.origin, 0)
    ]
    return sorted(
        found, key=lambda item: ("/state/" not in item.origin, lineage.order(item.origin))
    )


def _guarded(signer: Signer) -> list[Released]:
    """The last heads of the logs our own signer signs; their keys are asked for when needed."""
    return [Released(origin, size, root, "") for origin, size, root in signer.heads()]


def _societies(conn: Connection) -> list[Released]:
    """The last head that a state log took of each log whose society signs: its guard is not here,
    so what was published is all that is known of it."""
    held = {row.origin: row.vkey for row in conn.execute(select(log_holder))}
    names, found = sorted(held), dict[str, Released]()
    for at in range(0, len(names), _HOLDERS):
        which = [
            log_entry.c.key.startswith(f"head {name} ", autoescape=True)
            for name in names[at : at + _HOLDERS]
        ]
        query = (
            select(log_entry.c.entry)
            .join(log, log.c.id == log_entry.c.log_id)
            .where(log.c.kind == "state", log_entry.c.kind == "head", or_(*which))
        )
        for entry in conn.execute(query).scalars():
            parsed = parse_entry(bytes(entry))
            if isinstance(parsed, NoteEntry):
                head = parsed.checkpoint
                known = found.get(head.origin)
                if known is None or head.size > known.size:
                    found[head.origin] = Released(
                        head.origin, head.size, head.root, held[head.origin], own=False
                    )
    return list(found.values())


def refuse_put_back(db: Database, signer: Signer) -> None:
    """Raise PutBackError where entries were released that the database does not hold.

    Asked before anything is appended: entries put where released ones belong could never be signed.
    """
    with db.read() as conn:
        found = missing(conn, signer)
    if found:
        raise PutBackError(
            f"The database was put back to an older state: {found[0]}"
            + (f", and so in {len(found) - 1} more logs" if len(found) > 1 else "")
            + ". Nothing can be signed or appended until `sakshi recover --from MIRROR` has "
            "brought them back, or `sakshi recover --abandon ORIGIN` gives a log up."
        )


def recover(
    rt: Runtime, sources: Sequence[Source], progress: Progress = lambda _: None
) -> Recovery:
    """Bring back what mirrors hold, admit heads again, publish; may be run again at any time.

    Of several mirrors the one that covers most of a log is read, the next where it fails. A mirror
    that lacks something, or whose entries do not lead to the released head, leaves the log as it
    was and is named among the troubles. Raises LogError `fork` when two mirrors, or one and the
    guard, contradict each other (nothing is taken then), PutBackError when one proves that the
    guard itself is old.
    """
    done = Recovery(troubles=survey.check_guard(rt.signer, rt.host, sources))
    _bring_back(rt, sources, done, progress, own=True)
    with rt.db.write() as conn:
        for info in queries.logs(conn, "state"):
            readmission.keys(conn, info.origin)
    _bring_back(rt, sources, done, progress, own=False)
    with rt.db.write() as conn:
        for one in givenup.Register().read(conn):
            logs.open_log(conn, one.origin, now=rt.clock())  # Nothing is left of it but its name.
        for info in queries.logs(conn, "state"):
            readmission.keys(conn, info.origin)  # Those of logs that came back just now.
            readmission.heads(conn, info.origin)
        readmission.own_keys(conn, rt.signer)
        remember(conn, rt.signer)
    with rt.db.read() as conn:
        done.missing = missing(conn, rt.signer)
    if not any("/state/" in item.origin for item in done.missing):
        progress("publishing")
        refused = publish(rt)
        done.troubles += [refused] if refused else []
    return done


def remember(conn: Connection, signer: Signer) -> None:
    """Have what is to be published in the outbox: killed before `publish`, the next start does it.

    In the transaction that made it so.
    """
    for origin in batch_queries.unpublished(conn, _back(conn, signer), witness_status.CLOSED):
        outbox.emit(conn, "log", origin)


def _back(conn: Connection, signer: Signer) -> list[str]:
    """The logs that are not state logs, lack nothing and are not given up."""
    behind = {item.origin for item in _short(conn, signer)}
    behind |= givenup.names(conn)
    return [
        info.origin
        for info in queries.logs(conn)
        if info.kind != "state" and info.next_index and info.origin not in behind
    ]


def publish(rt: Runtime) -> str | None:
    """Publish everything that is here and is not; returns why the signer does not, if its guard
    was rebuilt.

    Then nothing is lost: `sakshi keys rotate-all` publishes it under the last heads of these logs.
    """
    with rt.db.read() as conn:
        back, gone = _back(conn, rt.signer), givenup.names(conn)
        states = [
            info.origin
            for info in sorted(queries.logs(conn, "state"), key=lambda i: lineage.order(i.origin))
            if info.next_index and info.origin not in gone
        ]
    try:
        # Those of earlier years too: publication itself asks for the newest only.
        releasing.release(rt, states)
        rt.publish(back)
    except SignerError as refused:
        if refused.code != "seeded":
            raise
        return str(refused)
    return None


def _bring_back(
    rt: Runtime, sources: Sequence[Source], done: Recovery, progress: Progress, *, own: bool
) -> None:
    """Survey every log that lacks entries, and only then take any."""
    with rt.db.read() as conn:
        wanted = [item.origin for item in _short(conn, rt.signer)]
        known = _guarded(rt.signer) if own else _societies(conn)
    last = {item.origin: item for item in known}
    found: dict[str, list[Offer]] = {}
    for origin in wanted:
        if origin in last:
            held = last[origin]
            vkey = held.vkey or rt.signer.vkey(origin)
            progress(f"{origin}: asking {len(sources)} mirrors")
            released = Released(origin, held.size, held.root, vkey, held.own)
            found[origin], troubles = survey.offers(released, sources)
            done.troubles += troubles
    for origin, offers in found.items():
        _take(rt, origin, offers, done, progress, own=own)


def _take(
    rt: Runtime, origin: str, offers: list[Offer], done: Recovery, progress: Progress, *, own: bool
) -> None:
    for offer in offers:
        progress(f"{origin}: taking from {offer.source.name}")
        try:
            with rt.db.write() as conn:
                logs.open_log(conn, origin, now=rt.clock())
                count, gone = refill.from_offer(conn, origin, offer, offers)
                if count and own:
                    broughthead.keep(rt, conn, origin, offer)
        except SakshiError as error:
            if error.code == "fork":
                raise  # No mirror can mend this.
            done.troubles.append(f"{offer.source.name}: {error}")
            continue
        if count:
            done.refilled.append((origin, count))
            done.lost += gone
        return
