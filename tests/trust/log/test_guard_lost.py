"""The signer's home burns with the database: nothing is signed until a new guard knows what was
released, and a witness that has seen more than every mirror stops it."""

import dataclasses
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import START
from tests.simulator.signer import DirectSigner
from tests.trust.log.disasters import Disaster, found, happened
from tests.trust.log.helpers import fill, open_book, publish
from tests.trust.log.witnesses import Asked, honest
from trust.database import Database
from trust.formats import b64, notes
from trust.formats.canon import Json
from trust.formats.checkpoints import parse_checkpoint
from trust.formats.notes import parse_note
from trust.log import boot, lineage, shards
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.errors import LogError, MirrorError, PutBackError, SignerError
from trust.log.keys import guardseed, masterkeys, signer
from trust.log.model import NewEntry, Unsigned
from trust.log.publish import releasing
from trust.log.runtime import Runtime
from trust.log.upkeep import abandonment, guardgather, recovery
from trust.log.upkeep.databasesource import DatabaseSource
from trust.log.upkeep.mirror import mirror
from trust.log.upkeep.sources import FolderSource, Source
from trust.log.witnesses import witnesspolicy
from trust.settings import Settings

pytestmark = pytest.mark.slow

PASSPHRASE = b"half of hers, half of his"
WAIT = 5.0


@pytest.fixture
def disaster(rt: Runtime, tmp_path: Path) -> Iterator[Disaster]:
    made = happened(rt, tmp_path)
    yield made
    made.drop()


@pytest.fixture
def witnesses(disaster: Disaster, tmp_path: Path) -> Iterator[list[Asked]]:
    """Two outside witnesses of the state log, both of which have cosigned its newest head."""
    rt = disaster.rt
    with rt.db.read() as conn:
        state = log_queries.logs(conn, "state")[0].vkey
    with ExitStack() as stack:
        made = [
            stack.enter_context(honest(rt.clock, tmp_path / name, name, f"{state}\n"))
            for name in ("audit", "press")
        ]
        text = "".join(item.line() for item in made)
        rule = tmp_path / "witness.policy"
        rule.write_text(f"{text}group outside 2 audit press\nquorum outside\n")
        rt.settings = dataclasses.replace(rt.settings, witness_policy=str(rule))
        with rt.db.write() as conn:
            witnesspolicy.adopt(conn, rt.settings, now=rt.clock())
        fill(rt, disaster.book, 310, 311)
        publish(rt, disaster.book)
        mirror(rt.db, str(disaster.mirror))
        yield made


def burn(disaster: Disaster) -> Path:
    """The signer's home is gone but for the sealed copy of its master in a safe."""
    home = disaster.rt.settings.signer_home
    safe = home.with_name("safe")
    masterkeys.seal(home, PASSPHRASE)
    safe.mkdir()
    shutil.copy(home / "master.key", safe)
    disaster.rt.signer.close()
    shutil.rmtree(home)
    home.mkdir(mode=0o700)
    shutil.copy(safe / "master.key", home)
    return home


def gathered(
    again: Settings, host: str, sources: list[Source], *, unwitnessed: str | None = None
) -> guardseed.Seed:
    """What `sakshi keys guard-seed` does."""
    db = Database(again.database)
    try:
        with db.write() as conn:
            witnesspolicy.adopt(conn, again, now=START)
        with db.read() as conn:
            all_of_them = [*sources, DatabaseSource(conn)]
            known = guardgather.gather(host, all_of_them)
            assert known.troubles == []
            rule = witnesspolicy.current(conn)
            heard = guardgather.ask(rule, known.newest, WAIT, lambda: START)
            return guardgather.seed(host, known, rule, heard, unwitnessed)
    finally:
        db.dispose()


def plant(home: Path, seed: guardseed.Seed) -> None:
    """The signer's own command, with the passphrase that opens the sealed copy."""
    file, secret = home.with_name("seed.json"), home.with_name("passphrase")
    file.write_bytes(seed.dump())
    secret.write_bytes(PASSPHRASE + b"\n")
    with secret.open() as reader:
        options = ["--home", str(home), "--seed-guard", str(file)]
        done = signer.main([*options, "--passphrase-fd", str(os.dup(reader.fileno()))])
    assert done == 0


def test_without_its_guard_the_signer_does_not_start(disaster: Disaster) -> None:
    (disaster.rt.settings.signer_home / "guard.db").rename(disaster.backup.with_name("old.db"))
    with pytest.raises(SignerError, match="guard-seed") as refused:
        disaster.restored()
    assert refused.value.code == "no-guard"


