"""What `fsck` says of cosignatures and of how published state heads are said to stand."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, Row, select, tuple_

from trust.formats import notes
from trust.formats.cosignatures import verify_cosignature
from trust.formats.errors import NotCheckedError, SakshiError
from trust.log.checks.fsckrows import Finding
from trust.log.model import WitnessStatus
from trust.log.tables import log, log_cosignature, log_head, log_publication, log_witness_policy
from trust.log.witnesses.witnesspolicy import WitnessPolicy, check

_PIECE = 500
_Row = Row[*tuple[Any, ...]]


class WitnessCheck:
    """Every cosignature against the key of a rule that was ever in force; every witness status
    against its cosignatures."""

    def __init__(self, conn: Connection, progress: Callable[[str], None]) -> None:
        self._conn, self._progress = conn, progress
        self._rules: dict[int, WitnessPolicy] = {}
        self._known: set[int] = {0}
        self._keys: dict[tuple[str, str], notes.VerifierKey] = {}
        self._names: dict[tuple[str, str], set[str]] = {}
        self._states = {
            row.id: str(row.origin)
            for row in conn.execute(select(log.c.id, log.c.origin).where(log.c.kind == "state"))
        }

    def faults(self) -> Iterator[Finding]:
        """Everything that disagrees."""
        yield from self._read_rules()
        for log_id, origin in sorted(self._states.items()):
            yield from self._cosignatures(log_id, origin)
            yield from self._publications(log_id, origin)
        for log_id, origin in self._swept():
            yield from self._cosignatures(log_id, origin)

    def _swept(self) -> list[tuple[int, str]]:
        """The logs that witnesses cosign by themselves (`trust.log.witnesses.witnesssweep`)."""
        some = select(log_cosignature.c.log_id).distinct()
        rows = self._conn.execute(
            select(log.c.id, log.c.origin)
            .where(log.c.id.in_(some), log.c.kind != "state")
            .order_by(log.c.id)
        )
        return [(row.id, str(row.origin)) for row in rows]

    def _read_rules(self) -> Iterator[Finding]:
        for row in self._conn.execute(select(log_witness_policy)):
            self._known.add(row.id)
            if not row.text:
                continue
            try:
                policy = check(row.text, frozenset(row.own.split()))
            except SakshiError as error:
                words = str(error).rstrip(".")
                yield Finding("witnesses", row.id, "log_witness_policy.text, own", words)
                continue
            self._rules[row.id] = WitnessPolicy(row.id, policy, frozenset(row.own.split()))
            for witness in policy.witnesses:
                place = witness.key.name, witness.key.key_id.hex()
                self._keys[place] = witness.key
                self._names.setdefault(place, set()).add(witness.name)

    def _cosignatures(self, log_id: int, origin: str) -> Iterator[Finding]:
        at = (-1, "", "")
        table = log_cosignature
        # Compared where it is ordered: a database may sort names by another rule than Python.
        place = tuple_(table.c.size, table.c.key_name, table.c.key_id)
        while True:
            rows = self._conn.execute(
                select(table, log_head.c.note)
                .join(
                    log_head,
                    (log_head.c.log_id == table.c.log_id) & (log_head.c.size == table.c.size),
                    isouter=True,
                )
                .where(table.c.log_id == log_id, place > tuple_(*at))
                .order_by(table.c.size, table.c.key_name, table.c.key_id)
                .limit(_PIECE)
            ).all()
            for row in rows:
                yield from self._cosignature(origin, row)
            if len(rows) < _PIECE:
                return
            at = (rows[-1].size, rows[-1].key_name, rows[-1].key_id)

    def _cosignature(self, origin: str, row: _Row) -> Iterator[Finding]:
        place, key = (origin, row.size), self._keys.get((row.key_name, row.key_id))
        if row.note is None:
            yield Finding(*place, "log_cosignature.size", "no head of that size is stored")
            return
        if key is None:
            words = f"no rule ever named the key {row.key_name}+{row.key_id}"
            yield Finding(*place, "log_cosignature.key_name, key_id", words)
            return
        if row.witness not in self._names[row.key_name, row.key_id]:
            words = f"no rule calls this key {row.witness}"
            yield Finding(*place, "log_cosignature.witness", words)
        try:
            text = notes.parse_note(bytes(row.note)).text
            (line,) = notes.parse_note(text.encode() + b"\n" + bytes(row.line)).signatures
            if verify_cosignature(text, line, key) != row.time:
                yield Finding(*place, "log_cosignature.time", "the signed time is another")
        except NotCheckedError as error:
            self._progress(f"not checked: {origin}, size {row.size}, {row.witness}: {error}")
        except (SakshiError, ValueError) as error:
            words = str(error).rstrip(".")
            yield Finding(*place, "log_cosignature.line", words)

    def _publications(self, log_id: int, origin: str) -> Iterator[Finding]:
        table, after = log_publication, -1
        while True:
            rows = self._conn.execute(
                select(table, log_head.c.root)
                .join(
                    log_head,
                    (log_head.c.log_id == table.c.log_id) & (log_head.c.size == table.c.size),
                    isouter=True,
                )
                .where(table.c.log_id == log_id, table.c.size > after)
                .order_by(table.c.size)
                .limit(_PIECE)
            ).all()
            for row in rows:
                yield from self._publication(origin, log_id, row)
            if len(rows) < _PIECE:
                return
            after = rows[-1].size

    def _publication(self, origin: str, log_id: int, row: _Row) -> Iterator[Finding]:
        place, rule = (origin, row.size), self._rules.get(row.policy_id)
        if row.root is None:
            yield Finding(*place, "log_publication.size", "no head of that size is stored")
        elif row.standing not in tuple(WitnessStatus):
            words = f"there is no witness status {row.standing!r}"
            yield Finding(*place, "log_publication.standing", words)
        elif row.policy_id not in self._known:
            words = f"there was no rule {row.policy_id}"
            yield Finding(*place, "log_publication.policy_id", words)
        elif row.standing == WitnessStatus.NOT_REQUIRED and rule is not None and rule.quorum:
            words = "it says that no witness was asked for, the rule of that head asks for some"
            yield Finding(*place, "log_publication.standing, policy_id", words)
        elif row.standing == WitnessStatus.QUORUM_MET and not self._met(log_id, row.size, rule):
            words = "it says that the quorum has witnessed the head; the cosignatures do not"
            yield Finding(*place, "log_publication.standing, policy_id", words)
        elif row.standing == WitnessStatus.QUORUM_PENDING and self._met(log_id, row.size, rule):
            words = "it says that the quorum is missing, and the cosignatures make it"
            yield Finding(*place, "log_publication.standing, policy_id", words)

    def _met(self, log_id: int, size: int, rule: WitnessPolicy | None) -> bool:
        if rule is None:
            return False
        names = {(w.key.name, w.key.key_id.hex()): w.name for w in rule.policy.witnesses}
        rows = self._conn.execute(
            select(log_cosignature.c.key_name, log_cosignature.c.key_id).where(
                log_cosignature.c.log_id == log_id, log_cosignature.c.size == size
            )
        )
        held = {names[row.key_name, row.key_id] for row in rows if tuple(row) in names}
        return rule.met(frozenset(held))
