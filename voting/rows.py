"""The rows of a meeting as functions of the sealed records: one rule for those who check them
(`fsck`) and those who make them again after a disaster (`remake`)."""

from collections.abc import Mapping
from typing import Any

from trust.formats import b64, origins, times

Record = Mapping[str, Any]
Values = dict[str, Any]

_NOTICE = ("society", "origin", "type", "title_en", "title_ml", "rules")
_RESOLUTION = ("number", "text_en", "text_ml", "majority", "quorum")


def meeting_row(notice: Record) -> Values:
    """What of a meeting's row its notice says."""
    row: Values = {name: notice[name] for name in _NOTICE}
    row |= {
        "id": origins.parse_origin(notice["origin"]).subject,
        "held_on": times.parse_date(notice["held_on"]),
        "version": notice["v"],
    }
    for name in ("notice_given", "opens", "closes"):
        row[name] = times.parse_time(notice[name])
    return row


def drawn_row(drawn: Record | None, version: int) -> Values:
    """What of it the roll says that was drawn last, as the `version`th; None before any was."""
    record = drawn or {}
    return {
        "roll_version": version,
        "roll_root": b64.decode(record["root"]) if record else None,
        "roll_count": record.get("count"),
        "roll_with_key": record.get("with_key"),
        "roll_from_opening": record.get("from_opening"),
        "cut_off": times.parse_time(record["cut_off"]) if record else None,
    }


def closed_row(result: Record | None) -> Values:
    """What of it a result says; None while there is none."""
    return {"closed_at": None if result is None else times.parse_time(result["closed"])}


def resolution_row(record: Record, digest: str) -> Values:
    """A resolution's row without its meeting; `digest` is the SHA-256 of its document, hex."""
    return {name: record[name] for name in _RESOLUTION} | {"digest": digest}


def assistance_row(record: Record, number: int | None, at: int) -> Values:
    """A row of an opened assisted ballot; `number` is that of its resolution, `at` the entry's
    time."""
    return {"number": number, "roll_number": record["roll_number"], "at": at}
