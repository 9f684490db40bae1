"""What `sakshi-audit verify PROOF --server` says of a receipt whose entry is lost, and the insider
who would like a vote to be lost."""

import functools
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from audit import fetch, standing
from audit.verify.proof import verify_proof
from audit.verify.report import EXIT_RIGHT, EXIT_UNREADABLE, EXIT_WRONG, EntryRef, Report
from tests.trust.log.disasters import Disaster
from tests.trust.log.helpers import fill, open_book, publish
from trust.formats.canon import Json
from trust.formats.proofs import format_proof, parse_proof
from trust.formats.tiles import decode_bundle, encode_bundle
from trust.log import lineage, proofs
from trust.log.runtime import Runtime
from trust.log.upkeep import abandonment, backup
from trust.log.upkeep.mirror import mirror

REASON = "the disk burnt"


@dataclass(slots=True)
class Receipt:
    """A proof from a part that is lost, the policy of today, and what is left."""

    proof: bytes
    early: bytes
    policy: bytes
    book: str
    folder: Path
    url: str

    def asked(self, policy: bytes | None = None) -> Report:
        """The report, with what the mirror says."""
        known = self.policy if policy is None else policy
        report = verify_proof(self.proof, known)
        standing.check(report, self.proof, known, fetch.at(self.url), lambda _: None)
        return report


@pytest.fixture
def receipt(rt: Runtime, tmp_path: Path) -> Iterator[Receipt]:
    """Entries 25 and 5 are proven; the backup holds 20; state log and book are given up."""
    book = open_book(rt)
    fill(rt, book, 0, 20)
    publish(rt, book)
    with rt.db.read() as conn:
        early = format_proof(proofs.sakshi_proof(conn, book, 5))
    backup.backup(rt.db, tmp_path / "b")
    fill(rt, book, 20, 30)
    publish(rt, book)
    with rt.db.read() as conn:
        proof = format_proof(proofs.sakshi_proof(conn, book, 25))
    rt.db.dispose()
    lost = Disaster(rt, book, "", tmp_path / "b", tmp_path / "mirror", {})
    again = lost.restored()
    with again.db.read() as conn:
        state = lineage.current_state(conn, again.host, again.clock())
    for origin in (state, book):
        abandonment.abandon(again, origin, REASON)
    mirror(again.db, tmp_path / "mirror")
    policy = (tmp_path / "mirror" / "policy").read_bytes()
    with served(tmp_path / "mirror") as url:
        yield Receipt(proof, early, policy, book, tmp_path / "mirror", url)
    again.close()
    lost.drop()


class served:
    """A folder behind a static server."""

    def __init__(self, folder: Path) -> None:
        handler = functools.partial(_Quiet, directory=str(folder))
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)

    def __enter__(self) -> str:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the terminal."""


def said(report: Report) -> str:
    return " ".join(found.text for found in report["served"].findings)


def test_a_lost_receipt_was_signed_and_is_not_wrong(receipt: Receipt) -> None:
    report = receipt.asked()
    assert report.exit_code == EXIT_RIGHT
    words = said(report)
    for part in ("was signed", "was lost", "given up on", REASON, f"{receipt.book}.2"):
        assert part in words


def test_with_the_policy_of_before_it_says_what_was_not_read(receipt: Receipt) -> None:
    first = receipt.policy.splitlines(keepends=True)[0] + b"quorum none\n"
    report = receipt.asked(first)
    assert "is not in your policy and was not read" in said(report)
    assert report.exit_code == EXIT_UNREADABLE, "gone, and no state log that was read says why"


def test_an_entry_that_is_there_is_compared(receipt: Receipt) -> None:
    receipt.proof = receipt.early
    report = receipt.asked()
    assert report.exit_code == EXIT_RIGHT and report["served"].right == 1
    (bundle,) = (receipt.folder / receipt.book / "tile" / "entries").rglob("*.p/20")
    entries = decode_bundle(bundle.read_bytes(), 20)
    bundle.write_bytes(encode_bundle([*entries[:5], entries[6], *entries[6:]]))
    report = receipt.asked()
    assert report.exit_code == EXIT_WRONG and "another entry at position 5" in said(report)


def test_an_entry_left_that_is_not_served_is_an_accusation(receipt: Receipt) -> None:
    """The insider says that thirty entries are left and serves twenty of them."""
    report = verify_proof(receipt.proof, receipt.policy)
    report.plan([standing.CHECK])
    record: dict[str, Json] = {"kept": 30, "size": 30, "reason": REASON, "successor": "x"}
    where = EntryRef(receipt.book, 25, "voucher")
    standing._gone(None, standing._Said(0, record), report["served"], where)
    assert report.exit_code == EXIT_UNREADABLE and "were left" in said(report)


def test_a_head_beyond_the_size_given_up_convicts_the_log(receipt: Receipt) -> None:
    """The insider gives a log up at a smaller size than it had signed: the receipt shows more."""
    report = verify_proof(receipt.proof, receipt.policy)
    report.plan([standing.CHECK])
    record: dict[str, Json] = {"kept": 20, "size": 22, "reason": REASON, "successor": "x"}
    where = EntryRef(receipt.book, 25, "voucher")
    standing._compare(
        fetch.at(receipt.url),
        parse_proof(receipt.proof),
        receipt.book,
        standing._Said(0, record),
        report["served"],
        where,
    )
    assert report.exit_code == EXIT_WRONG and "convicts the log" in said(report)
