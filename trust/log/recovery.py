"""`sakshi recover`: go on after a database was put back to an older state.

The signer's guard says how far each log was released. What the database lacks of that comes back
from a mirror: entries and public documents, each log in one transaction, kept only if they lead to
a signed head that the guard bears out. Private payloads and salts are in no mirror: their entries
stay and prove what they proved, their content is lost and named. A log that no mirror holds in
full is given up by rule (`abandon`, docs/adr/0007-mirror-and-recovery.md).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from trust.database import Database
from trust.formats import b64, origins, times
from trust.formats.canon import Json
from trust.formats.entries import NoteEntry, parse_entry
from trust.formats.errors import SakshiError
from trust.log import lineage, publication, queries, refill, service
from trust.log.errors import LogError, PutBackError
from trust.log.model import NewEntry
from trust.log.refill import Lost
from trust.log.runtime import Runtime
from trust.log.signerclient import Signer
from trust.log.sources import Source
from trust.log.tables import log, log_admission, log_head

Progress = Callable[[str], None]
_SCAN = 1024


@dataclass(frozen=True)
class Missing:
    """A log of which entries [stored, released) were released and are not in the database."""

    origin: str
    stored: int
    released: int

    def __str__(self) -> str:
        return f"{self.origin}: entries {self.stored} to {self.released - 1} are missing"


@dataclass(frozen=True)
class Recovery:
    """What came back (origin and number of entries), what is lost, what is missing still, and
    why a mirror could not help."""

    refilled: tuple[tuple[str, int], ...]
    lost: tuple[Lost, ...]
    missing: tuple[Missing, ...]
    troubles: tuple[str, ...]


def missing(conn: Connection, signer: Signer) -> list[Missing]:
    """Every log that the signer has released further than the database holds, state logs first."""
    held = {info.origin: info for info in queries.logs(conn)}
    found = [
        Missing(origin, held[origin].next_index if origin in held else 0, size)
        for origin, size, _ in signer.heads()
        if size > (held[origin].next_index if origin in held else 0)
    ]
    open_ones = [item for item in found if not queries.abandoned(conn, item.origin)]
    return sorted(open_ones, key=lambda item: "/state/" not in item.origin)


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

    A mirror that lacks something, or whose entries do not lead to the released head, leaves the
    log as it was and is named among the troubles. Raises LogError `put-back` or `fork` when a
    mirror proves that the guard itself is old or that two heads of one size were signed.
    """
    refilled: list[tuple[str, int]] = []
    lost: list[Lost] = []
    troubles: list[str] = []
    with rt.db.read() as conn:
        wanted = missing(conn, rt.signer)
    for item in wanted:
        for source in sources:
            progress(f"{item.origin}: asking {source.name}")
            try:
                with rt.db.write() as conn:
                    service.open_log(conn, item.origin, now=rt.clock())
                    count, gone = refill.from_source(conn, rt.signer, item.origin, source)
            except SakshiError as fault:
                if fault.code in ("put-back", "fork"):
                    raise  # No mirror can mend this.
                troubles.append(f"{source.name}: {fault}")
                continue
            if count:
                refilled.append((item.origin, count))
                lost += gone
    with rt.db.write() as conn:
        for info in queries.logs(conn, "state"):
            _readmit(conn, info.origin)
    with rt.db.read() as conn:
        left = missing(conn, rt.signer)
        behind = {item.origin for item in left}
        back = [info.origin for info in queries.logs(conn) if info.kind != "state"]
    if not any("/state/" in origin for origin in behind):
        progress("publishing")
        publication.publish(rt, [o for o in back if o not in behind and _has_head(rt, o)])
    return Recovery(tuple(refilled), tuple(lost), tuple(left), tuple(troubles))


def abandon(rt: Runtime, origin: str, reason: str) -> str | None:
    """Give up a log whose released entries are lost; gives the log in which it goes on.

    The successor's entry 0 is the last released head, signed again by the signer over what its
    guard holds; an `abandonment` in the state log says what is lost. A meeting's log has no
    successor: the meeting must be held again. Raises LogError when nothing is missing, or while
    the state log itself lacks entries.
    """
    with rt.db.read() as conn:
        found = {item.origin: item for item in missing(conn, rt.signer)}
    if origin not in found:
        raise LogError(f"Nothing that was released of {origin} is missing; it is not given up.")
    waiting = [name for name in found if "/state/" in name and name != origin]
    if waiting:
        raise LogError(f"First recover or give up {waiting[0]}: the state log has to say it.")
    item, after = found[origin], origins.successor(origin)
    size, root = rt.signer.last(origin)
    note = rt.signer.sign(origin, size, size, root, [], last=True)
    now = rt.clock()
    record: dict[str, Json] = {
        "kind": "abandonment", "v": 1, "origin": origin, "size": size, "root": b64.encode(root),
        "kept": item.stored, "successor": after, "reason": reason,
    }  # fmt: skip
    with rt.db.write() as conn:
        service.open_log(conn, origin, now=now)
        if after is not None:
            service.open_log(conn, after, now=now)
            service.append_note(conn, after, note, "opening", now=now)
        state = lineage.current_state(conn, rt.host, now)
        service.append(conn, state, [NewEntry("abandonment", record, f"abandon {origin}")], now=now)
    publication.publish(rt, [after] if after is not None and "/state/" not in after else [])
    return after


def _has_head(rt: Runtime, origin: str) -> bool:
    """Whether there is anything to publish: an empty log has no head."""
    with rt.db.read() as conn:
        return queries.info(conn, origin).next_index > 0


def _readmit(conn: Connection, state: str) -> None:
    """Keys and admissions that entries of the state log speak of and the tables have lost."""
    info = queries.info(conn, state)
    start = _first_unknown(conn, info.id)
    for at in range(start, info.next_index, _SCAN):
        for stored in queries.entries(conn, state, at, at + _SCAN):
            parsed = parse_entry(stored.entry)
            if isinstance(parsed, NoteEntry):
                _readmit_head(conn, info.id, stored.index, stored.entry, parsed, stored.time)
            elif stored.kind == "log-key":
                _readmit_key(conn, refill.document_of(conn, state, stored))


def _first_unknown(conn: Connection, state_id: int) -> int:
    query = (
        select(log_admission.c.state_index)
        .where(log_admission.c.state_log_id == state_id)
        .order_by(log_admission.c.state_index.desc())
        .limit(1)
    )
    last = conn.execute(query).scalar()
    return 0 if last is None else int(last) + 1


def _readmit_key(conn: Connection, record: dict[str, Json]) -> None:
    opened = times.parse_time(str(record["valid_from"]))
    conn.execute(
        update(log)
        .where(log.c.origin == str(record["origin"]), log.c.vkey.is_(None))
        .values(vkey=str(record["vkey"]), opened_at=opened)
    )


def _readmit_head(
    conn: Connection, state_id: int, index: int, note: bytes, entry: NoteEntry, at: int
) -> None:
    """One head that the state log took; left out where its own log does not reach it."""
    head = entry.checkpoint
    if not queries.exists(conn, head.origin) or "/state/" in head.origin:
        return
    subject = queries.info(conn, head.origin)
    if subject.size < head.size:
        return
    held = select(log_head.c.size).where(
        log_head.c.log_id == subject.id, log_head.c.size == head.size
    )
    if conn.execute(held).first() is None:
        conn.execute(
            insert(log_head).values(
                log_id=subject.id, size=head.size, root=head.root, note=note, signed_at=at
            )
        )
    conn.execute(
        insert(log_admission).values(
            log_id=subject.id, size=head.size, state_log_id=state_id, state_index=index
        )
    )
