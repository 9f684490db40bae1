"""How far an import is, told to whoever asked for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Stage = Literal["waiting", "reading", "comparing", "staging", "sealing"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is in one of its stages.

    Attributes:
        stage: ``waiting`` is for another import of the society, which is finished first.
        done, total: bytes while reading, entries otherwise.
    """

    stage: Stage
    done: int
    total: int


Tell = Callable[[Progress], None]
"""Called some times a second at most; what it raises ends the import."""


def untold(_: Progress) -> None:
    """Nobody asked."""
