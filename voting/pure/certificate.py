"""The certificate of a result: the eight counts asked for by Rule 9(iii), in their order.

Source: Kerala Co-operative Societies Rules 1969, Rule 9(iii), as the Department of Co-operation
lists the particulars. The labels are ours; the Malayalam ones are not reviewed yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from trust.formats.canon import Json


@dataclass(frozen=True)
class Particular:
    """One count: the member of the `result` record, its label in both languages, its value."""

    name: str
    label_en: str
    label_ml: str
    value: str | int


_EIGHT = (
    ("held_on", "Date of the general body", "പൊതുയോഗ തീയതി"),
    ("notice_days_given", "Days of notice given", "നൽകിയ നോട്ടീസ് ദിവസങ്ങൾ"),
    ("notice_days_required", "Days of notice required", "വേണ്ട നോട്ടീസ് ദിവസങ്ങൾ"),
    ("members", "Members on the roll", "പട്ടികയിലെ അംഗങ്ങൾ"),
    ("quorum", "Members forming the quorum", "ക്വാറത്തിനു വേണ്ട അംഗങ്ങൾ"),
    ("present", "Members present", "ഹാജരായ അംഗങ്ങൾ"),
    ("voted", "Members who voted", "വോട്ടു ചെയ്ത അംഗങ്ങൾ"),
    ("for", "Members who voted for", "അനുകൂലിച്ച അംഗങ്ങൾ"),
)


def particulars(result: Mapping[str, Json]) -> list[Particular]:
    """The eight counts of a `result` record; raises KeyError for a record of another kind."""
    found = []
    for name, label_en, label_ml in _EIGHT:
        value = result[name]
        assert isinstance(value, str | int)
        found.append(Particular(name, label_en, label_ml, value))
    return found
