"""The state log replayed: which key each log has, and which heads it took, in which order."""

from audit.monitoring.advance import Seen
from audit.monitoring.context import Context
from audit.monitoring.model import LogState, PendingHead
from audit.monitoring.rules import kind_of
from trust.formats import b64, notes, times
from trust.formats.canon import Json, canonical
from trust.formats.checkpoints import Checkpoint
from trust.formats.entries import NoteEntry
from trust.formats.errors import FormatError


class Replay:
    """Takes the entries of a state log as they are read."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx

    def see(self, log: LogState, entry: Seen) -> None:
        """A key or a head; anything else the rules have already named."""
        if isinstance(entry.parsed, NoteEntry):
            self._head(log, entry.index, entry.parsed)
        elif entry.record is not None and entry.record.get("kind") == "log-key":
            self._key(log, entry.index, entry.record)
        elif entry.record is not None and entry.record.get("kind") == "abandonment":
            self._given_up(log, entry.index, entry.record)

    def _key(self, state: LogState, index: int, record: dict[str, Json]) -> None:
        origin, vkey = str(record["origin"]), str(record["vkey"])
        start, end = record["valid_from"], record["valid_to"]
        try:
            key = notes.VerifierKey.parse(vkey)
            if key.name != origin or key.type != notes.ED25519:
                raise FormatError(f"The key is named {key.name}, but it is to be that of {origin}.")
        except FormatError as error:
            self._fact("bad-document", state, index, str(error), {"key.txt": vkey})
            return
        log = self.ctx.store.know(origin, kind_of(origin))
        if log.vkey is None:
            log.vkey, log.key_state, log.key_index = vkey, state.origin, index
            log.valid_from = times.parse_time(str(start))
            log.valid_to = None if end is None else times.parse_time(str(end))
            self.ctx.store.save(log)
        elif log.vkey == vkey and log.valid_from == times.parse_time(str(start)):
            if end is not None:
                log.valid_to = times.parse_time(str(end))
                self.ctx.store.save(log)
        else:
            self._fact(
                "key-changed",
                state,
                index,
                f"{origin} already had another key or validity.",
                {
                    "key-first.txt": log.vkey,
                    "key-second.txt": vkey,
                    "document.json": canonical(record),
                },
            )

    def _head(self, state: LogState, index: int, entry: NoteEntry) -> None:
        head = entry.checkpoint
        if kind_of(head.origin) == "state":
            if index != 0:
                text = "A head of a state log may only be the first entry of the next year's."
                self._fact("wrong-kind", state, index, text, {})
            return
        note = notes.format_note(entry.note)
        log = self.ctx.store.know(head.origin, kind_of(head.origin))
        if self._ended(log, head):
            text = f"It took a head of {head.origin} after that log had ended."
            self._fact("after-close", state, index, text, {"admitted.note": note})
        newest = self.ctx.store.newest_head(head.origin)
        if newest is not None and newest[0] >= head.size:
            size, root, other = newest
            evidence: dict[str, bytes | str | None] = {
                "first.note": other,
                "second.note": note,
                "key.txt": log.vkey,
            }
            if size > head.size:
                text = f"It took a head of size {head.size} of {head.origin} after one of {size}."
                self._fact("heads-back", state, index, text, evidence)
            elif root != head.root:
                self.ctx.ledger.found(
                    "fork",
                    head.origin,
                    f"The state log holds two heads of size {size} with different roots (the "
                    f"second is entry {index} of {state.origin}).",
                    scope=f"fork:{head.origin}:{size}",
                    evidence=evidence,
                )
                return
        self.ctx.store.add_head(
            PendingHead(state.origin, index, head.origin, head.size, head.root, note)
        )

    def _ended(self, log: LogState, head: Checkpoint) -> bool:
        """Whether a head comes after the end of its log. The very last head may come twice: a state
        log given up had taken it under a head of its own that is lost."""
        newest = self.ctx.store.newest_head(log.origin)
        last = newest is not None and newest[:2] == (head.size, head.root)
        return log.given_up is not None or (log.valid_to is not None and not last)

    def _given_up(self, state: LogState, index: int, record: dict[str, Json]) -> None:
        origin, size, kept = str(record["origin"]), record["size"], record["kept"]
        assert isinstance(size, int) and isinstance(kept, int)
        log = self.ctx.store.know(origin, kind_of(origin))
        if log.given_up is not None:
            return
        log.given_up = size
        self.ctx.store.save(log)
        goes_on = record["successor"]
        self.ctx.ledger.found(
            "abandoned",
            origin,
            f"Entry {index} of {state.origin} gives the log up: of {size} entries {kept} are left"
            + (f"; it goes on in {goes_on}. " if goes_on else ". ")
            + f"The reason given: {record['reason']}",
            scope=f"fact:{state.origin}:{index}",
            index=None,
            evidence={
                "kept.note": log.note,
                "document.json": canonical(record),
                "key.txt": log.vkey,
            },
        )
        newest = self.ctx.store.newest_head(origin)
        known = [(log.size, log.root, log.note), *([newest] if newest else [])]
        for seen, root, note in known:
            if seen > size or (seen == size and b64.encode(root) != record["root"]):
                self.ctx.ledger.found(
                    "fork",
                    origin,
                    f"The state log gives it up at size {size}, but the log signed another head, "
                    f"of size {seen}.",
                    scope=f"fork:{origin}:{seen}",
                    evidence={
                        "kept.note": note,
                        "document.json": canonical(record),
                        "key.txt": log.vkey,
                    },
                )

    def _fact(
        self,
        kind: str,
        state: LogState,
        index: int,
        text: str,
        evidence: dict[str, bytes | str | None],
    ) -> None:
        self.ctx.ledger.found(
            kind,
            state.origin,
            text,
            scope=f"fact:{state.origin}:{index}",
            index=index,
            evidence=evidence,
        )
