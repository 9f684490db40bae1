"""The guard: a small store of the last head released per origin, on the signer's own path.

It is never restored from a backup and never shared: a database put back to yesterday must not be
able to make the signer sign yesterday's size with another root (the rule is Sunlight's). A head
is durable here *before* its signature exists outside the signer.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from trust.formats import merkle
from trust.formats.errors import ProofError
from trust.formats.witness import OutOfStepError, ShrunkError, TreeHead, check_step
from trust.log.errors import SignerError, StaleHeadError
from trust.log.model import Unsigned


class Guard:
    """Compare-and-set over (origin → size, root)."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, timeout=30, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS head"
            " (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL)"
        )
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS closed (origin TEXT PRIMARY KEY, size INTEGER NOT NULL)"
        )
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS seeded (origin TEXT PRIMARY KEY, size INTEGER NOT NULL)"
        )
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS key"
            " (origin TEXT PRIMARY KEY, master INTEGER NOT NULL, vkey TEXT NOT NULL)"
        )

    def last(self, origin: str) -> tuple[int, bytes]:
        """The last head released for an origin; (0, empty root) if none ever was."""
        row = self._db.execute("SELECT size, root FROM head WHERE origin = ?", (origin,)).fetchone()
        return (int(row[0]), bytes(row[1])) if row else (0, merkle.EMPTY_ROOT)

    def __iter__(self) -> Iterator[tuple[str, int, bytes]]:
        """Every origin with the last head released for it."""
        rows = self._db.execute("SELECT origin, size, root FROM head ORDER BY origin")
        return iter([(str(origin), int(size), bytes(root)) for origin, size, root in rows])

    def key(self, origin: str) -> tuple[int, str] | None:
        """The master an origin's key comes from, and its verifier key if noted."""
        row = self._db.execute(
            "SELECT master, vkey FROM key WHERE origin = ?", (origin,)
        ).fetchone()
        return (int(row[0]), str(row[1])) if row else None

    def bind(self, keys: Iterable[tuple[str, int, str]]) -> None:
        """Note (origin, master, verifier key) for ever; what is noted already stays."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.executemany("INSERT OR IGNORE INTO key VALUES (?, ?, ?)", keys)
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def closed(self, origin: str) -> int | None:
        """The size at which an origin was closed; None while it is open."""
        row = self._db.execute("SELECT size FROM closed WHERE origin = ?", (origin,)).fetchone()
        return int(row[0]) if row else None

    def seed(self, heads: Sequence[Unsigned]) -> list[SignerError | None]:
        """`advance` in a guard that is made for a lost one: of each log that is not closed, only
        one larger head is ever released, that which closes it.

        Nobody can say what the lost guard had released after these heads. Whatever it was belongs
        to logs that end, and what follows is signed by other keys.
        """
        answers = self.advance(heads)
        still = [(head.origin, head.size) for head in heads if not head.last]
        self._db.executemany("INSERT INTO seeded (origin, size) VALUES (?, ?)", still)
        return answers

    def ending(self) -> list[str]:
        """The logs of a seed that are still open: no head of theirs is signed but the last."""
        rows = self._db.execute(
            "SELECT origin FROM seeded WHERE origin NOT IN (SELECT origin FROM closed)"
            " ORDER BY origin"
        )
        return [str(row[0]) for row in rows]

    def advance(self, heads: Sequence[Unsigned]) -> list[SignerError | None]:
        """Make each head the last of its origin if it is consistent with the one held.

        All in one transaction, durable when this returns; None stands for a head that is held now.
        A head that is `last` closes its origin: no larger one is ever released for it again. The
        others are refused, each by itself: StaleHeadError when `old` is not the size held (the
        caller rebuilds its proof), SignerError when the origin is closed, came with a seed and
        does not end with this head (`seeded`), or the new head is smaller or does not follow from
        the one held.
        """
        self._db.execute("BEGIN IMMEDIATE")
        try:
            answers = [self._advance(head) for head in heads]
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        return answers

    def _advance(self, new: Unsigned) -> SignerError | None:
        held, end = TreeHead(*self.last(new.origin)), self.closed(new.origin)
        try:
            _check(held, new)
            if end is not None and new.size != end:
                raise SignerError(
                    f"Refused: {new.origin} was closed at size {end}; its key signs no other head.",
                    code="closed-origin",
                )
            if new.size != held.size and not new.last and self._seeded(new.origin):
                raise SignerError(
                    f"Refused: the guard was rebuilt, and what was released of {new.origin} "
                    f"after size {held.size} is not known. Its key signs no other head than the "
                    'one that closes the log: `sakshi keys rotate-all --reason "…"` closes all '
                    "of them and goes on under new keys; a meeting is given up with `sakshi "
                    "recover --abandon` and called again.",
                    code="seeded",
                )
        except SignerError as refused:
            return refused
        if new.last and end is None:
            self._db.execute(
                "INSERT INTO closed (origin, size) VALUES (?, ?)", (new.origin, new.size)
            )
        if new.size != held.size:
            self._db.execute(
                "INSERT INTO head (origin, size, root) VALUES (?, ?, ?) ON CONFLICT (origin)"
                " DO UPDATE SET size = excluded.size, root = excluded.root",
                (new.origin, new.size, new.root),
            )
        return None

    def _seeded(self, origin: str) -> bool:
        query = "SELECT 1 FROM seeded WHERE origin = ?"
        return self._db.execute(query, (origin,)).fetchone() is not None

    def close(self) -> None:
        """Close the store."""
        self._db.close()


def _check(held: TreeHead, new: Unsigned) -> None:
    """The rule of a witness, in the words of a signer."""
    try:
        check_step(held, new.old, TreeHead(new.size, new.root), new.proof)
    except OutOfStepError:
        raise StaleHeadError(
            f"The guard holds size {held.size} of {new.origin}, not {new.old}.", held.size
        ) from None
    except ShrunkError:
        raise SignerError(
            f"Refused: a head of size {new.size} for {new.origin} is smaller than the released "
            f"{new.old}. The database was put back; recover the missing entries first."
        ) from None
    except ProofError as error:
        raise SignerError(
            f"Refused: the head of size {new.size} for {new.origin} does not contain the released "
            f"head of size {held.size} ({error}). Signing it would fork the log."
        ) from None
