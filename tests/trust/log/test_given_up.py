"""A state log that is given up: what came back is published again, what is lost is named, and a
kill, a second disaster, a second key and witnesses change nothing of that."""

import dataclasses
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.simulator.clock import ManualClock
from tests.simulator.signer import DirectSigner
from tests.trust.log import test_guard_lost as guard_lost
from tests.trust.log.disasters import Disaster, found
from tests.trust.log.helpers import fill, open_book, publish
from tests.trust.log.witnesses import honest
from trust import outbox
from trust.database import Database
from trust.formats.policy import parse_policy
from trust.formats.witnessed import check_checkpoint
from trust.log import boot, givenup, lineage, proofs
from trust.log import queries as log_queries
from trust.log.errors import MirrorError
from trust.log.keys.guard import Guard
from trust.log.publish import releasing
from trust.log.runtime import Runtime
from trust.log.tables import log_witness_fault
from trust.log.upkeep import abandonment, backup, recovery
from trust.log.upkeep.mirror import mirror
from trust.log.upkeep.sources import FolderSource, Source
from trust.log.witnesses import witness_status, witnesspolicy
from trust.settings import Settings

pytestmark = pytest.mark.slow

REASON = "the disk burnt"


def happened(rt: Runtime, folder: Path) -> Disaster:
    """A backup; then a book grows and is mirrored; then a second one is published and not."""
    book = open_book(rt)
    fill(rt, book, 0, 40)
    publish(rt, book)
    backup.backup(rt.db, folder / "saved")
    fill(rt, book, 40, 300)
    publish(rt, book)
    mirror(rt.db, folder / "mirror")
    later = open_book(rt, "tvm-102")
    fill(rt, later, 0, 12)
    publish(rt, later)
    mirror(rt.db, folder / "burnt")
    rt.db.dispose()
    return Disaster(rt, book, later, folder / "saved", folder / "mirror", {})


@pytest.fixture
def disaster(rt: Runtime, tmp_path: Path) -> Iterator[Disaster]:
    made = happened(rt, tmp_path)
    yield made
    made.drop()


def state_of(rt: Runtime) -> str:
    with rt.db.read() as conn:
        return lineage.current_state(conn, rt.host, rt.clock())


def give_up(rt: Runtime) -> list[str]:
    """Everything that is missing, in the order that `sakshi recover` prints."""
    done = list[str]()
    while True:
        with rt.db.read() as conn:
            missing = recovery.missing(conn, rt.signer)
        if not missing:
            return done
        states = [item.origin for item in missing if "/state/" in item.origin]
        origin = max(states, key=lineage.order) if states else missing[0].origin
        abandonment.abandon(rt, origin, REASON)
        done.append(origin)


def lost(rt: Runtime) -> dict[str, range]:
    with rt.db.read() as conn:
        return {one.origin: one.lost for one in givenup.Register().read(conn) if one.lost}


def check_whole(rt: Runtime, book: str, size: int) -> None:
    """The book is published to its end, nothing waits, and all that is stored agrees."""
    assert found(rt) == []
    with rt.db.read() as conn:
        head = witness_status.published(conn, book)
        assert head is not None and head.size == size
        proofs.sakshi_proof(conn, book, 7)
        for one in rt.signer.heads():
            assert log_queries.abandoned(conn, one[0]) or log_queries.exists(conn, one[0])


def test_what_came_back_is_published_and_mirrors_go_on(disaster: Disaster, tmp_path: Path) -> None:
    again = disaster.restored()
    state = state_of(again)
    short = disaster.recover(again)
    assert [item.origin for item in short.missing] == [state, disaster.later]
    held = (disaster.mirror / state / "checkpoint").read_bytes()
    with again.db.read() as conn:
        assert witness_status.checkpoint(conn, state) == held, "the head that the mirror brought"
    assert give_up(again) == [state, disaster.later]
    check_whole(again, disaster.book, 300)
    assert lost(again)[disaster.later] == range(12)
    assert mirror(again.db, disaster.mirror).logs > 0
    assert mirror(again.db, disaster.mirror, whole=True).logs > 0
    longer = (tmp_path / "burnt" / state / "checkpoint").read_bytes()
    mirror(again.db, tmp_path / "burnt", whole=True)
    assert (tmp_path / "burnt" / state / "checkpoint").read_bytes() == longer
    fill(again, disaster.book, 300, 310)
    publish(again, disaster.book)
    check_whole(again, disaster.book, 310)
    again.close()


def test_a_mirror_that_turns_up_late_brings_the_entries_back(
    disaster: Disaster, tmp_path: Path
) -> None:
    again = disaster.restored()
    disaster.recover(again)
    give_up(again)
    done = recovery.recover(again, [FolderSource(tmp_path / "burnt")])
    assert {origin for origin, _ in done.refilled} == {
        f"{again.host}/state/2026-27",
        disaster.later,
    }
    assert lost(again) == {} and found(again) == []
    with again.db.read() as conn:
        assert log_queries.abandoned(conn, disaster.later), "it stays given up"
        proofs.tlog_proof(conn, disaster.later, 3, 12, b"")
    mirror(again.db, tmp_path / "burnt", whole=True)
    again.close()


