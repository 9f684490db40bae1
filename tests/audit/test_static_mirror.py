"""Our server is stopped: a mirror behind servers of files alone satisfies every client.

Python's own file server, the object store that the mirror was written to, and nginx as
docs/operations.md sets it up; `sakshi-audit verify`, `monitor` and `compare`, a policy that asks
for a quorum, and the short program of docs/verify-it-yourself.md.
"""

import dataclasses
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from audit.cli import app
from bench import nginx
from tests.audit.static import plain
from tests.audit.test_second_checker import source
from tests.conftest import HOST, START
from tests.simulator.signer import DirectSigner
from tests.trust.books.makers import daybook, voucher
from tests.trust.books.scenario import build
from tests.trust.log.stores import running
from tests.trust.log.witnesses import honest
from trust.database import Database
from trust.formats import canon, merkle, policy, proofs, tiles
from trust.formats.checkpoints import open_checkpoint
from trust.formats.commitments import Opening
from trust.formats.entries import Entry, parse_entry
from trust.formats.notes import VerifierKey
from trust.formats.tlogproof import TlogProof
from trust.log import boot
from trust.log.upkeep.mirror import mirror
from trust.log.upkeep.served import headers
from trust.settings import Settings

VOUCHERS = 300


@dataclass(frozen=True, slots=True)
class Site:
    """A mirror behind a file server, and policies: of both witnesses, of one, of a stranger."""

    url: str
    book: str
    folder: Path
    both: Path
    one: Path
    stranger: Path


