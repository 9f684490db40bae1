"""Which logs a mirror holds, and up to which head: all of them in a handful of questions.

Most logs have no new head from one run to the next, so finding that out must cost next to
nothing however many there are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, Select, and_, func, or_, select

from trust.log import queries
from trust.log.tables import log, log_admission, log_head, log_publication, log_second_line
from trust.log.witnesses import witness_status


@dataclass(frozen=True, slots=True)
class Goal:
    """A log and the head it is mirrored up to."""

    origin: str
    vkey: str
    size: int
    root: bytes
    note: bytes
    state: bool

    @property
    def digest(self) -> str:
        """SHA-256 of the checkpoint, hex: equal digests, nothing to do."""
        return sha256(self.note).hexdigest()


def subjects(conn: Connection) -> list[Goal]:
    """Every log but the state logs at its newest published head, with the log's own lines."""
    reached = {
        int(row.log_id): int(row.size)
        for row in conn.execute(
            select(
                log_publication.c.log_id, func.max(log_publication.c.size).label("size")
            ).group_by(log_publication.c.log_id)
        )
    }
    if not reached:
        return []
    return [
        Goal(row.origin, row.vkey, row.size, bytes(row.root), _note(row.note, row.line), False)
        for row in conn.execute(_newest(reached))
    ]


def states(conn: Connection) -> list[Goal]:
    """The state logs at their newest published head, with its cosignatures."""
    found = []
    for info in queries.logs(conn, "state"):
        head = witness_status.published_head(conn, info.origin)
        if head is not None and info.vkey is not None and head.size:
            found.append(Goal(info.origin, info.vkey, head.size, head.root, head.note, True))
    return found


def _newest(reached: dict[int, int]) -> Select[tuple[str, str, int, bytes, bytes, bytes]]:
    """The newest admitted head of each log that lies below these sizes of the state logs.

    The inner question is answered from the primary key, from its end: nearly always by one row.
    """
    covered = or_(
        *(
            and_(log_admission.c.state_log_id == state, log_admission.c.state_index < size)
            for state, size in reached.items()
        )
    )
    newest = (
        select(log_admission.c.size)
        .where(log_admission.c.log_id == log.c.id, covered)
        .order_by(log_admission.c.size.desc())
        .limit(1)
        .correlate(log)
        .scalar_subquery()
    )
    return (
        select(
            log.c.origin,
            log.c.vkey,
            log_head.c.size,
            log_head.c.root,
            log_head.c.note,
            log_second_line.c.line,
        )
        .select_from(log)
        .join(log_head, and_(log_head.c.log_id == log.c.id, log_head.c.size == newest))
        .join(
            log_second_line,
            and_(log_second_line.c.log_id == log.c.id, log_second_line.c.size == log_head.c.size),
            isouter=True,
        )
        .where(log.c.kind != "state", log.c.vkey.is_not(None), log_head.c.size > 0)
        .order_by(log.c.id)
    )


def _note(note: bytes, line: bytes | None) -> bytes:
    return bytes(note) + (b"" if line is None else bytes(line))


def format_left(wanted: Sequence[Goal]) -> bytes:
    """What a run leaves for the next: the checkpoints it wrote, as `sha256sum -c` reads them."""
    return "".join(f"{goal.digest}  {goal.origin}/checkpoint\n" for goal in wanted).encode()


def parse_left(data: bytes) -> dict[str, str]:
    """Digest by origin; a line that cannot be read makes the next run look at that log."""
    found = {}
    for line in data.decode("utf-8", "replace").splitlines():
        digest, _, name = line.partition("  ")
        found[name.removesuffix("/checkpoint")] = digest
    return found


def format_origins(wanted: Sequence[Goal]) -> bytes:
    """The public list of logs and their sizes (docs/formats.md)."""
    return "".join(sorted(f"{goal.origin} {goal.size}\n" for goal in wanted)).encode()


def parse_origins(data: bytes) -> Iterator[tuple[str, int]]:
    """Logs and sizes that a mirror lists."""
    for line in data.decode("utf-8", "replace").splitlines():
        origin, _, size = line.rpartition(" ")
        if origin and size.isdecimal() and len(size) < 19:
            yield origin, int(size)
