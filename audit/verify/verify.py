"""The one entrance: bytes or files in, a report out.

Pure: tables of the chart, rule files and the verifier's own policy are handed in by the caller.
"""

from collections.abc import Mapping, Sequence

from audit.verify import history, proof
from audit.verify.assembly import Officers, officers_of
from audit.verify.history import History
from audit.verify.part import Knowledge, Source, begin, conclude
from audit.verify.report import EXIT_RIGHT, Report
from trust.formats.archive import FIRST_LINE, LOCAL, LOCAL_SIZE, MANIFEST

__all__ = [
    "History",
    "Knowledge",
    "Source",
    "looks_like_proof",
    "verify_bytes",
    "verify_folder",
    "verify_history",
    "verify_society",
]


def verify_bytes(data: bytes, knowledge: Knowledge) -> Report:
    """Verify a file: a Sakshi proof (JSON) or an audit package (zip)."""
    if looks_like_proof(data):
        return proof.verify_proof(data, knowledge.policy)
    return _alone(Source("", data), knowledge)


def looks_like_proof(data: bytes) -> bool:
    """Tell the two files apart even if one byte of either is damaged."""
    start = LOCAL_SIZE + len(MANIFEST)
    marks = (
        data.startswith(LOCAL),
        data[LOCAL_SIZE:start] == MANIFEST.encode(),
        data[start:].startswith(FIRST_LINE),
    )
    if any(marks):
        return False
    return data.startswith(b"{") or any(mark in data for mark in proof.MARKS)


def verify_folder(files: Mapping[str, bytes], knowledge: Knowledge) -> Report:
    """Verify the same files from a folder."""
    return _alone(Source("", files=files), knowledge)


def _alone(source: Source, knowledge: Knowledge) -> Report:
    part = begin(source, knowledge)
    conclude(part, knowledge)
    return part.report


def verify_history(sources: Sequence[Source], knowledge: Knowledge) -> History:
    """Verify the logs of one society, year after year, and that they are one history.

    Args:
        sources: packages of the society's successive logs, in any order.
    """
    parts = [begin(source, knowledge) for source in sources]
    return history.check(parts, knowledge)


def verify_society(
    sources: Sequence[Source], knowledge: Knowledge
) -> tuple[History, Officers | None]:
    """Verify a society's packages for the sake of a meeting; its keys only if all that they rest
    on is right. What is found about its filed sheets beyond their figures takes nothing from them.
    """
    found = verify_history(sources, knowledge)
    seams = EXIT_RIGHT if found.seams is None else found.seams.exit_code
    if seams != EXIT_RIGHT or any(part.unsound for part in found.parts) or not found.parts:
        return found, None
    return found, officers_of([(part.found, part.opened) for part in found.parts])
