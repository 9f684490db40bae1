"""Every log's newest head cosigned: what a sweep asks, stores, serves and survives."""

import dataclasses
import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from tests.simulator.signer import DirectSigner
from tests.trust.log.witnesses import Asked, Reply, honest, scripted
from trust.formats import canon, merkle, notes
from trust.formats.checkpoints import Checkpoint, format_checkpoint
from trust.formats.cosignatures import verified_cosigners
from trust.formats.notes import VerifierKey, parse_note
from trust.formats.witness import format_request
from trust.log import boot
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.checks import fsck
from trust.log.errors import LogError
from trust.log.model import NewEntry
from trust.log.runtime import Runtime
from trust.log.tables import log_cosignature, log_tile
from trust.log.witnesses import (
    witness_status,
    witnessclient,
    witnessfaults,
    witnesspolicy,
    witnesssweep,
)

MEETING: dict[str, canon.Json] = {
    "kind": "governance-date",
    "v": 1,
    "society": "s-1",
    "book_year": "2026-27",
    "import": "i-1",
    "date": "2026-06-01",
    "event": "general-meeting",
}


class SweepScenario:
    """A state of a few societies, and witnesses that know their logs."""

    def __init__(self, rt: Runtime, folder: Path, stack: ExitStack) -> None:
        self.rt, self.folder, self.stack = rt, folder, stack
        self.books = [f"{rt.host}/coop/s-{n}/2026-27" for n in range(6)]
        with rt.db.write() as conn:
            for book in self.books:
                logs.open_log(conn, book, now=rt.clock())
        self.counts = dict.fromkeys(self.books, 0)
        self.grow(*self.books)

    def grow(self, *books: str, by: int = 3) -> None:
        """Some entries in these logs, published."""
        with self.rt.db.write() as conn:
            for book in books:
                start = self.counts[book]
                items = [
                    NewEntry("governance-date", MEETING, f"d {n}") for n in range(start, start + by)
                ]
                logs.append(conn, book, items, now=self.rt.clock())
                self.counts[book] = start + by
        self.rt.publish(list(books))

    def honest(self, name: str, port: int = 0, books: list[str] | None = None) -> Asked:
        """A witness of these logs (all, if none is given)."""
        known = self.books if books is None else books
        lines = "".join(f"{self.rt.signer.vkey(book)}\n" for book in known)
        return self.stack.enter_context(
            honest(self.rt.clock, self.folder / name, name, lines, port)
        )

    def scripted(self, name: str, *replies: Reply) -> Asked:
        return self.stack.enter_context(scripted(self.folder, name, *replies))

    def rule(self, *witnesses: Asked, wait: float = 1.0, own: str = "") -> None:
        """Restart with these as witnesses of our own, by their names or those given."""
        path = self.folder / "witness.policy"
        path.write_text("".join(one.line() for one in witnesses) + "quorum none\n")
        settings = dataclasses.replace(
            self.rt.settings,
            witness_policy=str(path),
            witness_wait=wait,
            witness_own=own or " ".join(one.name for one in witnesses),
        )
        old = self.rt
        old.publisher.close()
        old.witnessing.close()
        self.rt = boot.open_state(
            settings, old.db, clock=old.clock, signer=DirectSigner(settings.signer_home)
        )

    def sweep(self, *names: str) -> witnesssweep.Swept:
        (done,) = witnesssweep.sweep(self.rt, names)
        return done

    def served(self, book: str) -> notes.SignedNote:
        with self.rt.db.read() as conn:
            found = witness_status.checkpoint(conn, book)
        assert found is not None
        return parse_note(found)

    def witnessed(self, book: str, *by: Asked) -> set[VerifierKey]:
        keys = [key for one in by for key in one.keys.public()]
        return set(verified_cosigners(self.served(book), keys))

    def rows(self) -> list[tuple[str, int]]:
        with self.rt.db.read() as conn:
            found = conn.execute(select(log_cosignature.c.witness, log_cosignature.c.size))
            return [(row.witness, row.size) for row in found]


@pytest.fixture
def scenario(rt: Runtime, tmp_path: Path) -> Iterator[SweepScenario]:
    with ExitStack() as stack:
        made = SweepScenario(rt, tmp_path, stack)
        yield made
        made.rt.close()


