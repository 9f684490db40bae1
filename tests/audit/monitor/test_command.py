"""The command as cron runs it: exit codes, hooks, webhooks, one at a time, killed and resumed."""

import json
import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from audit.monitoring.command import locked
from audit.monitoring.notify import Notifier
from audit.monitoring.store import Store, StoreError
from tests.audit.monitor.conftest import Watcher
from tests.audit.monitor.liar import Liar
from tests.conftest import ROOT
from trust.formats import tiles

COMMAND = [sys.executable, "-c", "from audit.cli import main; main()", "monitor"]


def run(
    liar: Liar, folder: Path, *options: str, target: str = ""
) -> subprocess.CompletedProcess[str]:
    """`sakshi-audit monitor --once` in a process of its own."""
    return subprocess.run(
        [*COMMAND, target or liar.url, "--once", "--state", str(folder / "state"), "--rate", "0",
         *options],
        capture_output=True, text=True, check=False, cwd=ROOT, timeout=60,
    )  # fmt: skip


@pytest.mark.slow
def test_exit_codes_and_reports(liar: Liar, tmp_path: Path) -> None:
    policy = tmp_path / "policy"
    policy.write_bytes(liar.policy())
    good = run(liar, tmp_path, "--json", "--policy", str(policy))
    assert good.returncode == 0, good.stdout + good.stderr
    report = json.loads(good.stdout)
    assert report["format"] == "sakshi-monitor-report/1" and not report["policy_from_server"]
    liar.lies[liar.path(liar.book, "tile/entries/000.p/5")] = 404
    bad = run(liar, tmp_path)
    assert bad.returncode == 1 and "What to keep" in bad.stdout and "entry 0" in bad.stdout
    liar.lies.clear()
    assert run(liar, tmp_path, "--quiet").stdout == ""
    gone = run(liar, tmp_path, "--timeout", "1", target="http://127.0.0.1:9")
    assert gone.returncode == 2 and "could not be reached" in gone.stdout
    (tmp_path / "state").write_bytes(b"not a database, but long enough to be read as one" * 10)
    broken = run(liar, tmp_path)
    assert broken.returncode == 2 and "state file" in broken.stderr


def test_evidence_that_cannot_be_written_is_said_with_code_2(liar: Liar, tmp_path: Path) -> None:
    liar.lies[liar.path(liar.book, "checkpoint")] = 404
    (tmp_path / "file").write_text("in the way")
    full = run(liar, tmp_path, "--evidence", str(tmp_path / "file"))
    assert full.returncode == 2 and "failed" in full.stderr
    assert run(liar, tmp_path).returncode == 1, "the finding was not lost"


