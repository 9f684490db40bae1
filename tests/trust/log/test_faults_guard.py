"""Two signers on one guard; a guard that was put back, while the database was not.

That a signer without any guard signs nothing is in `test_guard_lost`.
"""

import random
import shutil
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.simulator.signer import DirectSigner
from tests.trust.log.helpers import fill, open_book, publish
from trust.formats import checkpoints, merkle, notes
from trust.log import boot
from trust.log import queries as log_queries
from trust.log.checks import fsck
from trust.log.errors import PutBackError, SignerError, StaleHeadError
from trust.log.keys.signer import init_home
from trust.log.keys.signerclient import PipeSigner
from trust.log.model import Unsigned
from trust.log.runtime import Runtime
from trust.log.tables import log_tile

HOST = "s1.test.example"
ORIGIN = f"{HOST}/coop/x-1/2026-27"
SEED, ROUNDS, STEP = 20261122, 25, 3


def leaves(history: int, size: int, common: int) -> list[bytes]:
    """The leaves of one of two histories that part after `common` entries."""
    return [merkle.leaf_hash(b"%d of %d" % (n, history if n >= common else 0)) for n in range(size)]


def head(history: int, old: int, size: int) -> Unsigned:
    """A head that continues what both share with what only this history has."""
    every = leaves(history, size, old)
    proof = merkle.build_consistency(
        old, size, lambda level, n: merkle.root_of(every[n << level : (n + 1) << level])
    )
    return Unsigned(ORIGIN, old, size, merkle.root_of(every), tuple(proof) if old else ())


def test_two_processes_on_one_guard_sign_one_history(tmp_path: Path) -> None:
    """Both are asked at the same moment for heads of one size that exclude each other."""
    init_home(tmp_path / "signer", HOST)
    chance, wins = random.Random(SEED), [0, 0]
    signers = [PipeSigner(tmp_path / "signer") for _ in range(2)]
    key = notes.VerifierKey.parse(signers[0].vkey(ORIGIN))
    try:
        with ThreadPoolExecutor(2) as pool:
            for turn in range(ROUNDS):
                old, size = turn * STEP, (turn + 1) * STEP
                # Whoever wins, its entries become those that both go on with: history 0.
                asked = [head(0, old, size), head(1, old, size)]
                order = chance.sample(range(2), 2)
                jobs = [pool.submit(signers[n].sign, [asked[n]]) for n in order]
                answers = dict(zip(order, (job.result()[0] for job in jobs), strict=True))
                signed = [n for n in range(2) if isinstance(answers[n], bytes)]
                assert len(signed) == 1, answers
                (won,) = signed
                wins[won] += 1
                opened = checkpoints.open_checkpoint(answers[won], key)  # type: ignore[arg-type]
                assert (opened.size, opened.root) == (size, asked[won].root)
                assert isinstance(answers[1 - won], SignerError)
                # The loser, too, signs what was released, and never its own.
                for signer in signers:
                    again, other = (
                        Unsigned(ORIGIN, size, size, asked[n].root) for n in (won, 1 - won)
                    )
                    assert signer.sign([again]) == [answers[won]]
                    assert isinstance(signer.sign([other])[0], SignerError)
                if won:
                    with closing(sqlite3.connect(tmp_path / "signer" / "guard.db")) as guard:
                        # For the next round: as if history 0 had won, so that both can go on.
                        guard.execute("UPDATE head SET root = ?", (asked[0].root,))
                        guard.commit()
    finally:
        for signer in signers:
            signer.close()
    assert sum(wins) == ROUNDS


def test_a_stale_signer_learns_the_size_and_cannot_be_talked_round(tmp_path: Path) -> None:
    init_home(tmp_path / "signer", HOST)
    one, two = PipeSigner(tmp_path / "signer"), PipeSigner(tmp_path / "signer")
    try:
        assert isinstance(one.sign([head(0, 0, 3)])[0], bytes)
        (stale,) = two.sign([head(0, 0, 6)])
        assert isinstance(stale, StaleHeadError) and stale.size == 3
        forked = Unsigned(ORIGIN, 3, 6, head(1, 0, 6).root, head(1, 3, 6).proof)
        (refused,) = two.sign([forked])
        assert isinstance(refused, SignerError) and "fork" in str(refused)
    finally:
        one.close()
        two.close()


