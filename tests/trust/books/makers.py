"""Books of our own making for the tests: files as bytes, with obviously fictitious names."""

from collections.abc import Sequence

Line = tuple[str, str]


def daybook(*vouchers: str, company: str = "Example Society") -> bytes:
    """A native day book around voucher elements, as UTF-16LE with a byte order mark."""
    messages = "".join(
        f'<TALLYMESSAGE xmlns:UDF="TallyUDF">{voucher}</TALLYMESSAGE>' for voucher in vouchers
    )
    text = (
        "<ENVELOPE><HEADER><TALLYREQUEST>Import Data</TALLYREQUEST></HEADER><BODY><IMPORTDATA>"
        "<REQUESTDESC><REPORTNAME>Vouchers</REPORTNAME><STATICVARIABLES>"
        f"<SVCURRENTCOMPANY>{company}</SVCURRENTCOMPANY></STATICVARIABLES></REQUESTDESC>"
        f"<REQUESTDATA>{messages}</REQUESTDATA></IMPORTDATA></BODY></ENVELOPE>"
    )
    return b"\xff\xfe" + text.replace("><", ">\r\n<").encode("utf-16-le")


def voucher(
    guid: str,
    lines: Sequence[Line],
    *,
    date: str = "20260415",
    kind: str = "Receipt",
    number: str = "1",
    narration: str = "",
    extra: str = "",
) -> str:
    """A native voucher; amounts as the source writes them (negative is a debit)."""
    entries = "".join(
        f"<ALLLEDGERENTRIES.LIST><LEDGERNAME>{name}</LEDGERNAME>"
        f"<ISDEEMEDPOSITIVE>No</ISDEEMEDPOSITIVE><AMOUNT>{amount}</AMOUNT>"
        "</ALLLEDGERENTRIES.LIST>"
        for name, amount in lines
    )
    return (
        f'<VOUCHER REMOTEID="{guid}" VCHTYPE="{kind}" ACTION="Create"><DATE>{date}</DATE>'
        f"<GUID>{guid}</GUID><NARRATION>{narration}</NARRATION>"
        f"<VOUCHERTYPENAME>{kind}</VOUCHERTYPENAME><VOUCHERNUMBER>{number}</VOUCHERNUMBER>"
        f"<CSTFORMISSUETYPE>&#4; Not Applicable</CSTFORMISSUETYPE>{extra}{entries}</VOUCHER>"
    )


def ledger(name: str, parent: str, opening: str = "", guid: str = "") -> str:
    """A native ledger master."""
    balance = f"<OPENINGBALANCE>{opening}</OPENINGBALANCE>" if opening else ""
    return (
        f'<LEDGER NAME="{name}" RESERVEDNAME=""><GUID>{guid or "g-" + name}</GUID>'
        f"<PARENT>{parent}</PARENT>{balance}</LEDGER>"
    )


def group(name: str, parent: str, reserved: str = "") -> str:
    """A native group master."""
    return (
        f'<GROUP NAME="{name}" RESERVEDNAME="{reserved}"><GUID>g-{name}</GUID>'
        f"<PARENT>{parent}</PARENT></GROUP>"
    )


def trial_balance(rows: Sequence[tuple[str, str, str, str, str, str]]) -> bytes:
    """A trial balance of code, name, opening, debit, credit, closing."""
    head = "Account Code,Account Name,Opening Balance,Debit,Credit,Closing Balance\n"
    body = "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows)
    return (head + body).encode()


SMALL_BOOKS = trial_balance(
    [
        ("10101", "Share capital: A class members (individuals)", "5,00,000.00 Cr", "", "10,000",
         "5,10,000.00 Cr"),
        ("10501", "Savings deposits: members", "20,00,000.00 Cr", "1,50,000", "4,00,000",
         "22,50,000.00 Cr"),
        ("10201", "Reserve fund (statutory)", "3,00,000.00 Cr", "", "", "3,00,000.00 Cr"),
        ("20101", "Cash on hand: head office", "1,00,000.00 Dr", "9,10,000", "8,50,000",
         "1,60,000.00 Dr"),
        ("20501", "KCC / short term crop loans", "27,00,000.00 Dr", "6,00,000", "3,00,000",
         "30,00,000.00 Dr"),
        ("30101", "Interest on crop loans", "0", "", "2,00,000", "2,00,000.00 Cr"),
        ("40201", "Salaries and allowances", "0", "1,00,000", "", "1,00,000.00 Dr"),
    ]
)  # fmt: skip
"""Balances, rolls, and leaves a profit of Rs 1,00,000."""
