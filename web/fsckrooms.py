"""What the rooms say of their rows, put together for `sakshi fsck --rooms`; the rooms do not know
each other."""

from collections.abc import Callable, Iterator

from trust.database import Database
from trust.formats.errors import SakshiError
from trust.log.checks.fsckrows import Finding
from trust.log.checks.sealedrows import Check
from trust.log.replay import check as replayed
from trust.log.replay.subjects import Tally
from trust.people import fsck as people

ROOMS: dict[str, Check] = {"people": people.disagreements}


def check(
    db: Database, tally: Tally, progress: Callable[[str], None] = lambda _: None
) -> Iterator[Finding]:
    """Every row of every room that its sealed entry does not bear out, room by room."""
    with db.read() as conn:
        for name, room in ROOMS.items():
            progress(f"rows of {name}")
            try:
                yield from room(conn, tally)
            except (SakshiError, ValueError, TypeError, KeyError) as fault:
                # What was written by hand may not even be a date or JSON any more.
                words = f"a row cannot be read, so this room's check ends here: {fault}"
                yield Finding(name, None, "rows", words.rstrip("."))
    yield from replayed.check(db, tally, progress)
