"""Backups made in the minutes of a year turn: every order of closing, opening and publishing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.simulator.clock import ManualClock
from tests.simulator.signer import DirectSigner
from tests.trust.log.disasters import Disaster, found
from tests.trust.log.helpers import erased_before, fill, open_book, publish
from trust.formats.origins import year_bounds
from trust.log import boot, lineage, shards
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.errors import LogError
from trust.log.publish import publication
from trust.log.runtime import Runtime
from trust.log.upkeep import abandonment, backup, recovery
from trust.log.upkeep.mirror import mirror
from trust.log.upkeep.sources import FolderSource

pytestmark = pytest.mark.slow

MIDNIGHT = year_bounds("2026-27")[1]
STEPS = ("before", "closed", "waiting", "state-turned", "released", "published", "after")


@dataclass(slots=True)
class Turn:
    """A book and the state log on the night of 31 March, with a backup after each step."""

    rt: Runtime
    clock: ManualClock
    folder: Path
    old: str = ""
    new: str = ""
    made: list[Disaster] = field(default_factory=list)

    def run(self, until: str = STEPS[-1]) -> None:
        """Every step in order, up to and with the one named."""
        for name in STEPS[: STEPS.index(until) + 1]:
            getattr(self, name.replace("-", "_"))()
            backup.backup(self.rt.db, self.folder / f"{name}.backup")

    def before(self) -> None:
        """Entries of the old year, published."""
        self.clock.advance(MIDNIGHT - 600 - self.clock())
        self.old = open_book(self.rt)
        self.new = self.old.replace("2026-27", "2027-28")
        fill(self.rt, self.old, 0, 30)
        publish(self.rt, self.old)

    def closed(self) -> None:
        """Midnight: the book's shard has its last entry, the next is open without its first."""
        fill(self.rt, self.old, 30, 35)
        self.clock.advance(MIDNIGHT + 5 - self.clock())
        assert shards.turn_year(self.rt) == [self.new]

    def waiting(self) -> None:
        """Entries of the new year wait for its position 0; one of the old year is erased."""
        fill(self.rt, self.new, 35, 45)
        with self.rt.db.write() as conn:
            erased_before(conn, self.old, 3, now=self.rt.clock())

    def state_turned(self) -> None:
        """The state log is closed and the next one open; neither head is signed."""
        publication.ensure_state_key(self.rt)

    def released(self) -> None:
        """Both shards have signed heads; nobody else has seen them."""
        for origin in (self.old, self.new):
            self.rt.publish([origin])

    def published(self) -> None:
        """And more of the new year."""
        fill(self.rt, self.new, 45, 60)
        publish(self.rt, self.old, self.new)

    def after(self) -> None:
        """The first day of the new year."""
        self.clock.advance(3600)
        fill(self.rt, self.new, 60, 300)
        publish(self.rt, self.new)

    def disaster(self, step: str) -> Disaster:
        """The database is lost; the backup is the one made after this step."""
        lost = Disaster(
            self.rt, self.old, self.new, self.folder / f"{step}.backup", self.folder / "mirror", {}
        )
        self.made.append(lost)
        return lost


@pytest.fixture
def night(rt: Runtime, clock: ManualClock, tmp_path: Path) -> Iterator[Turn]:
    made = Turn(rt, clock, tmp_path)
    yield made
    for lost in made.made:
        lost.drop()


