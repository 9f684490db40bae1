"""Publication with witnesses: what is published when they speak, are silent, or lie."""

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import func, select

from audit.verify.proof import verify_proof
from tests.conftest import HOST
from tests.simulator.signer import DirectSigner
from tests.trust.log.witnesses import Asked, Reply, honest, scripted
from trust.database import Database
from trust.formats import policy
from trust.formats.canon import Json
from trust.formats.errors import SakshiError, SignatureError
from trust.formats.notes import parse_note
from trust.formats.proofs import format_proof
from trust.formats.witnessed import check_checkpoint
from trust.log import boot, proofs
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.errors import LogError
from trust.log.model import NewEntry
from trust.log.runtime import Runtime
from trust.log.tables import log_cosignature
from trust.log.witnesses import witness_status, witnessing, witnesspolicy
from trust.outbox import live_after
from trust.settings import Settings

SLUG = "tvm-101"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witnessing, "REST_SECONDS", (0.05, 0.2))
    monkeypatch.setattr(witnessing, "SETTLE_SECONDS", 0.1)


@pytest.fixture
def scenario(rt: Runtime, tmp_path: Path) -> "Iterator[WitnessScenario]":
    with ExitStack() as stack:
        made = WitnessScenario(rt, tmp_path, stack)
        yield made
        made.rt.close()


class WitnessScenario:
    """A state, its witnesses, and a society's book."""

    def __init__(self, rt: Runtime, folder: Path, stack: ExitStack) -> None:
        self.rt, self.folder, self.stack = rt, folder, stack
        self.book = f"{rt.host}/coop/{SLUG}/2026-27"
        with rt.db.write() as conn:
            logs.open_log(conn, self.book, now=rt.clock())
        self.state = f"{HOST}/state/2026-27"
        self.count = 0

    def honest(self, name: str, port: int = 0) -> Asked:
        key = self.rt.signer.vkey(self.state)
        return self.stack.enter_context(
            honest(self.rt.clock, self.folder / name, name, f"log {key}\n", port)
        )

    def scripted(self, name: str, *replies: Reply) -> Asked:
        return self.stack.enter_context(scripted(self.folder, name, *replies))

    def rule(self, witnesses: list[Asked], rest: str, own: str = "", wait: float = 1.0) -> None:
        """Restart under a witness policy."""
        path = self.folder / "witness.policy"
        path.write_text("".join(witness.line() for witness in witnesses) + rest)
        self.settings = dataclasses.replace(
            self.rt.settings, witness_policy=str(path), witness_own=own, witness_wait=wait
        )
        self.restart()

    def restart(self) -> None:
        old = self.rt
        old.publisher.close()
        old.witnessing.close()
        self.rt = boot.open_state(
            self.settings, old.db, clock=old.clock, signer=DirectSigner(self.settings.signer_home)
        )

    def append(self, kind: str = "governance-date") -> int:
        self.count += 1
        record = (
            STATEMENT | {"origin": self.book, "book_size": self.count}
            if kind == "statement"
            else MEETING
        )
        with self.rt.db.write() as conn:
            (done,) = logs.append(
                conn,
                self.book,
                [NewEntry(kind, record, f"{kind} {self.count}")],
                now=self.rt.clock(),
            )
        return done.index

    def publish(self) -> None:
        self.rt.publish([self.book])

    def is_published(self, index: int) -> bool:
        with self.rt.db.read() as conn:
            return witness_status.published(conn, self.book, index) is not None

    def stands(self) -> witness_status.StateStatus:
        with self.rt.db.read() as conn:
            found = witness_status.of_state(conn)
        assert found is not None
        return found

    def verified(self, index: int) -> bool:
        """Whether somebody with the published policy accepts the proof of an entry."""
        with self.rt.db.read() as conn:
            data = format_proof(proofs.sakshi_proof(conn, self.book, index))
            trusted = proofs.policy_text(conn)
        return verify_proof(data, trusted.encode()).exit_code == 0

    def until(self, what: Callable[[], bool], seconds: float = 10) -> None:
        deadline = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.02)


