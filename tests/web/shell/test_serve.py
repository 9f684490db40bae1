"""Stopping well: streams end at once, what is being answered is finished, nobody new is let in."""

import json
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from web import cli

ROOT = Path(__file__).parents[3]
PROGRAM = """
import asyncio, sys
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route
from web.serve import run

async def slow(request):
    await asyncio.sleep(1.5)
    return PlainTextResponse("done")

async def live(request):
    async def lines():
        yield "data: hello\\n\\n"
        await request.app.state.stopping.wait()
        yield "retry: 2000\\n\\n"
    return StreamingResponse(lines(), media_type="text/event-stream")

app = Starlette(routes=[Route("/slow", slow), Route("/live", live)])
run(app, sys.argv[1], ready=lambda: print("ready", flush=True))
print("stopped cleanly", flush=True)
"""


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_signal_ends_streams_at_once_and_finishes_answers(port: int) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, f"127.0.0.1:{port}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    base = f"http://127.0.0.1:{port}"
    try:
        _wait_for(port)
        with ThreadPoolExecutor(1) as pool, httpx2.Client(timeout=20) as client:
            answering = pool.submit(httpx2.get, f"{base}/slow", timeout=20)
            with client.stream("GET", f"{base}/live") as stream:
                chunks = stream.iter_text()
                assert "hello" in next(chunks)
                time.sleep(0.3)
                begun = time.monotonic()
                server.send_signal(signal.SIGTERM)
                assert "retry: 2000" in "".join(chunks)
                assert time.monotonic() - begun < 1.0, "the stream ended at once"
            assert answering.result().text == "done"
        out, err = server.communicate(timeout=20)
    finally:
        server.kill()
    assert server.returncode == 0 and "stopped cleanly" in out, err


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the server does not listen")


LOGGING = """
import structlog
from web.serve import configure_logging
configure_logging("INFO")
structlog.get_logger().info("request", route="/സംഘം")
structlog.get_logger().debug("hidden")
"""


OF_LIBRARIES = """
import logging, warnings
from web.serve import config, configure_logging
configure_logging("INFO")
logging.getLogger("sakshi.wiring").info("carried")
logging.getLogger("hypercorn.error").info("Running on http://127.0.0.1:8000 (CTRL + C to quit)")
config("127.0.0.1:0").log.error_logger.warning("a socket failed")
logging.getLogger("celery.worker").warning("the broker is away")
warnings.warn("old name")
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("sakshi.x").exception("failed")
"""


def test_what_libraries_tell_is_json_too_and_not_every_word_of_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", OF_LIBRARIES], cwd=ROOT, capture_output=True, text=True, check=True
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    told = [(line["logger"], line["event"].partition(": ")[2] or line["event"]) for line in lines]
    assert told[:3] == [
        ("sakshi.wiring", "carried"),
        ("hypercorn.error", "a socket failed"),
        ("celery.worker", "the broker is away"),
    ]
    assert told[3][0] == "py.warnings" and "old name" in told[3][1]
    assert "ZeroDivisionError" in lines[4]["exception"] and len(lines) == 5


def test_log_lines_are_json_and_readable() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOGGING], cwd=ROOT, capture_output=True, text=True, check=True
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["route"] for line in lines] == ["/സംഘം"] and "സംഘം" in done.stderr


def test_a_taken_port_is_told_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SAKSHI_HOME", str(tmp_path))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SystemExit):
            cli.serve(port=port)
    assert f"Another program listens on 127.0.0.1:{port}." in capsys.readouterr().err
    assert not (tmp_path / "server.pid").exists(), "it names a server that runs"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process choose its core")
def test_the_embedded_server_and_its_threads_stay_on_one_core() -> None:
    program = """
import os, threading
from web.serve import stay_on_one_core
before = os.sched_getaffinity(0)
stay_on_one_core()
seen = []
thread = threading.Thread(target=lambda: seen.append(os.sched_getaffinity(0)))
thread.start()
thread.join()
assert seen == [os.sched_getaffinity(0)] and len(seen[0]) == 1 and seen[0] <= before
stay_on_one_core()
assert os.sched_getaffinity(0) == seen[0]
print("one")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout == "one\n", done.stderr
