"""The rules of bookkeeping: amounts, vouchers, balances, statement lines, checks.

A pure package: no input or output, nothing but the standard library, ``trust.formats`` and
``trust.books.model``. The offline verifier recomputes statements with exactly this code.
"""
