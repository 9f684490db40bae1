"""What a table is, by its heads and what stands under them; every kind has a name.

Bank statements, cash books and general ledgers have debit and credit columns as a trial balance
has, so they are looked for first: a date, a voucher number or a running balance makes them out.
"""

import re
from collections import Counter
from collections.abc import Callable

from trust.books.pure import meetings, registers, trial_balance
from trust.books.pure.tables import HEADER_WITHIN, Table, squash

_HEADS: dict[str, tuple[str, ...]] = {
    "date": ("date", "txn date", "transaction date", "tran date", "trans date", "posting date",
             "post date", "voucher date", "vch date", "entry date", "value date", "trn date",
             "date of transaction", "journal date", "തീയതി", "തിയതി", "തിയ്യതി"),
    "account": ("account", "account name", "account head", "head of account", "head", "ledger",
                "ledger name", "ledger account", "gl name", "gl account", "account code", "gl code",
                "account title", "ledger head", "name of account", "കണക്ക്", "അക്കൗണ്ട്", "ലെഡ്ജർ",
                "ശീർഷകം", "ഇനം"),
    "text": ("particulars", "description", "narration", "details", "transaction details",
             "transaction remarks", "remarks", "memo", "വിവരണം", "വിശദാംശങ്ങൾ", "വിവരം"),
    "voucher": ("voucher no", "voucher number", "vch no", "voucher", "voucher id", "jv no",
                "journal no", "journal number", "journal id", "entry no", "entry id", "document no",
                "doc no", "transaction id", "txn id", "trans id", "transaction no", "tran id",
                "vr no", "വൗച്ചർ നമ്പർ", "വൗച്ചർ നം"),
    "vtype": ("vch type", "voucher type", "വൗച്ചർ തരം"),
    "debit": ("debit", "dr", "debit amount", "dr amount", "debits", "debit amt", "പറ്റ്"),
    "credit": ("credit", "cr", "credit amount", "cr amount", "credits", "credit amt", "വരവ്"),
    "out": ("withdrawal", "withdrawals", "withdrawal amount", "withdrawal amt", "paid out"),
    "in": ("deposit", "deposits", "deposit amount", "deposit amt", "paid in"),
    "balance": ("balance", "closing balance", "running balance", "available balance", "ബാക്കി",
                "നീക്കിയിരിപ്പ്"),
    "reference": ("ref no", "cheque no", "chq no", "ref no cheque no", "chq ref no",
                  "chq ref number",
                  "cheque number", "instrument no", "utr", "reference"),
    "receipts": ("receipts", "receipt", "total receipts", "വരവ്", "വരവുകൾ"),
    "payments": ("payments", "payment", "disbursements", "total payments", "ചെലവ്", "ചെലവുകൾ",
                 "കൊടുക്കൽ"),
    "amount": ("amount", "amt", "തുക", "value"),
    "liabilities": ("liabilities", "capital and liabilities", "capital liabilities", "ബാധ്യതകൾ",
                    "ബാധ്യത"),
    "assets": ("assets", "property and assets", "ആസ്തികൾ", "ആസ്തി"),
    "income": ("income", "incomes", "വരുമാനം"),
    "expenditure": ("expenditure", "expenses", "expense"),
    "gnucash": ("full account name",),
}  # fmt: skip
_UNIT = re.compile(r"\([^)]*\)|\[[^\]]*\]|₹|\brs\b\.?|\binr\b|\bin rupees\b|രൂപ", re.IGNORECASE)
_NAMES: dict[str, set[str]] = {}
for _key, _aliases in _HEADS.items():
    for _alias in _aliases:
        _NAMES.setdefault(squash(_alias), set()).add(_key)

