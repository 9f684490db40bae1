"""`sakshi-audit verify` over a mirror: a folder behind a plain file server, no service running."""

import functools
import http.server
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from audit.cli import app
from audit.fetch import FetchError, locate
from tests.simulator.clock import ManualClock
from tests.trust.books.makers import daybook, voucher
from tests.trust.books.scenario import build
from trust.formats.times import IST
from trust.log.runtime import Runtime
from trust.log.upkeep.mirror import mirror


@pytest.fixture
def served(rt: Runtime, clock: ManualClock, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A society's books of two log years, mirrored; folder and address of the second's log."""
    scenario = build(rt)
    begun = scenario.origin
    scenario.publish()
    clock.now = int(datetime(2027, 4, 1, tzinfo=IST).timestamp()) + 3600
    pair = [("Cash", "-100.00"), ("Member Seven", "100.00")]
    scenario.import_file(
        daybook(*(voucher(f"g-{n}", pair, number=str(n)) for n in range(20))), "d.xml"
    )
    scenario.publish()
    folder = tmp_path / "mirror"
    mirror(rt.db, folder)
    rt.db.dispose()
    assert begun != scenario.origin and (folder / begun).is_dir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Nothing on the terminal."""

    handler = functools.partial(Quiet, directory=str(tmp_path))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield (
        folder / scenario.origin,
        f"http://127.0.0.1:{server.server_port}/mirror/{scenario.origin}",
    )
    server.shutdown()
    server.server_close()


def verify(*arguments: str) -> object:
    return app(["verify", *arguments], exit_on_error=False, result_action="return_value")


def test_a_log_is_verified_from_files_alone(
    served: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, address = served
    policy = next(parent for parent in folder.parents if (parent / "policy").exists()) / "policy"
    assert verify(address, "--policy", str(policy)) == 0, capsys.readouterr().out
    told = capsys.readouterr().out
    assert "2026-27" in told and "Each log begins with the last head of the one before" in told
    first = policy.with_name("first")
    lines = policy.read_text().splitlines(keepends=True)
    first.write_text(lines[0] + "quorum none\n")
    assert "/state/2026-27+" in lines[0] and "/state/2027-28+" in lines[1]
    assert verify(address, "--policy", str(first)) == 0, "the old key leads to the new"
    bundle = next((folder / "tile" / "entries").rglob("*.p/*"))
    damaged = bytearray(bundle.read_bytes())
    damaged[-3] ^= 1
    bundle.write_bytes(damaged)
    assert verify(address, "--policy", str(policy)) == 1


def test_addresses_of_logs_at_mirrors_and_servers() -> None:
    name = "s0.test.example/coop/k-12/2026-27"
    for url, base, logs in (
        (f"https://m.example/{name}", "https://m.example", ""),
        (f"https://m.example/a/b/{name}/checkpoint", "https://m.example/a/b", ""),
        (f"https://m.example/{name}.2", "https://m.example", ""),
        (f"https://m.example/x/l/{name}", "https://m.example/x", "l/"),
    ):
        server, origin = locate(url)
        assert (server.base, server.logs) == (base, logs) and origin.startswith(name)
    with pytest.raises(FetchError):
        locate("https://m.example/coop/k-12")
