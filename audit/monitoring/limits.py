"""Options of the sub-command `monitor` that seldom need another value."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from audit.monitoring.context import Options
from audit.monitoring.evidence import LIMIT
from audit.monitoring.monitor import CONNECTIONS
from audit.monitoring.store import ALL


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient and how thorough a monitor is."""

    stall: Annotated[
        int,
        Parameter(
            help="Seconds that announced entries may wait for a head, and a head for the state log."
        ),
    ] = Options.stall
    tolerance: Annotated[
        int, Parameter(help="Seconds that an entry's time may lie in the future.")
    ] = Options.tolerance
    backdate: Annotated[
        int, Parameter(help="Seconds that a new entry may be older than the last visit.")
    ] = Options.backdate
    recheck: Annotated[
        int,
        Parameter(help="Old bundles of 256 entries of each visited log to read again in a round."),
    ] = Options.recheck
    sweep: Annotated[int, Parameter(help="Logs without news to visit in each round.")] = (
        Options.sweep
    )
    watch: Annotated[
        tuple[str, ...],
        Parameter(help="A log that must be in the state log; may be given again.", negative=""),
    ] = ()
    rate: Annotated[float, Parameter(help="Requests in a second at most; 0 for no limit.")] = 50.0
    connections: Annotated[
        int, Parameter(help="Connections to the server at most; --rate is that of all together.")
    ] = CONNECTIONS
    full: Annotated[
        bool, Parameter(help="Read everything of every log again in each round.", negative="")
    ] = False
    timeout: Annotated[float, Parameter(help="Seconds to wait for each answer.")] = 20.0
    evidence_limit: Annotated[
        int, Parameter(help="Megabytes (2^20 bytes) of all evidence folders together.")
    ] = LIMIT >> 20

    def options(self) -> Options:
        """What the rounds need of it."""
        recheck, sweep = (ALL, ALL) if self.full else (self.recheck, self.sweep)
        return Options(
            self.tolerance,
            self.stall,
            self.backdate,
            recheck,
            sweep,
            watch=self.watch,
            evidence_limit=self.evidence_limit << 20,
        )


LIMITS = Limits()
"""As they are unless the command line says otherwise."""
