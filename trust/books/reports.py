"""Import reports to and from the text kept beside an import, and reports of what was read."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row

from trust.books.model import Check, Duplicate, Fault, ImportReport, Question, ReadFile, Skipped
from trust.books.plan import Plan

_COLUMNS = ("society", "format", "filename", "sha256", "size", "state")
"""What of a report the row of the import says itself."""


def dump(report: ImportReport) -> str:
    """What the row of an import does not say itself of its report, as JSON."""
    told = {name: v for name, v in asdict(report).items() if name not in {"import_id", *_COLUMNS}}
    return json.dumps(told, ensure_ascii=False, sort_keys=True)


def load(row: Row[Any]) -> ImportReport:
    """The report of an import from its row; of one that came back from a mirror little is left."""
    data: dict[str, Any] = {"refused": [], "notes": [], "skipped": [], "duplicates": []}
    data |= json.loads(row.report)
    data["refused"] = _faults(data["refused"])
    data["notes"] = _faults(data["notes"])
    data["skipped"] = tuple(Skipped(**item) for item in data["skipped"])
    data["duplicates"] = tuple(
        Duplicate(item["by"], tuple(item["ids"]), item["count"]) for item in data["duplicates"]
    )
    data["unmapped"] = tuple(data.get("unmapped", ()))
    data["book_years"] = tuple(data.get("book_years", ()))
    data["odd"] = _faults(data.get("odd", []))
    data["questions"] = tuple(
        Question(**(item | {"answers": tuple(item["answers"])}))
        for item in data.get("questions", [])
    )
    return ImportReport(row.id, *(getattr(row, name) for name in _COLUMNS), **data)


def company_of(row: Row[Any]) -> str:
    """Whose books an imported file said these are; empty if it did not say."""
    return str(json.loads(row.report).get("company", ""))


def dump_checks(checks: tuple[Check, ...]) -> str:
    """Checks as JSON."""
    return json.dumps([asdict(check) for check in checks], ensure_ascii=False)


def load_checks(text: str) -> tuple[Check, ...]:
    """Checks from their JSON."""
    return tuple(Check(**(item | {"faults": _faults(item["faults"])})) for item in json.loads(text))


def _faults(items: list[dict[str, Any]]) -> tuple[Fault, ...]:
    return tuple(Fault(**item) for item in items)


def report_of(base: ImportReport, read: ReadFile, plan: Plan, state: str) -> ImportReport:
    """The report of a plan: what was read, what will be sealed, what was left out and why."""
    sealed = state not in ("refused", "asked")
    posted: Mapping[str, int] = dict(sorted(plan.kinds.items())) if sealed else {}
    return ImportReport(
        base.import_id,
        base.society,
        read.format,
        base.filename,
        base.sha256,
        base.size,
        state,
        read=dict(read.counts),
        posted=posted,
        unchanged=plan.unchanged,
        refused=(*read.refused, *plan.refused),
        notes=(*read.notes, *plan.notes),
        skipped=read.skipped,
        cleaned=dict(read.cleaned),
        pii=dict(read.pii),
        duplicates=read.duplicates,
        unmapped=plan.unmapped,
        company=read.company,
        book_years=tuple(sorted(plan.book_years)),
        debit=plan.debit,
        credit=plan.credit,
        vouchers=plan.vouchers,
        rows=read.rows,
        questions=(*read.questions, *plan.questions),
        odd=(*read.odd, *plan.odd),
        first=plan.first,
        last=plan.last,
        accounts=dict(sorted(plan.accounts.items())),
    )
