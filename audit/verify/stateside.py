"""The state log's side of a package: which of its heads are right, and what they show."""

from collections.abc import Sequence
from itertools import pairwise

from audit.verify.chain import Chain
from audit.verify.links import (
    LogKey,
    Trust,
    check_key,
    check_state,
    contradicting,
    forked,
    say_witnesses,
    saying,
)
from audit.verify.report import Check, Report
from audit.verify.states import order
from trust.formats.checkpoints import Checkpoint
from trust.formats.errors import ProofError, SakshiError
from trust.formats.tlogproof import TlogProof, parse_tlog_proof


class StateSide:
    """The state log's side: which of its heads are right, and what they show."""

    def __init__(self, chain: Chain, trust: Trust | None, report: Report) -> None:
        self.chain, self.trust, self.report = chain, trust, report
        self.heads: dict[str, bool] = {}
        note = chain.take("state/checkpoint") or b""
        self.right(note.decode("utf-8", "replace"), "state/checkpoint")
        if chain.state_heads and chain.state_heads[0].origin != chain.state:
            report["package"].wrong(
                f"package.json names {chain.state}, but the state head is of "
                f"{chain.state_heads[0].origin}.",
                member="package.json",
            )

    def right(self, note: str, member: str) -> bool:
        """Whether this state head is signed and witnessed; said once for each head."""
        if note not in self.heads:
            self.heads[note] = self._judge(note, member)
        return self.heads[note]

    def _judge(self, note: str, member: str) -> bool:
        check = self.report["state-head"]
        if self.trust is None:
            return False
        try:
            found = check_state(self.trust.policy, note)
        except SakshiError as error:
            check.wrong(str(error), member=member)
            return False
        check.ok()
        self.chain.state_heads.append(found.checkpoint)
        self.report.facts.setdefault("state log", found.checkpoint.origin)
        self.report.facts.setdefault("state size", str(found.checkpoint.size))
        if not self.report["witnesses"].reached:
            say_witnesses(self.trust.policy, found, self.report["witnesses"])
        return True

    def say(self) -> None:
        """Name what stays open when more than one state head was shown, or none was right."""
        if not self.chain.state_heads:
            self.report["witnesses"].skip("No head of the state log is right here.")
        heads = [*self.chain.state_heads, *self.chain.other_heads]
        ends = [one.head for one in self.chain.closings]
        fork = contradicting([*heads, *ends])
        if fork is not None:
            self.report["state-head"].wrong(forked(fork))
        closed = {one.head.origin: one.head for one in self.chain.closings}
        for origin in dict.fromkeys(head.origin for head in heads):
            shown = {head for head in heads if head.origin == origin}
            end = closed.get(origin)
            shown |= set() if end is None else {end}
            if end is not None and any(head.size > end.size for head in shown):
                self.report["state-head"].wrong(
                    f"A head of {origin} is larger than the one it was closed with: the state log "
                    "was opened again."
                )
            elif (sizes := len({head.size for head in shown})) > 1:
                self.report["state-head"].skip(
                    f"{sizes} heads of the state log {origin} are enclosed; that one continues the "
                    "other is not shown by this package. A monitor shows it."
                )
        self._say_years(heads)

    def _say_years(self, heads: Sequence[Checkpoint]) -> None:
        """State logs under which heads stand, and that no closing entry ties together."""
        used = sorted({head.origin for head in heads}, key=order)
        after = {one.head.origin: one.next.name for one in self.chain.closings}
        for before, wanted in pairwise(used):
            at: str | None = before
            while at is not None and at != wanted:
                at = after.get(at)
            if at is None:
                self.report["state-logs"].skip(
                    f"That {wanted} continues {before} is not shown by this package; that both are "
                    "in the policy is all that is known of them."
                )

    def proof(self, name: str, check: Check) -> TlogProof | None:
        """A `.tlog-proof` file under a state head that is right."""
        data = self.chain.take(name)
        if data is None:
            check.missing(f"{name} is missing.", member=name)
            return None
        with saying(check, member=name):
            proof = parse_tlog_proof(data.decode("utf-8", "replace"))
            if self.right(proof.checkpoint, name):
                return proof
            if self.trust is not None:
                raise ProofError(f"{name} rests on a head of the state log that is not right.")
        return None

    def key(self) -> LogKey | None:
        """The log's key, held by the state log."""
        check = self.report["log-key"]
        proof = self.proof("state/key.tlog-proof", check)
        entry = self.chain.take("state/key-entry") or b""
        record = self.chain.take("state/key-record") or b""
        if proof is None:
            return None
        with saying(check, member="state/key.tlog-proof"):
            key = check_key(proof, entry, record)
            if key.origin != self.chain.origin:
                raise ProofError(
                    f"The key is that of {key.origin}, the package is about {self.chain.origin}."
                )
            check.ok()
            return key
        return None
