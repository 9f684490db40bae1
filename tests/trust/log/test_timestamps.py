"""RFC 3161 time-stamps by an authority that the test makes with `openssl ts`."""

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
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from audit.verify.report import Report
from audit.verify.verify import Knowledge, verify_bytes
from tests.simulator.clock import ManualClock
from tests.trust.log.helpers import fill, open_book, publish
from trust.books import published
from trust.formats import archive, der, storedstamps, timestamps
from trust.formats.errors import FormatError, SakshiError, SignatureError
from trust.log import package, proofs, timestamping
from trust.log import queries as log_queries
from trust.log.errors import LogError
from trust.log.runtime import Runtime
from trust.log.upkeep.mirror import mirror
from voting import rulebook

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
        option = (
            ["-newkey", "rsa:2048"]
            if kind == "rsa"
            else ["-newkey", "ec", "-pkeyopt", f"ec_paramgen_curve:{more[0]}"]
        )
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

    def spoil_root(self) -> None:
        """The authority's issuer, issued by somebody elsewhere, with one extension twice."""
        own = x509.load_pem_x509_certificate(self.root)
        body, algorithm, _ = der.parse(own.public_bytes(Encoding.DER)).children()
        parts = [one.whole for one in body.children()]
        parts[3] = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Elsewhere")]).public_bytes()
        last = body.children()[-1]
        (listed,) = last.children()
        more = [one.whole for one in (*listed.children(), listed.children()[-1])]
        parts[-1] = der.element(last.tag, der.element(der.SEQUENCE, *more))
        line = der.element(der.BIT_STRING, bytes(257))
        whole = der.element(der.SEQUENCE, der.element(der.SEQUENCE, *parts), algorithm.whole, line)
        made = x509.load_der_x509_certificate(whole)
        (self.folder / "ca.pem").write_bytes(made.public_bytes(Encoding.PEM))

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
        authority.folder,
        "ts",
        "-verify",
        "-data",
        str(tmp_path / "note"),
        "-in",
        str(tmp_path / "tsr"),
        "-CAfile",
        "ca.pem",
    )
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


def test_an_extension_that_stands_twice_is_a_sentence_and_no_crash(tmp_path: Path) -> None:
    made = Authority(tmp_path / "d")
    made.spoil_root()
    with pytest.raises(x509.DuplicateExtension):
        assert x509.load_pem_x509_certificate(made.root).extensions
    response = made.stamp(NOTE)
    with pytest.raises(FormatError, match="damaged"):
        storedstamps.check(storedstamps.stored(response), NOTE)
    with pytest.raises(FormatError, match="damaged"):
        timestamps.verify(response, NOTE, made.root)


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
        state = log_queries.logs(conn, "state")[0].origin
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
        sys.executable,
        "-m",
        "audit.cli",
        "timestamp",
        str(folder / f"{first}.note"),
        str(folder / f"{first}.tsr"),
        "--authority",
        str(authority.folder / "ca.pem"),
        "--policy",
        str(tmp_path / "policy"),
    ]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and state in done.stdout, done.stderr
    (folder / f"{first}.note").write_bytes(note.replace(b"\n", b"\n\n", 1))
    assert subprocess.run(run, capture_output=True, check=False).returncode == 1


