"""Clients that others wrote, over the files that our server serves.

They live in environments of their own, made by ``deploy/interop.sh``; ``SAKSHI_TEST_INTEROP``
names another folder than ``.venv/interop``. A test whose client is not there is skipped and says
so; CI makes them and sets ``SAKSHI_TEST_INTEROP``, and then a missing one is a failure.
"""

import dataclasses
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.conftest import HOST, ROOT, START, load_tables
from tests.simulator.clock import ManualClock
from tests.simulator.signer import DirectSigner
from tests.trust.log.witnesses import honest
from trust.database import Database, metadata
from trust.formats import b64, tiles
from trust.formats.canon import Json
from trust.formats.checkpoints import parse_checkpoint
from trust.formats.notes import parse_note
from trust.formats.tlogproof import format_tlog_proof
from trust.log import boot, proofs, tree_queries
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.keys import mldsa_signatures
from trust.log.model import NewEntry
from trust.log.runtime import Runtime
from trust.log.witnesses import witness_status
from trust.settings import Settings
from web.app import create_app

GIVEN = os.environ.get("SAKSHI_TEST_INTEROP", "")
FOLDER = Path(GIVEN) if GIVEN else ROOT / ".venv" / "interop"
OLD, NEW = 300, 700

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def tool() -> Callable[[str], Path]:
    """The path of a program of the clients' environments."""

    def find(name: str) -> Path:
        for folder in (FOLDER, FOLDER.with_name(f"{FOLDER.name}-newer")):
            path = folder.absolute() / "bin" / name
            if path.exists():
                return path
        reason = f"no {name} at {FOLDER}: run deploy/interop.sh"
        # aics-tlog needs a newer Python than Debian 12 has, so it alone may be absent in CI.
        if GIVEN and name != "aics-tlog":
            pytest.fail(reason)
        pytest.skip(reason)

    return find