MEETING: dict[str, Json] = {
    "kind": "governance-date",
    "v": 1,
    "society": SLUG,
    "book_year": "2026-27",
    "import": "i-1",
    "date": "2026-06-01",
    "event": "general-meeting",
}
STATEMENT: dict[str, Json] = {
    "kind": "statement",
    "v": 1,
    "society": SLUG,
    "book_year": "2025-26",
    "as_of": "2026-03-31",
    "book_root": "A" * 43 + "=",
    "previous": None,
    "supersedes": None,
    "mapping": "0" * 64,
    "lines": [],
    "totals": {"assets": 0, "liabilities": 0, "profit": 0},
    "signatures": [],
}
TWO_OF_THREE = "group outside 2 a b c\nquorum outside\n"


def test_the_cosigned_head_is_what_is_published_and_proven(scenario: WitnessScenario) -> None:
    three = [scenario.honest(name) for name in "abc"]
    scenario.rule(three, TWO_OF_THREE)
    for kind in ("governance-date", "statement"):
        index = scenario.append(kind)
        scenario.publish()
        assert scenario.is_published(index)
        assert scenario.verified(index)
    found = scenario.stands()
    assert (found.witness_status, found.asked, found.behind) == ("met", True, None)
    assert [(word.witness, word.outside, word.time) for word in found.words] == [
        (name, True, scenario.rt.clock()) for name in "abc"
    ]
    with scenario.rt.db.read() as conn:
        served = witness_status.checkpoint(conn, scenario.state)
        trusted = policy.parse_policy(proofs.policy_text(conn))
        latest = log_queries.latest_head(conn, scenario.state)
    assert served is not None and latest is not None and served.startswith(latest[2])
    assert set(check_checkpoint(trusted, served).witnesses) == {"a", "b", "c"}
    with pytest.raises(SignatureError, match="not witnessed"):
        check_checkpoint(trusted, latest[2])


def test_without_the_quorum_day_books_go_on_and_filings_wait(scenario: WitnessScenario) -> None:
    a, b = scenario.honest("a"), scenario.scripted("b", (500, b"", 0))
    scenario.rule([a, b, scenario.scripted("c", (403, b"", 0))], TWO_OF_THREE)
    day, filed = scenario.append(), scenario.append("statement")
    scenario.publish()
    assert scenario.is_published(day) and not scenario.is_published(filed)
    assert scenario.rt.publisher.wait(scenario.book, filed, timeout=0.3) is None
    found = scenario.stands()
    assert (found.witness_status, found.behind) == ("open", scenario.rt.clock())
    assert found.missing == ("b", "c")
    with scenario.rt.db.read() as conn, pytest.raises(LogError, match="not published"):
        proofs.sakshi_proof(conn, scenario.book, filed)
    assert not scenario.verified(day)
    with scenario.rt.db.read() as conn:
        events = live_after(conn, 0, [witnessing.TOPIC])
    assert [event.payload["standing"] for event in events] == ["open"]


@pytest.mark.parametrize("restarted", [False, True])
def test_filings_are_published_when_the_witness_is_back_without_a_new_entry(
    scenario: WitnessScenario, restarted: bool
) -> None:
    a = scenario.honest("a")
    assert a.server is not None
    port = a.server.server_port
    scenario.rule([a], "quorum a\n", wait=0.3)
    scenario.append()
    scenario.publish()
    a.server.shutdown()
    a.server.server_close()
    filed = scenario.append("statement")
    scenario.publish()
    assert not scenario.is_published(filed)
    if restarted:
        scenario.restart()
    scenario.honest("a", port)
    scenario.until(lambda: scenario.is_published(filed))
    assert scenario.verified(filed)
    assert scenario.stands().witness_status == "met"


def test_our_own_witnesses_are_asked_and_never_counted(scenario: WitnessScenario) -> None:
    own, other = scenario.honest("own"), scenario.scripted("other", (500, b"", 0))
    scenario.rule([own, other], "quorum other\n", own="own")
    filed = scenario.append("statement")
    scenario.publish()
    assert not scenario.is_published(filed)
    assert [(word.witness, word.outside) for word in scenario.stands().words] == [("own", False)]
    with scenario.rt.db.read() as conn:
        text = proofs.policy_text(conn)
    assert own.url not in text and other.url in text
    for rest in ("group all-of-us any own other\nquorum all-of-us\n", "quorum own\n"):
        with pytest.raises(LogError, match="our own"):
            scenario.rule([own, other], rest, own="own")
    with pytest.raises(LogError, match="no witness of the policy"):
        scenario.rule([own], "quorum none\n", own="somebody")


