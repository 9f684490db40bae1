"""Witnesses that speak of another history: kept with both sides' bytes until a person has looked.

A `conflict` (409 without a size, 422) or `ahead` is either a broken witness or the trace of a fork;
one that `forgot` what it cosigned could be made to vouch for one.
What we asked to be cosigned, what was answered, and the checkpoint that the witness itself serves
of the log stay in the database. It is shown wherever the witness status of the State's log is shown
(`sakshi status`, the Registrar's board, the metrics) until it is acknowledged, with a reason.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from trust.formats.checkpoints import open_checkpoint
from trust.formats.errors import SakshiError
from trust.formats.notes import VerifierKey
from trust.log import queries
from trust.log.errors import LogError
from trust.log.tables import log, log_head, log_witness_fault
from trust.log.witnesses.witnessclient import WitnessError

KEPT = ("conflict", "ahead", "forgot")
"""Codes of a `WitnessError` that are never routine."""
MAX_WORDS = 1_000
MAX_EVIDENCE = 16 * 1024
"""Bytes kept of an answer and of a checkpoint: a note with a hundred signatures is no longer."""
MAX_OPEN = 100
"""Open faults of one witness at a time; one of the state log is kept in any case."""

Asked = tuple[str, int, bytes]
"""Origin, size and signed note of a head that a witness was asked to cosign."""


@dataclass(frozen=True, slots=True)
class WitnessFinding:
    """One fault. Times are UTC seconds; `note` is what we asked to be cosigned, `answer` what came
    back (status line and body), `theirs` the checkpoint that the witness serves, empty if none.

    `forked`: the log's own key has signed both `theirs` and, for the same size, another root that
    we hold. That is no broken witness: two histories exist.
    """

    id: int
    origin: str
    witness: str
    code: str
    size: int
    words: str
    note: bytes
    answer: bytes
    theirs: bytes
    first_at: int
    last_at: int
    times: int
    forked: bool
    acknowledged_at: int | None
    reason: str | None


def keep(conn: Connection, asked: Asked, witness: str, fault: WitnessError, *, now: int) -> None:
    """Keep a fault. While one of that kind is open, the first evidence stays and is counted up.

    A witness that answers every question with nonsense fills no disk: of what it says of the logs
    below the state log `MAX_OPEN` faults are open at a time, each with `MAX_EVIDENCE` bytes a side.
    Two heads that the log's own key signed are always kept, and whole.
    """
    origin, size, note = asked
    info = queries.info(conn, origin)
    log_id = info.id
    table = log_witness_fault
    result = conn.execute(
        update(table)
        .where(
            table.c.log_id == log_id,
            table.c.witness == witness,
            table.c.code == fault.code,
            _open(),
        )
        .values(last_at=now, times=table.c.times + 1)
    )
    if result.rowcount:
        return
    proven = _forked(conn, log_id, info.vkey, fault.theirs)
    if proven or info.kind == "state" or _of_witness(conn, witness) < MAX_OPEN:
        most = None if proven else MAX_EVIDENCE
        conn.execute(
            insert(table).values(
                log_id=log_id,
                witness=witness,
                code=fault.code,
                size=size,
                words=str(fault)[:MAX_WORDS],
                note=note,
                answer=fault.answer[:most],
                theirs=fault.theirs[:most],
                first_at=now,
                last_at=now,
                times=1,
            )
        )


def _of_witness(conn: Connection, witness: str) -> int:
    query = select(func.count()).select_from(log_witness_fault)
    return int(
        conn.execute(query.where(log_witness_fault.c.witness == witness, _open())).scalar_one()
    )


def count(conn: Connection) -> int:
    """How many faults nobody has looked at."""
    query = select(func.count()).select_from(log_witness_fault).where(_open())
    return int(conn.execute(query).scalar_one())


def listed(conn: Connection, *, everything: bool = False, limit: int = 100) -> list[WitnessFinding]:
    """Faults that nobody has acknowledged, the oldest first; with `everything` all of them."""
    query = (
        select(log_witness_fault, log.c.origin, log.c.vkey)
        .join(log, log.c.id == log_witness_fault.c.log_id)
        .order_by(log_witness_fault.c.id)
        .limit(limit)
    )
    rows = conn.execute(query if everything else query.where(_open())).all()
    return [
        WitnessFinding(
            row.id, row.origin, row.witness, row.code, row.size, row.words, bytes(row.note),
            bytes(row.answer), bytes(row.theirs), row.first_at, row.last_at, row.times,
            _forked(conn, row.log_id, row.vkey, bytes(row.theirs)), row.acknowledged_at,
            row.reason,
        )
        for row in rows
    ]  # fmt: skip


def acknowledge(conn: Connection, fault: int, reason: str, *, now: int) -> None:
    """A person has looked. The evidence stays; the same again opens a new one.

    Raises LogError `no-fault` when there is none of that number, or it is acknowledged already.
    """
    if not reason.strip():
        raise LogError("Say what was found: the reason stays with the evidence.", code="reason")
    result = conn.execute(
        update(log_witness_fault)
        .where(log_witness_fault.c.id == fault, _open())
        .values(acknowledged_at=now, reason=reason.strip()[:MAX_WORDS])
    )
    if result.rowcount != 1:
        raise LogError(f"There is no open fault {fault}.", code="no-fault")


def _open() -> ColumnElement[bool]:
    return log_witness_fault.c.acknowledged_at.is_(None)


def _forked(conn: Connection, log_id: int, vkey: str | None, theirs: bytes) -> bool:
    if not theirs or vkey is None:
        return False
    try:
        other = open_checkpoint(theirs, VerifierKey.parse(vkey))
    except SakshiError:
        return False
    held = select(log_head.c.root).where(log_head.c.log_id == log_id, log_head.c.size == other.size)
    row = conn.execute(held).first()
    return row is not None and bytes(row.root) != other.root
