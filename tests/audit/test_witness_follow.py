"""A witness that follows a state: one line, and it knows every log the state names."""

import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from audit.monitoring.logs import Logs
from audit.monitoring.wire import HttpSite
from audit.witness import follow, store, witness
from tests.audit import witness_scenario as scenario
from tests.audit.raw import NOWHERE, moved, raw
from tests.audit.witness_scenario import ask
from tests.simulator.clock import ManualClock
from trust.formats import canon, merkle
from trust.formats.errors import ProofError, SakshiError
from trust.formats.notes import verifier_key
from trust.formats.witness import format_request
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log import shards, tree_queries
from trust.log.model import NewEntry
from trust.log.runtime import Runtime
from trust.log.upkeep import mirror
from trust.log.witnesses import witness_status

DATE: dict[str, canon.Json] = {
    "kind": "governance-date",
    "v": 1,
    "society": "s-1",
    "book_year": "2026-27",
    "import": "i-1",
    "date": "2026-06-01",
    "event": "general-meeting",
}


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A folder under an address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    files = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    files.daemon_threads = True
    thread = threading.Thread(target=files.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{files.server_port}"
    finally:
        files.shutdown()
        thread.join()
        files.server_close()


class State:
    """A state whose logs lie in a mirror."""

    def __init__(self, rt: Runtime, folder: Path) -> None:
        self.rt, self.folder = rt, folder
        self.books: list[str] = []
        self.origin = f"{rt.host}/state/2026-27"

    def open(self, *names: str) -> None:
        """New societies with an entry each, published and mirrored."""
        made = [f"{self.rt.host}/coop/{name}/2026-27" for name in names]
        with self.rt.db.write() as conn:
            for origin in made:
                logs.open_log(conn, origin, now=self.rt.clock())
                items = [NewEntry("governance-date", DATE, f"d {n}") for n in range(3)]
                logs.append(conn, origin, items, now=self.rt.clock())
        self.rt.publish(made)
        mirror.mirror(self.rt.db, self.folder)
        self.books += made

    def head(self, origin: str) -> tuple[int, str]:
        """Size and note of a log's newest head."""
        with self.rt.db.read() as conn:
            note = witness_status.checkpoint(conn, origin)
            found = log_queries.latest_head(conn, origin)
        assert note is not None and found is not None
        return found[0], note.decode()

    def request(self, origin: str, old: int = 0) -> bytes:
        """What asks a witness to cosign that head."""
        size, note = self.head(origin)
        with self.rt.db.read() as conn:
            proof = (
                tree_queries.consistency(conn, origin, old, size) if old not in (0, size) else []
            )
        return format_request(old, proof, note)


@pytest.fixture
def state(rt: Runtime, tmp_path: Path) -> State:
    made = State(rt, tmp_path / "mirror")
    made.folder.mkdir()
    made.open("s-1", "s-2", "s-3")
    return made


class Followed:
    """A witness of the state log alone, and what it is told."""

    def __init__(self, state: State, folder: Path, clock: ManualClock) -> None:
        made = scenario.make(folder)
        (folder / "logs").write_text(f"log {state.rt.signer.vkey(state.origin)}\nquorum none\n")
        self.memory = store.Store(folder / "witness.db", made.identity())
        self.witness = witness.Witness(made, self.memory, folder / "logs", clock)
        self.said: list[str] = []

    def run(self, *bases: str) -> bool:
        return follow.follow(self.memory, bases, self.said.append)


@pytest.fixture
def followed(state: State, tmp_path: Path, clock: ManualClock) -> Iterator[Followed]:
    made = Followed(state, tmp_path, clock)
    yield made
    made.memory.close()


def test_every_log_of_the_state_is_known_after_its_head_was_cosigned(
    state: State, followed: Followed
) -> None:
    with served(state.folder) as base:
        assert followed.run(base) and not followed.memory.keys(state.books[0])
        followed.witness.add_checkpoint(state.request(state.origin))
        assert followed.run(base)
        for book in state.books:
            (key,) = followed.memory.keys(book)
            assert key.format() == state.rt.signer.vkey(book)
            assert followed.witness.add_checkpoint(state.request(book)).startswith("— ")
        before = state.head(state.origin)[0]
        state.open("s-4")
        assert followed.run(base) and not followed.memory.keys(state.books[3])
        followed.witness.add_checkpoint(state.request(state.origin, before))
        followed.said.clear()
        assert followed.run(base) and followed.memory.keys(state.books[3])
        assert followed.said == [f"{state.origin} was followed to size 8: 1 keys read"]


def test_what_is_served_must_be_what_was_cosigned(
    state: State, followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed.witness.add_checkpoint(state.request(state.origin))
    (bundle,) = (state.folder / state.origin / "tile" / "entries").rglob("6")
    data = bytearray(bundle.read_bytes())
    data[40] ^= 1
    bundle.chmod(0o644)
    bundle.write_bytes(data)
    with served(state.folder) as base:
        assert not followed.run(base)
    assert "could not be followed" in followed.said[0]
    assert not followed.memory.keys(state.books[0])


def test_a_document_must_have_the_hash_that_stands_in_the_log(
    state: State, followed: Followed
) -> None:
    followed.witness.add_checkpoint(state.request(state.origin))
    for document in (state.folder / state.origin / "doc").iterdir():
        document.chmod(0o644)
        document.write_bytes(document.read_bytes().replace(b"coop/s-1", b"coop/s-9"))
    with served(state.folder) as base:
        assert not followed.run(base)
    assert "not the one that stands in the log" in followed.said[0]
    assert not followed.memory.keys(f"{state.rt.host}/coop/s-9/2026-27")


def test_a_reading_that_was_cut_short_goes_on(
    state: State, followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "_STEP", 1)
    followed.witness.add_checkpoint(state.request(state.origin))
    named, real = [], follow._named

    def counted(*arguments: object) -> tuple[str, str]:
        named.append(arguments)
        if len(named) == 2:
            raise KeyboardInterrupt
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(follow, "_named", counted)
    with served(state.folder) as base:
        with pytest.raises(KeyboardInterrupt):
            followed.run(base)
        assert sum(bool(followed.memory.keys(book)) for book in state.books) == 1
        assert followed.run(base)
    assert len(named) == 4, "the one that was taken over was read again"
    assert all(followed.memory.keys(book) for book in state.books)


@pytest.mark.parametrize("place", NOWHERE)
def test_the_second_place_serves_when_the_first_sends_us_nowhere(
    state: State, followed: Followed, place: bytes
) -> None:
    followed.witness.add_checkpoint(state.request(state.origin))
    with raw(moved(place)) as wrong, served(state.folder) as base:
        assert followed.run(wrong, base)
    assert all(followed.memory.keys(book) for book in state.books)


def test_the_second_place_serves_when_the_first_is_down(
    state: State, followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "HttpSite", partial(HttpSite, tries=1))
    followed.witness.add_checkpoint(state.request(state.origin))
    with served(state.folder) as base:
        assert followed.run("http://127.0.0.1:1", base)
    assert all(followed.memory.keys(book) for book in state.books)


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("other.example/coop/s-1/2026-27", "other.example/coop/s-1/2026-27"),
        ("s0.test.example/coop/s-1/2026-27", "s0.test.example/coop/s-2/2026-27"),
        ("s0.test.example/nonsense", "s0.test.example/nonsense"),
    ],
)
def test_a_state_names_only_logs_of_its_own(origin: str, name: str) -> None:
    with pytest.raises(SakshiError):
        follow._check(
            "s0.test.example/state/2026-27", origin, verifier_key(name, bytes(32)).format()
        )