def test_witnesses_of_our_own_alone_change_nothing(scenario: WitnessScenario) -> None:
    scenario.rule([scenario.honest("own")], "quorum none\n", own="own")
    filed = scenario.append("statement")
    scenario.publish()
    assert scenario.is_published(filed) and scenario.verified(filed)
    found = scenario.stands()
    assert (found.witness_status, found.asked, found.missing) == ("none", False, ())
    assert [word.outside for word in found.words] == [False]


def test_without_witnesses_it_is_as_it_was(scenario: WitnessScenario) -> None:
    filed = scenario.append("statement")
    scenario.publish()
    assert scenario.is_published(filed) and scenario.verified(filed)
    found = scenario.stands()
    assert (found.witness_status, found.asked, found.words) == ("none", False, ())
    with scenario.rt.db.read() as conn:
        assert proofs.policy_text(conn).endswith("quorum none\n")


def test_the_rule_stays_in_force_where_a_process_was_not_told_of_it(
    scenario: WitnessScenario,
) -> None:
    scenario.rule([scenario.scripted("a", (500, b"", 0))], "quorum a\n")
    scenario.settings = dataclasses.replace(scenario.settings, witness_policy="", witness_own="")
    scenario.restart()
    filed = scenario.append("statement")
    scenario.publish()
    assert not scenario.is_published(filed)
    scenario.settings = dataclasses.replace(scenario.settings, witness_policy="none")
    scenario.restart()
    scenario.publish()
    assert scenario.is_published(filed)


def test_a_new_rule_is_asked_for_at_once(scenario: WitnessScenario) -> None:
    filed = scenario.append("statement")
    scenario.publish()
    assert scenario.verified(filed)
    scenario.rule([scenario.honest("a")], "quorum a\n")
    scenario.until(lambda: scenario.stands().witness_status == "met")
    assert scenario.verified(filed)


def test_a_proof_is_built_again_once_from_the_size_of_a_409(scenario: WitnessScenario) -> None:
    a = scenario.honest("a")
    scenario.rule([a], "quorum a\n")
    scenario.append()
    scenario.publish()
    with scenario.rt.db.write() as conn:
        conn.execute(log_cosignature.delete())  # as if the answers had been lost
    filed = scenario.append("statement")
    scenario.publish()
    assert scenario.is_published(filed) and scenario.verified(filed)


@pytest.mark.parametrize(
    "reply",
    [
        (409, b"", 0),
        (409, b"0\n", 0),
        (409, b"99\n", 0),
        (409, b"garbage\n", 0),
        (422, b"", 0),
        (404, b"", 0),
        (200, b"", 0),
        (200, b"hello\n", 0),
        (200, "— somebody.example AAAAAAAAAAAAAAAA\n".encode(), 0),
        (200, b"\xff" * 100_000, 0),
        (301, b"", 0),
        (200, b"", 30),
    ],
)
def test_a_witness_that_misbehaves_is_no_witness(scenario: WitnessScenario, reply: Reply) -> None:
    liar = scenario.scripted("liar", reply)
    rest = "group both all liar a\nquorum both\n"
    scenario.rule([liar, scenario.honest("a")], rest, wait=1 if reply[2] else 10)
    day, filed = scenario.append(), scenario.append("statement")
    began = time.monotonic()
    scenario.publish()
    assert time.monotonic() - began < 8
    assert scenario.is_published(day) and not scenario.is_published(filed)
    assert [word.witness for word in scenario.stands().words] == ["a"]
    assert len(liar.bodies) >= 1


def test_a_cosignature_for_another_head_is_refused(scenario: WitnessScenario) -> None:
    a = scenario.honest("a")
    scenario.rule([a], "quorum a\n")
    scenario.append()
    scenario.publish()
    with scenario.rt.db.read() as conn:
        served = witness_status.checkpoint(conn, scenario.state) or b""
    line = parse_note(served).signatures[1].line().encode()
    liar = scenario.scripted("liar", (200, line, 0))
    liar.keys = a.keys
    scenario.rule([liar], "quorum liar\n")
    filed = scenario.append("statement")
    scenario.publish()
    assert not scenario.is_published(filed)


