"""Entries that state a time in the future: one finding for each cause, not one for each entry.

Either the server's clock ran ahead (or somebody prepared entries to look timely later), or this
monitor's own clock is slow. The witnesses' cosignatures decide which, by the middle one of the
times they state; without any, the `Date` of the server's answers shows at least that two clocks
disagree. What rests on the server's clock was signed and stays open until it is acknowledged; what
rests on one's own ends by itself when the times have passed.

Later entries belong to a cause until it is acknowledged. After that only those do that state no
later time than its latest: times never go back within a log, so a clock that once ran ahead is
followed by entries with its last time. An entry beyond that is a new cause, and a new finding.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from audit.monitoring.ledger import Evidence, Found, Ledger
from audit.monitoring.model import LogState
from audit.monitoring.store import Store
from trust.formats.times import format_time

KIND = "future"
SERVER, OWN, DIFFER = "server", "own", "differ"
"""Whose clock was wrong; `differ`: two clocks disagree, and nobody says which is right."""
SHOWN = 5
"""Logs that a finding names, with their entries; the others are counted."""

_KEEP = (
    "INSERT INTO ahead (cause, origin, first, last, entries, until, lead)"
    " VALUES (?, ?, ?, ?, 1, ?, ?) ON CONFLICT (cause, origin) DO UPDATE SET last = excluded.last,"
    " entries = entries + 1, until = max(until, excluded.until), lead = max(lead, excluded.lead)"
    " WHERE excluded.last > last"
)
_ROWS = (
    "SELECT origin, first, last, entries, until, lead FROM ahead WHERE cause = ?"
    " ORDER BY entries DESC, origin"
)


class Row(NamedTuple):
    """The entries of one log: positions of the first and the last, how many, the latest time, and
    how far that was ahead of this clock when they were read (seconds)."""

    origin: str
    first: int
    last: int
    entries: int
    until: int
    lead: int


class Elsewhere(NamedTuple):
    """What time it is by somebody else: UTC seconds, who says so, and whether it is a witness."""

    time: int
    who: str
    witness: bool


@dataclass(slots=True)
class Clocks:
    """The entries of one round that state times in the future."""

    store: Store
    ledger: Ledger
    now: int
    tolerance: int
    _open: dict[str, tuple[bool, int]] | None = None
    _grown: set[str] = field(default_factory=set)

    def ahead(self, log: LogState, index: int, time: int, evidence: Evidence) -> None:
        """Record an entry that states a time in the future."""
        cause = self._cause(time) or f"fact:{log.origin}:{index}"
        row = (cause, log.origin, index, index, time, time - self.now)
        with self.store.change():
            self.store.db.execute(_KEEP, row)
        if cause not in self._known():
            text = f"It says {format_time(time)}, but now it is {format_time(self.now)}."
            self.ledger.found(KIND, log.origin, text, scope=cause, index=index, evidence=evidence)
        acknowledged, until = self._known().get(cause, (False, time))
        self._known()[cause] = acknowledged, max(until, time)
        self._grown.add(cause)

    def settle(
        self, seen: Sequence[tuple[int, str]], clock: Callable[[], int], site: int | None
    ) -> None:
        """Say of each cause whose clock was wrong, and end what is over.

        `seen` are the times that witnesses of the newest heads state (UTC seconds), with their
        names; `site` is the time by the server's answers (UTC seconds), None if they state none.
        """
        now = clock()
        told = _elsewhere(seen, site)
        for found in self._findings():
            rows = [Row(*row) for row in self.store.db.execute(_ROWS, (found.scope,))]
            if not rows:
                continue
            verdict = self._verdict(found.scope, rows, told, now)
            self.store.set_meta(f"clock:{found.scope}", verdict)
            self.ledger.reword(found, _words(rows, verdict, told, now))
            passed = now >= max(row.until for row in rows)
            if verdict != SERVER and passed and not self._slow(told, now):
                self.ledger.over(found)

    def _verdict(self, cause: str, rows: Sequence[Row], told: Elsewhere | None, now: int) -> str:
        before = self.store.meta(f"clock:{cause}")
        until, lead = max(row.until for row in rows), max(row.lead for row in rows)
        if before in (SERVER, OWN, DIFFER) and cause not in self._grown:
            # The clocks agree again, and the entries are still ahead: so this one was right.
            proven = told is not None and not self._slow(told, now)
            wrong = before == DIFFER and proven and until > now + self.tolerance
            return SERVER if wrong else before
        slow = 0 if told is None else told.time - now
        if told is None or before == SERVER or lead > slow + self.tolerance:
            return SERVER
        return OWN if told.witness or before == OWN else DIFFER

    def _slow(self, told: Elsewhere | None, now: int) -> bool:
        return told is not None and told.time - now > self.tolerance

    def _cause(self, time: int) -> str | None:
        """The open finding that an entry with this time belongs to."""
        for cause, (acknowledged, until) in self._known().items():
            if not acknowledged or time <= until:
                return cause
        return None

    def _known(self) -> dict[str, tuple[bool, int]]:
        """Open causes: whether somebody has acknowledged them, and their latest time."""
        if self._open is None:
            self._open = {}
            for found in self._findings():
                (until,) = self.store.db.execute(
                    "SELECT max(until) FROM ahead WHERE cause = ?", (found.scope,)
                ).fetchone()
                if until is not None:
                    self._open[found.scope] = bool(found.acknowledged), int(until)
        return self._open

    def _findings(self) -> list[Found]:
        return [found for found in self.ledger.open_under("fact:") if found.kind == KIND]


def _elsewhere(seen: Sequence[tuple[int, str]], site: int | None) -> Elsewhere | None:
    """The time by the witnesses that have seen the newest heads, else by the server."""
    if times := sorted(seen):
        time, name = times[(len(times) - 1) // 2]
        return Elsewhere(time, f"The witness {name}", True)
    return None if site is None else Elsewhere(site, "The server", False)


def _words(rows: Sequence[Row], verdict: str, told: Elsewhere | None, now: int) -> str:
    entries, until = sum(row.entries for row in rows), max(row.until for row in rows)
    places = [
        f"{row.origin} ({row.entries}, positions {row.first} to {row.last})" for row in rows[:SHOWN]
    ]
    more = f", and {len(rows) - SHOWN} more logs" if len(rows) > SHOWN else ""
    return (
        f"Entries that state times in the future: {entries}, by up to "
        f"{_span(max(row.lead for row in rows))} when they were read, the latest "
        f"{format_time(until)}. Logs: {', '.join(places)}{more}. {_whose(verdict, told, now)}"
    )


def _whose(verdict: str, told: Elsewhere | None, now: int) -> str:
    ends = "This finding ends when the times have passed and the clocks agree."
    if verdict == SERVER:
        return (
            "One cause: the server's clock ran ahead, or the entries were made to look timely "
            "later."
        )
    said = (
        f"{told.who} says that it is {format_time(told.time)}, and here it is {format_time(now)}."
        if told is not None
        else ""
    )
    if verdict == OWN:
        return f"One cause: this monitor's own clock is slow. {said} Put it right. {ends}"
    return (
        f"One cause: the server's clock and this monitor's disagree. {said} No witness says which "
        f"is right: look at this one first. {ends}"
    )


def _span(seconds: int) -> str:
    for length, word in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * length:
            return f"{seconds // length} {word}"
    return f"{seconds} seconds"
