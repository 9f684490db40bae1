"""The command itself: files, folders, lying servers, exit codes, and what it says."""

import contextlib
import http.server
import io
import json
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from audit import cli, fetch, targets
from tests.audit import books
from tests.audit.helpers import knowledge
from tests.audit.scenario import VECTORS, AuditScenario, Log
from tests.conftest import ROOT
from trust.formats import tiles

POLICY = VECTORS / "policy"
RULES = ("--rules", VECTORS / "rules.toml")


@dataclass(slots=True)
class Done:
    """What a run of the command left behind."""

    returncode: int
    stdout: str
    stderr: str


def run(*arguments: object) -> Done:
    """The command in this process; `test_it_runs_as_a_program` starts it for real."""
    out, err = io.StringIO(), io.StringIO()
    before, sys.argv = sys.argv, ["sakshi-audit", *map(str, arguments)]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            cli.main()
    except SystemExit as end:
        return Done(int(end.code or 0), out.getvalue(), err.getvalue())
    finally:
        sys.argv = before
    raise AssertionError("the command ends with an exit code")


def test_it_runs_as_a_program() -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "audit.cli", "verify", VECTORS / "meeting.zip"),
            *("--policy", POLICY, "--rules", VECTORS / "rules.toml"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_package_as_file_and_as_folder(tmp_path: Path) -> None:
    done = run("verify", VECTORS / "society.zip", "--policy", POLICY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Everything that could be checked" in done.stdout
    assert "What was not checked" in done.stdout
    with zipfile.ZipFile(VECTORS / "society.zip") as archive:
        archive.extractall(tmp_path)
    assert run("verify", tmp_path, "--policy", POLICY).returncode == 0
    (tmp_path / "log" / "checkpoint").unlink()
    done = run("verify", tmp_path, "--policy", POLICY)
    assert done.returncode == 2 and "log/checkpoint" in done.stdout


def test_a_flipped_byte_is_named(tmp_path: Path) -> None:
    data = bytearray((VECTORS / "society.zip").read_bytes())
    at = data.index(b"openings/3.json", data.index(b"PK\x03\x04", 5000)) + 100
    data[at] ^= 1
    bad = tmp_path / "bad.zip"
    bad.write_bytes(data)
    done = run("verify", bad, "--policy", POLICY, "--quiet")
    assert done.returncode == 1
    assert "Do not rely on it" in done.stdout and "entry 3 (voucher)" in done.stdout


def test_json_is_a_report_and_nothing_else() -> None:
    done = run("verify", VECTORS / "private.sakshi-proof", "--policy", POLICY, "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 0 == report["exit"]
    assert report["format"] == "sakshi-report/1"
    assert [check["state"] for check in report["checks"]] == ["right"] * 10
    assert report["facts"]["kind"] == "voucher"


def test_what_cannot_be_read_is_two_with_one_sentence(tmp_path: Path) -> None:
    empty = tmp_path / "empty.zip"
    empty.write_bytes(b"")
    closed = tmp_path / "sub"
    closed.mkdir()
    for arguments in (
        ("verify", tmp_path / "absent.zip"),
        ("verify", empty),
        ("verify", closed),
        ("verify", VECTORS / "society.zip", "--policy", tmp_path / "absent"),
        ("verify", VECTORS / "public.sakshi-proof"),
        ("verify",),
        ("verify", "--nonsense"),
        ("verify", "ftp://127.0.0.1/x"),
        ("show", empty),
    ):
        done = run(*arguments)
        assert done.returncode == 2, arguments
        assert "Traceback" not in done.stderr


def test_a_meeting_is_verified_with_its_societys_package() -> None:
    meeting, book = VECTORS / "meeting.zip", VECTORS / "society.zip"
    done = run("verify", meeting, "--society", book, "--policy", POLICY, *RULES)
    assert done.returncode == 0, done.stdout + done.stderr
    done = run("verify", meeting, "--society", meeting, "--policy", POLICY)
    assert done.returncode == 2 and "no society's package" in done.stderr


def test_a_rule_file_brought_along_decides_quorum_and_majority(tmp_path: Path) -> None:
    meeting, book = VECTORS / "meeting-v2.zip", VECTORS / "society-v2.zip"
    words = ("verify", meeting, "--society", book, "--policy", VECTORS / "policy-v2")
    without, with_rules = run(*words), run(*words, "--rules", VECTORS / "rules.toml")
    assert (without.returncode, with_rules.returncode) == (2, 0)
    assert "vote could not be counted" in without.stdout
    assert "not decided again without the rule" in " ".join(without.stdout.split())
    assert "rule file" not in " ".join(with_rules.stdout.split())
    other = tmp_path / "other.toml"
    other.write_bytes((VECTORS / "rules.toml").read_bytes() + b"# another hash\n")
    done = run(*words, "--rules", other)
    assert done.returncode == 2
    assert "not decided again without the rule" in " ".join(done.stdout.split())
    other.write_bytes(b"\xff")
    for path in (other, tmp_path / "absent", POLICY):
        done = run(*words, "--rules", path)
        assert done.returncode == 2 and "rule file" in " ".join(done.stderr.split())


YEARS = (VECTORS / "society-2026-27.zip", VECTORS / "society-2027-28.zip")
FIRST = VECTORS / "policy-2026-27"


def test_packages_of_several_years_are_verified_together(tmp_path: Path) -> None:
    done = run("verify", *reversed(YEARS), "--policy", FIRST)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Everything that could be checked in the history of these logs is right" in done.stdout
    old, new = (done.stdout.index(f"── golden-years.example/coop/k-12/{y}") for y in YEAR_NAMES)
    assert old < new, "oldest first, in whatever order they were given"
    quiet = run("verify", *YEARS, "--policy", FIRST, "--quiet")
    assert quiet.returncode == 0 and "──" not in quiet.stdout
    with zipfile.ZipFile(YEARS[0]) as archive:
        archive.extractall(tmp_path)
    assert run("verify", tmp_path, YEARS[1], "--policy", FIRST).returncode == 0
    (tmp_path / "log" / "entries").unlink()
    gone = run("verify", tmp_path, YEARS[1], "--policy", FIRST)
    assert gone.returncode == 2 and "log/entries" in gone.stdout


YEAR_NAMES = ("2026-27", "2027-28")


def test_the_later_year_alone_names_the_package_it_needs() -> None:
    done = run("verify", YEARS[1], "--policy", FIRST)
    assert done.returncode == 0
    assert "needs the package of golden-years.example/coop/k-12/2026-27" in done.stdout


def test_a_history_as_json() -> None:
    done = run("verify", *YEARS, "--policy", FIRST, "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 0 == found["exit"] and found["format"] == "sakshi-history/1"
    assert found["seams"]["format"] == "sakshi-report/1"
    assert [log["name"] for log in found["logs"]] == [str(path) for path in YEARS]
    assert [log["facts"]["log"][-7:] for log in found["logs"]] == list(YEAR_NAMES)


def test_what_does_not_belong_together_is_two() -> None:
    for others, words in (
        ((VECTORS / "society.zip",), "Verify each society by itself"),
        ((VECTORS / "meeting.zip",), "which is no society's log"),
        ((VECTORS / "public.sakshi-proof",), "cannot be read"),
        (("http://127.0.0.1:1/s/k-12",), "give it alone"),
    ):
        done = run("verify", YEARS[0], *others)
        assert done.returncode == 2, (others, done.stdout)
        assert words in done.stdout + done.stderr


def test_a_meeting_takes_the_packages_of_every_year() -> None:
    meeting = VECTORS / "meeting.zip"
    both = [word for path in YEARS for word in ("--society", path)]
    done = run("verify", meeting, *both, *RULES)
    assert done.returncode == 0, done.stdout + done.stderr
    broken = run("verify", meeting, "--society", YEARS[1], "--society", VECTORS / "society.zip")
    assert broken.returncode == 2 and "Verify it on its own first" in broken.stderr


def test_show_lists_entries_and_openings() -> None:
    done = run("show", VECTORS / "society.zip")
    assert done.returncode == 0
    assert "voucher" in done.stdout and "9 entries, 9 open here" in done.stdout
    rows = json.loads(run("show", VECTORS / "meeting.zip", "--openings", "--json").stdout)
    assert [row["kind"] for row in rows].count("ballot") == 5
    assert "choice" in rows[4]["record"]


def test_help_shows_examples() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert "sakshi-audit verify society.zip" in done.stdout


class Site:
    """What a server would publish of a scenario, by path; a test bends it before it is asked."""

    def __init__(self, scenario: AuditScenario, *logs: Log) -> None:
        self.scenario = scenario
        self.paths: dict[str, bytes] = {"/policy": scenario.policy()}
        for log in (scenario.state, *logs):
            self._log(log)
        page = {"book": logs[0].origin, "meetings": [{"id": "m1", "origin": logs[-1].origin}]}
        self.paths["/s/k-12.json"] = json.dumps(page).encode()

    def _log(self, log: Log) -> None:
        prefix = f"/l/{log.origin}"
        note = self.scenario.state_note() if log is self.scenario.state else log.heads[-1][1]
        self.paths[f"{prefix}/checkpoint"] = note.encode()
        for width in range(1, len(log.entries) + 1):
            path = f"{prefix}/{tiles.bundle_path(0, width)}"
            self.paths[path] = tiles.encode_bundle(log.entries[:width])
        for digest, document in log.documents.items():
            self.paths[f"{prefix}/doc/{digest}"] = document


@pytest.fixture
def site() -> Iterator[tuple[Site, str]]:
    """A scenario with a book and a meeting, served on a free port."""
    scenario = AuditScenario("served")
    made = Site(scenario, books.book(scenario), books.meeting(scenario).log)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = made.paths.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "path",
    [
        "/s/k-12",
        "/s/k-12/",
        "/s/k-12/2025-26",
        "/s/k-12/meetings/m1",
        "/l/served.example/coop/k-12/2026-27",
        "/l/served.example/coop/k-12/2026-27/checkpoint",
    ],
)
def test_an_honest_server_is_right(site: tuple[Site, str], path: str) -> None:
    made, base = site
    report = verify(base + path, made.scenario.policy())
    assert report["exit"] == (2 if "/meetings/" in path else 0), report
    by_id = {check["id"]: check["state"] for check in report["checks"]}
    assert by_id["other-heads"] == "right"
    assert by_id["openings"] == "not-checked"


def verify(url: str, policy: bytes | None) -> Any:
    return targets.verify([url], knowledge(policy), 5.0, lambda text: None).as_json()


def test_the_command_verifies_a_server(site: tuple[Site, str], tmp_path: Path) -> None:
    made, base = site
    policy = tmp_path / "policy"
    policy.write_bytes(made.scenario.policy())
    done = run("verify", f"{base}/s/k-12", "--policy", policy)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "private entries are not opened" in done.stdout


def test_a_server_that_changes_an_entry_or_document_is_wrong(site: tuple[Site, str]) -> None:
    made, base = site
    origin = "served.example/coop/k-12/2026-27"
    path = f"/l/{origin}/{tiles.bundle_path(0, 9)}"
    good = made.paths[path]
    made.paths[path] = good.replace(b"2026-05-28T20:27", b"2026-05-28T20:28")
    assert made.paths[path] != good
    assert verify(f"{base}/s/k-12", made.scenario.policy())["exit"] == 1
    made.paths[path] = good
    assert verify(f"{base}/s/k-12", made.scenario.policy())["exit"] == 0
    document = next(name for name in made.paths if name.startswith(f"/l/{origin}/doc/"))
    kept = made.paths[document]
    made.paths[document] = kept.replace(b"k-12", b"k-13")
    assert verify(f"{base}/s/k-12", made.scenario.policy())["exit"] == 1
    del made.paths[document]
    assert verify(f"{base}/s/k-12", made.scenario.policy())["exit"] == 2


def test_a_forked_log_shows_in_the_state_log(site: tuple[Site, str]) -> None:
    """The operator signs two heads of one size and admits both."""
    made, base = site
    scenario = made.scenario
    log = next(iter(scenario.keys))
    fork = Log(log, AuditScenario("served").log(log).secret)
    for index in range(9):
        fork.append(books.import_open(f"fork-{index}"))
    scenario.publish(fork)
    made._log(scenario.state)
    report = verify(f"{base}/s/k-12", scenario.policy())
    assert report["exit"] == 1
    wrong = [check["id"] for check in report["checks"] if check["state"] == "wrong"]
    assert wrong == ["other-heads"]


def test_faults_of_the_network_are_sentences(site: tuple[Site, str]) -> None:
    made, base = site
    with pytest.raises(fetch.FetchError, match="404"):
        verify(f"{base}/s/other", None)
    with pytest.raises(fetch.FetchError, match="could not be reached"):
        verify("http://127.0.0.1:1/s/k-12", None)
    with pytest.raises(fetch.FetchError, match="address of a society"):
        verify(f"{base}/about", None)
    for body in (b"[]", b"{}", b"not json", b'{"book": 5}', b"[" * 100_000):
        made.paths["/s/k-12.json"] = body
        with pytest.raises(fetch.FetchError, match="names no log"):
            verify(f"{base}/s/k-12", None)
    made.paths["/s/k-12.json"] = b'{"book": "../../etc"}'
    with pytest.raises(fetch.FetchError, match="not the name of one of our logs"):
        verify(f"{base}/s/k-12", None)


def test_a_flood_is_cut_off(site: tuple[Site, str]) -> None:
    made, base = site
    made.paths["/policy"] = b"#" * (fetch.SMALL + 1)
    with pytest.raises(fetch.FetchError, match="more than"):
        verify(f"{base}/s/k-12", None)


def test_files_behind_an_address_are_verified_as_files(site: tuple[Site, str]) -> None:
    made, base = site
    made.paths["/pkg.zip"] = (VECTORS / "society.zip").read_bytes()
    made.paths["/one.sakshi-proof"] = (VECTORS / "public.sakshi-proof").read_bytes()
    assert verify(f"{base}/pkg.zip", POLICY.read_bytes())["exit"] == 0
    assert verify(f"{base}/one.sakshi-proof", POLICY.read_bytes())["exit"] == 0