def test_a_monitor_killed_in_the_middle_goes_on_where_it_was(
    liar: Liar, watcher: Watcher, tmp_path: Path
) -> None:
    liar.grow_private(256 * 6)
    stop_at = liar.path(liar.book, "tile/entries/004")
    reached, go_on = threading.Event(), threading.Event()

    def hang(real: bytes) -> bytes:
        reached.set()
        return real

    liar.lies[stop_at] = hang
    liar.delays[stop_at] = go_on
    process = subprocess.Popen(
        [*COMMAND, liar.url, "--once", "--state", str(watcher.file), "--rate", "0"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert reached.wait(60)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    finally:
        go_on.set()
    liar.lies.clear()
    liar.delays.clear()
    store = Store(watcher.file)
    log = store.log(liar.book)
    store.close()
    assert log is not None and log.size == 0, "nothing is verified yet"
    assert log.read == 4 * 256, "but what was read before is kept"
    liar.asked.clear()
    outcome = watcher.look(recheck=0)
    assert outcome.exit_code == 0, outcome.as_json()
    asked = [path for path in liar.asked if f"{liar.book}/tile/entries/" in path]
    again = {path.rsplit("/", 1)[1] for path in asked}
    assert {"004", "005"} <= again and not {"001", "002", "003"} & again


def test_what_was_read_before_a_kill_is_checked_against_the_head_all_the_same(
    liar: Liar, watcher: Watcher
) -> None:
    liar.grow_private(256 * 3)
    entries = liar.entries(liar.book)[:256]
    entries[7] = entries[8]
    liar.lies[liar.path(liar.book, "tile/entries/000")] = tiles.encode_bundle(entries)
    liar.lies[liar.path(liar.book, "tile/entries/002")] = 500
    assert watcher.look().exit_code == 2
    liar.lies.clear()
    found = watcher.look()
    assert found.exit_code == 1 and found.open[0].kind == "altered-entry"
    assert watcher.look().exit_code == 0, "once served right, everything is read again and right"


def test_one_monitor_at_a_time(tmp_path: Path) -> None:
    first = locked(tmp_path / "s")
    with first, pytest.raises(StoreError, match="Another monitor"), locked(tmp_path / "s"):
        pass


HOOK = """
import json, os, sys
from pathlib import Path
event = json.load(sys.stdin)
given = [name for name in os.environ if name.startswith("SAKSHI_")]
named = {name: os.environ[name] for name in given if not name.startswith("SAKSHI_TEST_")}
with Path(sys.argv[1]).open("a") as file:
    file.write(json.dumps([event, named]) + "\\n")
sys.exit(int(sys.argv[2]))
"""


def test_a_hook_hears_of_each_finding_once_and_of_its_end(
    liar: Liar, watcher: Watcher, tmp_path: Path
) -> None:
    script, heard = tmp_path / "hook.py", tmp_path / "heard"
    script.write_text(HOOK)
    failing = Notifier(f"{sys.executable} {script} {heard} 3")
    right = Notifier(f"{sys.executable} {script} {heard} 0")
    liar.lies[liar.path(liar.book, "tile/entries/000.p/5")] = 404
    outcome = watcher.look(teller=failing)
    assert any("status 3" in text for text in outcome.unchecked)
    watcher.look(teller=right)
    watcher.look(teller=right)
    liar.lies.clear()
    assert watcher.look(teller=right).exit_code == 0
    assert watcher.look(teller=right).exit_code == 0
    lines = [json.loads(line) for line in heard.read_text().splitlines()]
    assert [named["SAKSHI_EVENT"] for _, named in lines] == ["missing", "missing", "cleared"]
    event, named = lines[0]
    assert named["SAKSHI_ORIGIN"] == liar.book and named["SAKSHI_INDEX"] == "0"
    assert "What to keep" in named["SAKSHI_MESSAGE"] and named["SAKSHI_SERVER"] == liar.url
    assert (Path(named["SAKSHI_EVIDENCE"]) / "finding.json").is_file()
    assert named["SAKSHI_TIME"].endswith("Z") and named["SAKSHI_KIND"] == "missing"
    assert event == {name.removeprefix("SAKSHI_").lower(): text for name, text in named.items()}


def test_a_webhook_is_tried_again_and_told_in_the_next_round(liar: Liar, watcher: Watcher) -> None:
    heard: list[dict[str, str]] = []
    answers = [500, 500, 204]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = answers.pop(0)
            if status < 300:
                heard.append(json.loads(body))
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    teller = Notifier(
        webhook=f"http://127.0.0.1:{server.server_port}/", tries=2, sleep=lambda seconds: None
    )
    liar.lies[liar.path(liar.book, "checkpoint")] = 404
    first = watcher.look(teller=teller)
    assert not heard and any("could not be told" in text for text in first.unchecked)
    watcher.look(teller=teller)
    assert [event["event"] for event in heard] == ["missing"] and heard[0]["origin"] == liar.book
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_monitor_goes_round_until_it_is_asked_to_stop(liar: Liar, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, liar.url, "--state", str(tmp_path / "s"), "--every", "0.3", "--json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    rounds = [json.loads(process.stdout.readline()) for _ in range(2)]
    assert [report["exit"] for report in rounds] == [0, 0]
    process.terminate()
    rounds += [json.loads(line) for line in process.stdout]
    assert process.wait(30) == rounds[-1]["exit"], "0 between two rounds, 2 in the middle of one"
    process.stdout.close()