def test_a_sweep_has_every_head_cosigned_once(scenario: SweepScenario) -> None:
    own = scenario.honest("own")
    scenario.rule(own)
    first = scenario.sweep()
    assert (first.asked, first.cosigned, first.faults) == (6, 6, {})
    for book in scenario.books:
        assert scenario.witnessed(book, own) == set(own.keys.public())
        notes.verify(scenario.served(book), [VerifierKey.parse(scenario.rt.signer.vkey(book))])
    again = scenario.sweep()
    assert (again.asked, again.cosigned) == (0, 0)


def test_only_what_has_grown_is_asked_again_and_old_words_go(scenario: SweepScenario) -> None:
    own = scenario.honest("own")
    scenario.rule(own)
    scenario.sweep()
    scenario.grow(*scenario.books[:2], by=40)
    assert scenario.witnessed(scenario.books[0], own) == set(), "a head that nobody has seen yet"
    done = scenario.sweep("own")
    assert (done.asked, done.cosigned) == (2, 2)
    assert scenario.witnessed(scenario.books[0], own) == set(own.keys.public())
    of_societies = [row for row in scenario.rows() if row[1] in (3, 43)]
    assert sorted(of_societies) == [("own", 3)] * 4 + [("own", 43)] * 2


def test_two_witnesses_and_pages_smaller_than_the_state(
    scenario: SweepScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(witnesssweep, "PAGE", 2)
    own, other = scenario.honest("own"), scenario.honest("other")
    scenario.rule(own, other)
    done = witnesssweep.sweep(scenario.rt)
    assert [(one.witness, one.cosigned) for one in done] == [("other", 6), ("own", 6)]
    both = {*own.keys.public(), *other.keys.public()}
    assert all(scenario.witnessed(book, own, other) == both for book in scenario.books)


def test_connections_are_kept(scenario: SweepScenario) -> None:
    own = scenario.honest("own")
    assert own.server is not None
    taken: list[int] = []
    accept = own.server._accept

    def counted() -> None:
        before = set(own.server._connections)  # type: ignore[union-attr]
        accept()
        taken.append(len(set(own.server._connections) - before))  # type: ignore[union-attr]

    own.server._accept = counted  # type: ignore[method-assign]
    scenario.rule(own)
    scenario.sweep()
    assert 1 <= sum(taken) <= witnesssweep.IN_FLIGHT + 1  # and one for the state log's own round


def test_a_sweep_killed_in_the_middle_is_taken_up(
    scenario: SweepScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(witnesssweep, "PAGE", 2)
    own = scenario.honest("own")
    scenario.rule(own)

    def killed(words: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        witnesssweep.sweep(scenario.rt, (), killed)
    assert (scenario.sweep().asked, len({*scenario.books})) == (4, 6)
    assert all(scenario.witnessed(book, own) for book in scenario.books)


def test_answers_that_were_lost_are_asked_for_again(scenario: SweepScenario) -> None:
    own = scenario.honest("own")
    scenario.rule(own)
    scenario.sweep()
    with scenario.rt.db.write() as conn:
        conn.execute(log_cosignature.delete())
    scenario.grow(scenario.books[0], by=7)
    done = scenario.sweep()
    assert (done.asked, done.cosigned, done.faults) == (6, 6, {})


def test_a_log_that_the_witness_does_not_know_holds_up_no_other(scenario: SweepScenario) -> None:
    own = scenario.honest("own", books=scenario.books[1:])
    scenario.rule(own)
    done = scenario.sweep()
    assert (done.asked, done.cosigned, done.faults) == (6, 5, {"refused": 1})
    assert not scenario.witnessed(scenario.books[0], own)


def test_a_log_whose_tiles_are_damaged_holds_up_no_other(scenario: SweepScenario) -> None:
    own = scenario.honest("own")
    scenario.rule(own)
    assert scenario.sweep().cosigned == 6
    scenario.grow(*scenario.books)
    with scenario.rt.db.write() as conn:
        broken = log_queries.info(conn, scenario.books[0]).id
        conn.execute(delete(log_tile).where(log_tile.c.log_id == broken))
    done = scenario.sweep()
    assert (done.asked, done.cosigned, done.faults) == (6, 5, {"not-asked": 1})
    assert scenario.books[0] in done.words["not-asked"]
    assert "sakshi fsck" in done.words["not-asked"]
    # The same where the witness wants another proof than the one that was made for it.
    with scenario.rt.db.write() as conn:
        conn.execute(delete(log_cosignature).where(log_cosignature.c.log_id == broken))
    assert scenario.sweep().faults == {"not-asked": 1}


def test_a_witness_that_is_down_is_left_alone(
    scenario: SweepScenario, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(witnesssweep, "PATIENCE", 3)
    monkeypatch.setattr(witnesssweep, "IN_FLIGHT", 1)
    own = scenario.honest("own")
    assert own.server is not None
    scenario.rule(own)
    own.server.shutdown()
    own.server.server_close()
    done = scenario.sweep()
    assert done.left and done.cosigned == 0 and done.faults == {"unreachable": 3}
    scenario.rt.settings = dataclasses.replace(scenario.rt.settings, witness_sweep="own")
    with caplog.at_level(logging.WARNING, "sakshi.witnessing"):
        witnesssweep.sweep_quietly(scenario.rt)
    assert "own cosigned 0 of" in caplog.text and "does not answer" in caplog.text


def test_the_hourly_sweep_is_off_until_it_is_asked_for(scenario: SweepScenario) -> None:
    own = scenario.honest("own")
    scenario.rule(own)
    witnesssweep.sweep_quietly(scenario.rt)
    assert not scenario.witnessed(scenario.books[0], own)
    scenario.rt.settings = dataclasses.replace(scenario.rt.settings, witness_sweep="own")
    witnesssweep.sweep_quietly(scenario.rt)
    assert scenario.witnessed(scenario.books[0], own)


def test_whom_nobody_knows_is_not_asked(
    scenario: SweepScenario, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(LogError, match="none is named"):
        witnesssweep.sweep(scenario.rt)
    scenario.rule(scenario.honest("own"))
    with pytest.raises(LogError, match="somebody is no witness"):
        witnesssweep.sweep(scenario.rt, ["somebody"])
    scenario.rt.settings = dataclasses.replace(scenario.rt.settings, witness_sweep="somebody")
    with caplog.at_level(logging.ERROR, "sakshi.witnessing"):
        witnesssweep.sweep_quietly(scenario.rt)
    assert "no witness was asked" in caplog.text


def forked(scenario: SweepScenario, own: Asked, book: str) -> bytes:
    """Show the witness another history of a log, signed with the log's own key."""
    assert own.server is not None
    root = merkle.root_of([bytes(32)] * 3)
    text = format_checkpoint(Checkpoint(book, 3, root))
    signer = scenario.rt.signer
    assert isinstance(signer, DirectSigner)
    seed, _ = signer.core._key(book)
    assert seed is not None
    line = notes.sign_ed25519(text, book, seed)
    note = notes.format_note(notes.SignedNote(text, (line,)))
    own.server.witness.add_checkpoint(format_request(0, [], note))
    return note.encode()


def test_a_fork_is_kept_with_both_sides_bytes_until_somebody_has_looked(
    scenario: SweepScenario,
) -> None:
    own = scenario.honest("own")
    scenario.rule(own)
    lie = forked(scenario, own, scenario.books[0])
    done = scenario.sweep()
    assert (done.cosigned, done.faults) == (5, {"conflict": 1})
    with scenario.rt.db.read() as conn:
        (found,) = witnessfaults.listed(conn)
        ours = log_queries.latest_head(conn, scenario.books[0])
    assert (found.origin, found.witness, found.size) == (scenario.books[0], "own", 3)
    assert ours is not None and found.note == ours[2]
    assert found.theirs.startswith(lie) and found.forked
    assert found.answer.startswith((b"422\n", b"409\n"))
    scenario.sweep()
    with scenario.rt.db.read() as conn:
        (again,) = witnessfaults.listed(conn)
        assert (again.id, again.times, again.note) == (found.id, 2, found.note)
        assert witnessfaults.count(conn) == 1
    with scenario.rt.db.write() as conn:
        with pytest.raises(LogError, match="Say what was found"):
            witnessfaults.acknowledge(conn, found.id, " ", now=scenario.rt.clock())
        witnessfaults.acknowledge(conn, found.id, "the test did it", now=scenario.rt.clock())
        with pytest.raises(LogError, match="no open fault"):
            witnessfaults.acknowledge(conn, found.id, "again", now=scenario.rt.clock())
    with scenario.rt.db.read() as conn:
        assert witnessfaults.listed(conn) == [] and witnessfaults.count(conn) == 0
        (kept,) = witnessfaults.listed(conn, everything=True)
        assert kept.reason == "the test did it" and kept.theirs == found.theirs
    scenario.sweep()
    with scenario.rt.db.read() as conn:
        (new,) = witnessfaults.listed(conn)
        assert new.id != found.id, "the same again is a new one"


def test_a_broken_witness_is_kept_and_is_no_fork(scenario: SweepScenario) -> None:
    scenario.rule(scenario.scripted("own", (422, b"no\n", 0)))
    done = scenario.sweep()
    assert done.faults == {"conflict": 6}
    with scenario.rt.db.read() as conn:
        found = witnessfaults.listed(conn)
    of_societies = [one for one in found if one.origin in scenario.books]
    assert len(of_societies) == 6
    assert not any(one.forked for one in found)
    assert {one.answer for one in of_societies} == {b"422\nno\n"}
    assert {one.theirs for one in of_societies} == {b""}


def test_a_witness_that_only_complains_fills_no_disk(
    scenario: SweepScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(witnessfaults, "MAX_OPEN", 3)
    scenario.rule(scenario.scripted("own", (422, bytes(60_000), 0)))
    assert scenario.sweep().faults == {"conflict": 6}
    with scenario.rt.db.read() as conn:
        found = witnessfaults.listed(conn)
    assert len([one for one in found if one.origin in scenario.books]) <= 3 == len(found)
    assert {len(one.answer) for one in found} == {witnessfaults.MAX_EVIDENCE}


def test_a_proven_fork_is_kept_however_much_a_witness_complains(
    scenario: SweepScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(witnessfaults, "MAX_OPEN", 0)
    own = scenario.honest("own")
    scenario.rule(own)
    lie = forked(scenario, own, scenario.books[0])
    scenario.sweep()
    with scenario.rt.db.read() as conn:
        (found,) = witnessfaults.listed(conn)
    assert found.forked and found.theirs.startswith(lie)


@pytest.mark.parametrize(("shift", "where"), [(301, "future"), (-301, "past")])
def test_a_cosignature_at_an_impossible_time_is_not_taken(
    scenario: SweepScenario, shift: int, where: str
) -> None:
    own = scenario.honest("own")
    assert own.server is not None
    scenario.rule(own)
    clock = scenario.rt.clock
    own.server.witness._clock = lambda: clock() + shift
    done = scenario.sweep()
    assert (done.cosigned, done.faults) == (0, {"clock": 6})
    assert f"301 seconds in the {where}" in done.words["clock"]
    own.server.witness._clock = lambda: clock() + 300
    if shift < 0:
        assert scenario.sweep().cosigned == 6


def test_a_kept_connection_that_was_closed_is_opened_again(scenario: SweepScenario) -> None:
    own = scenario.honest("own")
    assert own.server is not None
    scenario.rule(own)
    with scenario.rt.db.read() as conn:
        rule = witnesspolicy.current(conn)
        heads = [log_queries.latest_head(conn, book) for book in scenario.books[:2]]
    assert rule is not None
    line = witnessclient.Line(rule.policy.witnesses[:1], 5, scenario.rt.clock)
    for head in heads:
        assert head is not None
        line.ask(0, head[0], head[2], lambda old: [])
        for connection in list(own.server._connections.values()):
            connection.socket.shutdown(2)
    line.close()


def test_fsck_looks_at_swept_cosignatures_too(scenario: SweepScenario) -> None:
    scenario.rule(scenario.honest("own"))
    scenario.sweep()
    assert not list(fsck.check(scenario.rt.db, scenario.rt.signer))
    with scenario.rt.db.write() as conn:
        conn.execute(
            update(log_cosignature)
            .where(log_cosignature.c.size == 3)
            .values(time=log_cosignature.c.time + 1)
        )
    found = [str(fault) for fault in fsck.check(scenario.rt.db, scenario.rt.signer)]
    assert len([words for words in found if "the signed time is another" in words]) >= 6


def test_two_sweeps_at_once_store_every_head_once(scenario: SweepScenario) -> None:
    own = scenario.honest("own")
    scenario.rule(own)
    done: list[witnesssweep.Swept] = []
    threads = [threading.Thread(target=lambda: done.append(scenario.sweep())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 2 and not any(one.faults for one in done)
    assert all(scenario.witnessed(book, own) for book in scenario.books)
