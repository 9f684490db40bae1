"""The rows beside the log as functions of the sealed record: one rule for those who write them
(`posting`) and for those who check them (`fsck`)."""

import re
from collections.abc import Mapping
from typing import Any

from trust.books.pure.balances import is_opening
from trust.books.pure.vouchers import content_id, from_record
from trust.formats.canon import Json

Record = Mapping[str, Json]
Values = dict[str, Any]

_CORRECTION = re.compile(r"(.*)~([1-9][0-9]*)(r?)", re.DOTALL)
_LOAN = (
    "id",
    "as_of",
    "sanctioned_on",
    "sanctioned",
    "outstanding",
    "overdue",
    "overdue_days",
    "purpose",
    "in_area",
    "disbursed_to",
    "collateral",
)


def voucher_row(record: Record, seq: int, extra: Mapping[str, Any]) -> Values:
    """The row of a voucher without its place; ``extra``: source_id, version, reversal."""
    voucher = from_record(record)
    return {
        "import_id": voucher.import_id,
        "seq": seq,
        "society": voucher.society,
        "voucher_id": voucher.id,
        "source_id": extra["source_id"],
        "version": extra["version"],
        "reversal": extra["reversal"],
        # The content id of what the source says, whether or not it corrects something.
        "content": content_id(from_record({**record, "corrects": None})),
        "book_year": voucher.book_year,
        "date": voucher.date,
        "type": voucher.type,
        "opening": is_opening(voucher),
        "source": voucher.source,
        "corrects": voucher.corrects,
    }


def sealed_extra(record: Record) -> Values:
    """What of ``extra`` a sealed voucher itself tells: a correction carries its version in its id
    (`pure.vouchers.correction`), anything else is the first of its source id."""
    name = str(record["id"])
    found = None if record["corrects"] is None else _CORRECTION.fullmatch(name)
    if found is None:
        return {"source_id": name, "version": 0, "reversal": False}
    return {"source_id": found[1], "version": int(found[2]), "reversal": bool(found[3])}


def posting_rows(record: Record, seq: int) -> list[Values]:
    """The postings of a voucher, one row a line."""
    voucher = from_record(record)
    return [
        {
            "import_id": voucher.import_id,
            "seq": seq,
            "line": line,
            "account": item.account,
            "paise": item.paise,
        }
        for line, item in enumerate(voucher.lines)
    ]


def loan_row(record: Record) -> Values:
    """The row of a loan without its place."""
    row: Values = {name: record[name] for name in _LOAN}
    return row | {"import_id": record["import"], "society": record["society"]}


def date_row(record: Record) -> Values:
    """The row of a governance date without its place and its note, which is not sealed."""
    row: Values = {name: record[name] for name in ("society", "event", "date", "book_year")}
    return row | {"import_id": record["import"]}
