"""Witnesses that answer wrongly and clocks that jump; and where every fault of the matrix is tried.

| fault | tried in |
|---|---|
| kill -9 at each step of append, integrate, sign, guard, store, admit (SQLite) | `test_faults` |
| the same on PostgreSQL; sessions ended, the server restarted | `test_faults_postgres`, `test_faults_disk` |
| kill -9 at each step of a round with live witnesses | `test_faults_witnesses` |
| kill -9 of `sakshi-witness` at each step | `tests/audit/test_faults_witness` |
| kill -9 of the whole server, imports, votes | `tests/e2e/test_kill` |
| disk full: SQLite, guard | `test_faults`, `tests/e2e/test_kill` |
| disk full: PostgreSQL, guard, the witness's file | `test_faults_disk` |
| two publishers, two writers | `test_faults`; with witnesses `test_witnessing` |
| two signers on one guard; a guard put back, lost, or from elsewhere | `test_faults_guard`, `test_guard_lost` |
| two witness processes on one file; its file damaged | `tests/audit/test_faults_witness` |
| a database put back | `test_recovery`, `tests/e2e/test_disaster` |
| a witness's file put back | here |
| clock: back, back over the turn of the year, forward over it and back | `test_faults`, here |
| clock of a witness: in the future, in the past, jumping | here, `tests/audit/test_faults_witness` |
| a witness answering garbage, slowly, nothing, conflicts, for another head | `test_witnessing` |
| a witness dripping, endless, of another key, with several lines, closing half-way | here |
| a flipped bit in every stored column, and of the guard | `test_faults_columns`, `test_fsck` |
| a flipped bit in the witness's file | `tests/audit/test_faults_witness` |
| a broker that is away | `tests/e2e/test_faults` |
"""  # noqa: E501

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

import pytest
from sqlalchemy import select

from tests.simulator.clock import ManualClock
from tests.trust.log.helpers import fill, open_book, publish
from tests.trust.log.test_witnessing import WitnessScenario, impatient, scenario
from tests.trust.log.witnesses import Asked
from trust.formats.cosignatures import cosign
from trust.formats.notes import SignedNote, format_note, parse_note
from trust.formats.times import IST
from trust.log import queries as log_queries
from trust.log import shards
from trust.log.checks import fsck
from trust.log.runtime import Runtime
from trust.log.tables import log_cosignature, log_witness_fault

__all__ = ["impatient", "scenario"]
DAY = 86_400


@contextmanager
def speaking(answer: Callable[[socket.socket, threading.Event], None]) -> Iterator[str]:
    """A server that reads a request and says anything it likes to the bare connection."""
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            with suppress(OSError):
                client, _ = listener.accept()
                client.settimeout(5)
                with client:
                    client.recv(65_536)
                    answer(client, stop)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop.set()
            thread.join()


HEADERS = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"


def drip(client: socket.socket, stop: threading.Event) -> None:
    """A byte now and then, for ever."""
    client.sendall(HEADERS + b"\r\n")
    while not stop.wait(0.02):
        client.sendall(b"x")


def endless_headers(client: socket.socket, stop: threading.Event) -> None:
    """Headers without end."""
    client.sendall(b"HTTP/1.1 200 OK\r\n")
    while not stop.is_set():
        client.sendall(b"X-More: " + b"y" * 1000 + b"\r\n")


def endless_body(client: socket.socket, stop: threading.Event) -> None:
    """A body without end, as fast as it is taken."""
    client.sendall(HEADERS + b"\r\n")
    while not stop.is_set():
        client.sendall(b"z" * 65_536)


def half(client: socket.socket, stop: threading.Event) -> None:
    """The line goes dead in the middle of an answer."""
    client.sendall(HEADERS + b"Content-Length: 400\r\n\r\n" + "— a.example ".encode())


def nonsense(client: socket.socket, stop: threading.Event) -> None:
    """No HTTP at all."""
    client.sendall(b"\x16\x03\x01\x00\xff what\r\n\r\n")


@pytest.mark.parametrize("answer", [drip, endless_headers, endless_body, half, nonsense])
def test_a_witness_on_a_bad_line_holds_nobody_up(
    scenario: WitnessScenario, answer: Callable[[socket.socket, threading.Event], None]
) -> None:
    good = scenario.honest("a")
    with speaking(answer) as url:
        bad = Asked("bad", scenario.scripted("bad", (500, b"", 0)).keys, url)
        rest = "group both all bad a\nquorum both\n"
        scenario.rule([bad, good], rest, wait=0.2)
        day, filed = scenario.append(), scenario.append("statement")
        scenario.publish()
        assert scenario.is_published(day) and not scenario.is_published(filed)
        (contact,) = (c for (_, at), c in scenario.rt.witnessing._contacts.items() if at == url)
        scenario.until(lambda: contact.failures > 0)
        scenario.until(lambda: [word.witness for word in scenario.stands().words] == ["a"])
        scenario.rt.witnessing.close()
    assert list(fsck.check(scenario.rt.db, scenario.rt.signer)) == []


def signing(scenario: WitnessScenario, liar: Asked, make: Callable[[str], list[str]]) -> str:
    """An address that answers each request with lines made of the checkpoint it asks about."""

    def answer(client: socket.socket, stop: threading.Event) -> None:
        text = parse_note(liar_note(scenario)).text
        client.sendall(HEADERS + b"\r\n" + "".join(make(text)).encode())

    return scenario.stack.enter_context(speaking(answer))


def liar_note(scenario: WitnessScenario) -> str:
    """The newest signed head of the state log."""
    with scenario.rt.db.read() as conn:
        latest = log_queries.latest_head(conn, scenario.state)
    assert latest is not None
    return latest[2].decode()


