"""What somebody approves when a preview is sealed: all that it showed, in one digest."""

import hashlib
import json
from dataclasses import asdict
from typing import Final

from trust.books.model import Answers, ImportReport

_NOT_SHOWN: Final = frozenset({"import_id", "state", "filename"})


def digest(report: ImportReport, answers: Answers) -> str:
    """SHA-256 in hex of a report and the answers it rests on.

    Counts, sums, years, accounts, everything refused, odd, noted or left out, and the hash of the
    file; not the number of the import or its state, which differ between look and seal.
    """
    told = {name: value for name, value in asdict(report).items() if name not in _NOT_SHOWN}
    text = json.dumps([told, dict(answers)], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
