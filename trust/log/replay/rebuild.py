"""Read tables made again from the logs: after a change of their shape, or after a recovery."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from trust.database import Database, StorageError
from trust.formats.canon import Json
from trust.formats.records import NAMES
from trust.formats.times import format_time
from trust.log import queries, sealed
from trust.log.checks.fsckrows import RECOVERED, Finding
from trust.log.projections import Projection, Subject, of_kind, of_log, read_tables
from trust.log.replay import compare
from trust.log.replay.entries import pieces
from trust.log.replay.scratch import Scratch
from trust.log.replay.subjects import UNREADABLE, Replayer, Tally, log_kinds, subjects, unreadable
from trust.log.tables import log, log_entry, log_payload


@dataclass(slots=True)
class Rebuilt:
    """How many subjects were replayed, how many rows were touched, and what could not be read."""

    subjects: int = 0
    rows: int = 0
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Lost:
    """What a recovery could not bring back: where it was sealed, and what of it is gone."""

    origin: str
    index: int
    kind: str
    time: int
    gone: str

    def as_json(self) -> dict[str, Json]:
        """The line of a report."""
        return {
            "log": self.origin,
            "index": self.index,
            "kind": self.kind,
            "time": format_time(self.time),
            "lost": self.gone,
        }


def rebuild(
    db: Database,
    progress: Callable[[str], None] = lambda _: None,
    *,
    wanted: Callable[[Connection, Subject], bool] = lambda _conn, _subject: True,
) -> Rebuilt:
    """Replay every subject that is `wanted`, each in a transaction of its own.

    May be stopped and run again. While a subject is replayed nobody appends to its logs; one that
    cannot be read is left as it is.
    """
    done = Rebuilt()
    for log_kind in log_kinds():
        with db.read() as conn:
            listed = [one for one in subjects(conn, log_kind) if wanted(conn, one)]
        for number, subject in enumerate(listed, 1):
            progress(f"rows of {log_kind} {subject.name} ({number} of {len(listed)})")
            _rebuild(db, subject, done)
    return done


def _rebuild(db: Database, subject: Subject, done: Rebuilt) -> None:
    try:
        with db.scratch(write=True) as conn:
            conn.execute(select(log.c.id).where(log.c.id.in_(subject.ids)).with_for_update())
            scratch = Scratch(conn, read_tables(of_log(subject.kind)))
            done.findings += Replayer(scratch, Tally(), keep=True).run(subject)
            done.rows += compare.repair(scratch, subject)
            done.subjects += 1
    except StorageError:
        raise
    except UNREADABLE as error:
        done.findings.append(unreadable(subject, error))


def recovered(conn: Connection, subject: Subject) -> bool:
    """Whether any entry of a subject came back from a mirror."""
    some = log_entry.c.key.startswith(RECOVERED, autoescape=True)
    query = select(log_entry.c.idx).where(log_entry.c.log_id.in_(subject.ids), some).limit(1)
    return conn.execute(query).first() is not None


def lost(conn: Connection) -> Iterator[Lost]:
    """Of the entries that came back from a mirror: private payloads that did not and were not
    erased, and what stood beside the log alone; in the order of the logs."""
    query = (
        select(log.c.origin, log_entry.c.idx, log_entry.c.kind, log_entry.c.time,
               log_payload.c.record, log_payload.c.erased)
        .join(log_entry, log_entry.c.log_id == log.c.id)
        .join(
            log_payload,
            (log_payload.c.log_id == log_entry.c.log_id) & (log_payload.c.idx == log_entry.c.idx),
            isouter=True,
        )
        .where(log_entry.c.key.startswith(RECOVERED, autoescape=True))
        .where(log_entry.c.kind.in_(NAMES))
        .order_by(log.c.id, log_entry.c.idx)
    )  # fmt: skip
    for row in conn.execute(query):
        projection = of_kind(row.kind)
        if row.erased is False and row.record is None:
            yield Lost(row.origin, row.idx, row.kind, row.time, "payload")
        elif _gone(conn, projection, row):
            yield Lost(row.origin, row.idx, row.kind, row.time, _words(conn, projection, row))


def _words(conn: Connection, projection: Projection, row: Any) -> str:
    words = str(projection.lost)
    if "{" not in words:
        return words
    return words.format_map(sealed.record(conn, row.origin, row.idx, row.kind))


def _gone(conn: Connection, projection: Projection, row: Any) -> bool:
    """Whether something of an entry stood beside the log alone and is lost; the annex always is."""
    if projection.lost is None or row.erased or projection.whole is None:
        return projection.lost is not None and not row.erased
    listed = pieces(conn, queries.info(conn, row.origin), [row.kind])
    found = (one for piece in listed for one in piece.entries if one.index == row.idx)
    return not all(projection.whole(conn, one) for one in found)
