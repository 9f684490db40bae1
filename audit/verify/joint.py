"""One seam of a society's history: that a log begins with the last head of the one before it."""

from audit.verify.chain import Chain
from audit.verify.part import Part
from audit.verify.report import EntryRef, Report
from audit.verify.years import KEY_END
from trust.formats.commitments import Opening, open_commitment
from trust.formats.entries import Entry, NoteEntry
from trust.formats.errors import SakshiError


def closing_of(found: Chain) -> str | None:
    """The log that the last entry names as the next; None for a log that is not closed."""
    entry = found.parsed[-1]
    if not isinstance(entry, Entry) or entry.kind != "log-closed":
        return None
    document = found.members.get(f"doc/{entry.commitment.hex()}", b"")
    try:
        value = open_commitment("log-closed", entry.commitment, Opening(document, None))
    except SakshiError:
        return ""
    return str(value["next"])


def joins(before: Part, after: Part, seams: Report) -> bool:
    """Compare entry 0 of the later log with the last head of the earlier one."""
    old, first = before.found, after.found.parsed[0]
    assert isinstance(first, NoteEntry)
    head, size = first.checkpoint, len(old.entries)
    closing, last = closing_of(old), old.ref(size - 1)
    check = seams["continued"]
    if head.size < size:
        check.wrong(
            f"{after.found.origin} begins with the head of {head.size} entries of {old.origin}, "
            f"which has {size}: what came after was dropped, or the log was opened again.",
            entry=EntryRef(old.origin, head.size),
        )
    elif head.size > size and closing is not None:
        check.wrong(
            f"{old.origin} is closed with {size} entries, but {after.found.origin} continues a "
            f"version of {head.size}: the closed log was opened again.",
            entry=last,
        )
    elif head.size > size:
        seams["unbroken"].missing(
            f"{before.name} holds {size} entries of {old.origin}, but the log ended with "
            f"{head.size}: a newer package of it is needed.",
            entry=EntryRef(old.origin, size),
        )
    elif old.head is None or head.root != old.head.root:
        check.wrong(
            f"{after.found.origin} begins with another last head of {old.origin} than its package "
            "holds: one of the two histories is forged.",
            entry=after.found.ref(0),
        )
    elif closing is None and not after.found.given_up:
        seams["unbroken"].missing(
            f"{old.origin} is not closed, and nothing here shows that it was given up: whether it "
            f"ends where {after.found.origin} begins cannot be seen.",
            entry=last,
        )
    elif closing not in (None, after.found.origin):
        check.wrong(
            f"{old.origin} says that it goes on in {closing}, not in {after.found.origin}.",
            entry=last,
        )
    else:
        return _hands_on(before, after, closing is not None, seams)
    return False


def _hands_on(before: Part, after: Part, closed: bool, seams: Report) -> bool:
    """The end of the earlier log is that of the seam: its signature, times and keys fit as well."""
    old, check = before.found, seams["continued"]
    if (index := _dated_before(old, after.found)) is not None:
        check.wrong(
            f"Entry {index} of {after.found.origin} bears an earlier time than the closing entry "
            f"of {old.origin}: it was dated back into a log that had ended.",
            entry=after.found.ref(index),
        )
    elif _other_key(old, after.found):
        check.wrong(
            f"{after.name} shows another key of {old.origin} than {before.name}.",
            entry=after.found.ref(0),
        )
    elif after.found.entries[0] != old.members["log/checkpoint"]:
        check.wrong(
            f"Entry 0 of {after.found.origin} has the root of the last head of {old.origin}, but "
            "not its signature: it is not the head that this log signed.",
            entry=after.found.ref(0),
        )
    elif closed and f"{KEY_END}.tlog-proof" not in old.members:
        seams["unbroken"].missing(
            f"{old.origin} is closed and {after.found.origin} continues it, but {before.name} does "
            "not show that the state log has ended its key: a newer package of it is needed.",
            entry=old.ref(len(old.entries) - 1),
        )
    else:
        check.ok()
        return True
    return False


def _dated_before(old: Chain, new: Chain) -> int | None:
    """The first entry of the later log, if it is older than the last of the earlier one."""
    end = next((one.time for one in reversed(old.parsed) if isinstance(one, Entry)), 0)
    found = ((index, one) for index, one in enumerate(new.parsed) if isinstance(one, Entry))
    index, first = next(found, (0, None))
    return index if first is not None and first.time < end else None


def _other_key(old: Chain, new: Chain) -> bool:
    one, two = old.key, new.previous_key
    if one is None or two is None:
        return False
    return (one.key, one.valid_from) != (two.key, two.valid_from)