@pytest.mark.slow
def test_everything_burns_and_comes_back(disaster: Disaster, witnesses: list[Asked]) -> None:
    last = {name: (size, root) for name, size, root in disaster.rt.signer.heads()}
    settings = disaster.put_back()
    home = burn(disaster)
    with pytest.raises(SignerError, match="cannot be read"):
        DirectSigner(home, PASSPHRASE)
    seed = gathered(settings, disaster.rt.host, [FolderSource(disaster.mirror)])
    assert seed.witnesses == ("audit", "press") and seed.unwitnessed is None
    plant(home, seed)
    with pytest.raises(SignerError, match="never replaced"):
        guardseed.plant(home, {}, signer.derive_seed, seed, masters_stay)
    again = disaster.opened(settings, PASSPHRASE)
    assert {name: (size, root) for name, size, root in again.signer.heads()} == last
    assert {item.origin for item in missing(again)} >= {disaster.book, disaster.later}
    with pytest.raises(PutBackError, match="sakshi recover"):
        boot.open_state(settings, again.db, signer=again.signer)
    done = disaster.recover(again)
    assert done.missing == [] and done.troubles == [] and found(again) == []
    fill(again, disaster.book, 500, 510)
    with pytest.raises(SignerError, match="rotate-all") as refused:
        publish(again, disaster.book)
    assert refused.value.code == "seeded"
    state, before = state_of(again), again.signer.ending()
    assert {disaster.book, disaster.later, state} <= set(before)
    assert shards.rotate(again, state, "the guard was lost") == f"{state}.2"
    again.publish([])
    opened = shards.rotate_all(again, "the guard was lost", before)
    heads = publish(again, *opened)
    assert set(opened) == {f"{disaster.book}.2", f"{disaster.later}.2"}
    assert all(head.covered for head in heads.values())
    assert again.signer.ending() == [] and shards.rotate_all(again, "again", before) == []
    fill(again, f"{disaster.book}.2", 510, 520)
    assert publish(again, f"{disaster.book}.2")[f"{disaster.book}.2"].size == 11
    with again.db.read() as conn:
        assert log_queries.info(conn, disaster.book).size == last[disaster.book][0] + 11
    assert found(again) == []
    mirror(again.db, str(disaster.mirror))
    again.close()


def masters_stay() -> None:
    raise AssertionError("no new master is made where no guard is")


def state_of(rt: Runtime) -> str:
    with rt.db.read() as conn:
        return lineage.current_state(conn, rt.host, rt.clock())


def test_heads_that_no_source_and_no_witness_saw_are_never_forked(
    disaster: Disaster, witnesses: list[Asked]
) -> None:
    """Released while the witnesses were down: they confirm the smaller head, and the seed lands
    below what was published. What is signed from then on ends those logs."""
    with pytest.MonkeyPatch.context() as silence:
        silence.setattr(disaster.rt.witnessing, "settle", lambda conn: [])
        fill(disaster.rt, disaster.book, 311, 320)
        publish(disaster.rt, disaster.book)
    state = state_of(disaster.rt)
    released = {name: size for name, size, _ in disaster.rt.signer.heads()}
    settings = disaster.put_back()
    home = burn(disaster)
    seed = gathered(settings, disaster.rt.host, [FolderSource(disaster.mirror)])
    assert seed.witnesses == ("audit", "press") and seed.unwitnessed is None
    plant(home, seed)
    again = disaster.opened(settings, PASSPHRASE)
    known = {name: (size, root) for name, size, root in again.signer.heads()}
    assert known[state][0] < released[state] and known[disaster.book][0] < released[disaster.book]
    assert disaster.recover(again).missing == []
    fill(again, disaster.book, 600, 610)
    with pytest.raises(SignerError, match="after size") as refused:
        publish(again, disaster.book)
    assert refused.value.code == "seeded"
    assert {name: (size, root) for name, size, root in again.signer.heads()} == known
    forgotten = f"{disaster.rt.host}/coop/forgotten/2026-27"
    old = disaster.rt.settings.signer_home.with_name("safe") / "master.key"
    first = masterkeys.read(old.parent, 1, PASSPHRASE)
    key = notes.verifier_key(forgotten, signer.derive_seed(first, forgotten))
    assert again.signer.vkey(forgotten) != key.format(), "a log nobody remembers has another key"
    again.close()


