"""Types of the log: what is appended, what comes back, what a head is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from trust.formats.canon import Json
from trust.formats.places import Place


class WitnessStatus(StrEnum):
    """Whether the witnesses have seen a published head of the state log; the values are stored.

    `NOT_REQUIRED`: the rule of its day asks for no witness. `QUORUM_MET`: the outside quorum has
    cosigned. `QUORUM_PENDING`: the witnesses did not answer in time.
    """

    NOT_REQUIRED = "none"
    QUORUM_MET = "met"
    QUORUM_PENDING = "open"


@dataclass(frozen=True, slots=True)
class NewEntry:
    """One record to append. `key` is the idempotency key within the log: a second append with
    the same key returns the stored entry and changes nothing. `detail` is the second payload.
    `annex` is what the rows of the entry hold and no log seals (`trust.log.annex`)."""

    kind: str
    record: Mapping[str, Json]
    key: str
    detail: Mapping[str, Json] | None = None
    annex: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry where it was sealed, with what it says: what a projection makes its rows of.

    `origin` is the log and `log_id` its row; `time` is UTC seconds. `version` is that of the
    record. `record` is None if the payload is erased or lost (`version` is 0 then); `detail` is
    None if there is none, or if it is erased or lost. `document` is the record in canonical form.
    """

    log_id: int
    origin: str
    index: int
    time: int
    kind: str
    version: int
    key: str
    record: Mapping[str, Json] | None
    detail: Mapping[str, Json] | None
    document: bytes
    annex: Mapping[str, Json]

    @property
    def said(self) -> Mapping[str, Any]:
        """The record of an entry that has one; projections are given no others."""
        assert self.record is not None
        return self.record

    @property
    def at(self) -> Place:
        """Where and when it was sealed, without the rest."""
        return Place(self.origin, self.index, self.time)

    @property
    def place(self) -> dict[str, int]:
        """The key of a row of this entry: `log_id` and `idx`."""
        return {"log_id": self.log_id, "idx": self.index}


@dataclass(frozen=True, slots=True)
class Sequenced:
    """An entry that is durable at an index. Not yet a receipt: no head covers it yet."""

    origin: str
    index: int
    entry: bytes
    leaf: bytes
    time: int
    repeated: bool


@dataclass(frozen=True, slots=True)
class Position:
    """Where a log stood at a moment: `size` entries sequenced, and the RFC 6962 root over them."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """A released head: signed note over size and root. `covered` is true when a published head of
    the state log covers its admission; whether an entry under it is published is another question
    (`trust.log.witnesses.witness_status.published`)."""

    origin: str
    size: int
    root: bytes
    note: bytes
    signed_at: int
    covered: bool


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A head the signer is asked to sign: its proof of consistency begins at `old`, the size that
    was signed last as far as the caller knows; after the `last` head of an origin none follows."""

    origin: str
    old: int
    size: int
    root: bytes
    proof: tuple[bytes, ...] = ()
    last: bool = False


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One entry as it stands in a log."""

    origin: str
    index: int
    entry: bytes
    leaf: bytes
    kind: str
    time: int


@dataclass(frozen=True, slots=True)
class StoredOpening:
    """What the database holds to open a private entry; None if it was erased."""

    kind: str
    record: bytes | None
    salt: bytes | None
    detail: bytes | None
    detail_salt: bytes | None
    erased: bool


@dataclass(frozen=True, slots=True)
class LogInfo:
    """A log as listed: `next_index` entries sequenced, `size` of them integrated."""

    id: int
    origin: str
    kind: str
    subject: str
    vkey: str | None
    opened_at: int
    next_index: int
    size: int
    root: bytes = field(repr=False)