@pytest.fixture(scope="session")
def checker(tool: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our Go checker, compiled with the standard library only."""
    go, made = tool("go"), tmp_path_factory.mktemp("checker") / "checker"
    env = os.environ | {"GOTOOLCHAIN": "local", "GOPROXY": "off", "CGO_ENABLED": "0"}
    source = ROOT / "tests" / "interop" / "checker" / "main.go"
    done = subprocess.run(
        [go, "build", "-o", made, source], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture(scope="session")
def run() -> Run:
    """Run a program and keep what it says."""

    def start(*command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)

    return start


def append(rt: Runtime, origin: str, start: int, stop: int) -> None:
    """Meetings of a made-up society, one entry each."""
    records: list[dict[str, Json]] = [
        {
            "kind": "governance-date",
            "v": 1,
            "society": "tvm-101",
            "book_year": "2026-27",
            "import": f"i-{number}",
            "date": "2026-06-01",
            "event": "general-meeting",
        }
        for number in range(start, stop)
    ]
    with rt.db.write() as conn:
        items = [NewEntry("governance-date", item, str(item["import"])) for item in records]
        logs.append(conn, origin, items, now=rt.clock())


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the server serves of one society's log and of the state log, as files.

    Two outside witnesses have cosigned the state log, one of them with ML-DSA-44 as well.
    """
    return _serve(tmp_path_factory.mktemp("interop"), {})


@pytest.fixture(scope="session")
def greased(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with every log signing twice, and unknown lines in any order under each head."""
    home = tmp_path_factory.mktemp("greased")
    return _serve(home, {"SAKSHI_MLDSA": "1", "SAKSHI_GREASE": "1"})


def _serve(home: Path, more: dict[str, str]) -> Path:
    settings = Settings.from_env({"SAKSHI_HOME": str(home), "SAKSHI_WITNESS_WAIT": "20", **more})
    load_tables()
    db = Database(settings.database)
    metadata.create_all(db.engine)
    clock = ManualClock(START)
    boot.make_state(db, settings, HOST, now=START)
    signer = DirectSigner(settings.signer_home)
    known = f"{signer.vkey(f'{HOST}/state/2026-27')}\n"
    with (
        honest(clock, home / "a", "a", known) as a,
        honest(clock, home / "b", "b", known, mldsa44=True) as b,
    ):
        policy = home / "witness.policy"
        second = b.keys.public()[1].format()
        policy.write_text(
            f"{a.line()}{b.line()}witness b-mldsa44 {second} {b.url}\n"
            "group b-both all b b-mldsa44\ngroup two all a b-both\nquorum two\n"
        )
        settings = dataclasses.replace(settings, witness_policy=str(policy))
        rt = boot.open_state(settings, db, clock=clock, signer=signer)
        _publish_and_mirror(rt, home / "site")
        rt.close()
    return home / "site"


@pytest.fixture
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of the files of `served`, or of the fixture a test names, which it may change."""
    source: Path = request.getfixturevalue(getattr(request, "param", "served"))
    shutil.copytree(source, tmp_path / "site")
    return tmp_path / "site"


def _publish_and_mirror(rt: Runtime, folder: Path) -> None:
    book, state = f"{HOST}/coop/tvm-101/2026-27", f"{HOST}/state/2026-27"
    with rt.db.write() as conn:
        logs.open_log(conn, book, now=rt.clock())
    append(rt, book, 0, OLD)
    rt.publish([book])
    with rt.db.read() as conn:
        old = {name: _shown(rt, witness_status.checkpoint(conn, name)) for name in (book, state)}
    append(rt, book, OLD, NEW)
    rt.publish([book])
    with TestClient(create_app(rt), base_url="http://testserver") as client:
        _mirror(client, rt, folder, old)


def _shown(rt: Runtime, note: bytes | None) -> bytes:
    """A checkpoint as the server would show it."""
    assert note is not None
    return mldsa_signatures.grease(note) if rt.settings.grease else note


def _mirror(client: TestClient, rt: Runtime, folder: Path, old: dict[str, bytes]) -> None:
    def fetch(path: str, target: Path) -> bytes:
        answer = client.get(path)
        assert answer.status_code == 200, path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(answer.content)
        return answer.content

    policy = fetch("/policy", folder / "policy").decode()
    with rt.db.read() as conn:
        vkeys = {name: log_queries.info(conn, name).vkey for name in old}
    second = {name: rt.signer.second_vkey(name) if rt.settings.mldsa else None for name in old}
    # The published policy pins the state log; the others' keys stand in the state log itself.
    (folder / "policy-of-all").write_text(
        "".join(f"log {vkey}\n" for vkey in (*vkeys.values(), *second.values()) if vkey)
        + "quorum none\n"
    )
    witnesses = [line.split()[2] for line in policy.splitlines() if line.startswith("witness ")]
    about: dict[str, object] = {}
    for name, note in old.items():
        log = folder / name
        size = parse_checkpoint(
            parse_note(fetch(f"/l/{name}/checkpoint", log / "checkpoint")).text
        ).size
        for tile in tiles.tiles_at(size):
            path = tiles.tile_path(tile.level, tile.n, tile.width)
            fetch(f"/l/{name}/{path}", log / path)
        for n in range((size + 255) // 256):
            path = tiles.bundle_path(n, min(256, size - n * 256))
            fetch(f"/l/{name}/{path}", log / path)
        (log / "old-checkpoint").write_bytes(note)
        _prove(rt, name, size, note, log)
        about[name] = {
            "vkey": vkeys[name],
            "second": [second[name]] if second[name] else [],
            "witnesses": witnesses if "/state/" in name else [],
        }
    (folder / "about.json").write_text(json.dumps({"logs": about}))


def _prove(rt: Runtime, name: str, size: int, old: bytes, log: Path) -> None:
    """Proof files of the first, the last and a middle entry, and a consistency proof."""
    (log / "proofs").mkdir()
    before = parse_checkpoint(parse_note(old).text).size
    with rt.db.read() as conn:
        note = (log / "checkpoint").read_bytes()
        for index in {0, size // 2, size - 1}:
            proof = proofs.tlog_proof(conn, name, index, size, note)
            (log / "proofs" / f"{index}.tlog-proof").write_text(format_tlog_proof(proof))
            (log / "proofs" / str(index)).write_bytes(log_queries.entry(conn, name, index).entry)
        path = tree_queries.consistency(conn, name, before, size)
        (log / "consistency").write_text("".join(f"{b64.encode(part)}\n" for part in path))
