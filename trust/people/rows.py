"""The row of a society as a function of its sealed registration: one rule for those who check it
(`fsck`) and those who make it again after a disaster (`remake`)."""

from collections.abc import Mapping
from typing import Any

from trust.formats import times
from trust.formats.canon import Json

_PROFILE = ("registration_number", "name_en", "name_ml", "district", "taluk", "sector")


def society_row(record: Mapping[str, Json]) -> dict[str, Any]:
    """A society's row without the moment it was added."""
    row: dict[str, Any] = {name: record[name] for name in _PROFILE}
    row |= {"slug": record["society"], "class_": record["class"]}
    return row | {"registered_on": times.parse_date(str(record["registered_on"]))}
