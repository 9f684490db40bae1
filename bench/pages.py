"""Public pages: bytes of a first visit in Chromium, and time to the first byte from the server.

The demo state is seeded as `make demo` does it. A first visit is one of a browser that has never
been here: page, style sheets, fonts, scripts and pictures, headers included, as the browser itself
counts them over the wire; what the check in the browser fetches as evidence (policy, checkpoints,
tiles, documents) is counted beside it. Targets: 100 KB and 100 ms.
"""

import asyncio
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console

from bench.client import Connection
from bench.server import serving
from bench.table import Row, quantile
from trust.books import queries as books
from trust.formats import receipts
from trust.log import queries as log_queries
from trust.settings import Settings
from web import wiring
from web.demo import logins
from web.demo.prepare import prepare

REPEATS = 30
EVIDENCE = ("/l/", "/policy")
LANGUAGES = ("ml", "en")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@dataclass(frozen=True, slots=True)
class Page:
    """One public page to be measured."""

    name: str
    path: str


def pages(home: Path) -> list[Page]:
    """Front door, results, society, its newest sheet, the check of it, and a receipt."""
    slug = str(logins.read_logins(home)["society"])
    rt = wiring.build(Settings.from_env({"SAKSHI_HOME": str(home)}))
    try:
        with rt.db.read() as conn:
            filed = [item for item in books.statements(conn, slug) if item.in_force]
            newest = max(filed, key=lambda item: item.book_year)
            entry = log_queries.entry(conn, newest.at.origin, newest.at.index)
    finally:
        rt.close()
    code = receipts.code(entry.leaf)
    return [
        Page("find", "/"),
        Page("find, results", "/?q=milk"),
        Page("society", f"/s/{slug}"),
        Page("balance sheet", f"/s/{slug}/{newest.book_year}"),
        Page("check it yourself", f"/s/{slug}/{newest.book_year}/check"),
        Page("receipt", f"/r/{code}"),
    ]


async def first_bytes(port: int, page: Page, lang: str) -> list[float]:
    """Milliseconds to the first byte, over one kept-alive connection."""
    connection = Connection(port)
    headers = {"Cookie": f"lang={lang}", "Accept": "text/html", "Accept-Encoding": "gzip"}
    found = []
    for _ in range(REPEATS):
        answer = await connection.send("GET", page.path, headers)
        if answer.status != 200:
            raise RuntimeError(f"GET {page.path} answered {answer.status}")
        found.append(answer.first_byte * 1000)
    connection.close()
    return found


@dataclass(slots=True)
class Visit:
    """Bytes over the wire: of the page with all it is made of, and of evidence it fetched."""

    page: float = 0.0
    evidence: float = 0.0


def first_visits(port: int, listed: list[Page]) -> dict[tuple[str, str], Visit]:
    """A first visit in Chromium, by page name and language."""
    program = shutil.which("chromium")
    if program is None:
        print("Chromium is not installed: bytes of a first visit are not measured.")
        return {}
    from playwright.sync_api import sync_playwright

    found = {}
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=FLAGS)
        for page in listed:
            for lang in LANGUAGES:
                found[page.name, lang] = _visit(browser, port, page, lang)
        browser.close()
    return found


def _visit(browser: Any, port: int, page: Page, lang: str) -> Visit:
    context = browser.new_context()
    context.add_cookies([{"name": "lang", "value": lang, "domain": "127.0.0.1", "path": "/"}])
    tab = context.new_page()
    wire = context.new_cdp_session(tab)
    paths: dict[str, str] = {}
    found = Visit()

    def asked(event: Any) -> None:
        paths[event["requestId"]] = urlsplit(event["request"]["url"]).path

    def loaded(event: Any) -> None:
        if paths.get(event["requestId"], "").startswith(EVIDENCE):
            found.evidence += event["encodedDataLength"]
        else:
            found.page += event["encodedDataLength"]

    wire.on("Network.requestWillBeSent", asked)
    wire.on("Network.loadingFinished", loaded)
    wire.send("Network.enable")
    answer = tab.goto(f"http://127.0.0.1:{port}{page.path}", wait_until="networkidle")
    shown = tab.evaluate("document.documentElement.lang")
    if answer is None or answer.status != 200 or not re.match(lang, str(shown)):
        raise RuntimeError(f"{page.path} in {lang} was not shown")
    context.close()
    return found


def beside(size: Visit) -> str:
    """The target, and what came on top of the page."""
    more = f"; evidence {size.evidence / 1000:,.1f} KB more" if size.evidence else ""
    return f"target 100{more}"


def run() -> list[Row]:
    """Measure."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="sakshi-bench-") as folder:
        home = Path(folder) / "demo"
        prepare(home, reset=False, console=Console(quiet=True))
        listed = pages(home)
        with serving(home) as server:
            port = server.port
            sizes = first_visits(port, listed)
            for page in listed:
                for lang in LANGUAGES:
                    waits = asyncio.run(first_bytes(port, page, lang))
                    slow = f"target 100; p95 {quantile(waits, 0.95):,.1f}"
                    name = f"{page.name} ({lang})"
                    if (page.name, lang) in sizes:
                        size = sizes[page.name, lang]
                        rows.append(
                            Row(f"{name}, first visit", size.page / 1000, "KB", beside(size))
                        )
                    rows.append(Row(f"{name}, first byte p50", quantile(waits, 0.5), "ms", slow))
    return rows