def served_by(
    kind: str, folder: Path, db: Database, home: Path, patch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The address of the mirror behind a server of that kind."""
    if kind == "object store":
        with running(patch) as store:
            place = store.make() + "/of/state"
            mirror(db, place)
            yield f"{store.url}/{place.removeprefix('s3://')}"
    elif kind == "nginx":
        with nginx.serving(folder, home) as url:
            yield url
    else:
        with plain(folder) as url:
            yield url


NGINX = pytest.param(
    "nginx", marks=pytest.mark.skipif(nginx.PROGRAM is None, reason="install nginx-light")
)


@pytest.fixture(params=["http.server", "object store", NGINX])
def site(
    request: pytest.FixtureRequest,
    settings: Settings,
    db: Database,
    clock: Callable[[], int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Site]:
    """A society's books under two outside witnesses, mirrored."""
    boot.make_state(db, settings, HOST, now=START)
    signer = DirectSigner(settings.signer_home)
    known = f"{signer.vkey(f'{HOST}/state/2026-27')}\n"
    a_home, b_home, c_home = (tmp_path / name for name in "abc")
    with (
        honest(clock, a_home, "a", known) as a,
        honest(clock, b_home, "b", known) as b,
        honest(clock, c_home, "c", known) as c,
    ):
        rule = tmp_path / "witness.policy"
        rule.write_text(f"{a.line()}{b.line()}group outside all a b\nquorum outside\n")
        settings = dataclasses.replace(settings, witness_policy=str(rule), witness_wait=20.0)
        rt = boot.open_state(settings, db, clock=clock, signer=signer)
        scenario = build(rt)
        pair = [("Cash", "-100.00"), ("Member Seven", "100.00")]
        books = daybook(*(voucher(f"g-{n}", pair, number=str(n)) for n in range(VOUCHERS)))
        scenario.import_file(books, "d.xml")
        scenario.publish()
        book = scenario.origin
        rt.close()
        one, stranger = tmp_path / "one", tmp_path / "stranger"
        one.write_text(f"log {known}{a.line()}quorum a\n")
        stranger.write_text(f"log {known}{c.line()}quorum c\n")
        folder = tmp_path / "mirror"
        mirror(db, folder)
        for url in served_by(request.param, folder, db, tmp_path / "nginx", monkeypatch):
            # The witnesses are other people's and go on answering; nothing of the State does.
            yield Site(url, book, folder, folder / "policy", one, stranger)


def audit(*arguments: object) -> object:
    """`sakshi-audit` with these arguments; its exit code."""
    words = [str(argument) for argument in arguments]
    return app(words, exit_on_error=False, result_action="return_value")


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return bytes(answer.read())


def test_every_client_is_satisfied(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address = f"{site.url}/{site.book}"
    for trusted in (site.both, site.one):
        assert audit("verify", address, "--policy", trusted) == 0, capsys.readouterr().out
    assert audit("verify", address, "--policy", site.stranger) in (1, 2), "no quorum"
    state = tmp_path / "a.monitor"
    once = ("--once", "--state", state, "--policy", site.both, "--rate", "0")
    for _ in range(2):
        assert audit("monitor", site.url, *once) == 0, capsys.readouterr().out
    assert audit("compare", state, site.url, "--policy", site.both) == 0, capsys.readouterr().out
    assert audit("compare", site.folder, site.url) == 0, capsys.readouterr().out
    program = tmp_path / "check.py"
    program.write_text(source(), "utf-8")
    proof = tmp_path / "entry.sakshi-proof"
    proof.write_bytes(proof_from_files(site))
    run = [sys.executable, "-I", str(program), str(proof)]
    for trusted, code in ((site.one, 0), (site.stranger, 1)):
        done = subprocess.run([*run, trusted], capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout + done.stderr
    assert audit("verify", proof, "--policy", site.both) == 0, capsys.readouterr().out


def proof_from_files(site: Site) -> bytes:
    """The proof of the society's first public entry, made from nothing but fetched files."""
    (state_key,) = [log.key for log in policy.parse_policy(get(f"{site.url}/policy").decode()).logs]
    state = Log(site, state_key.name)
    book = Log(site, site.book)
    head = state.entries.index(book.note)
    key, record = next(
        (index, record)
        for index, record in state.public("log-key")
        if canon.parse(record)["origin"] == site.book
    )
    vkey = VerifierKey.parse(str(canon.parse(record)["vkey"]))
    open_checkpoint(book.note, vkey), open_checkpoint(state.note, state_key)
    index, opened = next(book.public("society"))
    return proofs.format_proof(
        proofs.SakshiProof(
            entry=book.entries[index],
            opening=Opening(opened, None),
            inclusion=book.proof(index),
            head=state.proof(head),
            key=state.proof(key),
            key_entry=state.entries[key],
            key_record=record,
        )
    )


class Log:
    """One log, read from files."""

    def __init__(self, site: Site, origin: str) -> None:
        self._base = f"{site.url}/{origin}"
        self.note = get(f"{self._base}/checkpoint")
        self.size = int(self.note.split(b"\n")[1])
        self.entries: list[bytes] = []
        for ref in tiles.bundles_at(self.size):
            self.entries += tiles.decode_bundle(get(f"{self._base}/{ref.path}"), ref.width)

    def public(self, kind: str) -> Iterator[tuple[int, bytes]]:
        """Entries of a public kind: index and document."""
        for index, data in enumerate(self.entries):
            entry = parse_entry(data)
            if isinstance(entry, Entry) and entry.kind == kind:
                yield index, get(f"{self._base}/doc/{entry.commitment.hex()}")

    def proof(self, index: int) -> TlogProof:
        """An entry's inclusion under the log's head, by tiles."""
        reader = tiles.TileReader(self.size, lambda ref: get(f"{self._base}/{ref.path}"))
        path = merkle.build_inclusion(index, self.size, reader.node)
        return TlogProof(index, tuple(path), self.note.decode(), None)


@pytest.mark.parametrize("site", ["object store", NGINX], indirect=True)
def test_types_and_how_long_they_may_be_kept(site: Site, request: pytest.FixtureRequest) -> None:
    kind = request.node.callspec.params["site"]
    names = [
        path.relative_to(site.folder).as_posix()
        for path in site.folder.rglob("*")
        if path.is_file() and ".partial" not in path.parts
    ]
    assert len({headers(name) for name in names}) == 3
    for name in names:
        with urllib.request.urlopen(f"{site.url}/{name}", timeout=10) as answer:
            told = (answer.headers["Content-Type"], answer.headers["Cache-Control"])
            assert told == headers(name), name
            assert answer.headers["Content-Encoding"] is None
            assert answer.read() == (site.folder / name).read_bytes()
            if kind == "nginx":
                assert answer.headers["Access-Control-Allow-Origin"] == "*"
    if kind == "nginx":
        for absent in (f"{site.book}/tile/0/999", ".partial/checkpoints", "", site.book):
            with pytest.raises(urllib.error.HTTPError) as told_so:
                urllib.request.urlopen(f"{site.url}/{absent}", timeout=10)
            assert told_so.value.code == 404
            assert told_so.value.headers["Cache-Control"] is None, "what is missing may come"
