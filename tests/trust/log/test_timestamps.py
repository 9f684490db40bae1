"""RFC 3161 time-stamps by an authority that the test makes with `openssl ts`."""

from __future__ import annotations

import dataclasses
import http.server
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509

from tests.simulator.clock import ManualClock
from tests.trust.log.helpers import fill, open_book, publish
from trust.formats import der, timestamps
from trust.formats.errors import FormatError, SakshiError, SignatureError
from trust.log import proofs, queries, timestamping
from trust.log.errors import LogError
from trust.log.mirror import mirror
from trust.log.runtime import Runtime

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl is not installed: no authority can be made"
)
CONFIG = """
[ ca ]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[ tsa ]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[ web ]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = serverAuth
[ req ]
distinguished_name = dn
[ dn ]
[ tsa_default ]
"""
TSA = """
[ tsa ]
default_tsa = tsa_config
[ tsa_config ]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
certs = {folder}/ca.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = yes
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = {ess}
"""


def openssl(folder: Path, *arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


class Authority:
    """A certificate of its own, one for stamping issued by it, and the answering of requests."""

    def __init__(self, folder: Path, *, key: str = "rsa:2048", ess: str = "sha256") -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "x.cnf").write_text(CONFIG)
        (folder / "ts.cnf").write_text(TSA.format(folder=folder, ess=ess))
        (folder / "serial").write_text("01\n")
        kind, *more = key.split(":")
        option = ["-newkey", "rsa:2048"] if kind == "rsa" else [
            "-newkey", "ec", "-pkeyopt", f"ec_paramgen_curve:{more[0]}"
        ]  # fmt: skip
        openssl(
            folder, "req", "-x509", *option, "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
            "-subj", "/CN=Example Root", "-config", "x.cnf", "-extensions", "ca", "-days", "3650",
        )  # fmt: skip
        self.issue("tsa")

    def issue(self, extensions: str) -> None:
        """The stamping certificate, with these extensions."""
        openssl(
            self.folder, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key",
            "-out", "tsa.csr", "-subj", "/CN=Example Stamps", "-config", "x.cnf",
        )  # fmt: skip
        openssl(
            self.folder, "x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-out", "tsa.pem", "-days", "365", "-extfile", "x.cnf",
            "-extensions", extensions,
        )  # fmt: skip

    @property
    def root(self) -> bytes:
        return (self.folder / "ca.pem").read_bytes()

    def answer(self, request: bytes) -> bytes:
        """What the authority answers to a request."""
        (self.folder / "q").write_bytes(request)
        openssl(self.folder, "ts", "-reply", "-config", "ts.cnf", "-queryfile", "q", "-out", "r")
        return (self.folder / "r").read_bytes()

    def stamp(self, note: bytes) -> bytes:
        return self.answer(timestamps.request(sha256(note).digest(), 4711))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "a")


@pytest.fixture
def url(authority: Authority) -> Iterator[str]:
    """The authority behind an address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            reply = authority.answer(body)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


NOTE = b"a note\n"


def test_openssl_and_we_agree(authority: Authority, tmp_path: Path) -> None:
    response = authority.stamp(NOTE)
    assert timestamps.verify(response, NOTE, authority.root) > 1_700_000_000
    assert timestamps.read(response).nonce == 4711
    (tmp_path / "note").write_bytes(NOTE)
    (tmp_path / "tsr").write_bytes(response)
    openssl(
        authority.folder, "ts", "-verify", "-data", str(tmp_path / "note"),
        "-in", str(tmp_path / "tsr"), "-CAfile", "ca.pem",
    )  # fmt: skip
    own = (authority.folder / "tsa.pem").read_bytes()
    assert timestamps.verify(response, NOTE, own), "the authority's own certificate is enough"


@pytest.mark.parametrize("ess", ["sha1", "sha256", "sha512"])
def test_each_way_to_name_the_certificate(tmp_path: Path, ess: str) -> None:
    other = Authority(tmp_path / "b", key="ec:P-256", ess=ess)
    assert timestamps.verify(other.stamp(NOTE), NOTE, other.root)


def test_another_note_and_another_authority_are_refused(
    authority: Authority, tmp_path: Path
) -> None:
    response = authority.stamp(NOTE)
    with pytest.raises(SignatureError, match="another note"):
        timestamps.verify(response, NOTE + b"x", authority.root)
    stranger = Authority(tmp_path / "c")
    with pytest.raises(SignatureError, match="not issued"):
        timestamps.verify(response, NOTE, stranger.root)
    with pytest.raises(FormatError):
        timestamps.verify(response, NOTE, b"no certificate")


def test_a_certificate_for_something_else_stamps_nothing(authority: Authority) -> None:
    """openssl would not sign with one, so the rule is asked by itself, with the root's own."""
    root = x509.load_pem_x509_certificate(authority.root)
    now = timestamps.read(authority.stamp(NOTE)).time
    with pytest.raises(SignatureError, match="no time-stamp authority"):
        timestamps._check_authority(root, [], authority.root, now)


