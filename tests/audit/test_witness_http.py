"""What `sakshi-witness` makes of clients that are slow, many, wrong or hostile."""

import json
import os
import random
import re
import signal
import socket
import sqlite3
from contextlib import AbstractContextManager
from hashlib import sha256
from pathlib import Path

import pytest

from audit.witness import server, store, wire, witness
from audit.witness.wire import BadRequest, Reader, Request
from tests.audit import witness_scenario as scenario
from tests.audit.witness_scenario import LOG, ask, request
from tests.conftest import START
from tests.simulator.clock import ManualClock
from trust.formats.cosignatures import verified_cosigners
from trust.formats.notes import VerifierKey, format_note, parse_note, verify
from trust.formats.witness import TreeHead

CHECKPOINT = f"/{sha256(LOG.encode()).hexdigest()}/checkpoint"


def head(body: bytes, *fields: str, line: str = "POST /add-checkpoint HTTP/1.1") -> bytes:
    """A request as bytes."""
    lines = [line, "Host: w", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join([*lines, "", ""]).encode() + body


def talk(port: int, data: bytes) -> bytes:
    """Everything the witness answers to these bytes until it closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
        found = b""
        while piece := line.recv(65_536):
            found += piece
        return found


def statuses(answer: bytes) -> list[int]:
    """The status lines in a stream of answers."""
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d+) [A-Z]", answer)]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nHost: w\r\n\r\n", 505),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: w\r\nHost: v\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: w\r\n folded\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: w\r\nbad field\r\n\r\n", 400),
        (b"GET /%zz HTTP/1.1\r\nHost: w\r\n\r\n", 400),
        (b"GET /%2 HTTP/1.1\r\nHost: w\r\n\r\n", 400),
        (b"GET /%ff HTTP/1.1\r\nHost: w\r\n\r\n", 400),
        (b"GET /x HTTP/1.1\r\nHost: w\r\nX: " + b"a" * 9000 + b"\r\n\r\n", 431),
        (b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\n\r\n", 411),
        (b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        (b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: w\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: w\r\nContent-Length: 99999999999\r\n\r\n", 413),
        (head(b"x", line="PUT /add-checkpoint HTTP/1.1"), 405),
        (head(b"x", line="POST /other HTTP/1.1"), 404),
        (head(b"x"), 400),
        (head(b"x", line="POST /add%2Dcheckpoint HTTP/1.1"), 400),
        (head(b"x", line="POST http://w.example/add-checkpoint?a=b HTTP/1.1"), 400),
    ],
)
def test_what_is_no_request_gets_its_status(
    tmp_path: Path, clock: ManualClock, data: bytes, status: int
) -> None:
    scenario.make(tmp_path)
    with scenario.serving(tmp_path, clock) as running:
        assert statuses(talk(running.server_port, data)) == [status]
        assert ask(running.server_port, request(0, 3)).status == 200


def test_a_body_too_large_is_refused_while_it_is_still_being_sent(
    tmp_path: Path, clock: ManualClock
) -> None:
    scenario.make(tmp_path)
    with scenario.serving(tmp_path, clock) as running:
        assert ask(running.server_port, b"x" * (wire.MAX_BODY + 1)).status == 413
        full = b"x" * wire.MAX_BODY
        assert ask(running.server_port, full).status == 400


def test_requests_sent_behind_one_another_are_answered_in_turn(
    tmp_path: Path, clock: ManualClock
) -> None:
    scenario.make(tmp_path)
    with scenario.serving(tmp_path, clock) as running:
        sent = b"\r\n" + head(request(0, 3)) + head(request(3, 5)) + head(request(3, 7))
        sent += b"HEAD / HTTP/1.1\r\nHost: w\r\n\r\n" + head(request(5, 6), "Connection: close")
        found = talk(running.server_port, sent + head(request(6, 7)))
        assert statuses(found) == [200, 200, 409, 200, 200]
        assert found.count(b"\r\n\r\n") == 5 and found.count(b"\r\nConnection: close\r\n") == 1


def test_who_waits_for_100_continue_gets_it(tmp_path: Path, clock: ManualClock) -> None:
    scenario.make(tmp_path)
    body = request(0, 3)
    with scenario.serving(tmp_path, clock) as running:
        port = running.server_port
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            line.sendall(head(body, "Expect: 100-continue")[: -len(body)])
            assert line.recv(1000) == wire.CONTINUE
            line.sendall(body)
            assert statuses(line.recv(1000)) == [200]


def test_a_request_that_dawdles_is_cut_off(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.make(tmp_path)
    monkeypatch.setattr(server, "REQUEST_SECONDS", 0.3)
    with scenario.serving(tmp_path, clock) as running:
        with socket.create_connection(("127.0.0.1", running.server_port), timeout=10) as slow:
            slow.sendall(head(b"old 0")[:-2])
            assert statuses(slow.recv(1000)) == [408]
            assert slow.recv(1000) == b""
        assert ask(running.server_port, request(0, 3)).status == 200


def test_whoever_was_silent_longest_gives_up_its_place(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.make(tmp_path)
    monkeypatch.setattr(server, "MAX_CONNECTIONS", 2)
    with scenario.serving(tmp_path, clock) as running:
        held = []
        for _ in range(2):
            held.append(socket.create_connection(("127.0.0.1", running.server_port), timeout=10))
            held[-1].sendall(b"GET / HTTP/1.1\r\nHost: w\r\n\r\n")
            assert statuses(held[-1].recv(1000)) == [200]
        assert ask(running.server_port, request(0, 3)).status == 200
        assert held[0].recv(1000) == b"", "the first one, silent for longest, was kept"
        held[1].sendall(b"GET / HTTP/1.1\r\nHost: w\r\n\r\n")
        assert statuses(held[1].recv(1000)) == [200]
        for line in held:
            line.close()


def test_a_hundred_silent_connections_hold_nobody_up(tmp_path: Path, clock: ManualClock) -> None:
    scenario.make(tmp_path)
    with scenario.serving(tmp_path, clock) as running:
        address = ("127.0.0.1", running.server_port)
        held = [socket.create_connection(address) for _ in range(300)]
        assert ask(running.server_port, request(0, 3)).status == 200
        assert len(running._connections) <= server.MAX_CONNECTIONS
        for line in held:
            line.close()


def posts(*bodies: bytes) -> list[Request]:
    return [Request("POST", "/add-checkpoint", body, True) for body in bodies]


def test_what_cannot_be_stored_is_cosigned_for_nobody(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests that came together stand or fall together."""
    made = scenario.make(tmp_path)
    (tmp_path / "logs").write_text(f"{scenario.vkey()}\n{scenario.vkey('log.example/b')}\n")
    memory = store.Store(tmp_path / "witness.db", made.identity())
    service = server.Service(witness.Witness(made, memory, tmp_path / "logs", clock), "")
    hold, both = store.Store.hold, posts(request(0, 3), request(0, 3, "log.example/b"))

    def fails(self: store.Store, origin: str, head: TreeHead, time: int, note: str) -> None:
        hold(self, origin, head, time, note)
        if origin != LOG:
            raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(store.Store, "hold", fails)
    answers = service.answers(both)
    assert [answer.status for answer in answers] == [500, 500]
    assert not any("—" in answer.text for answer in answers)
    monkeypatch.setattr(store.Store, "hold", hold)
    assert memory.seen(LOG).head.size == 0
    memory._db.execute("PRAGMA query_only=ON")
    assert [answer.status for answer in service.answers(both)] == [500, 500]
    memory._db.execute("PRAGMA query_only=OFF")
    assert [answer.status for answer in service.answers(both)] == [200, 200]
    memory.close()


def test_of_two_that_came_together_the_second_sees_the_first(
    tmp_path: Path, clock: ManualClock
) -> None:
    made = scenario.make(tmp_path)
    memory = store.Store(tmp_path / "witness.db", made.identity())
    service = server.Service(witness.Witness(made, memory, tmp_path / "logs", clock), "")
    first, second, third = service.answers(posts(request(0, 3), request(0, 5), request(3, 6)))
    assert (first.status, second.status, second.text, third.status) == (200, 409, "3\n", 200)
    assert memory.seen(LOG).head == TreeHead(6, scenario.root(6))
    memory.close()


def test_what_monitors_get_is_never_an_hour_old(tmp_path: Path, clock: ManualClock) -> None:
    made = scenario.make(tmp_path, mldsa44=True)
    with scenario.serving(tmp_path, clock) as running:
        port = running.server_port
        assert ask(port, request(0, 5)).status == 200
        first = ask(port, None, CHECKPOINT).body
        clock.advance(witness.FRESH_SECONDS - 1)
        assert ask(port, None, CHECKPOINT).body == first
        clock.advance(1)
        renewed = parse_note(ask(port, None, CHECKPOINT).body)
        now = START + witness.FRESH_SECONDS
        assert verified_cosigners(renewed, made.public()) == dict.fromkeys(made.public(), now)
        verify(renewed, [VerifierKey.parse(scenario.vkey())])
        assert len(renewed.signatures) == 3
    clock.advance(-1000)
    with scenario.serving(tmp_path, clock) as running:
        # It was on the disk before it was shown, so its time is not taken back either.
        assert ask(running.server_port, None, CHECKPOINT).body == format_note(renewed)
        answer = ask(running.server_port, request(5, 6))
        seen = verified_cosigners(parse_note(scenario.note(6) + answer.body), made.public())
        assert set(seen.values()) == {now}


def test_a_renewal_leaves_alone_what_came_meanwhile(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process on the same file takes a newer head just before the old one is renewed."""
    made = scenario.make(tmp_path)
    stores = [store.Store(tmp_path / "witness.db", made.identity()) for _ in range(2)]
    one, two = (witness.Witness(made, memory, tmp_path / "logs", clock) for memory in stores)
    one.add_checkpoint(request(0, 3))
    clock.advance(witness.FRESH_SECONDS)
    begin = one.store.transaction

    def meanwhile() -> AbstractContextManager[None]:
        if two.store.seen(LOG).head.size == 3:
            two.add_checkpoint(request(3, 7))
        return begin()

    monkeypatch.setattr(one.store, "transaction", meanwhile)
    shown = one.latest(CHECKPOINT.split("/")[1])
    assert shown is not None and shown.startswith(scenario.note(7))
    assert two.store.seen(LOG).head.size == 7
    two.add_checkpoint(request(7, 9))
    for memory in stores:
        memory.close()


def test_only_what_was_read_is_renewed(tmp_path: Path, clock: ManualClock) -> None:
    made = scenario.make(tmp_path)
    memory = store.Store(tmp_path / "witness.db", made.identity())
    one, name = witness.Witness(made, memory, tmp_path / "logs", clock), CHECKPOINT.split("/")[1]
    one.add_checkpoint(request(0, 3))
    old = memory.latest(name)
    assert old is not None
    one.add_checkpoint(request(3, 7))
    with pytest.raises(store.StoreError, match="meanwhile"):
        memory.renew(name, old, old)
    assert memory.seen(LOG).head.size == 7
    memory.close()


def test_a_request_to_stop_answers_what_has_come_and_ends_well(tmp_path: Path) -> None:
    scenario.make(tmp_path)
    with scenario.child(tmp_path) as (running, port):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            line.sendall(head(request(0, 3)))
            assert statuses(line.recv(1000)) == [200]
            running.send_signal(signal.SIGTERM)
            assert line.recv(1000) == b""
        assert running.wait(10) == 0
    assert not (tmp_path / "witness.db-wal").exists(), "the state file was not closed"


def test_no_flood_makes_it_large(tmp_path: Path) -> None:
    """As many connections as there are places, each with almost the largest body."""
    scenario.make(tmp_path)
    with scenario.child(tmp_path) as (running, port):
        assert ask(port, request(0, 3)).status == 200
        lines = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(120)]
        for line in lines:
            line.sendall(head(b"x" * wire.MAX_BODY)[:-1])
        assert ask(port, request(3, 4)).status == 200
        assert scenario.resident_kib(running.pid) < 40 * 1024
        for line in lines:
            line.close()


def mutated(body: bytes, chance: random.Random) -> bytes:
    """One to four changes: bytes flipped, lines dropped, doubled or swapped, cut, repeated."""
    for _ in range(chance.randrange(1, 5)):
        at, other = (chance.randrange(len(body) + 1) for _ in range(2))
        lines = body.split(b"\n")
        line = chance.randrange(len(lines))
        body = (
            chance.choice(
                [
                    body[:at] + bytes([chance.randrange(256)]) + body[at + 1 :],
                    body[:at]
                    + chance.choice([b"\n", b"\0", b"\xff", b"9" * 30, b"=", b" "])
                    + body[at:],
                    body[: min(at, other)] + body[max(at, other) :],
                    b"\n".join(lines[:line] + lines[line + 1 :]),
                    b"\n".join([*lines[:line], lines[line], *lines[line:]]),
                    body[:at],
                ]
            )
            or b"\n"
        )
    return body


@pytest.mark.parametrize("seed", range(8))
def test_no_mutation_of_the_vectors_is_cosigned_or_breaks_it(
    tmp_path: Path, clock: ManualClock, shared_dir: Path, seed: int
) -> None:
    path = shared_dir / "vectors" / "log" / "tlog-witness-add-checkpoint.json"
    vectors = json.loads(path.read_text(encoding="utf-8"))
    made = scenario.make(tmp_path)
    (tmp_path / "logs").write_text(vectors["log_vkey"] + "\n")
    memory = store.Store(tmp_path / "witness.db", made.identity())
    service = server.Service(witness.Witness(made, memory, tmp_path / "logs", clock), "")
    right = [one["request_body"].encode() for one in vectors["exchanges"]]
    signed = {parse_note(body.partition(b"\n\n")[2]).text for body in right if b"\n\n" in body}
    chance = random.Random(seed)
    held = TreeHead(-1, b"")
    for _ in range(300):
        body = mutated(chance.choice(right), chance)
        (answer,) = service.answers(posts(body))
        assert answer.status in (200, 400, 403, 404, 409, 422), body
        if answer.status == 200:
            assert parse_note(body.partition(b"\n\n")[2]).text in signed, body
            origin = vectors["log_vkey"].partition("+")[0]
            assert memory.seen(origin).head.size >= held.size
            held = memory.seen(origin).head
    memory.close()


@pytest.mark.parametrize("seed", range(8))
def test_no_bytes_break_the_reader(seed: int) -> None:
    chance = random.Random(seed)
    right = head(request(0, 3)) + head(b"", line="GET /?x=%41 HTTP/1.1")
    for _ in range(400):
        data = mutated(right, chance)
        reader, refused = Reader(), 400
        try:
            for at in range(0, len(data), 700):
                reader.feed(data[at : at + 700])
                while (found := reader.take()) is not None:
                    assert len(found.body) <= wire.MAX_BODY
        except BadRequest as fault:
            refused = fault.status
        assert refused in (400, 411, 413, 431, 505)


def test_the_fuzzer_reaches_what_it_should() -> None:
    """Unchanged, the same bytes are two requests: so the mutations do start from something."""
    reader = Reader()
    reader.feed(head(request(0, 3)) + head(b"", line="GET /?x=%41 HTTP/1.1"))
    first, second = reader.take(), reader.take()
    assert first is not None and first.body == request(0, 3) and first.keep
    assert second is not None and (second.method, second.path) == ("GET", "/")
    assert reader.take() is None and not reader.begun


def test_old_http_closes_after_one_answer(tmp_path: Path, clock: ManualClock) -> None:
    scenario.make(tmp_path)
    with (
        scenario.serving(tmp_path, clock) as running,
        socket.create_connection(("127.0.0.1", running.server_port), timeout=10) as line,
    ):
        line.sendall(b"GET / HTTP/1.0\r\n\r\n")
        found = line.recv(1000)
        assert statuses(found) == [200] and line.recv(1000) == b""


def test_it_listens_again_at_once_after_a_kill(tmp_path: Path) -> None:
    scenario.make(tmp_path)
    with scenario.child(tmp_path) as (running, port):
        assert ask(port, request(0, 3)).status == 200
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
    with scenario.child(tmp_path, port) as (_, port):
        answer = ask(port, request(0, 4))
    assert (answer.status, answer.body) == (409, "3\n")
