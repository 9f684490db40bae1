"""The kinds of logs: how each is named, how it continues, and which entries it holds.

Code that treats kinds of logs alike reads `KINDS`. A new kind is a row here; if it has a package,
also its builder (`trust.log.package.common_members` and what the kind adds) and its checker
(`audit.verify.part.CHECKERS`).
"""

from dataclasses import dataclass

from trust.formats.entries import BeleniosEvent, Entry, NoteEntry


@dataclass(frozen=True, slots=True)
class LogKind:
    """One kind of log.

    Attributes:
        name: the part of an origin behind the host.
        named: whether an origin names a subject: a society, a meeting, an election.
        yearly: whether there is a log for each financial year, which continues the one before.
        heads: whether signed heads of other logs are its entries.
        events: whether Belenios events are its entries.
        package: what an audit package of such a log calls its kind; None if there is none.
    """

    name: str
    named: bool
    yearly: bool
    heads: bool = False
    events: bool = False
    package: str | None = None

    def takes(self, parsed: Entry | NoteEntry | BeleniosEvent, index: int) -> bool:
        """Whether an entry of this form may stand at that index.

        A signed head may be the first entry of any log: that of the log which it continues.
        """
        if isinstance(parsed, NoteEntry):
            return self.heads or index == 0
        return isinstance(parsed, Entry) or self.events


KINDS = {
    kind.name: kind
    for kind in (
        LogKind("coop", named=True, yearly=True, package="society"),
        LogKind("oversight", named=False, yearly=True),
        LogKind("meeting", named=True, yearly=False, package="meeting"),
        LogKind("election", named=True, yearly=False, events=True),
        LogKind("state", named=False, yearly=True, heads=True),
    )
}
"""Every kind of log by name; societies come first, because rows of other logs name them."""


def packages() -> dict[str, str]:
    """The kind of log of each kind of audit package."""
    return {kind.package: kind.name for kind in KINDS.values() if kind.package}
