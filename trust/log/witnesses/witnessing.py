"""Rounds of asking: every witness at once, until the quorum has spoken or the time is out.

Appending never waits for a witness, and signing never does: a round comes after the state head is
signed and stored. Each witness has a thread of its own, which stores what it gets whenever it
comes; the round only waits. A witness that failed is left alone for a while, longer each time, so
that one that is down delays one publication, not all. While a head stands without its quorum, a
thread goes on asking, so that filings are published when the witnesses are back, without any new
entry.
"""

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, text, update

from trust import outbox
from trust.formats.policy import PolicyWitness
from trust.log import queries, tree_queries
from trust.log.context import Context
from trust.log.model import WitnessStatus
from trust.log.tables import log_cosignature
from trust.log.witnesses import witness_status, witnessclient, witnessfaults, witnesspolicy
from trust.log.witnesses.witnessclient import Cosigned, WitnessError
from trust.log.witnesses.witnesspolicy import WitnessPolicy

_log = logging.getLogger("sakshi.witnessing")

TOPIC = "witness"
"""Live events: the witness status of published heads changed."""
REST_SECONDS = (1.0, 60.0)
"""How long a witness is left alone after its first failure, and at most."""
SETTLE_SECONDS = 0.25
"""How much longer a round waits for the other witnesses once the quorum has spoken."""
_NEWEST = text(
    "SELECT l.origin, h.size, h.note, p.standing, p.policy_id,"
    " k.vkey IS NOT NULL AND s.line IS NULL AS lacks FROM log AS l"
    " LEFT JOIN log_head AS h ON h.log_id = l.id"
    " AND h.size = (SELECT MAX(size) FROM log_head WHERE log_id = l.id)"
    " LEFT JOIN log_publication AS p ON p.log_id = l.id AND p.size = h.size"
    " LEFT JOIN log_second_key AS k ON k.origin = l.origin"
    " LEFT JOIN log_second_line AS s ON s.log_id = l.id AND s.size = h.size"
    " WHERE l.kind = 'state' AND NOT EXISTS (SELECT 1 FROM log AS g JOIN log_entry AS e"
    " ON e.log_id = g.id AND e.key = 'abandon ' || l.origin WHERE g.kind = 'state') ORDER BY l.id"
)


@dataclass(frozen=True, slots=True)
class Task:
    """A state head to be cosigned."""

    origin: str
    size: int
    note: bytes
    rule: WitnessPolicy


@dataclass(slots=True)
class _Contact:
    """What this process knows of a witness and a log: asked right now, failures in a row, when to
    ask again. Last year's log, which a witness may have dropped, is no reason to shun it.

    `partly` is the size of a head that it cosigned with some of its keys only: it rests from that
    head, and is asked about the next one at once.
    """

    busy: bool = False
    failures: int = 0
    not_before: float = 0.0
    partly: int | None = None

    def rests(self, size: int, now: float) -> bool:
        """Whether it is not to be asked about a head of this size now."""
        return self.busy or (now < self.not_before and self.partly in (None, size))

    def ended(self, asked: int, cosigned: int, size: int) -> None:
        """It was asked for so many keys' word and gave so many."""
        self.failures = 0 if cosigned == asked else self.failures + 1
        self.partly = size if 0 < cosigned < asked else None
        first, most = REST_SECONDS
        rest = min(most, first * 2 ** min(self.failures - 1, 16)) if self.failures else 0.0
        self.not_before = time.monotonic() + rest
        self.busy = False