@pytest.mark.parametrize(
    "what", ["another key", "another name", "the future", "the past", "another text", "twice"]
)
def test_only_a_right_cosignature_counts(scenario: WitnessScenario, what: str) -> None:
    """Beside it stand one of another key under the same name, of another time, and so on."""
    liar = scenario.scripted("a", (500, b"", 0))
    name, own, now = "a.example", liar.keys.ed25519, scenario.rt.clock()
    other = bytes(32)
    lines: dict[str, Callable[[str], list[str]]] = {
        "another key": lambda text: [cosign(text, name, other, now).line()],
        "another name": lambda text: [cosign(text, "b.example", own, now).line()],
        "the future": lambda text: [cosign(text, name, own, now + DAY).line()],
        "the past": lambda text: [cosign(text, name, own, now - DAY).line()],
        "another text": lambda text: [
            cosign(text.replace("\n2\n", "\n1\n"), name, own, now)
            .line()
            .replace("— a.example ", "— a.example A")
        ],
        "twice": lambda text: [
            cosign(text, name, other, now).line(),
            cosign(text, name, own, now).line(),
        ],
    }
    url = signing(scenario, liar, lines[what])
    scenario.rule([Asked("a", liar.keys, url)], "quorum a\n", wait=0.5)
    filed = scenario.append("statement")
    scenario.publish()
    if what == "twice":
        scenario.until(lambda: scenario.is_published(filed))
        with scenario.rt.db.read() as conn:
            line = conn.execute(select(log_cosignature.c.line)).scalars().first()
        signed = parse_note(liar_note(scenario))
        assert (
            len(
                parse_note(
                    format_note(SignedNote(signed.text, signed.signatures))
                    + bytes(line or b"").decode()
                ).signatures
            )
            == 2
        )
    else:
        scenario.until(lambda: any(c.failures for c in scenario.rt.witnessing._contacts.values()))
        assert not scenario.is_published(filed)
        with scenario.rt.db.read() as conn:
            assert conn.execute(select(log_cosignature)).all() == []


def test_a_witness_put_back_to_an_old_copy_is_not_believed(scenario: WitnessScenario) -> None:
    """It holds less than it cosigned: it could be made to vouch for a fork."""
    a = scenario.honest("a")
    assert a.server is not None
    port, folder = a.server.server_port, scenario.folder / "a"
    scenario.rule([a, scenario.honest("b")], "group any-one any a b\nquorum any-one\n")
    scenario.append()
    scenario.publish()
    scenario.until(lambda: {word.witness for word in scenario.stands().words} == {"a", "b"})
    saved = scenario.folder / "a.saved"
    scenario.rt.witnessing.close()
    shutil.copytree(folder, saved)
    scenario.restart()
    scenario.append()
    scenario.publish()
    scenario.until(lambda: {word.witness for word in scenario.stands().words} == {"a", "b"})
    a.server.shutdown()
    a.server.server_close()
    shutil.rmtree(folder)
    shutil.copytree(saved, folder)
    scenario.honest("a", port)
    filed = scenario.append("statement")
    scenario.publish()
    scenario.until(lambda: scenario.is_published(filed))
    with scenario.rt.db.read() as conn:
        kept = conn.execute(select(log_witness_fault)).all()
    assert [(row.witness, row.code) for row in kept] == [("a", "forgot")]
    assert {word.witness for word in scenario.stands().words} == {"b"}


def test_who_has_cosigned_a_head_is_not_asked_for_it_again(scenario: WitnessScenario) -> None:
    """While another is waited for, a good witness is left in peace."""
    a = scenario.honest("a")
    assert a.server is not None
    asked, answer = list[bytes](), a.server.witness.add_checkpoint

    def counted(body: bytes) -> str:
        asked.append(body)
        return answer(body)

    a.server.witness.add_checkpoint = counted  # type: ignore[method-assign]
    away = scenario.scripted("b", (500, b"", 0))
    scenario.rule([a, away], "group both all a b\nquorum both\n", wait=0.3)
    scenario.append()
    scenario.publish()
    scenario.until(lambda: len(away.bodies) >= 4)
    scenario.rt.witnessing.close()
    assert len(asked) == 1


@pytest.mark.parametrize("back", [3_600, 20 * DAY, 400 * DAY])
def test_a_clock_that_jumped_over_the_turn_of_the_year_and_back(rt: Runtime, back: int) -> None:
    """The year that was begun is gone on with; no time in any log goes back, nothing reopens."""
    book = open_book(rt)
    fill(rt, book, 0, 3)
    publish(rt, book)
    clock = rt.clock
    assert isinstance(clock, ManualClock)
    clock.now = int(datetime(2027, 4, 1, 9, tzinfo=IST).timestamp())
    assert shards.turn_year(rt)
    publish(rt, book)
    clock.advance(-back)
    first = f"{rt.host}/coop/tvm-101/{'2027-28' if back < 10 * 3_600 else '2026-27'}"
    with rt.db.write() as conn:
        after = shards.current(conn, first, now=rt.clock())
    assert after.endswith("/2027-28")
    fill(rt, after, 3, 6)
    head = publish(rt, after)[after]
    assert head.covered and head.size == 4
    with rt.db.read() as conn:
        for info in log_queries.logs(conn):
            stored = log_queries.entries(conn, info.origin, 0, info.next_index)
            times = [item.time for item in stored if item.kind != "head"]
            assert times == sorted(times), info.origin
        assert [info.origin[-7:] for info in log_queries.logs(conn, "state")] == [
            "2026-27",
            "2027-28",
        ]
    assert list(fsck.check(rt.db, rt.signer)) == []
