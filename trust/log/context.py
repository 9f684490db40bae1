"""The context: what every verb of the log that owns its transactions takes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from trust.database import Database
from trust.log.errors import SignerError
from trust.log.model import Unsigned
from trust.settings import Settings


class Signer(Protocol):
    """What the log needs of a signer."""

    def host(self) -> str: ...
    def vkey(self, origin: str) -> str: ...
    def vkeys(self, origins: Sequence[str]) -> list[str]: ...
    def last(self, origin: str) -> tuple[int, bytes]: ...
    def heads(self) -> list[tuple[str, int, bytes]]: ...
    def ending(self) -> list[str]: ...
    def sign(self, heads: Sequence[Unsigned]) -> list[bytes | SignerError]: ...
    def second_vkey(self, origin: str) -> str: ...
    def second_line(self, origin: str, size: int) -> bytes: ...
    def close(self) -> None: ...


@dataclass
class Context:
    """Settings, database, signer, host label and clock (UTC seconds) of one process."""

    settings: Settings
    db: Database
    signer: Signer
    host: str
    clock: Callable[[], int] = field(default=lambda: int(time.time()))
