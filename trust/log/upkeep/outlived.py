"""A mirror that holds more of a log than the database, because that log was given up.

What it holds is public and signed, and the abandonment says that the database has lost it. So the
mirror is left as it is, once it is shown that its head continues ours and is no larger than the one
at which the log was given up; `sakshi recover --from` it brings the entries back.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from sqlalchemy import Connection

from trust.formats import b64, merkle, notes
from trust.formats.checkpoints import Checkpoint, open_checkpoint
from trust.formats.errors import SakshiError
from trust.formats.tiles import TileReader, TileRef
from trust.log import givenup, queries, sealed
from trust.log.errors import MirrorError
from trust.log.upkeep.goals import Goal
from trust.log.upkeep.targets import Target


def longer(conn: Connection, to: Target, wanted: Sequence[Goal]) -> dict[str, Goal]:
    """The logs given up of which a mirror holds more, by origin, as it holds them.

    Raises MirrorError when what it holds contradicts the abandonment or the head we have.
    """
    found, known = {}, {goal.origin: goal for goal in wanted}
    for origin in sorted(givenup.names(conn)):
        goal = known.get(origin) or _nothing(conn, origin)
        if not goal.vkey:
            continue
        note = to.read(f"{goal.origin}/checkpoint")
        head = None if note is None else _opened(to, goal, note)
        if note is not None and head is not None and head.size > goal.size:
            _check(conn, to, goal, head)
            found[goal.origin] = replace(goal, size=head.size, root=head.root, note=note)
    return found


def _nothing(conn: Connection, origin: str) -> Goal:
    """A log of which nothing is left but its name and key."""
    info = queries.info(conn, origin)
    return Goal(origin, info.vkey or "", 0, merkle.EMPTY_ROOT, b"", info.kind == "state")


def _opened(to: Target, goal: Goal, note: bytes) -> Checkpoint:
    try:
        return open_checkpoint(note, notes.VerifierKey.parse(goal.vkey))
    except SakshiError as error:
        place = f"{to.name}/{goal.origin}/checkpoint"
        raise MirrorError(f"{place} is not this log's: {error}") from None


def _check(conn: Connection, to: Target, goal: Goal, head: Checkpoint) -> None:
    said = sealed.abandonment(conn, goal.origin)
    assert said is not None, "asked of a log that was given up"
    size, root = cast(int, said[1]["size"]), b64.decode(str(said[1]["root"]))
    place = f"{to.name}/{goal.origin}"
    if head.size > size or (head.size == size and head.root != root):
        raise MirrorError(
            f"{place}/checkpoint is a signed head of size {head.size}, but the log was given up at "
            f"size {size}: both are signed. Keep the mirror as evidence and find out how."
        )

    def get(ref: TileRef) -> bytes:
        data = to.read(f"{goal.origin}/{ref.path}")
        if data is None:
            raise MirrorError(f"{place} lacks {ref.path}.")
        return data

    reader = TileReader(head.size, get)
    sizes = {head.size: head.root} | ({goal.size: goal.root} if goal.size else {})
    if any(merkle.root_from_nodes(n, reader.node) != root for n, root in sizes.items()):
        raise MirrorError(
            f"What {place} holds does not continue the head of size {goal.size} in the database. "
            "Nothing was written. Keep the mirror as evidence and find out how."
        )