def test_a_longer_mirror_that_does_not_fit_is_refused(disaster: Disaster, tmp_path: Path) -> None:
    """The insider's way: entries come back altered in a mirror that nobody looks at."""
    again = disaster.restored()
    state = state_of(again)
    disaster.recover(again)
    give_up(again)
    (tile,) = (tmp_path / "burnt" / state / "tile" / "0").rglob("*.p/*")
    altered = bytearray(tile.read_bytes())
    altered[5] ^= 1
    tile.write_bytes(altered)
    with pytest.raises(MirrorError, match="does not continue"):
        mirror(again.db, tmp_path / "burnt")
    again.close()


def test_heads_whose_place_was_never_published_are_taken_again(
    rt: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The backup fell between the entry of a head in the state log and the state log's own head."""
    book = open_book(rt)
    fill(rt, book, 0, 40)
    publish(rt, book)
    fill(rt, book, 40, 50)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(releasing, "sign", killed_second(releasing.sign))
        publish(rt, book)
    backup.backup(rt.db, tmp_path / "b")
    publish(rt, book)
    fill(rt, book, 50, 60)
    publish(rt, book)
    rt.db.dispose()
    made = Disaster(rt, book, "", tmp_path / "b", tmp_path / "none", {})
    again = made.restored()
    state = state_of(again)
    assert give_up(again) == [state, book]
    fill(again, f"{book}.2", 60, 65)
    publish(again, f"{book}.2")
    assert found(again) == []
    with again.db.read() as conn:
        head = witness_status.published(conn, f"{book}.2")
        assert head is not None and head.size == 6
    assert lost(again)[book] == range(50, 60)
    again.close()
    made.drop()


def killed_second(real: Callable[..., Any]) -> Callable[..., Any]:
    """Dies when the state log's head is to be signed."""
    calls: list[int] = []

    def sign(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return real(*arguments)

    return sign


def test_a_second_disaster_with_the_same_old_backup(disaster: Disaster) -> None:
    again = disaster.restored()
    state = state_of(again)
    disaster.recover(again)
    give_up(again)
    mirror(again.db, disaster.mirror)
    again.close()
    second = disaster.restored("second")
    done = disaster.recover(second)
    assert done.missing == [] and done.troubles == []
    assert lost(second)[disaster.later] == range(12), "said by what came back"
    check_whole(second, disaster.book, 300)
    fill(second, disaster.book, 300, 320)
    publish(second, disaster.book)
    second.close()
    third = disaster.restored("third")
    disaster.recover(third)
    assert give_up(third) == [f"{state}.2", disaster.book]
    fill(third, f"{disaster.book}.2", 320, 330)
    publish(third, f"{disaster.book}.2")
    check_whole(third, f"{disaster.book}.2", 11)
    assert state_of(third) == f"{state}.3" and lost(third)[disaster.book] == range(300, 320)
    mirror(third.db, disaster.mirror, whole=True)
    third.close()
    for name in ("second", "third"):
        disaster.drop(name)


def test_a_state_log_pinned_by_two_keys(rt: Runtime, tmp_path: Path) -> None:
    rt.settings = dataclasses.replace(rt.settings, mldsa=True)
    made = happened(rt, tmp_path)
    again = made.restored()
    state = state_of(again)
    made.recover(again)
    give_up(again)
    fill(again, made.book, 300, 305)
    publish(again, made.book)
    check_whole(again, made.book, 305)
    with again.db.read() as conn:
        policy = parse_policy(proofs.policy_text(conn))
        assert len(policy.logs) == 4, "two keys of each state log"
        for name in (state, f"{state}.2"):
            served = witness_status.checkpoint(conn, name)
            assert served is not None and check_checkpoint(policy, served).checkpoint.size > 0
        text = proofs.policy_text(conn)
    mirror(again.db, made.mirror, whole=True)
    again.close()
    second = made.restored("second")
    assert made.recover(second).missing == []
    with second.db.read() as conn:
        assert proofs.policy_text(conn) == text, "the pins come back as well"
    check_whole(second, made.book, 305)
    second.close()
    made.drop()
    made.drop("second")


def test_witnesses_are_not_asked_about_a_log_that_was_given_up(rt: Runtime, tmp_path: Path) -> None:
    """They have seen more of it; its last head that is left keeps the cosignatures it had."""
    state = state_of(rt)
    keys = [rt.signer.vkey(name) for name in (state, f"{state}.2")]
    with ExitStack() as stack:
        lines = "".join(f"{key}\n" for key in keys)
        made = [stack.enter_context(honest(rt.clock, tmp_path / n, n, lines)) for n in "ab"]
        rule = tmp_path / "witness.policy"
        text = "".join(one.line() for one in made)
        rule.write_text(f"{text}group outside 2 a b\nquorum outside\n")
        rt.settings = dataclasses.replace(rt.settings, witness_policy=str(rule), witness_wait=5.0)
        with rt.db.write() as conn:
            witnesspolicy.adopt(conn, rt.settings, now=rt.clock())
        lost_ = happened(rt, tmp_path)
        again = lost_.restored()
        lost_.recover(again)
        give_up(again)
        check_whole(again, lost_.book, 300)
        with again.db.read() as conn:
            policy = parse_policy(proofs.policy_text(conn))
            for name in (state, f"{state}.2"):
                served = witness_status.checkpoint(conn, name)
                assert served is not None
                assert set(check_checkpoint(policy, served).witnesses) == {"a", "b"}, name
            faults = select(func.count()).select_from(log_witness_fault)
            assert conn.execute(faults).scalar() == 0
        again.close()
        lost_.drop()


class Killed(BaseException):
    """The process ends here."""


@dataclasses.dataclass(slots=True)
class Steps:
    """Commits and signatures, counted; the process ends before or after one of them."""

    kill_at: int
    reached: int = -1

    def step(self) -> None:
        self.reached += 1
        if self.reached == self.kill_at:
            raise Killed

    def watch(self, rt: Runtime) -> None:
        dialect: Any = rt.db.engine.dialect
        real_commit, real_sign = dialect.do_commit, rt.signer.sign

        def commit(connection: Any) -> None:
            self.step()
            real_commit(connection)
            self.step()

        def sign(heads: Any) -> Any:
            self.step()
            made = real_sign(heads)
            self.step()
            return made

        dialect.do_commit = commit
        rt.signer.sign = sign  # type: ignore[method-assign]


def opened(lost_: Disaster, settings: Settings) -> Runtime:
    """What a fresh process sees."""
    return boot.open_state(
        settings,
        Database(settings.database),
        clock=ManualClock(lost_.rt.clock() + 60),
        signer=DirectSigner(settings.signer_home),
        refuse_put_back=False,
    )


def killed_at(lost_: Disaster, at: int) -> bool:
    """Kill at a step of recovery and abandonment, begin again, and compare; False if there is no
    such step."""
    name = f"k{at}"
    home = lost_.rt.settings.signer_home
    settings = dataclasses.replace(
        lost_.put_back(name), signer_home=Path(shutil.copytree(home, home.with_name(f"s{at}")))
    )
    rt, steps = opened(lost_, settings), Steps(at)
    steps.watch(rt)
    try:
        lost_.recover(rt)
        give_up(rt)
    except Killed:
        pass
    rt.publisher.close()
    rt.witnessing.close()
    rt.db.dispose()
    rt = opened(lost_, settings)
    lost_.recover(rt)
    give_up(rt)
    check_whole(rt, lost_.book, 300)
    assert lost(rt)[lost_.later] == range(12), f"step {at}"
    guard = Guard(settings.signer_home / "guard.db")
    assert all(guard.closed(one) is not None for one in (lost_.later, f"{rt.host}/state/2026-27"))
    guard.close()
    rt.close()
    lost_.drop(name)
    return steps.reached >= at


def test_a_restart_publishes_what_a_kill_left(
    disaster: Disaster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed when the last log was given up and nothing was published: the outbox knows."""
    again = disaster.restored()
    # The mirror lost its state log: nothing says yet that the book's newest head was taken.
    shutil.rmtree(disaster.mirror / again.host / "state")
    disaster.recover(again)
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(recovery, "publish", killed)
        give_up(again)
    with again.db.read() as conn:
        assert witness_status.published(conn, disaster.book, 299) is None
        waiting = outbox.keys(conn, "log", 100)
    assert disaster.book in waiting
    monkeypatch.undo()
    abandonment.abandon(again, disaster.later, REASON)
    check_whole(again, disaster.book, 300)
    again.close()


def killed(*_: object) -> None:
    raise Killed


def test_killed_at_every_step(disaster: Disaster) -> None:
    at, stride = 0, 1 if disaster.rt.db.is_sqlite else 7
    while killed_at(disaster, at):
        at += stride
    assert at > 20, "there are steps to kill at"


def test_the_guard_is_lost_after_a_log_was_given_up(disaster: Disaster) -> None:
    """The new guard knows the end of each log that was given up, not only what is left of it."""
    again = disaster.restored()
    state = state_of(again)
    disaster.recover(again)
    give_up(again)
    mirror(again.db, disaster.mirror)
    ends = {origin: (size, root) for origin, size, root in again.signer.heads()}
    again.close()
    home = guard_lost.burn(disaster)
    settings = disaster.put_back("second")
    sources: list[Source] = [FolderSource(disaster.mirror)]
    seed = guard_lost.gathered(settings, disaster.rt.host, sources, unwitnessed="a test")
    guard_lost.plant(home, seed)
    second = disaster.opened(settings, guard_lost.PASSPHRASE)
    assert second.signer.last(state) == ends[state]
    assert recovery.recover(second, sources).missing == []
    assert found(second) == []
    second.close()
    disaster.drop("second")
