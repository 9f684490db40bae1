"""The Malayalam of oversight and dashboards that nobody has reviewed yet.

For ``docs/translation-review.csv``: every sentence of the proposed policy, every word of the two
lists and every sentence about filed sheets and about files that are brought in, except words that
are the glossary's own.
"""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from oversight.service import proposed
from trust.books.published import rows
from trust.books.pure import checkwords, faultwords, findingwords

_LISTS = ("oversight", "dashboards")
_ROOT = Path(__file__).parents[1]


def unreviewed() -> list[tuple[str, str, str]]:
    """Key, English and Malayalam of every such sentence, by key."""
    known = {row["malayalam"] for row in rows("glossary_ml-1.csv")}
    return sorted(item for item in _all() if item[2] not in known)


def _all() -> Iterator[tuple[str, str, str]]:
    for room in _LISTS:
        text = (_ROOT / room / "words.toml").read_text(encoding="utf-8")
        for section, entries in tomllib.loads(text).items():
            for name, pair in entries.items():
                yield f"{room}.{section}.{name}", pair["en"], pair["ml"]
    for name, said in findingwords.listed():
        yield f"books.{name}", said["en"], said["ml"]
    for name, said in [*faultwords.WORDS.items(), *checkwords.WHY.items()]:
        yield f"file.{name}", said["en"], said["ml"]
    for number, said in checkwords.TITLES.items():
        yield f"check.{number:02d}", said["en"], said["ml"]
    for rule in tomllib.loads(proposed())["rule"]:
        yield from _pairs(f"policy.{rule['id']}", rule)
        for measure in rule["measure"]:
            yield from _pairs(f"policy.{rule['id']}.{measure['id']}", measure)


def _pairs(place: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for key, value in table.items():
        if key.endswith("_en"):
            stem = key.removesuffix("_en")
            yield f"{place}.{stem}", value, table[f"{stem}_ml"]