def test_an_operator_is_told_when_time_stamps_are_late(
    rt: Runtime, clock: ManualClock, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> tuple[str, bool] | None:
        with rt.db.read() as conn:
            return timestamping.words(conn, rt.settings.tsa_url, rt.clock())

    assert told() is None, "nobody asked for time-stamps"
    rt.settings = dataclasses.replace(rt.settings, tsa_url="http://tsa.example/")
    book = open_book(rt)
    fill(rt, book, 0, 5)
    publish(rt, book)
    assert told() == ("no head of the state log was time-stamped yet", False)
    clock.advance(timestamping.LATE + 1)
    assert told() == ("no head of the state log was time-stamped yet", True)
    monkeypatch.setattr(timestamping, "_exchange", lambda url, body: authority.answer(body))
    timestamping.stamp_quietly(rt)
    said = told()
    assert said is not None and "time-stamped last at 3 Jun 2026" in said[0] and not said[1]
    clock.advance(timestamping.LATE + 1)
    said = told()
    assert said is not None and said[1]


def test_an_answer_that_does_not_verify_is_not_kept(
    rt: Runtime,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    rt.settings = dataclasses.replace(rt.settings, tsa_url="http://tsa.example/")
    book = open_book(rt)
    fill(rt, book, 0, 5)
    publish(rt, book)

    def spoilt(url: str, body: bytes) -> bytes:
        answer = bytearray(authority.answer(body))
        answer[-1] ^= 1
        return bytes(answer)

    monkeypatch.setattr(timestamping, "_exchange", spoilt)
    timestamping.stamp_quietly(rt)
    assert "no time-stamp: The signature of the time-stamp is wrong" in caplog.text
    with rt.db.read() as conn:
        assert timestamping.sizes(conn, log_queries.logs(conn, "state")[0].origin) == []


def test_an_authority_that_is_away_stops_nothing(rt: Runtime) -> None:
    rt.settings = dataclasses.replace(rt.settings, tsa_url="http://127.0.0.1:9/")
    book = open_book(rt)
    fill(rt, book, 0, 5)
    publish(rt, book)
    with pytest.raises(LogError, match="could not be asked"):
        timestamping.stamp(rt)
    timestamping.stamp_quietly(rt)


@pytest.fixture
def packed(
    rt: Runtime, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> tuple[dict[str, bytes], bytes]:
    """Members of a society's package over a stamped state head, and the policy."""
    monkeypatch.setattr(timestamping, "_exchange", lambda url, body: authority.answer(body))
    rt.settings = dataclasses.replace(rt.settings, tsa_url="http://tsa.example/", mldsa=True)
    book = open_book(rt)
    fill(rt, book, 0, 5)
    publish(rt, book)
    assert timestamping.stamp(rt) is not None
    other = open_book(rt, "tvm-102")
    fill(rt, other, 0, 2)
    publish(rt, other)
    with rt.db.read() as conn:
        members = package.common_members(conn, book, package.everything)
        return members, proofs.policy_text(conn).encode()


def verified(members: dict[str, bytes], policy: bytes) -> Report:
    """The report on a package of these files."""
    known = Knowledge(
        published.mapping_by_hash, rulebook.standard(), policy, filings=published.filing_rules()
    )
    return verify_bytes(archive.pack(members), known)


def stamp_check(members: dict[str, bytes], policy: bytes) -> tuple[str, str]:
    """State and words of the check of a package's time-stamp."""
    check = verified(members, policy)["stamp"]
    return check.state, " ".join(found.text for found in check.findings)


def test_a_package_carries_the_time_stamp_and_it_is_verified(
    packed: tuple[dict[str, bytes], bytes], authority: Authority, tmp_path: Path
) -> None:
    members, policy = packed
    report = verified(members, policy)
    assert report["stamp"].right == 1 and "time-stamp" in report.facts
    assert [found for found in report.findings("wrong") if "stamp" in (found.member or "")] == []
    assert report["package"].state == "right", "every file has a meaning"
    (tmp_path / "a.zip").write_bytes(archive.pack(members))
    (tmp_path / "policy").write_bytes(policy)
    run = [
        sys.executable,
        "-m",
        "audit.cli",
        "timestamp",
        str(tmp_path / "a.zip"),
        "--authority",
        str(authority.folder / "ca.pem"),
        "--policy",
        str(tmp_path / "policy"),
    ]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "/state/2026-27" in done.stdout, done.stderr
    stranger = Authority(tmp_path / "c")
    run[run.index("--authority") + 1] = str(stranger.folder / "ca.pem")
    assert subprocess.run(run, capture_output=True, check=False).returncode == 1
    bare = {name: data for name, data in members.items() if "stamp" not in name}
    (tmp_path / "a.zip").write_bytes(archive.pack(bare))
    assert subprocess.run(run, capture_output=True, check=False).returncode == 2


def test_a_wrong_time_stamp_in_a_package_is_named(
    packed: tuple[dict[str, bytes], bytes], authority: Authority
) -> None:
    members, policy = packed
    proof, response = members["state/stamp.tlog-proof"], members["state/stamp.tsr"]
    for at in range(0, len(response), 61):
        bad = bytearray(response)
        bad[at] ^= 1
        assert stamp_check(members | {"state/stamp.tsr": bytes(bad)}, policy)[0] == "wrong"
    other = storedstamps.stored(authority.stamp(NOTE))
    state, words = stamp_check(members | {"state/stamp.tsr": other}, policy)
    assert state == "wrong" and "another note" in words
    moved = proof.replace(b"index ", b"index 1", 1)
    assert stamp_check(members | {"state/stamp.tlog-proof": moved}, policy)[0] == "wrong"
    alone = {name: data for name, data in members.items() if name != "state/stamp.tsr"}
    assert stamp_check(alone, policy)[0] == "missing"
    head = members["state/key.tlog-proof"]
    assert stamp_check(members | {"state/stamp.tlog-proof": head}, policy)[0] == "wrong"