class Witnessing:
    """Publishes heads of the state log, with cosignatures of the witnesses if there are any."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._round = threading.Lock()
        self._change = threading.Condition()
        self._contacts: dict[tuple[str, str], _Contact] = {}
        self._again: threading.Thread | None = None
        self._closed = False

    def settle(self, conn: Connection) -> list[Task]:
        """Publish the newest signed heads of the state logs that no witness has to see.

        Returns those that the witnesses are to be asked about.
        """
        rule = witnesspolicy.current(conn)
        tasks = []
        for head in _waiting(conn, rule):
            if head.lacks:
                continue  # Whoever signed it is about to add the line that the policy pins.
            if rule is not None:
                tasks.append(Task(head.origin, head.size, bytes(head.note), rule))
                continue
            witness_status.raise_to(
                conn, head.origin, head.size, WitnessStatus.NOT_REQUIRED, 0, now=self._ctx.clock()
            )
        return tasks

    def ask(self, task: Task) -> None:
        """Ask the witnesses of a head and publish it.

        Waits for them for `SAKSHI_WITNESS_WAIT` seconds at most.
        """
        with self._round:
            self._wait(task, self._start(task))
            with self._ctx.db.write() as conn:
                done = self._settle(conn, task, last=True)
        if not done:
            self._ask_again()

    def resume(self) -> None:
        """Go on asking where an earlier process ended, or begin to when the rule is a new one."""
        if not self._stands():
            self._ask_again()

    def close(self) -> None:
        """Stop asking; answers under way are dropped."""
        with self._change:
            self._closed = True
            self._change.notify_all()
            again = self._again
        if again is not None:
            again.join(timeout=10)
        with self._change:
            self._change.wait_for(lambda: not any(c.busy for c in self._contacts.values()), 1)

    def _start(self, task: Task) -> list[_Contact]:
        """Ask every witness that has an address, has not cosigned this head with each of its keys,
        is not being asked and is not at rest."""
        asked = []
        with self._ctx.db.read() as conn:
            heard = _heard(conn, task)
        with self._change:
            now = time.monotonic()
            for url, keys in task.rule.policy.addressed().items():
                contact = self._contacts.setdefault((task.origin, url), _Contact())
                if all((key.key.name, key.key.key_id.hex()) in heard for key in keys):
                    continue
                if contact.rests(task.size, now):
                    continue
                contact.busy = True
                asked.append(contact)
                threading.Thread(
                    target=self._ask,
                    args=(task, keys, contact),
                    name=f"sakshi-witness-{witnessclient.name_of(keys)}",
                    daemon=True,
                ).start()
        return asked

    def _wait(self, task: Task, asked: list[_Contact]) -> None:
        deadline = time.monotonic() + self._ctx.settings.witness_wait
        settling = False
        with self._change:
            while any(contact.busy for contact in asked) and not self._closed:
                left = deadline - time.monotonic()
                if left <= 0:
                    return
                self._change.wait(left)
                if not settling and self._met(task):
                    settling = True
                    deadline = min(deadline, time.monotonic() + SETTLE_SECONDS)

    def _met(self, task: Task) -> bool:
        with self._ctx.db.read() as conn:
            return (
                witness_status.judge(conn, task.origin, task.size, task.rule)
                == WitnessStatus.QUORUM_MET
            )

    def _ask(self, task: Task, keys: Sequence[PolicyWitness], contact: _Contact) -> None:
        """One witness, in a thread of its own."""
        found: list[Cosigned] = []
        name = witnessclient.name_of(keys)
        try:
            with self._ctx.db.read() as conn:
                old = max(_seen(conn, task, key) for key in keys)
            answered = witnessclient.ask(
                keys,
                old,
                task.size,
                task.note,
                lambda held: self._prove(task, held),
                self._ctx.settings.witness_wait * 5,
                self._ctx.clock,
            )
            with self._ctx.db.write() as conn:
                for one in answered:
                    _store(conn, task, one)
                self._settle(conn, task, last=False)
            found = answered
        except WitnessError as error:
            say = _log.error if error.code in witnessfaults.KEPT else _log.warning
            say("%s at size %d: %s", task.origin, task.size, error)
            self._tell(task, name, error)
        except Exception:
            if not self._closed:
                _log.exception("asking %s failed", name)
        finally:
            with self._change:
                contact.ended(len(keys), len(found), task.size)
                self._change.notify_all()

    def _tell(self, task: Task, witness: str, fault: WitnessError) -> None:
        """Tell open pages at once of a witness that reports another history; it is stored."""
        if fault.code in witnessfaults.KEPT:
            with self._ctx.db.write() as conn:
                asked = (task.origin, task.size, task.note)
                witnessfaults.keep(conn, asked, witness, fault, now=self._ctx.clock())
                payload = {"state": task.origin, "size": task.size, "witness": witness}
                outbox.live(conn, TOPIC, payload | {"fault": fault.code})

    def _prove(self, task: Task, old: int) -> list[bytes]:
        if old in (0, task.size):
            return []
        with self._ctx.db.read() as conn:
            return tree_queries.consistency(conn, task.origin, old, task.size)

    def _settle(self, conn: Connection, task: Task, *, last: bool) -> bool:
        """Publish a head as it now stands; without its quorum only when the time is out."""
        now = witness_status.judge(conn, task.origin, task.size, task.rule)
        before = witness_status.of_state(conn)
        if now == WitnessStatus.QUORUM_PENDING and not last:
            return False
        changed = witness_status.raise_to(
            conn, task.origin, task.size, now, task.rule.id, now=self._ctx.clock()
        )
        if changed and (before is None or before.witness_status != now):
            say = _log.warning if now == WitnessStatus.QUORUM_PENDING else _log.info
            say("%s: witness status %s from size %d", task.origin, now.name.lower(), task.size)
            outbox.live(
                conn, TOPIC, {"state": task.origin, "size": task.size, "standing": now.value}
            )
        return now != WitnessStatus.QUORUM_PENDING

    def _ask_again(self) -> None:
        """See to it that somebody asks again."""
        with self._change:
            if self._again is None and not self._closed:
                self._again = threading.Thread(
                    target=self._keep_asking, name="sakshi-witnessing", daemon=True
                )
                self._again.start()

    def _keep_asking(self) -> None:
        while True:
            with self._change:
                failed = [c for c in self._contacts.values() if c.failures]
                soonest = min((c.not_before for c in failed), default=0.0)
                pause = max(REST_SECONDS[0] / 4, soonest - time.monotonic())
                if self._change.wait_for(lambda: self._closed, pause) or self._stands():
                    self._again = None
                    return
            try:
                with self._ctx.db.write() as conn:
                    tasks = self.settle(conn)
                for task in tasks:
                    self.ask(task)
            except Exception:
                if not self._closed:
                    _log.exception("asking the witnesses again failed")

    def _stands(self) -> bool:
        """Whether the newest head of each state log stands as well as it can."""
        try:
            with self._ctx.db.read() as conn:
                return not _waiting(conn, witnesspolicy.current(conn))
        except Exception:
            # A database that is away for a moment is no reason to stop asking.
            return self._closed


def _waiting(conn: Connection, rule: WitnessPolicy | None) -> list[Row[*tuple[Any, ...]]]:
    """The newest signed head of each state log that is still to be published, or witnessed.

    A new rule asks for the newest log's head again; those of earlier years stay as they are.
    """
    rows = conn.execute(_NEWEST).all()
    return [
        row
        for row in rows
        if row.size is not None
        and (
            row.standing in (None, WitnessStatus.QUORUM_PENDING.value)
            or (row is rows[-1] and rule is not None and row.policy_id != rule.id)
        )
    ]


def _seen(conn: Connection, task: Task, witness: PolicyWitness) -> int:
    """The largest size of this log that a witness has cosigned, as far as we know."""
    query = select(func.max(log_cosignature.c.size)).where(
        log_cosignature.c.log_id == queries.info(conn, task.origin).id,
        log_cosignature.c.key_name == witness.key.name,
        log_cosignature.c.key_id == witness.key.key_id.hex(),
        log_cosignature.c.size <= task.size,
    )
    return int(conn.execute(query).scalar() or 0)


def _heard(conn: Connection, task: Task) -> set[tuple[str, str]]:
    """Key names and ids of those who have cosigned this head: they are not asked for it again."""
    query = select(log_cosignature.c.key_name, log_cosignature.c.key_id).where(
        log_cosignature.c.log_id == queries.info(conn, task.origin).id,
        log_cosignature.c.size == task.size,
    )
    return {(row.key_name, row.key_id) for row in conn.execute(query)}


def _store(conn: Connection, task: Task, found: Cosigned) -> None:
    witness = found.witness
    key = {
        "log_id": witness_status.lock(conn, task.origin),
        "size": task.size,
        "key_name": witness.key.name,
        "key_id": witness.key.key_id.hex(),
    }
    values = {"witness": witness.name, "time": found.time, "line": found.signature.line().encode()}
    where = [log_cosignature.c[name] == value for name, value in key.items()]
    if conn.execute(select(log_cosignature.c.time).where(*where)).first() is None:
        conn.execute(insert(log_cosignature).values(**key, **values))
    else:
        conn.execute(update(log_cosignature).where(*where).values(**values))