def test_a_log_that_was_signed_and_not_admitted_yet_is_in_the_seed(
    disaster: Disaster, witnesses: list[Asked]
) -> None:
    """The database is whole, and its server died between two steps: the guard alone is lost."""
    rt = disaster.rt
    fresh = open_book(rt, "tvm-103")
    fill(rt, fresh, 0, 3)
    releasing.release(rt, [fresh])
    rt.db.dispose()
    home = burn(disaster)
    plant(home, gathered(rt.settings, rt.host, [FolderSource(disaster.mirror)]))
    again = boot.open_state(
        rt.settings,
        Database(rt.settings.database),
        clock=rt.clock,
        signer=DirectSigner(home, PASSPHRASE),
    )
    assert fresh in again.signer.ending() and again.signer.last(fresh)[0] == 3
    ending = again.signer.ending()
    shards.rotate(again, state_of(again), "the guard was lost")
    again.publish([])
    publish(again, *shards.rotate_all(again, "the guard was lost", ending))
    assert again.signer.ending() == [] and found(again) == []
    again.close()


def test_a_meeting_that_the_new_guard_lets_end_is_given_up(
    disaster: Disaster, witnesses: list[Asked]
) -> None:
    meeting = f"{disaster.rt.host}/meeting/m-1"
    with disaster.rt.db.write() as conn:
        logs.open_log(conn, meeting, now=disaster.rt.clock())
        record: dict[str, Json] = {
            "kind": "roll",
            "v": 1,
            "meeting": meeting,
            "cut_off": "2026-06-01T00:00:00Z",
            "count": 1,
            "with_key": 0,
            "root": b64.encode(b"\2" * 32),
        }
        logs.append(conn, meeting, [NewEntry("roll", record, "r")], now=disaster.rt.clock())
    publish(disaster.rt, meeting)
    mirror(disaster.rt.db, str(disaster.mirror))
    settings = disaster.put_back()
    home = burn(disaster)
    plant(home, gathered(settings, disaster.rt.host, [FolderSource(disaster.mirror)]))
    again = disaster.opened(settings, PASSPHRASE)
    assert disaster.recover(again).missing == [] and meeting in again.signer.ending()
    with pytest.raises(LogError, match="not given up"):
        abandonment.abandon(again, disaster.book, "a book is rotated")
    state = state_of(again)
    assert abandonment.abandon(again, meeting, "the guard was lost") == f"{meeting}-r2"
    assert meeting not in again.signer.ending()
    shards.rotate(again, state, "the guard was lost")
    again.publish([])
    assert found(again) == []
    again.close()


def test_an_old_cosignature_confirms_nothing(disaster: Disaster, witnesses: list[Asked]) -> None:
    """Somebody plays back what a witness said a day ago of the head that is known here."""
    with disaster.rt.db.read() as conn:
        rule = witnesspolicy.current(conn)
        known = guardgather.gather(disaster.rt.host, [DatabaseSource(conn)])
        heard = guardgather.ask(rule, known.newest, WAIT, lambda: START + 86_400)
    assert heard.confirmed == [] and len(heard.silent) == 2
    assert all("in the past" in words for words in heard.silent)


def test_a_damaged_mirror_is_no_fork_and_no_smaller_head_is_taken(
    disaster: Disaster, witnesses: list[Asked], tmp_path: Path
) -> None:
    shutil.copytree(disaster.mirror, tmp_path / "older")
    fill(disaster.rt, disaster.book, 311, 320)
    publish(disaster.rt, disaster.book)
    mirror(disaster.rt.db, str(disaster.mirror))
    state = state_of(disaster.rt)
    both = [FolderSource(tmp_path / "older"), FolderSource(disaster.mirror)]
    for path in (disaster.mirror / state / "tile" / "entries").glob("*.p/*"):
        path.unlink()
    with pytest.raises(MirrorError, match=r"it lacks .*tile/entries") as refused:
        guardgather.gather(disaster.rt.host, both)
    assert refused.value.code != "fork" and "no guard is made" in str(refused.value)


def missing(rt: Runtime) -> list[recovery.Missing]:
    with rt.db.read() as conn:
        return recovery.missing(conn, rt.signer)


def test_a_witness_that_has_seen_more_stops_it(disaster: Disaster, witnesses: list[Asked]) -> None:
    """Published after the last run of the mirror: a guard from that mirror would fork the log."""
    fill(disaster.rt, disaster.book, 311, 320)
    publish(disaster.rt, disaster.book)
    with disaster.rt.db.read() as conn:
        state = log_queries.logs(conn, "state")[0]
    settings = disaster.put_back()
    burn(disaster)
    for words in (None, "there is no other mirror"):
        with pytest.raises(LogError, match=f"seen size {state.size}") as refused:
            gathered(settings, disaster.rt.host, [FolderSource(disaster.mirror)], unwitnessed=words)
        assert refused.value.code == "ahead", "no reason helps against a head that was seen"


