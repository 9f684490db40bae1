"""Writing files as societies' software writes them: trial balance, Tally XML, registers, dates."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID, uuid5
from xml.sax.saxutils import escape

from trust.books.pure.money import format_paise
from web.demo.model import Posted

NAMESPACE = UUID("5a4b5348-0000-4000-8000-000000000002")
TALLY_GROUPS = {
    "Cash on hand: head office": "Cash-in-Hand",
    "Kerala Bank current account": "Bank Accounts",
}
"""The ledgers that stand under a built-in group; the others are told by the chart's own names."""


def trial_balance(
    opening: Mapping[str, int], vouchers: Sequence[Posted], codes: Mapping[str, str], title: str
) -> bytes:
    """A trial balance with code, name, opening, debit, credit, closing; ``codes`` by name."""
    debit: dict[str, int] = defaultdict(int)
    credit: dict[str, int] = defaultdict(int)
    for voucher in vouchers:
        for name, paise in voucher.lines:
            (debit if paise > 0 else credit)[name] += abs(paise)
    names = sorted({*opening, *debit, *credit}, key=lambda name: codes[name])
    rows: list[Sequence[str]] = [
        [title],
        ["Account Code", "Account Name", "Opening Balance", "Debit", "Credit", "Closing Balance"],
    ]
    for name in names:
        start = opening.get(name, 0)
        end = start + debit[name] - credit[name]
        rows.append(
            [
                codes[name],
                name,
                _side(start),
                format_paise(debit[name]),
                format_paise(credit[name]),
                _side(end),
            ]
        )
    rows.append(
        ["", "Total", "", format_paise(sum(debit.values())), format_paise(sum(credit.values())), ""]
    )
    return _csv(rows)


def _side(paise: int) -> str:
    return f"{format_paise(abs(paise))} {'Dr' if paise >= 0 else 'Cr'}"


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8")


def tally(
    company: str, opening: Mapping[str, int], vouchers: Sequence[Posted], *, named: bool = True
) -> bytes:
    """Masters with opening balances (if any) and a day book, as the product exports them.

    UTF-16LE with byte order mark, an illegal reference to character 4 before "Primary", negative
    amounts for debits, identity by GUID. Not `named`: the company is in the identities alone.
    """
    says = f"<SVCURRENTCOMPANY>{escape(company)}</SVCURRENTCOMPANY>" if named else ""
    body = "".join(_ledger(company, name, paise) for name, paise in opening.items())
    body += "".join(_voucher(company, item) for item in vouchers)
    text = (
        "<ENVELOPE>\r\n <HEADER>\r\n  <TALLYREQUEST>Import Data</TALLYREQUEST>\r\n </HEADER>\r\n"
        " <BODY>\r\n  <IMPORTDATA>\r\n   <REQUESTDESC>\r\n    <REPORTNAME>Day Book</REPORTNAME>"
        f"\r\n    <STATICVARIABLES>{says}"
        "</STATICVARIABLES>\r\n   </REQUESTDESC>\r\n   <REQUESTDATA>\r\n"
        f"{body}   </REQUESTDATA>\r\n  </IMPORTDATA>\r\n </BODY>\r\n</ENVELOPE>\r\n"
    )
    return b"\xff\xfe" + text.encode("utf-16-le")


def _ledger(company: str, name: str, opening: int) -> str:
    guid = uuid5(NAMESPACE, f"{company}/{name}")
    parent = escape(TALLY_GROUPS.get(name, "")) or "&#4; Primary"
    return (
        '    <TALLYMESSAGE xmlns:UDF="TallyUDF">\r\n'
        f'     <LEDGER NAME="{escape(name)}" RESERVEDNAME="">\r\n'
        f"      <GUID>{guid}</GUID>\r\n      <PARENT>{parent}</PARENT>\r\n"
        f"      <OPENINGBALANCE>{_amount(-opening)}</OPENINGBALANCE>\r\n"
        "     </LEDGER>\r\n    </TALLYMESSAGE>\r\n"
    )


def _voucher(company: str, item: Posted) -> str:
    guid = uuid5(NAMESPACE, f"{company}/{item.number}")
    lines = "".join(
        "      <ALLLEDGERENTRIES.LIST>\r\n"
        f"       <LEDGERNAME>{escape(name)}</LEDGERNAME>\r\n"
        f"       <ISDEEMEDPOSITIVE>{'Yes' if paise > 0 else 'No'}</ISDEEMEDPOSITIVE>\r\n"
        f"       <AMOUNT>{_amount(-paise)}</AMOUNT>\r\n"
        "      </ALLLEDGERENTRIES.LIST>\r\n"
        for name, paise in item.lines
    )
    return (
        '    <TALLYMESSAGE xmlns:UDF="TallyUDF">\r\n'
        f'     <VOUCHER REMOTEID="{guid}" VCHTYPE="{item.type}" ACTION="Create">\r\n'
        f"      <DATE>{item.day.replace('-', '')}</DATE>\r\n      <GUID>{guid}</GUID>\r\n"
        f"      <NARRATION>{escape(item.narration)}</NARRATION>\r\n"
        f"      <VOUCHERTYPENAME>{item.type}</VOUCHERTYPENAME>\r\n"
        f"      <VOUCHERNUMBER>{item.number}</VOUCHERNUMBER>\r\n"
        f"      <PARTYLEDGERNAME>{escape(item.party)}</PARTYLEDGERNAME>\r\n"
        f"{lines}     </VOUCHER>\r\n    </TALLYMESSAGE>\r\n"
    )


def _amount(paise: int) -> str:
    return f"{'-' if paise < 0 else ''}{abs(paise) // 100}.{abs(paise) % 100:02d}"


def loan_register(rows: Iterable[Sequence[str]]) -> bytes:
    """A loan register; each row in the order of the head."""
    head = (
        "loan_id", "member_ref", "sanctioned_on", "sanctioned", "outstanding", "overdue",
        "overdue_days", "purpose", "payee_ref", "collateral_ref", "in_area", "as_of",
    )  # fmt: skip
    return _csv([head, *rows])


def dates(rows: Iterable[Sequence[str]]) -> bytes:
    """Dates of meetings, audits, elections and accounting dates: kind, date, book year, note."""
    return _csv([("kind", "date", "book_year", "note"), *rows])
