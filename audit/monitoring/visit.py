"""One visit to a log: its head is fetched, compared and followed; old parts are read again."""

from contextlib import suppress

from audit.monitoring import bundles, evidence_proofs, leftover
from audit.monitoring.advance import Advance, Seen, Sink
from audit.monitoring.bundles import Stop
from audit.monitoring.context import Context
from audit.monitoring.logs import AHEAD, batched
from audit.monitoring.model import LogState, PendingHead
from audit.monitoring.wire import Absent, Unreachable
from trust.formats.checkpoints import Checkpoint, open_checkpoint
from trust.formats.errors import FormatError, NotCheckedError, SignatureError
from trust.formats.notes import VerifierKey
from trust.formats.policy import format_policy
from trust.formats.tiles import TILE
from trust.formats.witnessed import check_checkpoint

_AGAIN = 2


class Visit:
    """What is done with one log in one round."""

    def __init__(self, ctx: Context, log: LogState, sink: Sink | None = None) -> None:
        self.ctx, self.log, self.sink = ctx, log, sink
        self.scope = f"head:{log.origin}"

    def run(self) -> None:
        """Visit; raises Unreachable when the server could not be asked.

        A visit that was killed or halted is none, so the next round comes here again.
        """
        ctx = self.ctx
        ctx.counts["logs"] += 1
        try:
            with suppress(Stop):
                self._whole()
        except Unreachable:
            self._been()
            raise
        self._been()

    def _whole(self) -> None:
        before = self.log.size
        if self._follow():
            self._recheck(before)
            evidence_proofs.complete(self.ctx, self.log)
            self.ctx.ledger.whole(self.log.origin)

    def _been(self) -> None:
        self.ctx.logs.forget(self.log.origin)
        self.log.visited = self.ctx.now
        self.ctx.store.save(self.log)

    def _follow(self) -> bool:
        """Whether the head served is verified."""
        ctx, log = self.ctx, self.log
        heads = self._signed_heads() if self.sink is None else []
        served = self._served(self._least(heads))
        if served is None:
            return False
        note, target = served
        if not self._fits_kept(note, target):
            return False
        walk = Advance(ctx, log, target, note, self.sink, heads)
        if target.size > log.size and not walk.run():
            return False
        self._settle([head for head in heads if not self._agreed(head, walk)], target, note)
        log.verified = ctx.now
        ctx.store.save(log)
        return True

    def _least(self, heads: list[PendingHead]) -> int:
        """The size that a log must have reached, so far as is known here."""
        if self.log.given_up is not None or self.log.origin in self.ctx.postponed:
            return 0
        return max([self.log.size, *(head.size for head in heads)])

    def _agreed(self, head: PendingHead, walk: Advance) -> bool:
        """Take note of a head that the walk, or an earlier round, found right."""
        log = self.log
        known = log.head_note is not None and (head.size, head.root) == (
            log.head_size,
            log.head_root,
        )
        if not known and (head.state, head.index) not in walk.agreed:
            return False
        self._took(head)
        return True

    def _took(self, head: PendingHead) -> None:
        log = self.log
        if head.size >= log.head_size:
            log.head_size, log.head_root, log.head_note = head.size, head.root, head.note
        with self.ctx.store.change():
            self.ctx.store.save(log)
            self.ctx.store.drop_head(head)

    def _served(self, least: int) -> tuple[str, Checkpoint] | None:
        """The head as served; one smaller than `least` is asked for again, for a cache's sake."""
        served = self._ask()
        for _ in range(_AGAIN):
            if served is None or served[1].size >= least:
                break
            self.ctx.scheduler.sleep(self.ctx.options.patience)
            served = self._ask()
        return served

    def _ask(self) -> tuple[str, Checkpoint] | None:
        ctx, log = self.ctx, self.log
        try:
            data = ctx.logs.get(log.origin, "checkpoint")
        except Absent as error:
            if log.given_up is not None:
                return None  # Nothing is left of it.
            if log.note is None and ctx.store.newest_head(log.origin) is None:
                ctx.ledger.could_not(f"{log.origin} has no head yet: {error}")
                return None
            ctx.ledger.found(
                "missing",
                log.origin,
                f"The head of the log is not served: {error}",
                scope=self.scope,
                evidence={"kept.note": log.note or log.head_note, "key.txt": log.vkey},
            )
            return None
        kind, text = "malformed", "The head is not text."
        try:
            note = data.decode()
            return note, self._judge(note)
        except (FormatError, UnicodeDecodeError) as error:
            text = str(error)
        except SignatureError as error:
            kind, text = "wrong-key", str(error)
        ctx.ledger.found(
            kind,
            log.origin,
            text,
            scope=self.scope,
            evidence={"served.note": data, "kept.note": log.note, "key.txt": log.vkey},
        )
        return None

    def _judge(self, note: str) -> Checkpoint:
        """Signature, and for a state log the policy's witnesses."""
        checkpoint = open_checkpoint(note, VerifierKey.parse(self.log.vkey or ""))
        if checkpoint.origin != self.log.origin:
            raise SignatureError(f"It is the head of {checkpoint.origin}.")
        if self.sink is not None:
            scope = f"witness:{self.log.origin}"
            try:
                found = check_checkpoint(self.ctx.policy, note)
                self.ctx.ledger.passed(scope)
                for name in found.not_checked:
                    self.ctx.ledger.could_not(
                        f"The cosignature of {name} on {self.log.origin} could not be checked here."
                    )
            except NotCheckedError as error:
                self.ctx.ledger.could_not(str(error))
            except SignatureError as error:
                if error.code != "no-quorum":
                    raise
                self.ctx.ledger.found(
                    "unwitnessed",
                    self.log.origin,
                    str(error),
                    scope=scope,
                    evidence={
                        "served.note": note,
                        "key.txt": self.log.vkey,
                        "policy.txt": format_policy(self.ctx.policy),
                    },
                )
        return checkpoint

    def _fits_kept(self, note: str, target: Checkpoint) -> bool:
        """Whether the head is at least as new as the one kept and does not contradict it."""
        log = self.log
        if target.size > log.size:
            return True
        if target.size == log.size:
            if target.root == log.root:
                if log.note is None:
                    log.note = note
                return True
            self._fork(note, f"Two heads of size {log.size} have different roots.", log.size)
            return False
        if log.given_up is not None and log.size <= log.given_up:
            return leftover.check(self.ctx, log, note, target)
        if self.sink is not None and leftover.postpone(self.ctx, log.origin):
            return False
        if bundles.root_at(self.ctx, log, target.size) != target.root:
            self._fork(
                note,
                f"The head now served, of size {target.size}, does not lie within the history that "
                f"was signed up to size {log.size}.",
                target.size,
            )
            return False
        self.ctx.ledger.found(
            "rollback",
            log.origin,
            f"It served {log.size} entries before and serves {target.size} now.",
            scope=self.scope,
            evidence={"kept.note": log.note, "served.note": note, "key.txt": log.vkey},
        )
        return False

    def _fork(self, note: str, text: str, size: int) -> None:
        log = self.log
        self.ctx.ledger.found(
            "fork",
            log.origin,
            text,
            scope=f"fork:{log.origin}:{size}",
            evidence={"kept.note": log.note, "served.note": note, "key.txt": log.vkey}
            | (bundles.exhibit(self.ctx, log, size) if size != log.size else {}),
        )

    def _signed_heads(self) -> list[PendingHead]:
        """Heads in the state log signed by the log's key; the others are said and dropped."""
        ctx, log = self.ctx, self.log
        right: list[PendingHead] = []
        for head in ctx.store.heads(log.origin):
            kind, text = self._head_fault(head)
            if not kind:
                right.append(head)
                continue
            ctx.ledger.found(
                kind,
                log.origin,
                f"Entry {head.index} of {head.state} is a head of size {head.size} of this log. "
                f"{text}",
                scope=f"fact:{head.state}:{head.index}",
                index=None,
                evidence={"admitted.note": head.note, "key.txt": log.vkey},
            )
            ctx.store.drop_head(head)
        return right

    def _head_fault(self, head: PendingHead) -> tuple[str, str]:
        log = self.log
        if log.key_state == head.state and (log.key_index or 0) > head.index:
            return "no-key", f"The key comes only at entry {log.key_index}."
        try:
            open_checkpoint(head.note, VerifierKey.parse(log.vkey or ""))
        except SignatureError as error:
            return "wrong-key", str(error)
        except FormatError as error:
            return "malformed", str(error)
        return "", ""

    def _settle(self, heads: list[PendingHead], target: Checkpoint, note: str) -> None:
        """Heads of the state log against the verified history; what is beyond it is withheld."""
        ctx, log = self.ctx, self.log
        beyond = [head for head in heads if head.size > log.size]
        for head in heads:
            if head.size > log.size:
                continue
            if log.origin in ctx.left or bundles.root_at(ctx, log, head.size) == head.root:
                self._took(head)
            else:
                self._contradicts(head)
                ctx.store.drop_head(head)
        if beyond and log.given_up is not None:
            for head in beyond:
                ctx.store.drop_head(head)  # Its entries are lost, which is told already.
        elif beyond:
            ctx.ledger.found(
                "withheld",
                log.origin,
                f"The state log holds its head of size {beyond[-1].size} (entry "
                f"{beyond[-1].index} of {beyond[-1].state}), but the log serves {target.size} "
                "entries.",
                scope=self.scope,
                index=target.size,
                evidence={
                    "admitted.note": beyond[-1].note,
                    "served.note": note,
                    "key.txt": log.vkey,
                },
            )
        else:
            ctx.ledger.passed(self.scope)

    def _contradicts(self, head: PendingHead) -> None:
        self.ctx.ledger.found(
            "fork",
            self.log.origin,
            f"The head of size {head.size} in the state log (entry {head.index} of {head.state}) "
            f"is not a head of the history that the log serves and has signed up to size "
            f"{self.log.size}.",
            scope=f"fork:{self.log.origin}:{head.size}",
            evidence={
                "admitted.note": head.note,
                "served.note": self.log.note,
                "key.txt": self.log.vkey,
            }
            | bundles.exhibit(self.ctx, self.log, head.size),
        )

    def _recheck(self, before: int) -> None:
        """Read a share of the old bundles again, those with open findings first."""
        ctx, log = self.ctx, self.log
        if log.origin in ctx.left:
            leftover.recheck(ctx, log)
            return
        count, now = -(-before // TILE), -(-log.size // TILE)
        left = [(level, n) for level, n in ctx.store.suspects(log) if n << (8 * level) < now]
        wanted = {n for n in self._suspicious() if n < count}
        wanted |= {n << (8 * level) for level, n in left}
        some = min(ctx.options.recheck, count)
        wanted |= {(log.recheck + i) % count for i in range(some)}
        for n in sorted(wanted):
            ctx.progress(f"{log.origin}: reading bundle {n} again")
            with suppress(Stop):
                self._again(n)
        for level, n in left:
            ctx.store.compared(log, level, n)
        if count:
            log.recheck = (log.recheck + some) % count
            ctx.store.save(log)

    def _again(self, n: int) -> None:
        ctx, log = self.ctx, self.log
        for part in batched(bundles.recheck(ctx, log, n), AHEAD):
            ctx.documents_ahead(log, (entry for _, entry in part))
            for index, entry in part:
                record = ctx.document(log, index, entry)
                if self.sink is not None:
                    self.sink.see(log, Seen(index, entry, record))

    def _suspicious(self) -> set[int]:
        found: set[int] = set()
        for open_ in self.ctx.ledger.open_of(self.log.origin):
            what, _, rest = open_.scope.partition(":")
            tail = rest.rpartition(":")[2]
            if what == "bundle":
                found.add(int(tail))
            elif what == "doc":
                found.add(int(tail) // TILE)
            elif what == "tile":
                level, _, n = tail.partition("/")
                found.add(int(n) << (8 * int(level)))
        return found