def test_without_a_quorum_the_operator_must_say_why(
    disaster: Disaster, witnesses: list[Asked]
) -> None:
    settings = disaster.put_back()
    burn(disaster)
    server = witnesses[1].server
    assert server is not None
    server.shutdown()
    server.server_close()
    source = FolderSource(disaster.mirror)
    with pytest.raises(SignerError, match="--unwitnessed") as refused:
        gathered(settings, disaster.rt.host, [source])
    assert refused.value.code == "unwitnessed"
    seed = gathered(settings, disaster.rt.host, [source], unwitnessed="both sites burnt")
    assert (seed.witnesses, seed.unwitnessed) == (("audit",), "both sites burnt")


def test_the_newer_of_two_mirrors_counts_and_a_fork_stops(
    disaster: Disaster, witnesses: list[Asked], tmp_path: Path
) -> None:
    shutil.copytree(disaster.mirror, tmp_path / "older")
    fill(disaster.rt, disaster.book, 311, 320)
    publish(disaster.rt, disaster.book)
    mirror(disaster.rt.db, str(disaster.mirror))
    last = {name: size for name, size, _ in disaster.rt.signer.heads()}
    settings = disaster.put_back()
    burn(disaster)
    both = [FolderSource(tmp_path / "older"), FolderSource(disaster.mirror)]
    seed = gathered(settings, disaster.rt.host, [*both])
    sizes = {head.origin: parse_checkpoint(parse_note(head.note).text).size for head in seed.heads}
    assert sizes == last
    for path in (tmp_path / "older").glob("*/state/*/tile/entries/*.p/*"):
        data = bytearray(path.read_bytes())
        data[-9] ^= 1
        path.write_bytes(data)
    alone = [FolderSource(tmp_path / "older")]
    with pytest.raises(MirrorError, match="cannot be had"):
        guardgather.gather(disaster.rt.host, alone)


def test_a_seed_of_another_master_or_state_is_refused(
    disaster: Disaster, witnesses: list[Asked], tmp_path: Path
) -> None:
    settings = disaster.put_back()
    home = burn(disaster)
    seed = gathered(settings, disaster.rt.host, [FolderSource(disaster.mirror)])
    masters = {1: masterkeys.read(home, 1, PASSPHRASE)}
    for wrong, changed in (
        ("No master", seed),
        ("no head", dataclasses.replace(seed, heads=())),
        ("of another.example", dataclasses.replace(seed, host="another.example")),
        ("seed's head of", dataclasses.replace(seed, heads=(_altered(seed.heads[0]),))),
    ):
        given = {1: b"\7" * 32} if wrong == "No master" else masters
        with pytest.raises(SignerError, match=wrong):
            guardseed.plant(home, given, signer.derive_seed, changed, masters_stay)
        assert not (home / "guard.db").exists()
        (home / "host").write_text(disaster.rt.host + "\n")
    with pytest.raises(SignerError, match="cannot be read"):
        guardseed.read(tmp_path / "nowhere")
    with pytest.raises(SignerError, match="no guard seed"):
        guardseed.parse(json.dumps({"format": "other/1"}).encode())
    assert guardseed.parse(seed.dump()) == seed


def _altered(head: guardseed.SeedHead) -> guardseed.SeedHead:
    return dataclasses.replace(head, note=head.note.replace("\n", "\n1", 1))


@pytest.mark.slow
def test_what_was_closed_stays_closed(disaster: Disaster, witnesses: list[Asked]) -> None:
    after = shards.rotate(disaster.rt, disaster.book, "the key was seen")
    publish(disaster.rt, disaster.book, after)
    mirror(disaster.rt.db, str(disaster.mirror))
    settings = disaster.put_back()
    home = burn(disaster)
    seed = gathered(settings, disaster.rt.host, [FolderSource(disaster.mirror)])
    assert {head.origin for head in seed.heads if head.closed} == {disaster.book}
    plant(home, seed)
    again = disaster.opened(settings, PASSPHRASE)
    size, _ = again.signer.last(disaster.book)
    (refused,) = again.signer.sign([Unsigned(disaster.book, size, size + 1, b"\1" * 32)])
    assert isinstance(refused, SignerError)
    assert disaster.recover(again).missing == [] and found(again) == []
    again.close()
