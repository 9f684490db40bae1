"""A mirror in an object store: the same files as in a folder, whatever the store does meanwhile."""

import builtins
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import moto.settings
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.conftest import HOST, ROOT, load_tables
from tests.simulator.signer import DirectSigner
from tests.trust.log.helpers import fill, open_book, publish
from tests.trust.log.stores import Store, running
from tests.trust.log.test_backup import sakshi
from tests.trust.log.test_mirror import files
from trust.database import Database
from trust.log import boot
from trust.log.errors import MirrorError
from trust.log.runtime import Runtime
from trust.log.upkeep import objectstore
from trust.log.upkeep.backup import backup
from trust.log.upkeep.mirror import mirror
from trust.log.upkeep.objectstore import Object, ObjectStore
from trust.log.upkeep.served import FRESH, IMMUTABLE
from trust.log.upkeep.sources import source
from trust.settings import Settings
from web.migrate import migrate

pytestmark = pytest.mark.slow


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    quick = {"init_backoff": timedelta(milliseconds=1), "max_backoff": timedelta(milliseconds=2)}
    retry = {"max_retries": 3, "retry_timeout": timedelta(seconds=30), "backoff": quick}
    monkeypatch.setattr(objectstore, "RETRY", retry)
    with running(monkeypatch) as made:
        yield made


@pytest.fixture
def place(store: Store) -> str:
    """An empty bucket's prefix."""
    return store.make() + "/of/state"


@pytest.fixture
def book(rt: Runtime) -> str:
    return open_book(rt)


def objects(place: str) -> dict[str, bytes]:
    """Everything published below a place, by name."""
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    found = ObjectStore(f"s3://{bucket}")
    names = [name.removeprefix(f"{prefix}/") for name in found.names(prefix)]
    below = ObjectStore(place)
    return {name: held(below, name).data for name in names if not name.startswith(".partial/")}


def held(at: ObjectStore, name: str) -> Object:
    found = at.get(name)
    assert found is not None, name
    return found


def overwrite(place: str, name: str, data: bytes) -> None:
    """What only a foreign hand does: put other bytes over an object."""
    at = ObjectStore(place)
    found = at.get(name)
    assert (
        at.put(name, data, ("text/plain", FRESH), None if found is None else found.tag)[0] == "made"
    )


def test_a_bucket_holds_the_same_files_as_a_folder(
    rt: Runtime, book: str, place: str, store: Store, tmp_path: Path
) -> None:
    for start, stop in ((0, 200), (200, 250), (250, 600)):
        fill(rt, book, start, stop)
        publish(rt, book)
        there, here = mirror(rt.db, place), mirror(rt.db, tmp_path / "mirror")
        assert objects(place) == files(tmp_path / "mirror")
        assert there == here and there.written > 0
    before = len(store.asked)
    again = mirror(rt.db, place)
    assert (again.written, again.changed) == (0, 0)
    assert {method for method, _ in store.asked[before:]} == {"PUT", "GET"}
    assert len(store.asked) - before < 10, "one look at the list, none at the logs"
    assert mirror(rt.db, place, whole=True).written == 0


def test_types_and_cache_headers(rt: Runtime, book: str, place: str, store: Store) -> None:
    fill(rt, book, 0, 300)
    publish(rt, book)
    mirror(rt.db, place)
    base = f"{store.url}/{place.removeprefix('s3://')}"
    seen = set()
    for name in objects(place):
        with urllib.request.urlopen(f"{base}/{name}", timeout=10) as answer:
            told = (answer.headers["Content-Type"], answer.headers["Cache-Control"])
        if "/tile/" in name:
            assert told == ("application/octet-stream", IMMUTABLE), name
        elif "/doc/" in name:
            assert told == ("application/json", IMMUTABLE), name
        else:
            assert told == ("text/plain; charset=utf-8", FRESH), name
        seen.add(told)
    assert len(seen) == 3


CHILD = """
import sys
from tests.conftest import load_tables
from trust.database import Database
from trust.log.upkeep.mirror import mirror
load_tables()
mirror(Database(sys.argv[1]), sys.argv[2])
"""


