"""What is left of a log that was given up: its beginning, up to the newest head with entries.

The log signed more than it can serve, and a state log says so. A monitor that saw more compares
what is left with what it kept; one that did not follows it like any other log.
"""

from contextlib import suppress

from audit.monitoring import bundles
from audit.monitoring.bundles import Stop
from audit.monitoring.context import Context
from audit.monitoring.model import LogState
from audit.monitoring.rules import later
from trust.formats.checkpoints import Checkpoint
from trust.formats.tiles import TILE


def postpone(ctx: Context, origin: str) -> bool:
    """Whether a later state log of the policy is to be read before this one, which serves less than
    it did, is accused; once a round."""
    if origin in ctx.postponed or not any(later(log.key.name, origin) for log in ctx.policy.logs):
        return False
    ctx.postponed.add(origin)
    return True


def check(ctx: Context, log: LogState, note: str, target: Checkpoint) -> bool:
    """Whether a smaller head of a log given up is the beginning of the history that was kept.

    What lies between the last head seen and this one, in a bundle that was never full, cannot be
    compared: that is reported once. Of a subject's log the full bundles are compared (`Visit`), and
    its heads with the state log's. Raises Stop or Unreachable.
    """
    ctx.left[log.origin] = target.size
    if log.kind != "state":
        return True
    n, last = target.size // TILE, list[bytes]()
    if target.size % TILE:
        last = bundles.fetch(ctx, log, n, target.size, note).leaves
    if bundles.kept_tree(ctx, log, target.size, last).root != target.root:
        _other(ctx, log, note, target)
        return False
    known = n * TILE
    for size, root, seen in ctx.store.seen(log.origin):
        if known <= size <= target.size:
            rest = last[: size - n * TILE]
            if bundles.kept_tree(ctx, log, size, rest).root != root:
                _fork(ctx, log, note, seen, size)
                return False
            known = size
    if known < target.size:
        ctx.ledger.could_not(
            f"{log.origin} was given up; that its entries {known} to {target.size - 1} are those "
            "that were served before cannot be shown: this monitor saw no head between. Compare it "
            "with another monitor's."
        )
        ctx.store.add_seen(log.origin, target.size, target.root, note, ctx.now)
    return True


def recheck(ctx: Context, log: LogState) -> None:
    """Read some of the full bundles that are left again; the tiles are those of a smaller tree."""
    count = ctx.left[log.origin] // TILE
    some = min(ctx.options.recheck, count)
    for n in {(log.recheck + i) % count for i in range(some)}:
        with suppress(Stop):
            bundles.reread(ctx, log, n)
    if count:
        log.recheck = (log.recheck + some) % count
        ctx.store.save(log)


def _other(ctx: Context, log: LogState, note: str, target: Checkpoint) -> None:
    ctx.ledger.found(
        "altered-entry",
        log.origin,
        f"It was given up, and the entries that are left do not give the root of its head of size "
        f"{target.size} together with those that were seen before.",
        scope=f"bundle:{log.origin}:{target.size // TILE}",
        index=target.size // TILE * TILE,
        evidence={"kept.note": log.note, "served.note": note, "key.txt": log.vkey},
    )


def _fork(ctx: Context, log: LogState, note: str, seen: str, size: int) -> None:
    ctx.ledger.found(
        "fork",
        log.origin,
        f"It was given up, and what is left of it does not continue the head of size {size} that "
        "was seen before: both are signed by the log.",
        scope=f"fork:{log.origin}:{size}",
        evidence={"kept.note": seen, "served.note": note, "key.txt": log.vkey},
    )
