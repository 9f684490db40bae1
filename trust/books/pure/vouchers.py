"""Vouchers and dates as canonical records (docs/formats.md 6.1 and 6.3), and back.

A posting voucher carries dates, accounts of the chart and amounts; whatever a person could be
recognised by (names of ledgers and parties, narration, instruments, numbers) goes to the detail
record, which is shown and erased apart.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

from trust.books.model import DateRow, Posting, SourceVoucher, Voucher
from trust.books.pure.accounts import Ledgers
from trust.books.pure.years import book_year_of
from trust.formats.canon import Json, canonical
from trust.formats.errors import FormatError

Record = dict[str, Json]


def compose(
    sources: Iterable[SourceVoucher], ledgers: Ledgers, *, society: str, source: str, import_id: str
) -> Iterator[tuple[Record, Record]]:
    """Map the ledgers of every voucher to accounts and give each its identity.

    Returns the record of each, whose detail is still to be committed to, and the second payload.
    """
    seen: Counter[str] = Counter()
    for item in sources:
        record: Record = {
            "kind": "voucher",
            "v": 1,
            "society": society,
            "book_year": book_year_of(item.date),
            "import": import_id,
            "detail": None,
            "id": item.id,
            "source": source,
            "date": item.date,
            "type": item.type,
            "corrects": None,
            "lines": ledgers.lines(item.lines),
        }
        if not item.id:
            base = content_id(canonical(record))
            seen[base] += 1
            record["id"] = f"{base}-{seen[base]}"
        yield record, detail_record(item)


def content_id(document: bytes) -> str:
    """``c-`` and 32 hex digits over what a voucher says, without its id, import and detail and
    whatever it corrects; from the record in canonical form.

    Quotes inside a text are escaped there, so what is looked for can only be a member.
    """
    corrects, day = document.index(b'"corrects":'), document.index(b',"date":')
    detail, kind = document.index(b'"detail":'), document.index(b'"kind":')
    said = document[:corrects] + b'"corrects":null' + document[day:detail] + document[kind:]
    return f"c-{hashlib.sha256(said).hexdigest()[:32]}"


def detail_record(item: SourceVoucher) -> Record:
    """The second payload: what the source calls the lines, and everything free-text."""
    return {
        "kind": "voucher-detail",
        "v": 1,
        "number": item.number,
        "narration": item.narration,
        "party": item.party,
        "ledgers": [line.ledger[:400] for line in item.lines],
        "instruments": list(item.instruments),
    }


def from_record(record: Mapping[str, Json]) -> Voucher:
    """A voucher from its record; raises FormatError if its lines do not sum to zero or its book
    year is not that of its date."""
    lines = tuple(
        Posting(str(line["account"]), cast(int, line["paise"]))
        for line in cast(Sequence[Mapping[str, Json]], record["lines"])
    )
    corrects = record["corrects"]
    voucher = Voucher(
        str(record["id"]),
        str(record["society"]),
        str(record["book_year"]),
        str(record["date"]),
        str(record["type"]),
        str(record["source"]),
        lines,
        None if corrects is None else str(corrects),
        str(record["import"]),
    )
    if sum(line.paise for line in lines):
        raise FormatError(f"Voucher {voucher.id} does not balance.", code="unbalanced")
    if book_year_of(voucher.date) != voucher.book_year:
        raise FormatError(f"Voucher {voucher.id} is dated outside its book year.")
    return voucher


def correction(old: Record, new: Record, generation: int) -> tuple[Record, Record]:
    """A changed source voucher as two new ones: the old one reversed, then the new one.

    Nothing sealed is altered; both name what they correct.
    """
    name = f"{new['id']}~{generation}"
    back = reversal(old, f"{name}r") | {"import": new["import"]}
    return back, new | {"corrects": old["id"], "id": name}


def reversal(old: Record, name: str) -> Record:
    """A voucher with the sides of its lines exchanged, which takes it back."""
    lines = cast(list[dict[str, Json]], old["lines"])
    sides: list[Json] = [line | {"paise": -cast(int, line["paise"])} for line in lines]
    return old | {"corrects": old["id"], "id": name, "lines": sides, "detail": None}


def restoration(new: Record, generation: int) -> Record:
    """A source voucher that was taken back by the reversal of that number, and is there again."""
    back = f"{new['id']}~{generation}r"
    return new | {"corrects": back, "id": f"{new['id']}~{generation + 1}"}


def debit_of(lines: Sequence[Json]) -> int:
    """The sum of the debits of a record's lines, in paise."""
    amounts = (cast(int, cast(Mapping[str, Json], line)["paise"]) for line in lines)
    return sum(paise for paise in amounts if paise > 0)


def date_record(row: DateRow, *, society: str, import_id: str) -> Record:
    """The public record of a governance date (its note is not published)."""
    return {
        "kind": "governance-date",
        "v": 2,
        "society": society,
        "book_year": row.book_year,
        "import": import_id,
        "event": row.event,
        "date": row.date,
    }
