"""What the lists of kinds share: the type `Kind`, how one is made, and members many kinds have."""

from dataclasses import dataclass, field
from typing import Literal

from trust.formats import fields as f
from trust.formats import logkinds
from trust.formats.fields import Field

Disclosure = Literal["nothing", "record", "all"]
"""What is shown of a private entry: nothing, its record, or its second payload too."""

Erasable = Literal["record", "detail", "renewed", "nothing"]
"""What may be erased of a private entry: the record (with its second payload), the second payload
alone, the record once a newer version of the kind says the same of the same key, or nothing."""

YEARLY = "yearly"
"""In place of a log: every kind of log that is continued from year to year."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One version of a kind of record: its members, where it stands, whether everybody may read it.

    A *public* kind has a document that is served to everybody; of a *private* one only a salted
    commitment is public. `log` is the kind of log in which it stands; kinds that are only signed,
    or only hashed beside another record, have log None. `shown` is the most that a package, page
    or proof opens of it for anybody but whom it is about: with the roll of a meeting, more would
    tell who voted how. `erasable` is the most that the log erases of it from now on: rows that
    decide something are made of the rest. What was erased before stays erased.
    """

    name: str
    version: int
    log: str | None
    public: bool
    fields: tuple[Field, ...]
    meaning: str
    shown: Disclosure = "all"
    erasable: Erasable = "record"
    check: f.Check = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make the check of its members, once."""
        object.__setattr__(self, "check", f.struct(*self.fields))

    def stands_in(self, log: str) -> bool:
        """Whether entries of this kind may stand in a log of that kind."""
        kind = logkinds.KINDS.get(log)
        return self.log == log or (self.log == YEARLY and kind is not None and kind.yearly)


def kind(
    name: str,
    log: str | None,
    public: bool,
    meaning: str,
    *members: Field,
    version: int = 1,
    shown: Disclosure = "all",
    erasable: Erasable = "record",
) -> Kind:
    """A kind with its own members behind the two that every record has."""
    fixed = (
        Field("kind", f.one_of(name), "the kind's name"),
        Field("v", f.integer(version, version), "version of the kind"),
    )
    return Kind(name, version, log, public, fixed + members, meaning, shown, erasable)


SOCIETY = Field("society", f.slug, "slug of the society")
YEAR = Field("book_year", f.book_year, "financial year of the books")
DETAIL = Field("detail", f.nullable(f.base64_of(32)), "commitment of the second payload")
MEETING = Field("meeting", f.text(200), "origin of the meeting's log")
RESOLUTION = Field("resolution", f.hex_digest, "SHA-256 of the resolution document")
SIGNATURES = Field("signatures", f.SIGNATURES, "signatures, section 5 of formats.md")
KEY = Field("key", f.base64_of(32), "Ed25519 public key")
STAFF = Field("officers", f.items(f.text(80), 2), "accounts of the officers who did it")

BOOK_HEAD = (
    Field("book_origin", f.text(200), "the society's book log at that moment"),
    Field("book_size", f.count, "its entries"),
    Field("book_root", f.base64_of(32), "its root"),
)
"""Where the society's books stood: what follows there is counted from that entry on."""
