"""The place of a sealed entry, for packages that know neither the log's tables nor its types."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where and when something was sealed: origin of the log, index from 0, UTC seconds."""

    origin: str
    index: int
    time: int
