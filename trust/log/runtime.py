"""The runtime: what the composition root makes once and every verb that owns transactions takes."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from trust.database import Database
from trust.groupcommit import GroupCommit
from trust.log.keys.signerclient import Signer
from trust.log.publish import publisher as publishing
from trust.log.witnesses import witnessing
from trust.settings import Settings


@dataclass
class Runtime:
    """Settings, database, signer, clock (UTC seconds) and host label of one process."""

    settings: Settings
    db: Database
    signer: Signer
    host: str
    clock: Callable[[], int] = field(default=lambda: int(time.time()))

    def __post_init__(self) -> None:
        self.commits = GroupCommit(self.db)
        self.publisher = publishing.Publisher(self)
        self.witnessing = witnessing.Witnessing(self)

    def close(self) -> None:
        """End what is under way, in the order in which one rests on the next."""
        self.commits.close()
        self.publisher.close()
        self.witnessing.close()
        self.signer.close()
        self.db.dispose()
