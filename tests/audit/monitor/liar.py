"""A web server over a real state that can be told to lie: its answers are replaced path by path."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from sqlalchemy import Connection
from starlette.testclient import TestClient

from tests.simulator.signer import DirectSigner
from trust.formats import b64, notes, tiles
from trust.formats.canon import Json
from trust.formats.checkpoints import Checkpoint, format_checkpoint
from trust.formats.merkle import leaf_hash, root_from_nodes, root_of
from trust.log import proofs, tree_queries
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.model import NewEntry
from trust.log.runtime import Runtime

SLUG = "tvm-101"
Answer = bytes | int | Callable[[bytes], bytes]


class Liar:
    """The real application behind a socket; `lies` maps a path to bytes, a status or a change."""

    def __init__(self, rt: Runtime, client: TestClient) -> None:
        self.rt, self.client = rt, client
        self.lies: dict[str, Answer] = {}
        self.skew = 0
        self.asked: list[str] = []
        self.delays: dict[str, threading.Event] = {}
        self.lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body in one packet: else the kernels wait 40 ms for each other.
            wbufsize = -1

            def do_GET(self) -> None:
                status, body = outer.answer(self.path)
                waiting = outer.delays.get(urlsplit(self.path).path)
                if waiting is not None:
                    waiting.wait(60)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def date_time_string(self, timestamp: float | None = None) -> str:
                """The Date of an answer: by the clock of the server, as everything else."""
                return super().date_time_string(outer.rt.clock() + outer.skew)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, target: str) -> tuple[int, bytes]:
        """What it says at a path."""
        path = urlsplit(target).path
        with self.lock:
            self.asked.append(path)
            lie = self.lies.get(path)
            if isinstance(lie, int):
                return lie, b"no\n"
            if isinstance(lie, bytes):
                return 200, lie
            real = self.client.get(target)
            if lie is not None:
                return 200, lie(real.content)
            return real.status_code, real.content

    def close(self) -> None:
        """Stop listening."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    # What the state behind it does.

    @property
    def book(self) -> str:
        """The society's book log."""
        return f"{self.rt.host}/coop/{SLUG}/2026-27"

    @property
    def state(self) -> str:
        """The state log."""
        return f"{self.rt.host}/state/2026-27"

    def path(self, origin: str, file: str) -> str:
        """Path of a log's file."""
        return f"/l/{origin}/{file}"

    def grow(self, count: int, *, publish_it: bool = True) -> None:
        """Append that many public entries, and publish them."""
        with self.rt.db.write() as conn:
            logs.open_log(conn, self.book, now=self.rt.clock())
            start = log_queries.info(conn, self.book).next_index
            items = [date(number) for number in range(start, start + count)]
            logs.append(conn, self.book, items, now=self.rt.clock())
        if publish_it:
            self.rt.publish([self.book])

    def grow_private(self, count: int) -> None:
        """Append and publish that many entries without documents."""
        with self.rt.db.write() as conn:
            start = log_queries.info(conn, self.book).next_index
            items = [voucher(number) for number in range(start, start + count)]
            logs.append(conn, self.book, items, now=self.rt.clock())
        self.rt.publish([self.book])

    def policy(self) -> bytes:
        """The policy it publishes."""
        with self.rt.db.read() as conn:
            return proofs.policy_text(conn).encode()

    def head(self, origin: str) -> tuple[int, bytes, bytes]:
        """Size, root and note of the newest head."""
        with self.rt.db.read() as conn:
            found = log_queries.latest_head(conn, origin)
        assert found is not None
        return found

    def note_at(self, origin: str, size: int) -> bytes:
        """An earlier note, as it was released."""
        with self.rt.db.read() as conn:
            root = root_from_nodes(size, tree_queries.reader(conn, origin, size).node)
        return self.sign(origin, size, root)

    def sign(self, origin: str, size: int, root: bytes, key_of: str | None = None) -> bytes:
        """What a signer without a guard would sign."""
        signer = self.rt.signer
        assert isinstance(signer, DirectSigner)
        seed, _ = signer.core._key(key_of or origin)
        assert seed is not None
        text = format_checkpoint(Checkpoint(origin, size, root))
        signature = notes.sign_ed25519(text, origin, seed)
        return notes.format_note(notes.SignedNote(text, (signature,))).encode()

    def entries(self, origin: str) -> list[bytes]:
        """All entries of a log."""
        with self.rt.db.read() as conn:
            return [row.entry for row in log_queries.entries(conn, origin, 0, 1 << 40)]

    def serve_log(self, origin: str, entries: list[bytes], key_of: str | None = None) -> None:
        """Serve another history of a log, whole and signed: head, bundles and tiles."""
        leaves = [leaf_hash(entry) for entry in entries]
        grown = tiles.extend(0, {}, leaves)
        size = len(entries)
        self.lies[self.path(origin, "checkpoint")] = self.sign(
            origin, size, root_of(leaves), key_of
        )
        for ref in tiles.bundles_at(size):
            part = entries[ref.n * 256 : ref.n * 256 + ref.width]
            self.lies[self.path(origin, ref.path)] = tiles.encode_bundle(part)
        for tile in tiles.tiles_at(size):
            self.lies[self.path(origin, tile.path)] = grown.tiles[tile.level, tile.n]

    def digests(self, origin: str) -> list[str]:
        """Hashes of the public documents of a log."""
        with self.rt.db.read() as conn:
            return [digest for digest, _ in log_queries.documents(conn, origin)]

    def conn(self) -> Connection:
        """For a test that writes into the database by hand."""
        return self.rt.db.engine.connect()


def date(number: int, slug: str = SLUG) -> NewEntry:
    """A public entry: an accounting date."""
    record: dict[str, Json] = {
        "kind": "governance-date",
        "v": 1,
        "society": slug,
        "book_year": "2026-27",
        "import": f"i-{number}",
        "event": "accounting-date",
        "date": "2026-05-31",
    }
    return NewEntry("governance-date", record, f"date {number}")


def abandonment(origin: str, size: int, root: bytes) -> NewEntry:
    """A record that gives a log up, two entries of which are left."""
    record: dict[str, Json] = {
        "kind": "abandonment",
        "v": 1,
        "origin": origin,
        "size": size,
        "root": b64.encode(root),
        "kept": 2,
        "successor": None,
        "reason": "test",
    }
    return NewEntry("abandonment", record, f"abandon {origin}")


def voucher(number: int) -> NewEntry:
    """A private entry."""
    record: dict[str, Json] = {
        "kind": "voucher",
        "v": 1,
        "society": SLUG,
        "book_year": "2026-27",
        "import": "i-1",
        "id": f"guid-{number}",
        "source": "test",
        "date": "2026-06-01",
        "type": "Receipt",
        "corrects": None,
        "detail": None,
        "lines": [{"account": "28101", "paise": 500}, {"account": "14101", "paise": -500}],
    }
    return NewEntry("voucher", record, f"voucher {number}")
