"""On which account each ledger of a society stands by its officers' choice: sealed, with history.

A choice counts for files that come after it. The log shows everybody that the map was changed, and
the society's auditors what was changed and by whom; names of ledgers stand in the detail, because
they may be names of persons.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from trust import outbox
from trust.books import unplaced
from trust.books.chartmap import chosen, masters
from trust.books.errors import LedgerNameError, TooManyLedgersError, UnknownAccountError
from trust.books.model import LedgerChoice
from trust.books.published import mapping_for
from trust.books.pure.accounts import Ledgers, resolver
from trust.books.tables import book_ledger_map
from trust.formats.canon import Json, canonical, normalise_text
from trust.formats.times import IST
from trust.log import service as logs
from trust.log.model import NewEntry
from trust.people import queries as people
from trust.people.service import open_book

MOST = 2_000
LONGEST = 400


def choices(conn: Connection, society: str) -> list[LedgerChoice]:
    """Every choice of a society, oldest first; of one ledger the last one holds."""
    m = book_ledger_map.c
    query = select(m.ledger, m.account, m.before, m.officer, m.time)
    ordered = query.where(m.society == society).order_by(m.time, m.log_id, m.idx, m.line)
    return [LedgerChoice(*row) for row in conn.execute(ordered)]


def standing_map(conn: Connection, society: str, now: int) -> Ledgers:
    """Where the ledgers of a society stand by everything known of them before a next file."""
    mapping = mapping_for(datetime.fromtimestamp(now, IST).date().isoformat())
    groups, ledgers = masters(conn, society)
    return resolver(mapping, own=chosen(conn, society), groups=groups, ledgers=ledgers)


def map_ledgers(
    conn: Connection, society: str, wanted: Mapping[str, str], *, officer: str, now: int
) -> int:
    """Put ledgers on accounts of the chart, for files from now on; the sealed choices are counted.

    A ledger that an officer chose the same account for already is left as it is.

    Raises:
        UnknownAccountError, LedgerNameError, TooManyLedgersError; UnknownPersonError: no society.
    """
    people.need_society(conn, society)
    made = _new(standing_map(conn, society, now), wanted)
    if not made:
        return 0
    record: dict[str, Json] = {
        "kind": "ledger-map",
        "v": 1,
        "society": society,
        "detail": None,
        "officer": officer,
        "choices": [{"account": account, "before": before} for _, account, before in made],
    }
    detail: dict[str, Json] = {
        "kind": "ledger-map-detail",
        "v": 1,
        "ledgers": [name for name, _, _ in made],
    }
    number = len(choices(conn, society))
    digest = hashlib.sha256(canonical(record) + canonical(detail)).hexdigest()[:32]
    entry = NewEntry("ledger-map", record, f"ledger-map {number} {digest}", detail)
    logs.append(conn, open_book(conn, society, now=now), [entry], now=now)
    unplaced.placed_now(conn, society, [name for name, _, _ in made])
    outbox.live(conn, "books", {"society": society, "ledgers": len(made)})
    return len(made)


def _new(standing: Ledgers, wanted: Mapping[str, str]) -> list[tuple[str, str, str | None]]:
    """What is to be sealed: ledger, account, and where it stood before."""
    if len(wanted) > MOST:
        raise TooManyLedgersError(most=MOST)
    made: list[tuple[str, str, str | None]] = []
    for ledger, account in wanted.items():
        name = normalise_text(" ".join(ledger.split()))
        if not 0 < len(name) <= LONGEST:
            raise LedgerNameError(most=LONGEST)
        if account not in standing.mapping.accounts:
            raise UnknownAccountError(account=account)
        before = standing.account(name)
        if before != account or standing.chosen(name) is None:
            made.append((name, account, before))
    return made
