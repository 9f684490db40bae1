"""The logs over HTTP, read as an outsider would: only by C2SP's paths and rules."""

from hashlib import sha256

import pytest
from starlette.testclient import TestClient

from tests.trust.books.scenario import BooksScenario
from trust.formats import merkle, tiles
from trust.formats.checkpoints import open_checkpoint
from trust.formats.entries import Entry, NoteEntry, parse_entry
from trust.formats.notes import VerifierKey
from trust.formats.policy import parse_policy
from trust.formats.tilepaths import TileRef, bundles_at, tiles_at
from trust.log import shards

STATE = "s0.test.example/state/2026-27"


def _state_key(client: TestClient) -> VerifierKey:
    found = parse_policy(client.get("/policy").content).log(STATE)
    assert found is not None
    return found.key


def _entries(client: TestClient, origin: str, size: int) -> list[bytes]:
    found: list[bytes] = []
    for ref in bundles_at(size):
        data = client.get(f"/l/{origin}/{ref.path}").content
        found += tiles.decode_bundle(data, ref.width)
    return found


def test_a_stranger_can_replay_the_state_log_and_every_log_it_names(
    scenario: BooksScenario, client: TestClient
) -> None:
    answer = client.get(f"/l/{STATE}/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "max-age=2" in answer.headers["cache-control"]
    state = open_checkpoint(answer.content, _state_key(client))
    entries = [parse_entry(entry) for entry in _entries(client, STATE, state.size)]
    heads = [entry for entry in entries if isinstance(entry, NoteEntry)]
    newest = {head.checkpoint.origin: head.checkpoint for head in heads}
    assert scenario.origin in newest
    for origin, head in newest.items():
        raw = _entries(client, origin, head.size)
        assert merkle.root_of([merkle.leaf_hash(entry) for entry in raw]) == head.root
    for entry in entries:
        if isinstance(entry, Entry):
            document = client.get(f"/l/{STATE}/doc/{entry.commitment.hex()}").content
            assert sha256(document).digest() == entry.commitment


def test_tiles_of_every_past_size_are_prefixes_and_immutable(
    scenario: BooksScenario, client: TestClient
) -> None:
    prefix = f"/l/{scenario.origin}"
    size = int(client.get(f"{prefix}/checkpoint").text.split("\n")[1])
    assert size > 5
    for past in range(1, size + 1):
        for ref in tiles_at(past):
            answer = client.get(f"{prefix}/{ref.path}")
            assert answer.headers["content-type"] == "application/octet-stream"
            assert "immutable" in answer.headers["cache-control"]
            assert len(answer.content) == 32 * ref.width
    whole = client.get(f"{prefix}/{TileRef(0, 0, size).path}").content
    assert client.get(f"{prefix}/tile/0/000.p/1").content == whole[:32]


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/000", "tile/0/000.p/255", "tile/0/000.p/0", "tile/0/001.p/1", "tile/1/000.p/1",
        "tile/64/000.p/1", "tile/0/0.p/1", "tile/0/000.p/01", "tile/entries/000", "tile/x/000",
        "tile/entries/000.p/0", "doc/" + "0" * 64, "doc/zz", "entries", "", "checkpoint/",
        "tile/0/x000/000.p/1",
    ],
)  # fmt: skip
def test_what_does_not_exist_is_not_served(
    scenario: BooksScenario, client: TestClient, path: str
) -> None:
    assert client.get(f"/l/{scenario.origin}/{path}").status_code == 404


@pytest.mark.parametrize(
    "origin", ["other.example/state/2026-27", "s0.test.example/coop/none/2026-27", "x", "a/b/c"]
)
def test_a_log_that_is_not_here_is_not_found(
    scenario: BooksScenario, client: TestClient, origin: str
) -> None:
    assert scenario.origin
    assert client.get(f"/l/{origin}/checkpoint").status_code == 404


def test_under_its_own_name_a_log_needs_no_prefix(
    scenario: BooksScenario, client: TestClient
) -> None:
    host, _, path = scenario.origin.partition("/")
    here = client.get(f"/l/{scenario.origin}/checkpoint").content
    for name in (host, f"{host}:8443", host.upper()):
        assert client.get(f"/{path}/checkpoint", headers={"host": name}).content == here
    assert client.get(f"/{path}/checkpoint", headers={"host": "evil.example"}).status_code == 404


def test_private_documents_are_not_served(scenario: BooksScenario, client: TestClient) -> None:
    with scenario.rt.db.read() as conn:
        from trust.log import queries as log_queries

        size = log_queries.released(conn, scenario.origin).size
        private = [
            opened.record
            for index in range(size)
            if (opened := log_queries.opening(conn, scenario.origin, index)) and opened.record
        ]
    assert private, "the books hold vouchers"
    for record in private:
        digest = sha256(record).hexdigest()
        assert client.get(f"/l/{scenario.origin}/doc/{digest}").status_code == 404


def test_the_current_policy_pins_the_newest_state_log_alone(
    scenario: BooksScenario, client: TestClient
) -> None:
    after = shards.rotate(scenario.rt, STATE, "a drill")
    scenario.publish()
    whole = parse_policy(client.get("/policy").content)
    current = parse_policy(client.get("/policy-current").content)
    assert [log.key.name for log in whole.logs] == [STATE, after]
    assert [log.key.name for log in current.logs] == [after]
