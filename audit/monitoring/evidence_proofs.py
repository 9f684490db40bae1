"""Evidence that somebody else can follow without this monitor: proofs beside what was found.

An entry that breaks a rule is shown with its inclusion proof under a signed head, so that nobody
can say it was never there. Bytes that differ from what was signed for are shown with the hashes
that lead to the signed root: `hashes.bin`, the hash of each full bundle of 256 entries in order;
`last.bin`, the leaf hashes of the unfinished bundle at the head; `edge.bin`, those of the bundle in
which an earlier size lies. docs/monitoring.md has a program that checks them.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from audit.monitoring import bundles
from audit.monitoring.bundles import Bundle, Stop
from audit.monitoring.context import Context
from audit.monitoring.ledger import Evidence
from audit.monitoring.model import LogState
from audit.monitoring.wire import Absent, Unreachable
from trust.formats.errors import FormatError
from trust.formats.merkle import build_inclusion
from trust.formats.tiles import TILE, TileReader, TileRef
from trust.formats.tlogproof import TlogProof, format_tlog_proof

PROOF = "entry.tlog-proof"


def of_tiles(reader: TileReader, earlier: int = 0) -> Evidence:
    """Hashes from tiles that gave the signed root of their tree."""
    size = reader.size

    def row(n: int) -> bytes:
        return b"".join(reader.leaf(at) for at in range(n * TILE, min(size, (n + 1) * TILE)))

    made: dict[str, bytes | str | None] = {}
    with suppress(Absent, Unreachable, FormatError):
        made["hashes.bin"] = b"".join(reader.node(8, n) for n in range(size // TILE))
        for name, at in (("last.bin", size), ("edge.bin", earlier)):
            if at % TILE:
                made[name] = row(at // TILE)
    return made


def sealed(ctx: Context, log: LogState, index: int) -> Evidence:
    """An entry of the verified history with its proof; empty if it cannot be read again."""
    if index >= log.size or log.note is None:
        return {}
    try:
        bundle = bundles.reread(ctx, log, index // TILE)
        last = bundles.reread(ctx, log, log.size // TILE) if log.size % TILE else None
        reader = TileReader(log.size, _rows(ctx, log, bundle, last))
        path = build_inclusion(index, log.size, reader.node)
    except (Stop, Unreachable):
        return {}
    return {
        "entry.txt": bundle.entries[index % TILE],
        PROOF: format_tlog_proof(TlogProof(index, tuple(path), log.note)),
        "sealed-by.txt": log.vkey,
    }


def _rows(
    ctx: Context, log: LogState, bundle: Bundle, last: Bundle | None
) -> Callable[[TileRef], bytes]:
    """Tiles of the verified tree, as far as a proof needs them."""

    def fetch(ref: TileRef) -> bytes:
        if ref.level:
            first = ref.n * TILE
            return ctx.store.nodes(log, ref.level, first, first + ref.width)
        held = bundle if ref.n == bundle.n or last is None else last
        return b"".join(held.leaves)

    return fetch


def complete(ctx: Context, log: LogState) -> None:
    """Put the proof beside each finding about an entry, once a head that covers it is verified."""
    if log.origin in ctx.left:
        return  # The head that would cover it is of entries that nobody serves any more.
    for start in (f"fact:{log.origin}:", f"doc:{log.origin}:"):
        for found in ctx.ledger.open_under(start):
            folder, index = Path(found.evidence), found.scope.removeprefix(start)
            missing = found.evidence and folder.is_dir() and not (folder / PROOF).exists()
            if index.isdecimal() and missing:
                proof = sealed(ctx, log, int(index))
                # The proof last: where it lies, the rest does too.
                last = sorted(proof, key=lambda name: name == PROOF)
                ctx.ledger.add(found, {name: proof[name] for name in last})
