"""What may be given to be watched: server, log, page, mirror; a clear word for anything else."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from audit.monitoring import command
from audit.monitoring.monitor import Monitor, Outcome
from audit.monitoring.store import Store
from audit.monitoring.target import Target, TargetError, resolve
from audit.monitoring.wire import Unreachable
from tests.audit.monitor.conftest import QUICK, Watcher
from tests.audit.monitor.liar import SLUG, Liar, date
from trust.log import service as logs
from trust.log.upkeep.mirror import mirror

MEETING = "0123456789abcdef0123456789abcdef"


def at(text: str) -> Target:
    """What an address stands for."""
    return resolve(text, rate=0, timeout=5)


def look(target: Target, watcher: Watcher) -> Outcome:
    """One round over it."""
    store = Store(watcher.file)
    try:
        options = replace(QUICK, only=target.only)
        return Monitor(
            target.site,
            store,
            watcher.evidence,
            options,
            clock=watcher.clock,
            sleep=lambda seconds: None,
        ).round()
    finally:
        store.close()


@pytest.fixture
def page(liar: Liar) -> str:
    """A society's page that lists one meeting; another society has a log too."""
    meeting = f"{liar.rt.host}/meeting/{MEETING}"
    listed = {"book": liar.book, "meetings": [{"id": MEETING, "origin": meeting}]}
    liar.lies[f"/s/{SLUG}.json"] = json.dumps(listed).encode()
    other = f"{liar.rt.host}/coop/tvm-102/2026-27"
    with liar.rt.db.write() as conn:
        logs.open_log(conn, other, now=liar.rt.clock())
        logs.append(conn, other, [date(1, "tvm-102")], now=liar.rt.clock())
    liar.rt.publish([other])
    return f"{liar.url}/s/{SLUG}"


def test_a_societys_page_stands_for_its_logs_and_the_state_log(
    liar: Liar, watcher: Watcher, page: str
) -> None:
    meeting = f"{liar.rt.host}/meeting/{MEETING}"
    for address in (page, f"{page}.json", f"{page}/2025-26", f"{page}/"):
        assert at(address).only == (f"coop/{SLUG}", meeting)
    liar.asked.clear()
    outcome = look(at(page), watcher)
    assert not outcome.open and outcome.counts["logs"] == 2, "its book log and the state log"
    assert outcome.exit_code == 2 and meeting in outcome.unchecked[0], "nothing of it is published"
    assert not [path for path in liar.asked if "tvm-102" in path]
    assert at(f"{page}/meetings/{MEETING}").only == (meeting,)


def test_a_log_a_mirror_and_a_mirrors_folder(
    liar: Liar, watcher: Watcher, page: str, tmp_path: Path
) -> None:
    folder = tmp_path / "mirror"
    mirror(liar.rt.db, folder)
    for text in (str(folder), folder.as_uri(), f"{folder}/"):
        assert at(text).only == ()
        assert look(at(text), watcher).exit_code == 0
    for text in (str(folder / liar.book), (folder / liar.book).as_uri()):
        assert at(text).only == (liar.book,)
        assert look(at(text), watcher).exit_code == 0
    for text in (
        f"{liar.url}/l/{liar.book}",
        f"{liar.url}/l/{liar.book}/checkpoint",
        f"{liar.url}/{liar.book}",
    ):
        assert at(text).only == (liar.book,) and at(text).site.base == liar.url
    for text in (liar.url, f"{liar.url}/", f"{liar.url}/policy"):
        assert at(text).only == () and at(text).site.base == liar.url


def test_anything_else_is_refused_in_words(liar: Liar, page: str, tmp_path: Path) -> None:
    for text, words in (
        (f"{liar.url}/secretary/imports", "nothing that can be watched"),
        (f"{liar.url}/s/none", "there is no society 'none'"),
        (f"{liar.url}/l/not a log", "no log's address"),
        ("http://[::1", "is no address"),
        ("http://localhost:99999/", "is no address"),
        ("ftp://example.org/", "not an http, https or file address"),
        ("file://elsewhere/srv/mirror", "another machine"),
        (str(tmp_path), "which has a file named policy"),
        (tmp_path.as_uri(), "which has a file named policy"),
    ):
        with pytest.raises(TargetError) as fault:
            at(text)
        assert words in str(fault.value), text
    with pytest.raises(Unreachable, match="neither an http"):
        at("no-such-folder")
    liar.lies[f"/s/{SLUG}.json"] = b"<html>"
    with pytest.raises(TargetError, match="does not say which logs"):
        at(page)


def test_a_page_that_does_not_answer_is_followed_by_its_name(
    liar: Liar, watcher: Watcher, page: str
) -> None:
    liar.lies[f"/s/{SLUG}.json"] = 403
    assert at(page).only == (f"coop/{SLUG}",)
    assert look(at(page), watcher).exit_code == 0
    liar.lies["/s/never.json"] = 403
    outcome = look(at(f"{liar.url}/s/never"), watcher)
    assert outcome.exit_code == 2 and "no log of coop/never" in outcome.unchecked[0]


def test_compare_takes_the_same_addresses(
    liar: Liar, watcher: Watcher, page: str, tmp_path: Path
) -> None:
    watcher.look()
    mirror(liar.rt.db, tmp_path / "mirror")
    for text in (page, liar.url, f"{liar.url}/l/{liar.book}", (tmp_path / "mirror").as_uri()):
        found = command.run_compare(str(watcher.file), text, None, None, 5)
        assert {item.verdict for item in found} == {"consistent"}, found
