"""Clients not written here accept every log file we serve, and refuse it with a byte changed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import HOST, ROOT
from tests.interop.conftest import NEW, OLD, Run
from tests.trust.log.helpers import fill, open_book, publish
from trust.formats import notes
from trust.log import queries as log_queries
from trust.log import shards
from trust.log.runtime import Runtime
from trust.log.upkeep.mirror import mirror

BOOK, STATE = f"{HOST}/coop/tvm-101/2026-27", f"{HOST}/state/2026-27"
CLIENTS = ROOT / "tests" / "interop" / "clients"
Tool = Callable[[str], Path]

CHANGES = [
    f"{STATE}/checkpoint",
    f"{BOOK}/checkpoint",
    f"{BOOK}/tile/0/001",
    f"{BOOK}/tile/entries/002.p/188",
    f"{BOOK}/tile/1/000.p/2",
    f"{BOOK}/proofs/350.tlog-proof",
    f"{BOOK}/proofs/350",
    f"{STATE}/proofs/0.tlog-proof",
]

both = pytest.mark.parametrize("site", ["served", "greased"], indirect=True)


def change(path: Path) -> None:
    """Another character in the last signature, hash or entry of a file."""
    data = bytearray(path.read_bytes())
    at = len(data) - 40
    data[at] = ord("A") if data[at] != ord("A") else ord("B")
    path.write_bytes(bytes(data))


def check_both(run: Run, site: Path, *command: str | Path) -> list[str]:
    """Run our Go checker by the published policy and by one that pins every log."""
    said = []
    for name in ("policy", "policy-of-all"):
        text = (site / name).read_bytes()
        (site / "policy").write_bytes(text)
        done = run(*command, site)
        if done.returncode:
            return []
        said.append(done.stdout)
    return said


@both
def test_go_checker(run: Run, site: Path, checker: Path) -> None:
    said = check_both(run, site, checker)
    assert len(said) == 2
    assert f"{STATE}: 3 entries, 1 tiles, 3 witnesses, 3 proofs" in said[0]
    assert f"{BOOK}: {NEW} entries, 4 tiles, 0 witnesses, 3 proofs" in said[1]


@pytest.mark.parametrize("changed", CHANGES)
def test_go_checker_refuses_a_change(run: Run, site: Path, checker: Path, changed: str) -> None:
    change(site / changed)
    assert not check_both(run, site, checker)


def test_go_checker_wants_the_quorum(run: Run, site: Path, checker: Path) -> None:
    note = (site / STATE / "checkpoint").read_text().splitlines(keepends=True)
    (site / STATE / "checkpoint").write_text("".join(note[:-1]))
    done = run(checker, site)
    assert done.returncode == 1 and "no quorum" in done.stderr


@pytest.mark.parametrize("site", ["greased"], indirect=True)
@pytest.mark.parametrize("kind", [1, 6])
def test_go_checker_wants_both_keys_of_a_log(
    run: Run, site: Path, checker: Path, kind: int
) -> None:
    assert run(checker, site).returncode == 0
    path = site / STATE / "checkpoint"
    keys = [notes.VerifierKey.parse(line.split()[1]) for line in _policy(site) if "log " in line]
    (key,) = [key for key in keys if key.type == kind]
    note = notes.parse_note(path.read_bytes())
    kept = tuple(line for line in note.signatures if line.key_id != key.key_id)
    path.write_text(notes.format_note(notes.SignedNote(note.text, kept)))
    done = run(checker, site)
    assert done.returncode == 1 and f"type {kind}" in done.stderr


def test_a_client_that_wants_every_log_line(
    run: Run, rt: Runtime, tmp_path: Path, checker: Path
) -> None:
    """After the state log got a new key no checkpoint has each line of `policy`."""
    book, target = open_book(rt), tmp_path / "mirror"
    with rt.db.read() as conn:
        (first,) = log_queries.logs(conn, "state")
    fill(rt, book, 0, 3)
    publish(rt, book)
    mirror(rt.db, str(target))
    assert run(checker, "-every", target).returncode == 0, "one key until now"
    after = shards.rotate(rt, first.origin, "a drill")
    fill(rt, book, 3, 5)
    publish(rt, book)
    mirror(rt.db, str(target))
    assert run(checker, target).returncode == 0
    refused = run(checker, "-every", target)
    assert refused.returncode == 1 and "a log line of the policy, has not signed" in refused.stderr
    done = run(checker, "-every", "-policy", "policy-current", target)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{after}: ") and done.stdout.count("\n") == 1


def _policy(site: Path) -> list[str]:
    return (site / "policy").read_text().splitlines()


@both
def test_tlog_scales(run: Run, site: Path, tool: Tool) -> None:
    python = tool("tlog-tiles").with_name("python")
    done = run(python, CLIENTS / "scales.py", site)
    assert done.returncode == 0, done.stderr
    assert f"{BOOK}: {NEW} entries, from {OLD}" in done.stdout
    leaf = run(tool("tlog-tiles"), "get-leaf", "-c", str(site / BOOK), "350")
    assert leaf.stdout.encode() == (site / BOOK / "proofs" / "350").read_bytes()


@pytest.mark.parametrize("changed", [*CHANGES, f"{BOOK}/consistency", f"{BOOK}/old-checkpoint"])
def test_tlog_scales_refuses_a_change(run: Run, site: Path, tool: Tool, changed: str) -> None:
    change(site / changed)
    python = tool("tlog-tiles").with_name("python")
    assert run(python, CLIENTS / "scales.py", site).returncode == 1


@both
def test_sigstore(run: Run, site: Path, tool: Tool) -> None:
    python = tool("sigstore").with_name("python")
    done = run(python, CLIENTS / "sigstore_check.py", site)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "6 proofs\n"


@pytest.mark.parametrize("changed", [f"{BOOK}/proofs/350.tlog-proof", f"{BOOK}/proofs/350"])
def test_sigstore_refuses_a_change(run: Run, site: Path, tool: Tool, changed: str) -> None:
    change(site / changed)
    python = tool("sigstore").with_name("python")
    assert run(python, CLIENTS / "sigstore_check.py", site).returncode == 1


@both
def test_aics_tlog(run: Run, site: Path, tool: Tool) -> None:
    aics = tool("aics-tlog")
    about = json.loads((site / "about.json").read_text())["logs"]
    witnesses = [part for vkey in _ed25519(about[STATE]) for part in ("--witness-key", vkey)]
    for name, extra in ((BOOK, []), (STATE, [*witnesses, "--quorum", "2"])):
        common = ["--tiles", site / name, "--log-key", about[name]["vkey"], "--origin", name]
        done = run(aics, "verify-checkpoint", *common, *extra)
        assert done.returncode == 0, done.stderr + done.stdout
        done = run(
            aics,
            "verify-inclusion",
            *common,
            *extra,
            "--index",
            "0",
            "--leaf",
            site / name / "proofs" / "0",
        )
        assert done.returncode == 0, done.stderr + done.stdout
        old = site / name / "old-checkpoint"
        done = run(aics, "verify-consistency", *common, *extra, "--old-checkpoint", old)
        assert done.returncode == 0, done.stderr + done.stdout
        path = site / name / "checkpoint"
        # Not in the last line: ML-DSA-44 is a stranger's signature to this client.
        path.write_text(path.read_text().replace("\n", "\n1", 1))
        assert run(aics, "verify-checkpoint", *common, *extra).returncode != 0


def _ed25519(log: dict[str, list[str]]) -> list[str]:
    """Keys of type 0x04: this client knows no ML-DSA."""
    return [vkey for vkey in log["witnesses"] if len(vkey) < 200]
