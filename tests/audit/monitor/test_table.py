"""Every kind of finding: a lie that brings it out, what is said of it, and who else can check it.

The evidence is checked by the program in docs/monitoring.md, which uses that of
docs/verify-it-yourself.md: neither imports anything of ours.
"""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from audit.monitoring.findings import MEANINGS
from audit.monitoring.ledger import Found
from audit.monitoring.monitor import Outcome
from audit.monitoring.witnesses import path_of
from tests.audit.monitor.conftest import Watcher
from tests.audit.monitor.liar import Liar, abandonment, date
from tests.conftest import ROOT
from trust.formats import canon, tiles
from trust.formats.cosignatures import cosigner_key
from trust.formats.entries import Entry, format_entry
from trust.formats.merkle import leaf_hash, root_of
from trust.formats.notes import ED25519, VerifierKey
from trust.log import service as logs
from trust.log.publish import releasing

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a lie: the round that saw it, and the log and entry it has to name."""

    outcome: Outcome
    origin: str
    index: int | None = None


Lie = Callable[[Liar, Watcher], Told]
LIES: dict[tuple[str, str], Lie] = {}
"""By kind of finding and name: some kinds come in several ways."""


def lie(kind: str) -> Callable[[Lie], Lie]:
    """Enter a lie into the table."""

    def enter(made: Lie) -> Lie:
        LIES[kind, made.__name__] = made
        return made

    return enter


def doc_of(liar: Liar, origin: str, index: int) -> str:
    """Path of the document of an entry."""
    found = liar.entries(origin)[index].split(b" ")[3]
    return liar.path(origin, f"doc/{canon_hex(found)}")


def canon_hex(commitment: bytes) -> str:
    """A commitment as hexadecimal digits."""
    import base64

    return base64.b64decode(commitment).hex()


def serve_book(liar: Liar, entries: list[bytes]) -> None:
    """A book log of these entries, with a state log that took its head and no other."""
    liar.serve_log(liar.book, entries)
    state = liar.entries(liar.state)
    liar.serve_log(liar.state, [state[0], liar.sign(liar.book, len(entries), root(entries))])


def root(entries: list[bytes]) -> bytes:
    """Root of a log of these entries."""
    return root_of([leaf_hash(entry) for entry in entries])


@lie("fork")
def two_heads_of_one_size(liar: Liar, watcher: Watcher) -> Told:
    assert watcher.look().exit_code == 0
    entries = liar.entries(liar.state)
    liar.serve_log(liar.state, [*entries[:-1], entries[-2]])
    return Told(watcher.look(), liar.state)


@lie("fork")
def a_longer_history_without_an_entry(liar: Liar, watcher: Watcher) -> Told:
    liar.grow_private(600)
    assert watcher.look().exit_code == 0
    other = liar.entries(liar.book)
    other[300] = other[299]
    liar.grow_private(300)
    liar.serve_log(liar.book, [*other, *liar.entries(liar.book)[605:]])
    return Told(watcher.look(), liar.book)


@lie("fork")
def a_head_in_the_state_log_of_another_history(liar: Liar, watcher: Watcher) -> Told:
    liar.grow_private(300)
    state = liar.entries(liar.state)
    state[1] = liar.sign(liar.book, 2, b"\4" * 32)
    liar.serve_log(liar.state, state)
    return Told(watcher.look(), liar.book)


@lie("fork")
def an_older_head_of_another_history(liar: Liar, watcher: Watcher) -> Told:
    liar.grow_private(400)
    assert watcher.look().exit_code == 0
    liar.lies[liar.path(liar.book, "checkpoint")] = liar.sign(liar.book, 300, b"\5" * 32)
    return Told(watcher.look(), liar.book)


def with_witness(liar: Liar, shown: bytes) -> bytes:
    """A policy with a witness that shows this head."""
    key = cosigner_key("w.example", b"w" * 32).format()
    liar.lies[f"/w/{path_of(liar.state)}"] = shown
    made = liar.policy().replace(
        b"quorum none", f"witness w {key} {liar.url}/w\nquorum none".encode()
    )
    liar.lies["/policy"] = made
    return made


@lie("witness-fork")
def a_history_shown_to_a_witness(liar: Liar, watcher: Watcher) -> Told:
    shown = liar.sign(liar.state, 3, b"\6" * 32)
    return Told(watcher.look(policy=with_witness(liar, shown)), liar.state)


@lie("witness-fork")
def a_shorter_history_shown_to_a_witness(liar: Liar, watcher: Watcher) -> Told:
    for _ in range(3):
        liar.grow(1)
    shown = liar.sign(liar.state, 4, b"\6" * 32)
    return Told(watcher.look(policy=with_witness(liar, shown)), liar.state)


@lie("rollback")
def an_old_head(liar: Liar, watcher: Watcher) -> Told:
    old = liar.head(liar.state)[2]
    liar.grow(2)
    assert watcher.look().exit_code == 0
    liar.lies[liar.path(liar.state, "checkpoint")] = old
    return Told(watcher.look(), liar.state)


@lie("heads-back")
def an_older_head_admitted_later(liar: Liar, watcher: Watcher) -> Told:
    state = liar.entries(liar.state)
    liar.serve_log(liar.state, [*state, state[1]])
    return Told(watcher.look(), liar.state, 3)


@lie("withheld")
def a_head_that_the_state_log_holds(liar: Liar, watcher: Watcher) -> Told:
    liar.lies[liar.path(liar.book, "checkpoint")] = liar.note_at(liar.book, 2)
    return Told(watcher.look(), liar.book, 2)


@lie("withheld")
def a_head_that_a_witness_was_shown(liar: Liar, watcher: Watcher) -> Told:
    old = liar.head(liar.state)[2]
    liar.grow(2)
    policy = with_witness(liar, liar.head(liar.state)[2])
    liar.lies[liar.path(liar.state, "checkpoint")] = old
    return Told(watcher.look(policy=policy), liar.state, 3)


@lie("missing")
def a_leaf(liar: Liar, watcher: Watcher) -> Told:
    liar.grow_private(300)
    liar.lies[liar.path(liar.book, "tile/entries/001.p/49")] = 404
    return Told(watcher.look(), liar.book, 256)


@lie("missing")
def a_tile(liar: Liar, watcher: Watcher) -> Told:
    liar.lies[liar.path(liar.book, "tile/0/000.p/5")] = 404
    return Told(watcher.look(), liar.book, 0)


@lie("missing")
def the_head(liar: Liar, watcher: Watcher) -> Told:
    assert watcher.look().exit_code == 0
    liar.lies[liar.path(liar.book, "checkpoint")] = 404
    return Told(watcher.look(), liar.book)


@lie("missing-document")
def no_document(liar: Liar, watcher: Watcher) -> Told:
    liar.lies[doc_of(liar, liar.book, 3)] = 404
    return Told(watcher.look(), liar.book, 3)


@lie("altered-entry")
def an_entry_before_the_first_visit(liar: Liar, watcher: Watcher) -> Told:
    liar.grow_private(600)
    entries = liar.entries(liar.book)[256:512]
    entries[3] = entries[2]
    liar.lies[liar.path(liar.book, "tile/entries/001")] = tiles.encode_bundle(entries)
    return Told(watcher.look(), liar.book, 259)


@lie("altered-entry")
def an_entry_after_it_was_verified(liar: Liar, watcher: Watcher) -> Told:
    liar.grow_private(600)
    assert watcher.look().exit_code == 0
    entries = liar.entries(liar.book)[512:]
    entries[7] = entries[2]
    liar.lies[liar.path(liar.book, "tile/entries/002.p/93")] = tiles.encode_bundle(entries)
    return Told(watcher.look(), liar.book, 519)


@lie("altered-tile")
def a_hash_of_an_entry(liar: Liar, watcher: Watcher) -> Told:
    liar.grow_private(600)
    path = liar.path(liar.book, "tile/0/001")
    liar.lies[path] = lambda real: real[:64] + bytes([real[64] ^ 1]) + real[65:]
    return Told(watcher.look(), liar.book, 258)


@lie("altered-tile")
def a_hash_in_the_last_tile(liar: Liar, watcher: Watcher) -> Told:
    liar.grow_private(600)
    assert watcher.look().exit_code == 0
    path = liar.path(liar.book, "tile/0/002.p/93")
    liar.lies[path] = lambda real: real[:-1] + bytes([real[-1] ^ 1])
    return Told(watcher.look(), liar.book, 604)


@lie("altered-tile")
def a_hash_above(liar: Liar, watcher: Watcher) -> Told:
    liar.grow_private(600)
    liar.lies[liar.path(liar.book, "tile/1/000.p/2")] = lambda real: real[:32] + real[:32]
    return Told(watcher.look(), liar.book, 256)


@lie("altered-document")
def another_document(liar: Liar, watcher: Watcher) -> Told:
    liar.lies[doc_of(liar, liar.book, 1)] = lambda real: real.replace(b"2026", b"2025", 1)
    return Told(watcher.look(), liar.book, 1)


@lie("bad-document")
def a_document_about_another_society(liar: Liar, watcher: Watcher) -> Told:
    record = date(9, "tvm-999").record
    document = canon.canonical(dict(record))
    entries = liar.entries(liar.book)
    entries[4] = format_entry(Entry("governance-date", watcher.clock(), sha256(document).digest()))
    liar.lies[liar.path(liar.book, f"doc/{sha256(document).hexdigest()}")] = document
    serve_book(liar, entries)
    return Told(watcher.look(), liar.book, 4)


@lie("wrong-key")
def a_head_by_another_key(liar: Liar, watcher: Watcher) -> Told:
    assert watcher.look().exit_code == 0
    size, top, _ = liar.head(liar.book)
    liar.lies[liar.path(liar.book, "checkpoint")] = liar.sign(
        liar.book, size, top, key_of=liar.state
    )
    return Told(watcher.look(), liar.book)


@lie("wrong-key")
def a_head_by_another_key_in_the_state_log(liar: Liar, watcher: Watcher) -> Told:
    entries = liar.entries(liar.state)
    size, top, _ = liar.head(liar.book)
    entries[-1] = liar.sign(liar.book, size, top, key_of=liar.state)
    liar.serve_log(liar.state, entries)
    return Told(watcher.look(), liar.book)


@lie("key-changed")
def a_second_key(liar: Liar, watcher: Watcher) -> Told:
    (digest,) = liar.digests(liar.state)
    record = canon.parse(liar.answer(liar.path(liar.state, f"doc/{digest}"))[1])
    record["vkey"] = VerifierKey.make(liar.book, ED25519, b"\6" * 32).format()
    second = canon.canonical(record)
    entry = format_entry(Entry("log-key", watcher.clock(), sha256(second).digest()))
    liar.lies[liar.path(liar.state, f"doc/{sha256(second).hexdigest()}")] = second
    liar.serve_log(liar.state, [*liar.entries(liar.state), entry])
    return Told(watcher.look(), liar.state, 3)


@lie("policy")
def another_policy(liar: Liar, watcher: Watcher) -> Told:
    assert watcher.look().exit_code == 0
    vkey = VerifierKey.make(liar.state, ED25519, b"\7" * 32).format()
    liar.lies["/policy"] = f"log {vkey}\nquorum none\n".encode()
    return Told(watcher.look(), "policy")


@lie("unwitnessed")
def nobody_outside_has_seen_it(liar: Liar, watcher: Watcher) -> Told:
    witness = cosigner_key("w.example", b"\5" * 32).format()
    strict = liar.policy().replace(b"quorum none", f"witness w {witness}\nquorum w".encode())
    liar.lies["/policy"] = strict
    return Told(watcher.look(policy=strict), liar.state)


@lie("malformed")
def a_head_that_is_none(liar: Liar, watcher: Watcher) -> Told:
    liar.lies[liar.path(liar.book, "checkpoint")] = b"five entries, trust me\n"
    return Told(watcher.look(), liar.book)


@lie("no-key")
def a_head_without_a_key(liar: Liar, watcher: Watcher) -> Told:
    other = f"{liar.rt.host}/coop/tvm-102/2026-27"
    head = liar.sign(other, 1, b"\3" * 32)
    liar.serve_log(liar.state, [*liar.entries(liar.state), head])
    return Told(watcher.look(), other)


@lie("bad-entry")
def no_grammar(liar: Liar, watcher: Watcher) -> Told:
    entries = liar.entries(liar.book)
    entries[4] = b"sakshi/1 voucher yesterday"
    serve_book(liar, entries)
    return Told(watcher.look(), liar.book, 4)


def dated(liar: Liar, watcher: Watcher, kind: str, offset: int) -> Told:
    """A last entry of a private kind, so many seconds from now."""
    entries = liar.entries(liar.book)
    entries[4] = format_entry(Entry(kind, watcher.clock() + offset, b"\1" * 32))
    serve_book(liar, entries)
    return Told(watcher.look(), liar.book, 4)


@lie("wrong-kind")
def a_ballot_in_a_book(liar: Liar, watcher: Watcher) -> Told:
    return dated(liar, watcher, "ballot", 0)


@lie("time-back")
def an_entry_older_than_the_one_above(liar: Liar, watcher: Watcher) -> Told:
    return dated(liar, watcher, "voucher", -50)


@lie("future")
def an_entry_of_tomorrow(liar: Liar, watcher: Watcher) -> Told:
    return dated(liar, watcher, "voucher", 86_400)


@lie("outside-validity")
def an_entry_before_the_year(liar: Liar, watcher: Watcher) -> Told:
    return dated(liar, watcher, "voucher", -200 * 86_400)


@lie("backdated")
def a_new_entry_that_says_it_is_old(liar: Liar, watcher: Watcher) -> Told:
    stamp = watcher.clock()
    watcher.clock.advance(5 * 86_400)
    assert watcher.look().exit_code == 0
    old = format_entry(Entry("voucher", stamp, b"\1" * 32))
    entries = [*liar.entries(liar.book), old]
    liar.serve_log(liar.book, entries)
    state = liar.entries(liar.state)
    liar.serve_log(liar.state, [*state, liar.sign(liar.book, len(entries), root(entries))])
    watcher.clock.advance(60)
    return Told(watcher.look(), liar.book, 5)


@lie("stalled")
def entries_that_never_come(liar: Liar, watcher: Watcher) -> Told:
    assert watcher.look().exit_code == 0
    liar.grow(3, publish_it=False)
    assert watcher.look().exit_code == 0
    watcher.clock.advance(3601)
    return Told(watcher.look(), liar.book, 5)


@lie("stalled")
def a_head_that_never_comes_into_the_state_log(liar: Liar, watcher: Watcher) -> Told:
    assert watcher.look().exit_code == 0
    path = liar.path(liar.state, "checkpoint")
    old = liar.answer(path)[1]
    liar.grow(2)
    liar.lies[path] = old
    assert watcher.look().exit_code == 0
    watcher.clock.advance(4000)
    return Told(watcher.look(), liar.book, 5)


@lie("after-close")
def an_entry_after_the_last(liar: Liar, watcher: Watcher) -> Told:
    from trust.log import shards

    watcher.clock.advance(330 * 86_400)
    shards.turn_year(liar.rt)
    liar.rt.publish([liar.book])
    entries = liar.entries(liar.book)
    entries.append(format_entry(Entry("voucher", watcher.clock(), b"\1" * 32)))
    liar.serve_log(liar.book, entries)
    return Told(watcher.look(), liar.book, len(entries) - 1)


@lie("abandoned")
def a_log_given_up(liar: Liar, watcher: Watcher) -> Told:
    assert watcher.look().exit_code == 0
    size, top, _ = liar.head(liar.book)
    with liar.rt.db.write() as conn:
        entry = abandonment(liar.book, size, top)
        logs.append(conn, liar.state, [entry], now=watcher.clock())
    liar.rt.publish([])
    return Told(watcher.look(), liar.book)


@lie("unseen")
def a_log_beside_the_state_log(liar: Liar, watcher: Watcher) -> Told:
    hidden = f"{liar.rt.host}/coop/tvm-102/2026-27"
    with liar.rt.db.write() as conn:
        logs.open_log(conn, hidden, now=watcher.clock())
        logs.append(conn, hidden, [date(1, "tvm-102")], now=watcher.clock())
    releasing.release(liar.rt, [hidden])
    watcher.look()
    watcher.clock.advance(3601)
    return Told(watcher.look(), hidden)


def test_every_kind_of_finding_has_its_lie() -> None:
    assert {kind for kind, _ in LIES} == set(MEANINGS)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two programs of the documentation, as printed."""
    folder = tmp_path_factory.mktemp("programs")
    for name, page in (("check", "verify-it-yourself"), ("evidence", "monitoring")):
        text = (ROOT / "docs" / f"{page}.md").read_text("utf-8")
        (code,) = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
        (folder / f"{name}.py").write_text(code, "utf-8")
    return folder