def test_a_slow_witness_delays_one_publication_and_counts_when_it_speaks(
    scenario: WitnessScenario,
) -> None:
    slow = scenario.honest("a")
    assert slow.server is not None
    answer, speak = slow.server.witness.add_checkpoint, threading.Event()

    def late(body: bytes) -> str:
        speak.wait(20)
        return answer(body)

    slow.server.witness.add_checkpoint = late  # type: ignore[method-assign]
    scenario.rule([slow], "quorum a\n", wait=2)
    filed = scenario.append("statement")
    scenario.publish()
    day = scenario.append()
    began = time.monotonic()
    scenario.publish()
    assert time.monotonic() - began < 2, "it was waited for twice"
    assert scenario.is_published(day) and not scenario.is_published(filed)
    speak.set()
    scenario.until(lambda: scenario.is_published(filed))


def test_an_answer_lost_after_the_witness_stored_it_is_asked_for_again(
    scenario: WitnessScenario,
) -> None:
    a = scenario.honest("a")
    assert a.server is not None
    answer, lost = a.server.witness.add_checkpoint, [True]

    def drop_one(body: bytes) -> str:
        found = answer(body)
        if lost:
            lost.clear()
            raise RuntimeError("the line went dead")
        return found

    a.server.witness.add_checkpoint = drop_one  # type: ignore[method-assign]
    scenario.rule([a], "quorum a\n")
    filed = scenario.append("statement")
    scenario.publish()
    scenario.until(lambda: scenario.is_published(filed))
    assert not lost and scenario.verified(filed)


def test_a_crash_between_signing_and_publishing_is_made_good(scenario: WitnessScenario) -> None:
    scenario.rule([scenario.honest("a")], "quorum a\n")
    filed = scenario.append("statement")
    real, scenario.rt.witnessing.ask = scenario.rt.witnessing.ask, _killed  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        scenario.publish()
    assert not scenario.is_published(filed)
    scenario.rt.witnessing.ask = real  # type: ignore[method-assign]
    scenario.restart()
    scenario.publish()
    assert scenario.is_published(filed) and scenario.verified(filed)


def _killed(task: witnessing.Task) -> None:
    raise KeyboardInterrupt


def test_appending_never_waits_for_a_witness(scenario: WitnessScenario) -> None:
    scenario.rule([scenario.scripted("a", (200, b"", 5))], "quorum a\n", wait=3)
    scenario.append()
    scenario.rt.publisher.request([scenario.book])
    time.sleep(0.2)
    began = time.monotonic()
    for _ in range(20):
        scenario.append()
    assert time.monotonic() - began < 2
    with scenario.rt.db.read() as conn:
        assert witness_status.of_state(conn) is None


def test_two_processes_publish_and_collect_without_a_fork(
    scenario: WitnessScenario, db: Database
) -> None:
    scenario.rule([scenario.honest(name) for name in "abc"], TWO_OF_THREE)
    other = boot.open_state(
        scenario.settings,
        db,
        clock=scenario.rt.clock,
        signer=DirectSigner(scenario.settings.signer_home),
    )
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        for _ in range(6):
            scenario.append("statement")
            both = [pool.submit(r.publish, [scenario.book]) for r in (scenario.rt, other)]
            for done in both:
                done.result()
    other.witnessing.close()
    scenario.publish()
    assert scenario.is_published(scenario.count - 1) and scenario.verified(scenario.count - 1)
    with scenario.rt.db.read() as conn:
        count = conn.execute(select(func.count()).select_from(log_cosignature)).scalar_one()
    assert count >= 3


@pytest.mark.parametrize(
    "text", ["quorum x\n", "nonsense\n", "witness a b\nquorum a\n", "quorum none"]
)
def test_a_policy_that_is_none_is_refused_at_the_start(
    scenario: WitnessScenario, settings: Settings, text: str
) -> None:
    path = scenario.folder / "bad.policy"
    path.write_text(text)
    scenario.settings = dataclasses.replace(settings, witness_policy=str(path))
    with pytest.raises(SakshiError):
        scenario.restart()
    scenario.settings = dataclasses.replace(settings, witness_policy=str(path) + ".missing")
    with pytest.raises(LogError, match="cannot be read"):
        scenario.restart()
    with scenario.rt.db.read() as conn:
        assert witnesspolicy.current(conn) is None
