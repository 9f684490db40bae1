"""Ledgers of a society's own on their way to the chart, as plain values. Seen through ``model``."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LedgerChoice:
    """An officer put a ledger on an account of the chart; sealed.

    Attributes:
        before: the account on which it stood until then; None if on none.
        officer: log-in name of the account that did it.
        time: UTC seconds.
    """

    ledger: str
    account: str
    before: str | None
    officer: str
    time: int


@dataclass(frozen=True, slots=True)
class UnplacedLedger:
    """A ledger that is on no account, with its group and what a file posts to it, in paise."""

    name: str
    parent: str
    debit: int
    credit: int
