"""Canaries: invented personal data goes in through every importer and must come out nowhere public.

Looked at afterwards: every public page a reader can reach, logs with tiles, bundles and documents,
the API, metrics, the Registrar's live stream, the server's own output, and every column of every
table that is not meant to hold personal data.
"""

import contextlib
import re
import sqlite3
import threading
import time
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx2
import pytest

from tests.e2e.machine import Browser, Server, audit, package, sakshi
from trust.books.pure.pii import verhoeff_right
from web.demo import files
from web.demo.bookkeeping import BANK
from web.demo.logins import read_logins
from web.demo.model import Posted

NAME = "Kanariyamma Paadunnaval"
LEDGER = "Loan of Kanaripakshi Parakkunnaval"
PHONE = "9876501234"
DEED = "Deed Kanari-4711"
NOTE = "Chaired by Kanarikunju Mindathaval"
CHEQUE = "KANARI880055"
AADHAAR = next(
    f"49990000111{digit}" for digit in "0123456789" if verhoeff_right(f"49990000111{digit}")
)
CANARIES = (NAME, LEDGER, PHONE, DEED, NOTE, CHEQUE, AADHAAR)

MAY_HOLD = {
    ("log_payload", "record"),
    ("log_payload", "detail"),
    ("member", "name"),
    ("account", "display_name"),
    ("book_import", "report"),
    ("book_account_map", "key"),
    ("book_account_map", "name"),
    ("book_ledger_map", "ledger"),
    ("book_unplaced", "key"),
    ("book_unplaced", "name"),
    ("log_annex", "data"),
}
"""Columns meant for personal data: sealed payloads, the register, the society's own ledger names,
import reports (shown to the society), and the annex."""
MAX_PAGES = 250
YES = {"suspense": "yes", "company": "yes"}
"""What is asked about the day book of another company with a ledger on no account."""


def tally_file() -> bytes:
    """A day book with a name, a number, a cheque and a ledger of a person in it, dated so late that
    an alert about it goes over the live stream."""
    day = (date.today() - timedelta(days=70)).isoformat()  # noqa: DTZ011
    lines = ((LEDGER, 123_400), (BANK, -123_400))
    text = f"Paid to {NAME}, Aadhaar {AADHAAR}, mobile {PHONE}"
    data = files.tally("Canary", {}, [Posted(day, "Payment", lines, text, NAME, "CAN/1")])
    number = f"<INSTRUMENTNUMBER>{CHEQUE}</INSTRUMENTNUMBER>"
    cheque = f"<BANKALLOCATIONS.LIST>{number}</BANKALLOCATIONS.LIST>"
    end = "</ALLLEDGERENTRIES.LIST>"
    body = data[2:].decode("utf-16-le").replace(end, cheque + end, 1)
    return b"\xff\xfe" + body.encode("utf-16-le")


def loans_file() -> bytes:
    """A register whose references are a person's."""
    row = (
        "L-1",
        NAME,
        "2026-05-05",
        "100000",
        "90000",
        "0",
        "0",
        "house",
        PHONE,
        DEED,
        "yes",
        "2026-05-31",
    )
    return files.loan_register([row])


def bring_in(server: Server, tmp_path: Path) -> None:
    """The canaries through the page and through the command."""
    secretary = Browser(server).sign_in("s2.secretary")
    assert secretary.upload("daybook.xml", tally_file(), **YES).status_code == 200
    secretary.close()
    loans = tmp_path / "loans.csv"
    loans.write_bytes(loans_file())
    said = sakshi(server.home, "import", "S2", str(loans))
    assert said.returncode == 0, said.stdout
    assert all(canary not in said.stdout + said.stderr for canary in CANARIES)
    dates = tmp_path / "dates.csv"
    dates.write_bytes(files.dates([("audit", "2026-07-07", "2025-26", NOTE)]))
    assert sakshi(server.home, "import", "S2", str(dates)).returncode == 0


def found_in(text: str | bytes) -> list[str]:
    """Which canaries a text holds, also with the spaces of a number taken out."""
    data = text.encode() if isinstance(text, str) else text
    return [canary for canary in CANARIES if canary.encode() in data]


def reachable(server: Server) -> dict[str, bytes]:
    """Every public page and file that links lead to, in both languages, up to a limit."""
    pages: dict[str, bytes] = {}
    waiting = ["/", "/s/s2", "/s/s2.json", "/policy", "/metrics", "/api/v1/openapi.json", "/verify"]
    with httpx2.Client(base_url=server.url, timeout=30, follow_redirects=True) as http:
        while waiting and len(pages) < MAX_PAGES:
            path = waiting.pop(0)
            if path in pages:
                continue
            answer = http.get(path)
            if answer.status_code == 429:
                time.sleep(1.0)
                waiting.append(path)
                continue
            pages[path] = answer.content
            if "text/html" in answer.headers.get("content-type", ""):
                links = re.findall(r'(?:href|src|data-[a-z-]+)="(/[^"#]*)"', answer.text)
                waiting += [urlsplit(urljoin(path, link)).path for link in links]
    return pages


