"""Findings of a monitor: recorded once, with evidence on disk, closed when a check passes again.

A finding is known by its kind and its *scope*, the words for what was checked (`head:<origin>`,
`bundle:<origin>:<n>`). The same check failing again is the same finding; passing closes it, unless
its kind endures (`findings.ENDURING`). The evidence is on disk before the finding is.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from audit.monitoring.evidence import LIMIT, EvidenceFolder
from audit.monitoring.findings import ENDURING, paragraph
from audit.monitoring.store import Store
from trust.formats.times import format_time

Evidence = Mapping[str, bytes | str | None]
"""Files by name; one that is None is left out."""

LEFT_OUT = (
    " What shows it was NOT kept: the evidence folder has reached its limit. Copy it to another "
    "place and make room, or give a larger --evidence-limit; if it is found again, it is kept then."
)
"""Follows the message of a finding whose evidence was not stored, for lack of room."""


@dataclass(frozen=True, slots=True)
class Found:
    """One finding. `told` is 0 before the hooks heard of it, 1 after, 2 when also its end.

    `evidence` is the path of a folder; empty if there was no room for it.
    """

    id: int
    kind: str
    origin: str
    index: int | None
    scope: str
    message: str
    evidence: str
    first: int
    last: int
    closed: int | None
    acknowledged: int
    told: int

    @property
    def paragraph(self) -> str:
        """What it means, what to keep, whom to tell."""
        return paragraph(self.kind, self.origin, self.index, self.message)

    def as_json(self) -> dict[str, object]:
        """The finding as it is reported."""
        return {
            "id": self.id,
            "kind": self.kind,
            "origin": self.origin,
            "index": self.index,
            "message": self.message,
            "explanation": self.paragraph,
            "evidence": self.evidence,
            "first": format_time(self.first),
            "last": format_time(self.last),
            "closed": None if self.closed is None else format_time(self.closed),
            "acknowledged": bool(self.acknowledged),
        }


LISTED = 50
"""Findings of one kind in one log that are listed; what is beyond is said once."""

_MORE = "more"

_FIELDS = (
    "SELECT id, kind, origin, idx, scope, message, evidence, first, last, closed, acknowledged,"
    " told FROM finding"
)


class Ledger:
    """The findings of one state file."""

    def __init__(self, store: Store, folder: Path, now: int, limit: int = LIMIT) -> None:
        self.store, self.now = store, now
        self._folder = EvidenceFolder(folder, limit)
        self.unchecked: list[str] = []
        self.news: list[int] = []

    def found(
        self,
        kind: str,
        origin: str,
        message: str,
        *,
        scope: str,
        index: int | None = None,
        evidence: Evidence | None = None,
    ) -> None:
        """Record what is wrong, with the bytes that show it."""
        row = self.store.db.execute(
            "SELECT id, closed, message FROM finding WHERE kind = ? AND scope = ?", (kind, scope)
        ).fetchone()
        if row is None and not scope.startswith(_MORE) and self._count(kind, origin) >= LISTED:
            self.found(
                kind,
                origin,
                f"And more of the same kind; the first {LISTED} are listed.",
                scope=f"{_MORE}:{kind}:{origin}",
            )
            return
        if row is not None and row[1] is None and not row[2].endswith(LEFT_OUT):
            with self.store.change():
                self.store.db.execute(
                    "UPDATE finding SET last = ?, message = ? WHERE id = ?",
                    (self.now, message, row[0]),
                )
            return
        folder = self._keep(kind, origin, index, message, evidence or {})
        kept, message = ("", message + LEFT_OUT) if folder is None else (str(folder), message)
        if row is not None and row[1] is None:
            with self.store.change():
                self.store.db.execute(
                    "UPDATE finding SET last = ?, message = ?, evidence = ? WHERE id = ?",
                    (self.now, message, kept, row[0]),
                )
            return
        with self.store.change():
            self.store.db.execute("DELETE FROM finding WHERE kind = ? AND scope = ?", (kind, scope))
            made = self.store.db.execute(
                "INSERT INTO finding (kind, origin, idx, scope, message, evidence, first, last)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (kind, origin, index, scope, message, kept, self.now, self.now),
            )
        self.store.flush()
        self.news.append(int(made.lastrowid or 0))

    def passed(self, scope: str) -> None:
        """A check went well: what it had found before is over."""
        rows = self.store.db.execute(
            "SELECT id, kind FROM finding WHERE scope = ? AND closed IS NULL", (scope,)
        ).fetchall()
        for number, kind in rows:
            if kind not in ENDURING:
                with self.store.change():
                    self.store.db.execute(
                        "UPDATE finding SET closed = ? WHERE id = ?", (self.now, number)
                    )

    def over(self, found: Found) -> None:
        """End one finding, whatever its kind: the caller knows that its cause is gone."""
        with self.store.change():
            self.store.db.execute(
                "UPDATE finding SET closed = ? WHERE id = ?", (self.now, found.id)
            )

    def reword(self, found: Found, message: str) -> None:
        """Say of an open finding what is known by now, here and in its folder.

        That there was no room for its evidence stays said.
        """
        message += LEFT_OUT if found.message.endswith(LEFT_OUT) else ""
        if message == found.message:
            return
        with self.store.change():
            self.store.db.execute(
                "UPDATE finding SET message = ? WHERE id = ?", (message, found.id)
            )
        folder = Path(found.evidence)
        if found.evidence and folder.is_dir():
            about = _about(found.kind, found.origin, found.index, message, found.first)
            self._folder.add(folder, about, endures=True)

    def whole(self, origin: str) -> None:
        """A visit of this log went through: "and more" ends if the list has room again."""
        for found in self.open_of(origin):
            more = found.scope == f"{_MORE}:{found.kind}:{origin}"
            if more and self._count(found.kind, origin) < LISTED:
                self.passed(found.scope)

    def _count(self, kind: str, origin: str) -> int:
        row = self.store.db.execute(
            "SELECT count(*) FROM finding WHERE kind = ? AND origin = ? AND closed IS NULL"
            " AND scope NOT LIKE 'more:%'",
            (kind, origin),
        ).fetchone()
        return int(row[0])

    def could_not(self, message: str) -> None:
        """Something could not be checked in this round."""
        if message not in self.unchecked:
            self.unchecked.append(message)

    def open(self) -> list[Found]:
        """Every finding that is not over."""
        return self._read("WHERE closed IS NULL ORDER BY id")

    def open_of(self, origin: str) -> list[Found]:
        """Every finding about one log that is not over."""
        return self._read("WHERE origin = ? AND closed IS NULL ORDER BY id", origin)

    def open_under(self, start: str) -> list[Found]:
        """Open findings whose scopes begin so."""
        return self._read(
            "WHERE scope >= ? AND scope < ? AND closed IS NULL ORDER BY id", start, f"{start}\x7f"
        )

    def open_scopes(self, start: str) -> list[str]:
        """Scopes of open findings that begin so."""
        return [found.scope for found in self.open_under(start)]

    def untold(self) -> list[Found]:
        """Findings that the hooks have not heard of, or whose end they have not heard of."""
        return self._read("WHERE told = 0 OR (told = 1 AND closed IS NOT NULL) ORDER BY id")

    def told(self, found: Found) -> None:
        """The hooks have heard."""
        with self.store.change():
            self.store.db.execute(
                "UPDATE finding SET told = ? WHERE id = ?",
                (2 if found.closed is not None else 1, found.id),
            )

    def acknowledge(self, number: int) -> bool:
        """Stop counting a finding for the exit code; it stays listed. False if there is none."""
        with self.store.change():
            done = self.store.db.execute(
                "UPDATE finding SET acknowledged = 1 WHERE id = ?", (number,)
            )
        return done.rowcount == 1

    def _read(self, where: str, *values: str) -> list[Found]:
        rows = self.store.db.execute(f"{_FIELDS} {where}", values).fetchall()
        return [Found(*row) for row in rows]

    def add(self, found: Found, evidence: Evidence) -> None:
        """Put more beside the evidence of a finding, in this order, if there is room for it."""
        files = _bytes(evidence)
        if files and found.evidence:
            self._folder.add(Path(found.evidence), files, endures=found.kind in ENDURING)

    def _keep(
        self, kind: str, origin: str, index: int | None, message: str, evidence: Evidence
    ) -> Path | None:
        """Write the evidence folder of a finding; None if there is no room for it."""
        stamp = re.sub(r"[^0-9TZ]", "", format_time(self.now))
        stem = f"{stamp}-{kind}-{re.sub(r'[^a-z0-9]+', '-', origin)}"[:160]
        files = _about(kind, origin, index, message, self.now) | _bytes(evidence)
        return self._folder.make(stem, files, endures=kind in ENDURING)


def _about(kind: str, origin: str, index: int | None, message: str, at: int) -> dict[str, bytes]:
    """The finding itself, for a person and for a program; `at` is when it was found."""
    about = {
        "kind": kind,
        "origin": origin,
        "index": index,
        "message": message,
        "time": format_time(at),
    }
    return {
        "README.txt": (paragraph(kind, origin, index, message) + "\n").encode(),
        "finding.json": json.dumps(about, ensure_ascii=False, indent=1).encode() + b"\n",
    }


def _bytes(evidence: Evidence) -> dict[str, bytes]:
    return {
        name: data.encode() if isinstance(data, str) else data
        for name, data in evidence.items()
        if data is not None
    }
