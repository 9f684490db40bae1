"""Rows of all rooms made again after a recovery, and the list of what nobody can make again.

The rooms do not know each other; societies come first, because other rows name them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from trust.database import Database
from trust.formats.canon import Json
from trust.formats.times import format_time
from trust.log.replay import rebuild as rebuilding
from trust.log.upkeep.remaking import Remade, Remake
from trust.people import remake as people

ROOMS: dict[str, Remake] = {"people": people.remake}
ADVICE = {
    "voucher": "have the society's file imported again",
    "loan": "have the loan register imported again",
    "enrolment": "enrol again; look first whether a key was to be revoked",
    "ballot": "a meeting that was not closed must be called again; a sealed result stands",
    "alert": "nothing: the engine judges again",
    "triage": "the officer notes again what was done",
    "roll": "a meeting that was not closed must be called again",
    "import-open": "nothing, unless its vouchers are lost: then have the file imported again",
    "governance-date": "nothing: the date itself stands",
    "officer-key": "bind the officer's key again",
    "register-opening": "two officers look at the register and seal it again",
    "admission": "look for the member in the register, or admit them again",
    "admission-change": "look at what the register says of the member; change it again",
    "admission-end": "note again that the member left",
    "roll-change": "a meeting that was not closed must be called again",
    "assistance": "nothing: the entry still counts how often a ballot was opened for a member",
}
"""What a person does about lost entries of a kind."""


@dataclass(frozen=True, slots=True)
class Work:
    """One thing that is lost: where it stands in the logs, and what of it is gone."""

    origin: str
    index: int
    kind: str
    time: int
    gone: str

    def as_json(self) -> dict[str, Json]:
        """The line of the report."""
        return {
            "log": self.origin,
            "index": self.index,
            "kind": self.kind,
            "time": format_time(self.time),
            "lost": self.gone,
        }


@dataclass(frozen=True, slots=True)
class Result:
    """How many recovered entries have their rows again, and everything that is lost."""

    made: int
    work: list[Work]


def remake(db: Database, progress: Callable[[str], None] = lambda _: None) -> Result:
    """Make again what can be, and list what cannot: lost payloads, and rows that stand in no log,
    in the order of the logs. May be asked at any time after a recovery."""
    rebuilding.rebuild(db, progress, wanted=rebuilding.recovered)
    found: list[Remade] = []
    with db.write() as conn:
        for name, room in ROOMS.items():
            progress(f"rows of {name}")
            found += room(conn)
        work = [Work(i.origin, i.index, i.kind, i.time, i.gone) for i in rebuilding.lost(conn)]
    work += [_work(item) for item in found if item.gone is not None]
    made = sum(item.gone is None for item in found)
    return Result(made, sorted(work, key=lambda item: (item.origin, item.index)))


def _work(item: Remade) -> Work:
    assert item.gone is not None
    return Work(item.origin, item.index, item.kind, item.time, item.gone)
