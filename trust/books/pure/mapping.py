"""The chart of accounts, the statement lines and the group map: versioned tables as data.

The layout follows NABARD's Common Accounting System for primary societies; where its text was
not available a line is marked as a gap and stays empty. Which lines a figure lands on changes the
published totals (the overdue interest reserve is a deduction on the asset side here), so the hash
of the tables goes into every filed statement.

This module only parses: reading the package's own files is ``trust.books.published``.
"""

import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, cast

from trust.books.model import Account, Line, Side
from trust.books.pure.spellings import fold

SUSPENSE_DEBIT = "20816"
SUSPENSE_CREDIT = "10719"
ACCUMULATED_PROFIT = "10301"
SUSPENSE = frozenset({SUSPENSE_DEBIT, SUSPENSE_CREDIT})


@dataclass(frozen=True)
class StatementMapping:
    """Chart, lines and group map of one version.

    Attributes:
        version: the number in the file names.
        sha256: hex, over ``<sha256>  <file name>`` LF of the chart and the statement lines in
            that order, so that ``sha256sum chart… lines… | sha256sum`` gives the same.
    """

    version: str
    sha256: str
    accounts: Mapping[str, Account]
    lines: tuple[Line, ...]
    groups: Mapping[str, str]

    @cached_property
    def by_name(self) -> Mapping[str, str]:
        """Account codes by the folded name."""
        return {fold(account.name): code for code, account in self.accounts.items()}

    @cached_property
    def line(self) -> Mapping[str, Line]:
        return {line.id: line for line in self.lines}

    @cached_property
    def account_lines(self) -> Mapping[str, tuple[str, ...]]:
        """The accounts that land on each line."""
        found: dict[str, list[str]] = {}
        for account in self.accounts.values():
            found.setdefault(account.line, []).append(account.code)
        return {line: tuple(codes) for line, codes in found.items()}


def mapping_hash(files: list[tuple[str, bytes]]) -> str:
    """Hex SHA-256 over the ``sha256sum`` lines of the named files, in the order given."""
    text = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files)
    return hashlib.sha256(text.encode()).hexdigest()


def build(version: str, chart: bytes, lines: bytes, groups: bytes) -> StatementMapping:
    """Parse the three tables of one version.

    Raises:
        ValueError: if a table contradicts itself (an account on a line that does not exist).
    """
    named = [(f"chart_of_accounts-{version}.csv", chart), (f"statement_lines-{version}.csv", lines)]
    accounts = {row["code"]: _account(row) for row in _rows(chart)}
    forms = tuple(_line(row) for row in _rows(lines))
    group_accounts = {row["tally_reserved_group"]: row["account"] for row in _rows(groups)}
    known = {line.id for line in forms if line.role in ("leaf", "carried")}
    for account in accounts.values():
        if account.line not in known:
            raise ValueError(f"account {account.code} stands on the unknown line {account.line}")
    for group, code in group_accounts.items():
        if code not in accounts:
            raise ValueError(f"group {group} points at the unknown account {code}")
    return StatementMapping(version, mapping_hash(named), accounts, forms, group_accounts)


def _rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


def _account(row: dict[str, str]) -> Account:
    normal = cast(Literal["Dr", "Cr"], row["normal_balance"])
    sectors = tuple(part for part in row["sectors"].split("|") if part)
    return Account(
        row["code"],
        row["name"],
        row["type"],
        normal,
        row["statement_line"],
        row["member_ledger"],
        sectors,
    )


def _line(row: dict[str, str]) -> Line:
    return Line(
        row["line_id"],
        cast(Literal["BS", "PL", "TR"], row["statement"]),
        cast(Side, row["side"]),
        int(row["order"]),
        row["parent"],
        row["role"],
        row["carries"],
        row["label"],
    )


def loan_accounts(mapping: StatementMapping) -> frozenset[str]:
    """Codes of the accounts of the chart on which loans stand."""
    accounts = mapping.accounts.values()
    return frozenset(account.code for account in accounts if account.member_ledger == "loan")


def loan_lines(mapping: StatementMapping) -> frozenset[str]:
    """Lines of the balance sheet on which loans stand."""
    return frozenset(mapping.accounts[code].line for code in loan_accounts(mapping))
