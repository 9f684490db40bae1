"""What the tests of the log room share: vouchers to append, and an application's habits."""

from unittest.mock import patch

from sqlalchemy import Connection

from trust.formats.canon import Json
from trust.log import erasing, shards
from trust.log import service as logs
from trust.log.model import Head, NewEntry, Sequenced
from trust.log.runtime import Runtime

SLUG = "tvm-101"


def voucher(number: int, log: str = "s") -> NewEntry:
    """A private entry with both payloads; of another import in another log."""
    record: dict[str, Json] = {
        "kind": "voucher",
        "v": 1,
        "society": SLUG,
        "book_year": "2026-27",
        "import": f"i-{log}",
        "id": f"guid-{number}",
        "source": "test",
        "date": "2026-06-01",
        "type": "Receipt",
        "corrects": None,
        "lines": [{"account": "28101", "paise": 500}, {"account": "14101", "paise": -500}],
    }
    detail: dict[str, Json] = {
        "kind": "voucher-detail",
        "v": 1,
        "number": str(number),
        "narration": "CANARY narration",
        "party": "CANARY party",
        "ledgers": ["Cash", "Savings"],
        "instruments": [],
    }
    return NewEntry("voucher", record, f"voucher {number}", detail)


def notice(number: int, log: str = "s") -> NewEntry:
    """A public entry."""
    record: dict[str, Json] = {
        "kind": "import-open",
        "v": 1,
        "society": SLUG,
        "import": f"i-{log}-{number}",
        "book_year": "2026-27",
        "format": "tally-xml",
        "file": f"{number:064x}",
        "expected": 1,
    }
    return NewEntry("import-open", record, f"open {number}")


def fill(rt: Runtime, origin: str, start: int, stop: int) -> list[Sequenced]:
    """Append vouchers [start, stop); every tenth is a public entry instead."""
    log = "-".join(origin.split("/")[2:]).replace(".", "-")
    items = [(notice if n % 10 == 9 else voucher)(n, log) for n in range(start, stop)]
    with rt.db.write() as conn:
        return logs.append(conn, origin, items, now=rt.clock())


def open_book(rt: Runtime, slug: str = SLUG) -> str:
    """A society's empty book log."""
    origin = f"{rt.host}/coop/{slug}/2026-27"
    with rt.db.write() as conn:
        logs.open_log(conn, origin, now=rt.clock())
    return origin


def publish(rt: Runtime, *origins: str) -> dict[str, Head]:
    """Publish these logs here and now."""
    return rt.publish(origins)


def erased_before(conn: Connection, origin: str, index: int, *, now: int) -> Sequenced:
    """A record erased by an earlier version, which erased any; such erasures stay valid."""
    with patch.object(erasing, "erasable", return_value=True):
        return shards.erase(conn, origin, index, "record", "court order", now=now)