def shown(programs: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """What somebody who has only the folder finds."""
    return subprocess.run(
        [sys.executable, programs / "evidence.py", folder],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def named(told: Told, kind: str) -> Found:
    """The finding that the lie was to bring out."""
    found = [item for item in told.outcome.open if item.kind == kind]
    assert found, told.outcome.as_json()
    return found[0]


@pytest.mark.parametrize(("kind", "name"), sorted(LIES))
def test_a_lie_is_named_explained_and_shown(
    liar: Liar, watcher: Watcher, programs: Path, kind: str, name: str
) -> None:
    told = LIES[kind, name](liar, watcher)
    assert told.outcome.exit_code == 1
    found = named(told, kind)
    assert (found.origin, found.index) == (told.origin, told.index)
    where = told.origin if told.index is None else f"{told.origin}, entry {told.index}"
    assert f"({where})" in found.paragraph and MEANINGS[kind].title in found.paragraph
    assert "What to keep:" in found.paragraph and "Whom to tell:" in found.paragraph
    folder = Path(found.evidence)
    assert (folder / "README.txt").read_text() == found.paragraph + "\n"
    done = shown(programs, folder)
    assert done.returncode == 0, (done.stderr, sorted(p.name for p in folder.iterdir()))
    assert done.stdout.startswith(f"shown: {kind} in {told.origin}: ")


FORGED = {
    "fork": ("served.note", "two_heads_of_one_size"),
    "altered-entry": ("hashes.bin", "an_entry_before_the_first_visit"),
    "altered-tile": ("hashes.bin", "a_hash_of_an_entry"),
    "future": ("entry.tlog-proof", "an_entry_of_tomorrow"),
    "altered-document": ("entry.txt", "another_document"),
    "missing": ("head.note", "a_leaf"),
}


@pytest.mark.parametrize("kind", sorted(FORGED))
def test_evidence_that_was_made_up_shows_nothing(
    liar: Liar, watcher: Watcher, programs: Path, kind: str
) -> None:
    file, name = FORGED[kind]
    folder = Path(named(LIES[kind, name](liar, watcher), kind).evidence)
    assert shown(programs, folder).returncode == 0
    data = bytearray((folder / file).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / file).write_bytes(data)
    done = shown(programs, folder)
    assert done.returncode == 1 and "not shown" in done.stderr
