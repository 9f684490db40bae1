"""Vouchers as canonical records (docs/formats.md 6.1 to 6.3), and back.

A posting voucher carries dates, accounts of the chart and amounts; whatever a person could be
recognised by (names of ledgers and parties, narration, instruments, numbers) goes to the detail
record, which is shown and erased apart.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from trust.books.model import DateRow, LoanRow, Posting, SourceVoucher, Voucher
from trust.books.pure.accounts import Ledgers
from trust.books.pure.years import book_year_of
from trust.formats.canon import Json, canonical
from trust.formats.errors import FormatError

Record = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Composed:
    """A voucher ready to be sealed, with the second payload."""

    voucher: Voucher
    detail: Record

    def record(self) -> Record:
        return voucher_record(self.voucher)


def compose(
    sources: Iterable[SourceVoucher], ledgers: Ledgers, *, society: str, source: str, import_id: str
) -> list[Composed]:
    """Map the ledgers of every voucher to accounts and give each its identity."""
    made: list[Composed] = []
    seen: dict[str, int] = {}
    for item in sources:
        lines = ledgers.postings(item.lines)
        voucher = Voucher(
            item.id,
            society,
            book_year_of(item.date),
            item.date,
            item.type,
            source,
            lines,
            import_id=import_id,
        )
        if not item.id:
            base = content_id(voucher)
            seen[base] = seen.get(base, 0) + 1
            voucher = replace(voucher, id=f"{base}-{seen[base]}")
        made.append(Composed(voucher, detail_record(item)))
    return made


def voucher_record(voucher: Voucher) -> Record:
    """The record of a voucher; ``detail`` is filled in by the log when it salts the detail."""
    lines: list[Json] = [{"account": line.account, "paise": line.paise} for line in voucher.lines]
    return {
        "kind": "voucher",
        "v": 1,
        "society": voucher.society,
        "book_year": voucher.book_year,
        "import": voucher.import_id,
        "detail": None,
        "id": voucher.id,
        "source": voucher.source,
        "date": voucher.date,
        "type": voucher.type,
        "corrects": voucher.corrects,
        "lines": lines,
    }


def content_id(voucher: Voucher) -> str:
    """``c-`` and 32 hex digits over what the voucher says, without its id, import and detail."""
    record = voucher_record(voucher)
    for name in ("id", "import", "detail"):
        del record[name]
    return f"c-{hashlib.sha256(canonical(record)).hexdigest()[:32]}"


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


def correction(old: Voucher, new: Voucher, generation: int) -> tuple[Voucher, Voucher]:
    """A changed source voucher as two new ones: the old one reversed, then the new one.

    Nothing sealed is altered; both name what they correct.
    """
    reversed_lines = tuple(Posting(line.account, -line.paise) for line in old.lines)
    reversal = replace(
        old,
        id=f"{new.id}~{generation}r",
        lines=reversed_lines,
        corrects=old.id,
        import_id=new.import_id,
    )
    return reversal, replace(new, id=f"{new.id}~{generation}", corrects=old.id)


def loan_record(
    loan: LoanRow, *, society: str, import_id: str, as_of: str, secret: bytes
) -> tuple[Record, Record]:
    """A loan's record with tags instead of references, and its detail."""

    def tag_of(what: str, text: str) -> str | None:
        return tag(secret, what, text) if text else None

    record: Record = {
        "kind": "loan",
        "v": 1,
        "society": society,
        "import": import_id,
        "detail": None,
        "id": tag(secret, "loan", loan.loan_id),
        "as_of": as_of,
        "sanctioned_on": loan.sanctioned_on,
        "sanctioned": loan.sanctioned,
        "outstanding": loan.outstanding,
        "overdue": loan.overdue,
        "overdue_days": loan.overdue_days,
        "purpose": loan.purpose,
        "in_area": loan.in_area,
        "disbursed_to": tag_of("payee", loan.payee_ref),
        "collateral": tag_of("collateral", loan.collateral_ref),
    }
    detail: Record = {
        "kind": "loan-detail",
        "v": 1,
        "loan_id": loan.loan_id,
        "member": loan.member_ref,
        "payee": loan.payee_ref,
        "collateral": loan.collateral_ref,
    }
    return record, detail


def tag(secret: bytes, what: str, text: str) -> str:
    """A pseudonym: equal references give equal tags under one secret, and nothing else shows.

    Spaces and case do not count, so that a deed written in two ways is still one deed.
    """
    plain = "".join(text.split()).casefold()
    digest = hmac.digest(secret, f"sakshi/1 tag {what}\n{plain}".encode(), "sha256")
    return f"t-{digest.hex()[:16]}"


def date_record(row: DateRow, *, society: str, import_id: str) -> Record:
    """The public record of a governance date (its note is not published)."""
    return {
        "kind": "governance-date",
        "v": 1,
        "society": society,
        "book_year": row.book_year,
        "import": import_id,
        "event": row.event,
        "date": row.date,
    }
