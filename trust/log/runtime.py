"""The runtime: a context with the services that run in one process."""

from collections.abc import Collection
from dataclasses import dataclass

from trust.groupcommit import GroupCommit
from trust.log.context import Context
from trust.log.model import Head
from trust.log.publish import publication
from trust.log.publish.publisher import Publisher
from trust.log.witnesses.witnessing import Witnessing


@dataclass
class Runtime(Context):
    """What the composition root makes once; each service starts its thread when first needed."""

    def __post_init__(self) -> None:
        self.commits = GroupCommit(self.db)
        self.witnessing = Witnessing(self)
        self.publisher = Publisher(self.db, self.publish)

    def publish(self, origins: Collection[str]) -> dict[str, Head]:
        """`trust.log.publish.publication.publish` with the witnesses of this process."""
        return publication.publish(self, origins, self.witnessing)

    def close(self) -> None:
        """End what is under way, in the order in which one rests on the next."""
        self.commits.close()
        self.publisher.close()
        self.witnessing.close()
        self.signer.close()
        self.db.dispose()