_LINES = ("share capital", "capital", "reserve", "reserves", "deposits", "borrowings", "advances",
          "investments", "other liabilities", "other assets", "total liabilities", "total assets",
          "fixed assets", "current assets", "current liabilities", "net profit", "net loss",
          "profit before tax", "gross profit", "operating profit", "total income",
          "interest earned", "total expenditure", "interest expended", "other income",
          "അറ്റാദായം", "ആസ്തികൾ", "ബാധ്യതകൾ", "ഓഹരി മൂലധനം", "ആകെ ആസ്തി", "ആകെ ബാധ്യത")  # fmt: skip
_STATEMENT = frozenset(squash(line) for line in _LINES)
_ENOUGH = 3
_LOOK = 400
_LEDGER = re.compile(r"(?i)^\s*ledger\s*:")


def kind_of(table: Table) -> str:
    """The name of the kind: a source format, another kind, or empty if it is none we know."""
    if registers.is_loans(table.rows):
        return "loan-register"
    for position, (_, cells) in enumerate(table.rows[:HEADER_WITHIN]):
        name = _by_heads(heads(cells))
        if name:
            return _one_ledger(table, position, name)
    if trial_balance.looks_like(table.rows):
        return "trial-balance"
    if meetings.is_dates(table.rows):
        return "governance-dates"
    return "statement-of-accounts" if _is_statement(table) else ""


def heads(cells: list[str]) -> Counter[str]:
    """Which known columns a row names, and how often; units such as (Rs.) do not count."""
    found: Counter[str] = Counter()
    for cell in cells:
        if cell and len(cell) < 80:
            found.update(_NAMES.get(squash(_UNIT.sub("", cell)), ()))
    return found


def _by_heads(has: Counter[str]) -> str:
    if len(has) < 2:
        return ""
    return next((name for name, rule in _RULES if rule(has)), "")


def _sides(has: Counter[str]) -> bool:
    return "debit" in has and "credit" in has


def _is_bank(has: Counter[str]) -> bool:
    moves = _sides(has) or ("in" in has and "out" in has) or "amount" in has
    about = "text" in has or "reference" in has
    listed = "account" in has or "voucher" in has or "vtype" in has
    balanced = "balance" in has or ("in" in has and "out" in has)
    return "date" in has and moves and about and balanced and not listed


def _is_ledger(has: Counter[str]) -> bool:
    named = "account" in has or ("text" in has and "balance" not in has)
    moves = _sides(has) or ("amount" in has and "voucher" in has)
    return named and moves and ("date" in has or "voucher" in has)


_RULES: tuple[tuple[str, Callable[[Counter[str]], bool]], ...] = (
    ("gnucash", lambda has: "gnucash" in has and "voucher" in has),
    ("tally-daybook", lambda has: {"date", "text", "vtype", "voucher"} <= set(has) and _sides(has)
     and "account" not in has and "balance" not in has),
    ("ledger-account", lambda has: {"date", "text", "vtype", "balance"} <= set(has)),
    ("bank-statement", _is_bank),
    ("cash-book", lambda has: {"date", "receipts", "payments"} <= set(has)),
    ("receipts-and-payments", lambda has: {"receipts", "payments"} <= set(has)),
    ("statement-of-accounts", lambda has: {"liabilities", "assets"} <= set(has)
     or {"income", "expenditure"} <= set(has)),
    ("general-ledger", _is_ledger),
)  # fmt: skip


def _one_ledger(table: Table, position: int, name: str) -> str:
    """The account of one ledger looks like a day book; the lines above name the ledger."""
    if name == "tally-daybook":
        above = [cell for _, cells in table.rows[:position] for cell in cells]
        if any(_LEDGER.match(cell) for cell in above):
            return "ledger-account"
    return name


def _is_statement(table: Table) -> bool:
    """Lines or columns of a balance sheet or a profit and loss account, without two sides."""
    if any(_sides(heads(cells)) for _, cells in table.rows[:HEADER_WITHIN]):
        return False
    found: set[str] = set()
    for _, cells in table.rows[:_LOOK]:
        found |= _STATEMENT & {squash(cell) for cell in cells if cell and len(cell) < 80}
    return len(found) >= _ENOUGH
