"""A server or a witness that wants to end the round, or to fill the disk."""

import socket
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from audit.monitoring import monitor, overdue, witnesses
from audit.monitoring.evidence import EvidenceFolder
from audit.monitoring.notify import Notifier
from tests.audit.monitor.conftest import Watcher
from tests.audit.monitor.liar import Liar
from tests.audit.raw import CONTINUE, DRIP, NOWHERE, Say, moved, raw
from trust.formats.cosignatures import cosigner_key

KEYS = {name: cosigner_key(f"{name}.example", name[0].encode() * 32).format() for name in "ab"}
LIST = "/api/v1/logs"


def policy(liar: Liar, *urls: str) -> bytes:
    """The server's policy with witnesses at these addresses, which the server then serves too."""
    named = zip(KEYS.items(), urls, strict=False)
    lines = "".join(f"witness {name} {key} {url}\n" for (name, key), url in named)
    made = liar.policy().replace(b"quorum none", f"{lines}quorum none".encode())
    liar.lies["/policy"] = made
    return made


@pytest.mark.parametrize("place", NOWHERE)
def test_a_witness_that_sends_us_nowhere_ends_no_round(
    liar: Liar, watcher: Watcher, place: bytes
) -> None:
    with raw(moved(place)) as url:
        outcome = watcher.look(policy=policy(liar, url))
    assert outcome.exit_code == 2 and not outcome.open
    (heard,) = outcome.witnesses
    assert heard.verdict == "not-checked" and "nobody can ask" in heard.text


@pytest.mark.parametrize("say", [DRIP, CONTINUE])
def test_a_witness_that_drips_is_given_up(
    liar: Liar, watcher: Watcher, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(witnesses, "WAIT", 0.3)
    monkeypatch.setattr(witnesses, "TRIES", 1)
    with raw(say) as url:
        outcome = watcher.look(policy=policy(liar, url))
    (heard,) = outcome.witnesses
    assert heard.verdict == "not-checked" and "could not be reached" in heard.text


def test_witnesses_have_only_so_long_altogether(
    liar: Liar, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(witnesses, "ALTOGETHER", 0.3)
    over = threading.Event()

    def silent(line: socket.socket, number: int) -> None:
        over.wait(20)

    with raw(silent) as url:
        outcome = watcher.look(policy=policy(liar, url, f"{liar.url}/none"))
        over.set()
    texts = {heard.witness: heard.text for heard in outcome.witnesses}
    assert "had not answered when the round had to go on" in texts["a"]
    assert outcome.exit_code == 2 and {heard.verdict for heard in outcome.witnesses} == {
        "not-checked"
    }


@pytest.mark.parametrize(
    "row",
    [
        *(
            f'{{"origin": "x.example/coop/a/2026-27", "sequenced": {number}}}'
            for number in ("1e999", "9" * 400, str(1 << 63), "-1", "true", "1.5")
        ),
        '{"origin": "\\ud800", "sequenced": 1}',
        '{"origin": "a\\u0000b", "sequenced": 1}',
        '{"origin": 7, "sequenced": 1}',
    ],
)
def test_a_list_of_logs_that_nobody_could_remember_is_said_not_to_be_readable(
    liar: Liar, watcher: Watcher, row: str
) -> None:
    liar.lies[LIST] = f'{{"items": [{row}], "next": null}}'.encode()
    outcome = watcher.look()
    assert outcome.exit_code == 2 and not outcome.open
    assert any("list of logs cannot be read" in text for text in outcome.unchecked)


@pytest.fixture
def telling(tmp_path: Path) -> tuple[Notifier, Path]:
    """A hook that writes down each kind that it hears of."""
    script, heard = tmp_path / "hook.py", tmp_path / "heard"
    script.write_text(
        "import os, sys\nopen(sys.argv[1], 'a').write(os.environ['SAKSHI_EVENT'] + '\\n')\n"
    )
    return Notifier(f"{sys.executable} {script} {heard}"), heard


@pytest.mark.parametrize("part", ["awaited", "subject"])
def test_what_was_found_is_told_whatever_comes_later(
    liar: Liar,
    watcher: Watcher,
    telling: tuple[Notifier, Path],
    part: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also when a thread of its own met the fault."""
    visit = monitor.Monitor._subject

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("nobody thought of this")

    def late(*given: Any) -> None:
        visit(*given)
        broken()

    liar.grow(1)
    for digest in liar.digests(liar.book)[:2]:
        liar.lies[liar.path(liar.book, f"doc/{digest}")] = 404
    teller, heard = telling
    if part == "awaited":
        monkeypatch.setattr(overdue, "check", broken)
    else:
        monkeypatch.setattr(monitor.Monitor, "_subject", late)
    with pytest.raises(RuntimeError, match="nobody thought"):
        watcher.look(teller=teller)
    assert heard.read_text().split() == ["missing-document"] * 2
    monkeypatch.undo()
    watcher.look(teller=teller)
    assert heard.read_text().split() == ["missing-document"] * 2, "and not twice"


def test_evidence_that_finds_no_room_is_said_and_kept_once_there_is_room(
    liar: Liar, watcher: Watcher
) -> None:
    (digest,) = liar.digests(liar.book)[:1]
    liar.lies[liar.path(liar.book, f"doc/{digest}")] = b"{}"
    for _ in range(2):
        outcome = watcher.look(evidence_limit=10_000)
        (found,) = outcome.open
        assert found.evidence == "" and found.message.count("NOT kept") == 1
        assert outcome.exit_code == 1 and not watcher.evidence.exists()
    (found,) = watcher.look().open
    assert "NOT kept" not in found.message
    assert {path.name for path in Path(found.evidence).iterdir()} > {"README.txt", "finding.json"}
    (same,) = watcher.look().open
    assert same.evidence == found.evidence and same.message == found.message
    assert len(list(watcher.evidence.iterdir())) == 1


def test_a_flood_leaves_a_quarter_for_what_endures(tmp_path: Path) -> None:
    root, files = tmp_path / "evidence", {"answer.bin": b"x" * 10_000}
    kept = []
    for number in range(20):
        # Anew each time, as each round does: what lies there counts.
        kept.append(EvidenceFolder(root, 200_000).make(f"f-{number}", files, endures=False))
    full = kept.index(None)
    assert 0 < full < 20 and not any(kept[full:])
    folder = EvidenceFolder(root, 200_000)
    first = kept[0]
    assert first is not None
    folder.add(first, {"more.bin": b"x" * 10_000}, endures=False)
    assert not (first / "more.bin").exists()
    fork = folder.make("fork", files, endures=True)
    assert fork is not None and (fork / "answer.bin").read_bytes() == files["answer.bin"]
    while folder.make("fork", files, endures=True):
        pass
    assert sum(path.stat().st_size for path in root.rglob("*.bin")) <= 200_000