def test_the_next_state_log_is_known_from_the_last_entry_of_the_one_before(
    state: State, followed: Followed
) -> None:
    old = state.origin
    with served(state.folder) as base:
        followed.witness.add_checkpoint(state.request(old))
        assert followed.run(base)
        before = state.head(old)[0]
        state.origin = shards.rotate(state.rt, old, "as in a new year")
        state.open("s-5")
        followed.witness.add_checkpoint(state.request(old, before))
        assert followed.run(base)
        (key,) = followed.memory.keys(state.origin)
        assert key.format() == state.rt.signer.vkey(state.origin)
        followed.witness.add_checkpoint(state.request(state.origin))
        assert followed.run(base) and followed.memory.keys(state.books[3])


def test_the_first_key_named_stays(followed: Followed) -> None:
    origin = "s0.test.example/coop/s-1/2026-27"
    assert followed.memory.know(origin, verifier_key(origin, bytes(32)).format(), "s0.test.example")
    other = verifier_key(origin, bytes([1]) * 32).format()
    assert not followed.memory.know(origin, other, "s0.test.example")
    assert [key.format() for key in followed.memory.keys(origin)] != [other]


def test_a_log_both_listed_and_named_stays_when_the_list_drops_it(
    state: State, followed: Followed, tmp_path: Path
) -> None:
    listed = (tmp_path / "logs").read_text()
    (tmp_path / "logs").write_text(f"{state.rt.signer.vkey(state.books[0])}\n{listed}")
    followed.witness.reload()
    followed.witness.add_checkpoint(state.request(state.origin))
    with served(state.folder) as base:
        assert followed.run(base)
    (tmp_path / "logs").write_text(listed)
    assert followed.witness.reload() == 4
    assert followed.memory.keys(state.books[0])