@pytest.mark.parametrize("step", STEPS[:-1])
def test_a_backup_of_any_moment_comes_back_whole(night: Turn, step: str) -> None:
    night.run()
    heads = {name: (size, root) for name, size, root in night.rt.signer.heads()}
    mirror(night.rt.db, night.folder / "mirror")
    lost = night.disaster(step)
    again = lost.restored()
    with again.db.read() as conn:
        held = {info.origin: info.next_index for info in log_queries.logs(conn)}
        assert recovery.missing(conn, again.signer)
    done = lost.recover(again)
    assert done.missing == [] and done.troubles == []
    assert found(again) == []
    with again.db.read() as conn:
        for origin, (size, root) in heads.items():
            info = log_queries.info(conn, origin)
            assert (info.size, info.root) == (size, root), origin
        assert lineage.is_closed(conn, log_queries.info(conn, night.old))
        gone = log_queries.opening(conn, night.old, 3)
        assert gone is not None and gone.erased and gone.record is None
    assert {name for name, _ in done.refilled} >= {n for n in heads if n not in held}
    fill(again, night.new, 400, 410)
    publish(again, night.new)
    assert found(again) == [] and mirror(again.db, night.folder / "mirror").written > 0
    boot.open_state(again.settings, again.db, signer=DirectSigner(again.settings.signer_home))
    again.close()


def test_opening_for_recovery_writes_nothing(night: Turn) -> None:
    """The clock says April: the year is not turned in a database that is behind its signer."""
    night.run()
    again = night.disaster("before").restored()
    with again.db.read() as conn:
        states = [info.next_index for info in log_queries.logs(conn, "state")]
        assert len(states) == 1
        state = log_queries.logs(conn, "state")[0]
        assert not lineage.is_closed(conn, state)
    again.close()


def test_a_mirror_from_before_midnight_gives_back_the_old_year(night: Turn) -> None:
    """What closed the old shard is lost: it is given up, and goes on where it did."""
    night.run("before")
    mirror(night.rt.db, night.folder / "mirror")
    rest: list[Callable[[], None]] = [getattr(night, n.replace("-", "_")) for n in STEPS[1:]]
    for step in rest:
        step()
    lost = night.disaster("before")
    again = lost.restored()
    done = lost.recover(again)
    states = [f"{night.rt.host}/state/{year}" for year in ("2026-27", "2027-28")]
    assert sorted(item.origin for item in done.missing) == sorted([night.old, night.new, *states])
    for first in (night.old, night.new, states[0]):
        with pytest.raises(LogError, match="state/2027-28: the state log has to say it"):
            abandonment.abandon(again, first, "the disk burnt")
    assert abandonment.abandon(again, states[1], "the disk burnt") == f"{states[1]}.2"
    assert abandonment.abandon(again, states[0], "the disk burnt") == states[1]
    assert abandonment.abandon(again, night.old, "the disk burnt") == night.new
    assert abandonment.abandon(again, night.new, "the disk burnt") == f"{night.new}.2"
    with again.db.read() as conn:
        assert recovery.missing(conn, again.signer) == []
    after = f"{night.new}.2"
    fill(again, after, 500, 510)
    publish(again, after)
    assert found(again) == []
    mirror(again.db, night.folder / "second")
    boot.open_state(again.settings, again.db, signer=DirectSigner(again.settings.signer_home))
    again.close()


def test_a_log_given_up_after_its_year_goes_on_in_this_year(night: Turn) -> None:
    """The book of a society that was not looked at in April: old, released further, no mirror."""
    night.run("before")
    mirror(night.rt.db, night.folder / "mirror")
    fill(night.rt, night.old, 30, 40)
    publish(night.rt, night.old)
    for path in (night.folder / "mirror").rglob("coop"):
        path.rename(path.with_name("gone"))
    mirror(night.rt.db, night.folder / "second")
    night.clock.advance(MIDNIGHT + 7200 - night.clock())
    lost = night.disaster("before")
    again = lost.restored()
    for path in (night.folder / "second").rglob("coop"):
        path.rename(path.with_name("gone"))
    recovery.recover(again, [FolderSource(night.folder / "second")])
    assert abandonment.abandon(again, night.old, "the disk burnt") == night.new
    with again.db.write() as conn:
        assert logs.append(conn, night.new, [], now=again.clock()) == []
        done = erased_before(conn, night.old, 4, now=again.clock())
    assert done.origin == night.new
    publish(again, night.new)
    assert found(again) == []
    again.close()