@pytest.mark.slow
def test_a_killed_run_is_taken_up_again(
    rt: Runtime, book: str, place: str, store: Store, tmp_path: Path
) -> None:
    fill(rt, book, 0, 255)
    publish(rt, book)
    mirror(rt.db, place)
    mirror(rt.db, tmp_path / "mirror")
    fill(rt, book, 255, 520)
    publish(rt, book)
    url = rt.db.url.render_as_string(hide_password=False)
    rt.db.dispose()
    for writes in (0, 7, 30):
        child = subprocess.Popen([sys.executable, "-c", CHILD, url, place], cwd=ROOT)
        store.fault = killer(child.pid, writes)
        code = child.wait(60)
        assert code == -signal.SIGKILL
        store.fault = None
        heads = [name for name in objects(place) if name.endswith("/checkpoint")]
        assert len(heads) == 2, "each is one that was signed, old or new"
    mirror(rt.db, place)
    mirror(rt.db, tmp_path / "mirror")
    assert objects(place) == files(tmp_path / "mirror")
    assert mirror(rt.db, place, whole=True).written == 0


def killer(pid: int, writes: int) -> Any:
    """Kill a process when it has asked for so many writes; the one at hand may be done or not."""
    left = iter(range(writes))

    def fault(environ: dict[str, Any]) -> str | None:
        if environ["REQUEST_METHOD"] in ("PUT", "POST") and next(left, None) is None:
            os.kill(pid, signal.SIGKILL)
            return "unavailable" if writes % 2 else None
        return None

    return fault


@pytest.mark.parametrize("name", ["tile/0/000", "tile/entries/000.p/200", "checkpoint"])
def test_a_foreign_object_in_the_way_is_refused_and_left(
    rt: Runtime, book: str, place: str, name: str
) -> None:
    fill(rt, book, 0, 200 if ".p/" in name else 300)
    publish(rt, book)
    overwrite(place, f"{book}/{name}", b"of somebody else\n")
    with pytest.raises(MirrorError) as told:
        mirror(rt.db, place)
    assert name in str(told.value)
    assert held(ObjectStore(place), f"{book}/{name}").data == b"of somebody else\n"
    if name != "checkpoint":
        assert told.value.code == "mirror-conflict"
        assert f"{book}/checkpoint" not in objects(place), "no head over what is not there"


def test_passing_faults_are_tried_again_and_lost_answers_do_no_harm(
    rt: Runtime, book: str, place: str, store: Store, tmp_path: Path
) -> None:
    tried: set[tuple[str, str]] = set()

    def fault(environ: dict[str, Any]) -> str | None:
        asked = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if asked in tried:
            return None
        tried.add(asked)
        return (None, "unavailable", "lost")[len(tried) % 3]

    fill(rt, book, 0, 300)
    publish(rt, book)
    store.fault = fault
    mirror(rt.db, place)
    fill(rt, book, 300, 600)
    publish(rt, book)
    mirror(rt.db, place)
    store.fault = None
    mirror(rt.db, tmp_path / "mirror")
    there, here = objects(place), files(tmp_path / "mirror")
    assert {name: there[name] for name in here} == here
    assert all(".p/" in name for name in set(there) - set(here))


def test_a_second_writer_is_noticed_and_its_head_stays(
    rt: Runtime, book: str, place: str, store: Store
) -> None:
    fill(rt, book, 0, 5)
    publish(rt, book)
    mirror(rt.db, place)
    fill(rt, book, 5, 9)
    publish(rt, book)
    checkpoint = f"{book}/checkpoint"

    def fault(environ: dict[str, Any]) -> None:
        if environ["REQUEST_METHOD"] == "PUT" and environ["PATH_INFO"].endswith(checkpoint):
            store.fault = None
            overwrite(place, checkpoint, b"a newer head, of the other writer\n")

    store.fault = fault
    with pytest.raises(MirrorError, match="Another process") as told:
        mirror(rt.db, place)
    assert told.value.code == "mirror-busy"
    assert held(ObjectStore(place), checkpoint).data.startswith(b"a newer head")


