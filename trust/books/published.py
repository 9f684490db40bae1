"""The tables that ship with this package: chart, statement lines, group map, glossary, registers.

Every file carries its version in its name and is listed with its hash in ``data/versions.toml``;
a new version is a new file, so that a statement filed years ago can still be recomputed.
Standard library only: the offline verifier loads its tables here.
"""

import csv
import hashlib
import io
import tomllib
from functools import lru_cache
from importlib import resources

from trust.books.pure.filingrules import FilingRules, read_rules
from trust.books.pure.headwords import Vocabulary, vocabulary
from trust.books.pure.legacyfont import LegacyFont, legacy_font
from trust.books.pure.mapping import StatementMapping, build


def read_table(name: str) -> bytes:
    """The bytes of a table; raises ValueError if they are not the ones that were published."""
    data = (resources.files("trust.books") / "data" / name).read_bytes()
    if hashlib.sha256(data).hexdigest() != versions()["files"][name]["sha256"]:
        raise ValueError(f"{name} differs from its published hash in versions.toml")
    return data


@lru_cache(maxsize=1)
def versions() -> dict[str, dict[str, dict[str, str]]]:
    """``data/versions.toml``: for each file its hash, and for each mapping its dates."""
    text = (resources.files("trust.books") / "data" / "versions.toml").read_text("utf-8")
    return tomllib.loads(text)


@lru_cache(maxsize=4)
def load_mapping(version: str) -> StatementMapping:
    """One version of the statement mapping by its number."""
    return build(
        version,
        read_table(f"chart_of_accounts-{version}.csv"),
        read_table(f"statement_lines-{version}.csv"),
        read_table(f"tally_group_map-{version}.csv"),
    )


def mapping_for(day: str) -> StatementMapping:
    """The mapping in force on an ISO date (the newest whose first day is not later)."""
    known = sorted(versions()["mapping"].items(), key=lambda item: item[1]["valid_from"])
    chosen = known[0][0]
    for number, facts in known:
        if facts["valid_from"] <= day:
            chosen = number
    return load_mapping(chosen)


def mapping_by_hash(sha256: str) -> StatementMapping | None:
    """The mapping a filed statement names, or None if this package does not hold it."""
    for number in versions()["mapping"]:
        mapping = load_mapping(number)
        if mapping.sha256 == sha256:
            return mapping
    return None


@lru_cache(maxsize=1)
def line_labels_ml() -> dict[str, str]:
    """Malayalam labels by line id. Not yet reviewed by a native accountant; say so when shown."""
    return {row["line_id"]: row["malayalam"] for row in rows("statement_labels_ml-1.csv")}


@lru_cache(maxsize=1)
def filing_rules() -> FilingRules:
    """The rule files of filings that come with the platform (`trust/books/rules`)."""
    folder = resources.files("trust.books").joinpath("rules")
    files = sorted(item.name for item in folder.iterdir() if item.name.endswith(".toml"))
    return read_rules(folder.joinpath(name).read_text(encoding="utf-8") for name in files)


@lru_cache(maxsize=1)
def head_words() -> Vocabulary:
    """What the words of heads of account mean, and the accounts that they make."""
    return vocabulary(rows("head_words-1.csv"), rows("head_rules-1.csv"))


@lru_cache(maxsize=1)
def font_code() -> LegacyFont:
    """The code of the ML-TT fonts; no native reader has reviewed the table."""
    return legacy_font(rows("legacy_ml-1.csv"), head_words())


def rows(name: str) -> list[dict[str, str]]:
    """The rows of any published table (``glossary_ml-1.csv``, ``registers-1.csv`` …)."""
    text = read_table(name).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))