def test_a_state_that_leaves_the_list_takes_its_logs_along(
    state: State, followed: Followed, tmp_path: Path
) -> None:
    followed.witness.add_checkpoint(state.request(state.origin))
    with served(state.folder) as base:
        assert followed.run(base)
    assert followed.witness.reload() == 4
    (tmp_path / "logs").write_text(f"{scenario.vkey()}\n")
    assert followed.witness.reload() == 1
    assert not followed.memory.keys(state.books[0])


def test_a_society_called_state_has_no_state_log(tmp_path: Path, clock: ManualClock) -> None:
    """Its logs' names look like those of a state log: nothing that they name is followed."""
    made, book = scenario.make(tmp_path), "s0.test.example/coop/state/2026-27"
    true = "s0.test.example/state/2026-27"
    (tmp_path / "logs").write_text(f"{scenario.vkey(book)}\n{scenario.vkey(true)}\n")
    memory = store.Store(tmp_path / "witness.db", made.identity())
    serving = witness.Witness(made, memory, tmp_path / "logs", clock)
    for origin in (book, true):
        serving.add_checkpoint(scenario.request(0, 3, origin))
    assert [found.origin for found in memory.states()] == [true]
    other = "s0.test.example/coop/s-1/2026-27"
    assert memory.know(other, scenario.vkey(other), "s0.test.example")
    (tmp_path / "logs").write_text(f"{scenario.vkey(book)}\n")
    assert serving.reload() == 1 and not memory.keys(other), "nor does it keep what was learnt"
    assert memory.states() == []
    memory.close()


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 8, 200, 257])
def test_the_tree_that_is_kept_is_the_tree(count: int) -> None:
    leaves = [merkle.leaf_hash(b"%d" % n) for n in range(count)]
    peaks: list[bytes] = []
    for size, leaf in enumerate(leaves):
        follow._grow(peaks, size, leaf)
    assert follow._root(peaks) == merkle.root_of(leaves)


def test_serving_it_follows_by_itself(state: State, tmp_path: Path) -> None:
    scenario.make(tmp_path)
    (tmp_path / "logs").write_text(f"{state.rt.signer.vkey(state.origin)}\n")
    with served(state.folder) as base, scenario.child(tmp_path, 0, ("--follow", base)) as (_, port):
        assert ask(port, state.request(state.books[0])).status == 404
        assert ask(port, state.request(state.origin)).status == 200
        deadline = time.monotonic() + 60
        while ask(port, state.request(state.books[0])).status == 404:
            assert time.monotonic() < deadline, "the society's log never became known"
            time.sleep(0.1)
        assert ask(port, state.request(state.books[1])).status == 200


def test_a_proof_error_names_the_log(state: State, followed: Followed) -> None:
    followed.witness.add_checkpoint(state.request(state.origin))
    (held,) = followed.memory.states()
    wrong = held._replace(held=held.held._replace(root=bytes(32)))
    with served(state.folder) as base, pytest.raises(ProofError, match="not the log whose head"):
        follow._read(followed.memory, Logs(HttpSite(base, rate=0)), wrong, followed.said.append)