@pytest.fixture
def put_back(rt: Runtime) -> str:
    """A book that went on after a copy of the guard was made, which is then put back."""
    book = open_book(rt)
    fill(rt, book, 0, 20)
    publish(rt, book)
    home = rt.settings.signer_home
    saved = home.with_name("guard.saved")
    with (
        closing(sqlite3.connect(home / "guard.db")) as guard,
        closing(sqlite3.connect(saved)) as copy,
    ):
        guard.backup(copy)
    fill(rt, book, 20, 50)
    publish(rt, book)
    for path in home.glob("guard.db*"):
        path.unlink()
    shutil.copy(saved, home / "guard.db")
    return book


def reopened(rt: Runtime) -> Runtime:
    """The same state with a new signer on whatever guard there is."""
    return boot.open_state(
        rt.settings, rt.db, clock=rt.clock, signer=DirectSigner(rt.settings.signer_home)
    )


def test_a_guard_put_back_is_named_and_brought_forward(rt: Runtime, put_back: str) -> None:
    """The database holds signed heads that the guard has forgotten: they are its own signatures."""
    old = DirectSigner(rt.settings.signer_home)
    assert old.last(put_back)[0] == 20
    assert any("guard was put back" in str(fault) for fault in fsck.check(rt.db, old))
    again = reopened(rt)
    with again.db.read() as conn:
        for origin, size, root in again.signer.heads():
            latest = log_queries.latest_head(conn, origin)
            assert latest is not None and (size, root) == latest[:2]
    assert list(fsck.check(again.db, again.signer)) == []
    fill(again, put_back, 50, 55)
    assert publish(again, put_back)[put_back].size == 55
    assert list(fsck.check(again.db, again.signer)) == []


def test_a_guard_put_back_signs_no_other_history(rt: Runtime, put_back: str) -> None:
    """What was released before the copy was made is another now: that stops everything."""
    with rt.db.write() as conn:
        info = log_queries.info(conn, put_back)
        data = bytearray(
            conn.execute(
                select(log_tile.c.data).where(
                    log_tile.c.log_id == info.id, log_tile.c.level == 0, log_tile.c.n == 0
                )
            ).scalar_one()
        )
        data[9 * 32] ^= 1
        conn.execute(update(log_tile).where(log_tile.c.log_id == info.id).values(data=bytes(data)))
    rt.db.dispose()
    with pytest.raises(PutBackError, match="another history"):
        reopened(rt)
    assert DirectSigner(rt.settings.signer_home).last(put_back)[0] == 20


def test_a_guard_that_is_ahead_is_left_alone(rt: Runtime) -> None:
    """The usual crash: released and not stored. Nothing has to be brought forward."""
    book = open_book(rt)
    fill(rt, book, 0, 5)
    publish(rt, book)
    before = rt.signer.heads()
    again = reopened(rt)
    assert again.signer.heads() == before


class Overtaken(DirectSigner):
    """Whenever it is asked, another publisher releases a newer head first, a few times."""

    def __init__(self, rt: Runtime, book: str, times: int) -> None:
        super().__init__(rt.settings.signer_home)
        self.rt, self.book, self.left = rt, book, times

    def sign(self, heads: Sequence[Unsigned]) -> list[bytes | SignerError]:
        if self.left and any(head.origin == self.book for head in heads):
            self.left -= 1
            fill(self.rt, self.book, 1000 + 3 * self.left, 1003 + 3 * self.left)
            publish(self.rt, self.book)
        return super().sign(heads)


@pytest.mark.parametrize("times", [1, 2, 4])
def test_a_publisher_overtaken_several_times_publishes(rt: Runtime, times: int) -> None:
    """The other's tree is durable before its head, so each time ours is proved from there."""
    book = open_book(rt)
    fill(rt, book, 0, 5)
    publish(rt, book)
    slow = reopened(rt)
    fill(rt, book, 5, 8)
    slow.signer = Overtaken(rt, book, times)
    head = publish(slow, book)[book]
    assert (head.size, slow.signer.left) == (8 + 3 * times, 0)
    assert list(fsck.check(rt.db, rt.signer)) == []