def test_every_flipped_byte_is_refused(authority: Authority) -> None:
    """Of everything that is signed: the stamped information and the signer's statement."""
    response = authority.stamp(NOTE)
    info = timestamps._content(timestamps.token(response))[0]
    start = response.index(info)
    statement = timestamps._attributes(timestamps._content(timestamps.token(response))[1])
    second = response.index(statement.body)
    places = [*range(start, start + len(info)), *range(second, second + len(statement.body))]
    for at in [*places, len(response) - 1, len(response) - 100]:
        bad = bytearray(response)
        bad[at] ^= 1
        with pytest.raises(SakshiError):
            timestamps.verify(bytes(bad), NOTE, authority.root)


def test_damage_anywhere_is_a_sentence_and_no_crash(authority: Authority) -> None:
    response, chance = authority.stamp(NOTE), random.Random(7)
    refused = 0
    for at in range(len(response)):
        bad = bytearray(response)
        bad[at] ^= 1 << chance.randrange(8)
        try:
            timestamps.verify(bytes(bad), NOTE, authority.root)
        except SakshiError:
            refused += 1
    assert refused > len(response) // 3
    for cut in range(0, len(response) - 1, 97):
        with pytest.raises(SakshiError):
            timestamps.verify(response[:cut], NOTE, authority.root)


def test_a_refusal_is_said() -> None:
    refused = der.element(der.SEQUENCE, der.element(der.SEQUENCE, der.integer(2)))
    with pytest.raises(FormatError, match="not granted"):
        timestamps.read(refused)


def test_once_a_day_for_the_newest_state_head(
    rt: Runtime, clock: ManualClock, authority: Authority, url: str, tmp_path: Path
) -> None:
    rt.settings = dataclasses.replace(rt.settings, tsa_url=url)
    book = open_book(rt)
    fill(rt, book, 0, 5)
    publish(rt, book)
    first = timestamping.stamp(rt)
    assert first is not None
    fill(rt, book, 5, 8)
    publish(rt, book)
    assert timestamping.stamp(rt) is None, "a day has not passed"
    clock.advance(timestamping.DAY)
    second = timestamping.stamp(rt)
    with rt.db.read() as conn:
        state = queries.logs(conn, "state")[0].origin
        assert timestamping.sizes(conn, state) == [first, second]
        note = timestamping.note_of(conn, state, first)
        response = timestamping.response_of(conn, state, first)
        policy = proofs.policy_text(conn)
    assert note is not None and response is not None
    assert timestamps.verify(response, note, authority.root)
    mirror(rt.db, tmp_path / "mirror")
    folder = tmp_path / "mirror" / state / "tsa"
    assert (folder / "index").read_text() == f"{first}\n{second}\n"
    assert (folder / f"{first}.tsr").read_bytes() == response
    (tmp_path / "policy").write_text(policy)
    run = [
        sys.executable, "-m", "audit.cli", "timestamp", str(folder / f"{first}.note"),
        str(folder / f"{first}.tsr"), "--authority", str(authority.folder / "ca.pem"),
        "--policy", str(tmp_path / "policy"),
    ]  # fmt: skip
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and state in done.stdout, done.stderr
    (folder / f"{first}.note").write_bytes(note.replace(b"\n", b"\n\n", 1))
    assert subprocess.run(run, capture_output=True, check=False).returncode == 1


def test_an_authority_that_is_away_stops_nothing(rt: Runtime) -> None:
    rt.settings = dataclasses.replace(rt.settings, tsa_url="http://127.0.0.1:9/")
    book = open_book(rt)
    fill(rt, book, 0, 5)
    publish(rt, book)
    with pytest.raises(LogError, match="could not be asked"):
        timestamping.stamp(rt)
    timestamping.stamp_quietly(rt)