def log_files(server: Server) -> dict[str, bytes]:
    """Checkpoint, tiles, entry bundles and documents of every log the database knows."""
    with contextlib.closing(sqlite3.connect(server.home / "sakshi.db")) as db:
        logs = db.execute("SELECT id, origin, size FROM log").fetchall()
        documents = (
            db.execute(
                "SELECT origin, lower(hex(sha256)) FROM log_document JOIN log ON log.id = log_id"
            ).fetchall()
            if _is_blob(db)
            else db.execute(
                "SELECT log.origin, sha256 FROM log_document JOIN log ON log.id = log_id"
            ).fetchall()
        )
    paths = []
    for _, origin, size in logs:
        paths.append(f"/l/{origin}/checkpoint")
        for n in range(size // 256 + 1):
            width = min(256, size - n * 256)
            if width > 0:
                end = f"{n:03d}" + (f".p/{width}" if width < 256 else "")
                paths += [f"/l/{origin}/tile/entries/{end}", f"/l/{origin}/tile/0/{end}"]
    paths += [f"/l/{origin}/doc/{digest}" for origin, digest in documents if "/coop/s2/" in origin]
    found = {}
    with httpx2.Client(base_url=server.url, timeout=30) as http:
        for path in paths:
            answer = http.get(path)
            while answer.status_code == 429:
                time.sleep(1.0)
                answer = http.get(path)
            assert answer.status_code == 200, (path, answer.status_code)
            found[path] = answer.content
    return found


def _is_blob(db: sqlite3.Connection) -> bool:
    row = db.execute("SELECT typeof(sha256) FROM log_document LIMIT 1").fetchone()
    return bool(row and row[0] == "blob")


class Stream:
    """What the Registrar's open page gets."""

    def __init__(self, server: Server) -> None:
        self.text = ""
        self._browser = Browser(server).sign_in("registrar")
        self._ready = threading.Event()
        threading.Thread(target=self._follow, daemon=True).start()
        assert self._ready.wait(15)

    def _follow(self) -> None:
        try:
            with self._browser.http.stream("GET", "/registrar/live", timeout=120) as answer:
                self._ready.set()
                for chunk in answer.iter_text():
                    self.text += chunk
        except httpx2.HTTPError:
            return


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_no_canary_gets_out(server: Server, tmp_path: Path) -> None:
    stream = Stream(server)
    bring_in(server, tmp_path)
    time.sleep(2)
    public = reachable(server)
    assert len(public) > 40 and "/s/s2" in public
    assert {path: found for path, data in public.items() if (found := found_in(data))} == {}
    logs = log_files(server)
    assert len(logs) > 60
    assert {path: found for path, data in logs.items() if (found := found_in(data))} == {}
    assert "s2" in stream.text, "nothing came over the live stream, so nothing was looked at"
    assert found_in(stream.text) == []
    assert found_in(server.log.read_bytes()) == []
    assert _strange_columns(server.home) == set()
    _proof_without_opening(server, tmp_path)


def _strange_columns(home: Path) -> set[tuple[str, str, str]]:
    """(table, column, canary) wherever one stands and should not; each must stand somewhere."""
    strange: set[tuple[str, str, str]] = set()
    seen: set[str] = set()
    with contextlib.closing(sqlite3.connect(home / "sakshi.db")) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        for table in tables:
            cursor = db.execute(f'SELECT * FROM "{table}"')
            columns = [column[0] for column in cursor.description]
            for row in cursor:
                for column, value in zip(columns, row, strict=True):
                    if not isinstance(value, str | bytes):
                        continue
                    for canary in found_in(value):
                        seen.add(canary)
                        if (table, column) not in MAY_HOLD:
                            strange.add((table, column, canary))
    assert seen == set(CANARIES), f"never stored, so nothing was tried: {set(CANARIES) - seen}"
    return strange


def _proof_without_opening(server: Server, tmp_path: Path) -> None:
    """The full package (for auditors) does hold them; its public part does not."""
    files_of = package(server.home, "S2", tmp_path / "s2.zip")
    openings = b"".join(data for name, data in files_of.items() if name.startswith("openings/"))
    rest = b"".join(data for name, data in files_of.items() if not name.startswith("openings/"))
    assert found_in(openings) and found_in(rest) == []
    policy = tmp_path / "policy"
    policy.write_text(server.get("/policy").text)
    seen = audit("verify", f"{server.url}/s/s2", "--policy", str(policy), "--json")
    assert seen.returncode == 0 and found_in(seen.stdout) == []


@pytest.mark.slow
def test_members_of_the_demo_stay_private(server: Server) -> None:
    """Names of members who voted and enrolled stand on no public page and in no log."""
    people = read_logins(server.home)["people"]
    names = [p["name"] for p in people if p["role"] == "member"]
    secrets = [p["card"] for p in people if p["card"]] + [
        p["password"] for p in people if p["password"]
    ]
    assert len(names) > 100
    everything = b"".join([*reachable(server).values(), *log_files(server).values()])
    assert [name for name in names if name.encode() in everything] == []
    log = server.log.read_bytes()
    database = (server.home / "sakshi.db").read_bytes()
    for secret in secrets:
        for place in (everything, log, database):
            assert secret.encode() not in place
            assert secret.replace("-", "").encode() not in place