@pytest.mark.parametrize("method", ["create", "replace"])
def test_a_409_is_tried_again_and_accuses_nobody(
    rt: Runtime, book: str, place: str, store: Store, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """S3 answers 409 when two conditional writes meet: nothing is there, nobody changed a file."""
    monkeypatch.setattr(objectstore, "CONFLICT_PAUSES", (0.01, 0.01))
    fill(rt, book, 0, 300)
    publish(rt, book)
    if method == "replace":
        mirror(rt.db, place)
        fill(rt, book, 300, 320)
        publish(rt, book)
    tried: set[str] = set()
    header = "HTTP_IF_NONE_MATCH" if method == "create" else "HTTP_IF_MATCH"

    def meets(environ: dict[str, Any]) -> str | None:
        path = environ["PATH_INFO"]
        if environ["REQUEST_METHOD"] != "PUT" or header not in environ or path in tried:
            return None
        tried.add(path)
        return "met"

    store.fault = meets
    mirror(rt.db, place)
    assert len(tried) > 1, "both conditional writes were met"
    store.fault = None
    assert mirror(rt.db, place, whole=True).written == 0


def test_409_without_end_is_said_as_it_is(
    rt: Runtime, book: str, place: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objectstore, "CONFLICT_PAUSES", (0.01, 0.01))
    store.fault = lambda environ: "met" if environ["REQUEST_METHOD"] == "PUT" else None
    told = refused(rt, place)
    assert told.code == "mirror-busy" and "409" in str(told)


def test_a_store_that_would_overwrite_is_refused(
    rt: Runtime, book: str, place: str, store: Store
) -> None:
    fill(rt, book, 0, 5)
    publish(rt, book)

    def fault(environ: dict[str, Any]) -> None:
        environ.pop("HTTP_IF_NONE_MATCH", None)

    store.fault = fault
    with pytest.raises(MirrorError) as told:
        mirror(rt.db, place)
    assert told.value.code == "mirror-create-only"
    assert objects(place) == {}


def refused(rt: Runtime, place: str) -> MirrorError:
    with pytest.raises(MirrorError) as told:
        mirror(rt.db, place)
    said = str(told.value)
    assert "CANARY" not in said and "<" not in said, "neither keys nor the store's own words"
    return told.value


def test_what_is_wrong_with_a_store_is_said(
    rt: Runtime, book: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(rt, book, 0, 5)
    publish(rt, book)
    place = store.make()
    fault = refused(rt, "s3://no-such-bucket/of")
    assert fault.code == "mirror-bucket" and "no-such-bucket" in str(fault)
    monkeypatch.setattr(moto.settings, "INITIAL_NO_AUTH_ACTION_COUNT", 0.0)
    fault = refused(rt, place)
    assert fault.code == "mirror-credentials" and "403 InvalidAccessKeyId" in str(fault)
    monkeypatch.setattr(moto.settings, "INITIAL_NO_AUTH_ACTION_COUNT", float("inf"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert refused(rt, place).code == "mirror-unreachable"
    monkeypatch.delenv("AWS_ALLOW_HTTP")
    assert refused(rt, place).code == "mirror-http"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://127.0.0.1:9")
    monkeypatch.setenv("AWS_CA_BUNDLE", "/no/such/file.pem")
    assert "AWS_CA_BUNDLE" in str(refused(rt, place))


def test_an_endpoint_that_goes_away_in_the_middle(
    rt: Runtime, book: str, place: str, store: Store
) -> None:
    fill(rt, book, 0, 600)
    publish(rt, book)
    left = iter(range(20))
    store.fault = lambda environ: None if next(left, None) is not None else "unavailable"
    assert refused(rt, place).code == "mirror-store"
    store.fault = None
    assert f"{book}/checkpoint" not in objects(place)
    assert mirror(rt.db, place).written > 0
    assert mirror(rt.db, place, whole=True).written == 0


def test_no_credentials_are_given(
    rt: Runtime, book: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    # The machine's own role is asked for at this address.
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(objectstore, "RETRY", {"max_retries": 0})
    fill(rt, book, 0, 5)
    publish(rt, book)
    assert refused(rt, place).code == "mirror-credentials"


def test_the_library_is_missing(rt: Runtime, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.split(".")[0] == "obstore":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    fault = refused(rt, place)
    assert fault.code == "mirror-library" and "sakshi[server]" in str(fault)


@pytest.mark.parametrize(
    "place",
    [
        "s3://",
        "s3://UPPER",
        "s3://KEY:CANARY@bucket",
        "s3://bucket?key=CANARY",
        "s3://bucket//a",
        "s3://bucket/../up",
        "s3://bucket/a b",
    ],
)
def test_an_address_that_is_none(rt: Runtime, place: str) -> None:
    assert refused(rt, place).code == "mirror-place"


def test_other_schemes_are_refused(rt: Runtime) -> None:
    for place in ("s3+http://bucket", "https://m.example/mirror", "gs://bucket"):
        assert refused(rt, place).code == "mirror-place"


def test_two_states_do_not_share_a_prefix(
    rt: Runtime, book: str, place: str, tmp_path: Path
) -> None:
    fill(rt, book, 0, 5)
    publish(rt, book)
    mirror(rt.db, place)
    overwrite(place, "origins", b"s9.test.example/coop/another/2026-27 5\n")
    assert "another state" in str(refused(rt, place))


def test_entries_come_back_from_a_bucket(rt: Runtime, book: str, place: str) -> None:
    fill(rt, book, 0, 300)
    publish(rt, book)
    mirror(rt.db, place)
    found = source(place)
    assert found.name == place
    for name, data in objects(place).items():
        assert found.read(name) == data
    assert found.read("no/such/file") is None
    with pytest.raises(MirrorError):
        source("s3://no-such-bucket").read("policy")


@pytest.mark.slow
def test_the_commands_with_a_bucket(tmp_path: Path, place: str) -> None:
    """A state is mirrored, lost after a backup, and comes back from the bucket."""
    home, again = tmp_path / "home", tmp_path / "again"
    settings = Settings.from_env({"SAKSHI_HOME": str(home)})
    db, signer = Database(settings.database), settings.signer_home
    load_tables()
    migrate(db)
    boot.make_state(db, settings, HOST)
    rt = boot.open_state(settings, db, signer=DirectSigner(signer))
    book = open_book(rt)
    fill(rt, book, 0, 5)
    publish(rt, book)
    backup(db, tmp_path / "b")
    fill(rt, book, 5, 12)
    publish(rt, book)
    rt.close()
    done = sakshi(home, "mirror", place)
    assert done.returncode == 0 and "2 logs, 2 with something new" in done.stdout, done.stderr
    assert "CANARY" not in done.stdout + done.stderr
    wrong = sakshi(home, "mirror", "s3://no-such-bucket")
    assert wrong.returncode == 1 and "There is no bucket" in wrong.stderr
    assert sakshi(again, "restore", str(tmp_path / "b"), signer=signer).returncode == 0
    done = sakshi(again, "recover", "--from", place, signer=signer)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{book}: 7 entries are back" in done.stdout


def certificate(folder: Path) -> tuple[str, str]:
    """A certificate that nobody has heard of, for 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "store.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    (folder / "store.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "store.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return str(folder / "store.pem"), str(folder / "store.key")


def test_https_and_an_authority_of_ones_own(
    rt: Runtime, book: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objectstore, "RETRY", {"max_retries": 0})
    fill(rt, book, 0, 5)
    publish(rt, book)
    with running(monkeypatch, certificate(tmp_path)) as store:
        monkeypatch.delenv("AWS_ALLOW_HTTP")
        place = store.make()
        assert refused(rt, place).code == "mirror-unreachable", "nobody vouches for it"
        monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "store.pem"))
        assert mirror(rt.db, place).written > 0
