"""What is announced but does not come: entries without a head, heads without the state log."""

import json
from collections.abc import Iterator
from urllib.parse import quote

from audit.monitoring.context import Context
from audit.monitoring.model import LogState
from audit.monitoring.rules import PLAIN, kind_of
from audit.monitoring.wire import LARGE, Absent, Unreachable

_PAGES, _PAGE = 1000, 500
_MOST = 1 << 63
"""Numbers from here on cannot be remembered in the state file."""


def check(ctx: Context, *, complete: bool) -> None:
    """Compare what the server announces with what was verified.

    Args:
        complete: every state log was followed to its head in this round; else nothing can be said
            of what the state log does not hold.
    """
    if not complete:
        return
    for log in ctx.store.logs():
        # A log given up takes no step any more; what it lacks is told by `abandoned`.
        if log.kind not in ("state", PLAIN) and log.size and log.given_up is None:
            _admission(ctx, log)
    for origin, announced in _announced(ctx):
        if ctx.chosen(origin):
            _publication(ctx, origin, announced)


def _admission(ctx: Context, log: LogState) -> None:
    """A head that the log serves must come into the state log."""
    origin, size, admitted = log.origin, log.size, log.head_size
    target = ctx.store.awaited(origin, "admission")
    if target is not None and admitted >= target:
        ctx.store.came(origin, "admission")
        ctx.ledger.passed(f"admission:{origin}")
        target = None
    if admitted >= size:
        return
    waited = ctx.store.wait(origin, "admission", size, ctx.now)
    if waited >= ctx.options.stall:
        ctx.ledger.found(
            "stalled",
            origin,
            f"The log has a head of size {target or size}, but for {_span(waited)} the newest one "
            f"in the state log has been that of size {admitted}.",
            scope=f"admission:{origin}",
            index=admitted,
            evidence={"served.note": log.note, "admitted.note": log.head_note, "key.txt": log.vkey},
        )


def _publication(ctx: Context, origin: str, announced: int) -> None:
    log = ctx.store.log(origin)
    size = 0 if log is None else log.size
    if log is None or log.vkey is None:
        _unseen(ctx, origin, announced)
        return
    ctx.store.came(origin, "seen")
    ctx.ledger.passed(f"unseen:{origin}")
    target = ctx.store.awaited(origin, "publication")
    if target is not None and size >= target:
        ctx.store.came(origin, "publication")
        ctx.ledger.passed(f"stall:{origin}")
        target = None
    if size >= announced:
        return
    waited = ctx.store.wait(origin, "publication", announced, ctx.now)
    if waited >= ctx.options.stall:
        ctx.ledger.found(
            "stalled",
            origin,
            f"{target or announced} entries have been announced for {_span(waited)}; the newest "
            f"head verified covers {size}.",
            scope=f"stall:{origin}",
            index=size,
            evidence={"kept.note": log.note, "key.txt": log.vkey},
        )


def _unseen(ctx: Context, origin: str, announced: int) -> None:
    """A log that answers but that no state log holds."""
    if not announced or kind_of(origin) == "state":
        return
    waited = ctx.store.wait(origin, "seen", announced, ctx.now)
    if waited < ctx.options.stall:
        if origin in _asked(ctx):
            ctx.ledger.could_not(
                f"{origin} is not in the state log yet, so its key is not known; it has been "
                f"awaited for {_span(waited)}."
            )
        return
    try:
        note = ctx.logs.get(origin, "checkpoint")
    except Absent:
        note = b""
    ctx.ledger.found(
        "unseen",
        origin,
        f"It answers with {announced} entries, but for {_span(waited)} the state log has held "
        "neither its key nor a head of it.",
        scope=f"unseen:{origin}",
        evidence={"served.note": note},
    )


def _announced(ctx: Context) -> Iterator[tuple[str, int]]:
    """Logs and numbers of entries that the server speaks of; a mirror speaks of none."""
    wanted = _asked(ctx)
    for origin, size in _listed(ctx):
        wanted.discard(origin)
        yield origin, size
    for origin in sorted(wanted):
        log = ctx.store.log(origin)
        if log is not None and log.vkey is not None:
            yield origin, log.size
            continue
        try:
            yield origin, _size(ctx.logs.get(origin, "checkpoint"))
        except Absent:
            ctx.ledger.could_not(f"{origin} is neither in the state log nor served.")


def _asked(ctx: Context) -> set[str]:
    """Logs the caller named."""
    return {*ctx.options.watch, *(name for name in ctx.options.only if kind_of(name) != PLAIN)}


def _listed(ctx: Context) -> Iterator[tuple[str, int]]:
    """The server's list of logs, or the file that a mirror keeps of its own."""
    try:
        yield from _mirrored(ctx.logs.site.get("origins", LARGE))
        return
    except Absent:
        pass
    except Unreachable as error:
        ctx.ledger.could_not(f"The list of logs could not be read: {error}")
        return
    after = ""
    for _ in range(_PAGES):
        try:
            page = json.loads(
                ctx.logs.site.get(f"api/v1/logs?limit={_PAGE}&after={quote(after, safe='')}", LARGE)
            )
            items, before, after = page["items"], after, page["next"]
            rows = [_announcement(item["origin"], item["sequenced"]) for item in items]
        except Absent:
            return
        except Unreachable as error:
            ctx.ledger.could_not(f"The list of logs could not be read: {error}")
            return
        except (ValueError, KeyError, TypeError, RecursionError):
            ctx.ledger.could_not("The server's list of logs cannot be read.")
            return
        yield from rows
        if not isinstance(after, str):
            return
        if after <= before:
            ctx.ledger.could_not("The server's list of logs does not come to an end.")
            return


def _announcement(origin: object, size: object) -> tuple[str, int]:
    """A row of the list; raises ValueError for what nothing could be remembered or asked of."""
    # By type: 1e999 and true are numbers in JSON too. Surrogates are not printable.
    if type(size) is not int or not 0 <= size < _MOST:
        raise ValueError("no number of entries")
    if not isinstance(origin, str) or not origin.isprintable():
        raise ValueError("no log's name")
    return origin, size


def _mirrored(data: bytes) -> Iterator[tuple[str, int]]:
    for line in data.decode("utf-8", "replace").splitlines():
        origin, _, size = line.rpartition(" ")
        if origin.isprintable() and origin and size.isdecimal() and len(size) < 19:
            yield origin, int(size)


def _size(note: bytes) -> int:
    """The size a head states; nothing about it is believed."""
    lines = note.decode("utf-8", "replace").split("\n")
    return int(lines[1]) if len(lines) > 1 and lines[1].isdecimal() and len(lines[1]) < 19 else 0


def _span(seconds: int) -> str:
    if seconds >= 7200:
        return f"{seconds // 3600} hours"
    return f"{seconds // 60} minutes" if seconds >= 120 else f"{seconds} seconds"
