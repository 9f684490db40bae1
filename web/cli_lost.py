"""What a recovery could not bring back, and what a person does about it."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from rich.text import Text

from trust.database import Database
from trust.log.replay.rebuild import Lost, lost, rebuild, recovered
from web.terminal import out

ADVICE = {
    "voucher": "have the society's file imported again",
    "loan": "have the loan register imported again",
    "enrolment": "enrol again; look first whether a key was to be revoked",
    "ballot": "a meeting that was not closed must be called again; a sealed result stands",
    "alert": "nothing: the engine judges again",
    "triage": "the officer notes again what was done",
    "roll": "a meeting that was not closed must be called again",
    "import-open": "nothing, unless its vouchers are lost: then have the file imported again",
    "governance-date": "nothing: the date itself stands",
    "officer-holder": "bind the officer's key again: whose it is stands in no other entry",
    "register-opening": "two officers look at the register and seal it again",
    "admission": "look for the member in the register, or admit them again",
    "admission-change": "look at what the register says of the member; change it again",
    "admission-end": "note again that the member left",
    "roll-change": "a meeting that was not closed must be called again",
    "assistance": "nothing: the entry still counts how often a ballot was opened for a member",
}
"""What a person does about lost entries of a kind."""
_SHOWN = 20


def rows_again(
    db: Database, report: Path | None, progress: Callable[[str], None] = lambda _: None
) -> list[Lost]:
    """Rebuild the rows of every subject into which anything came back, and say what is lost.

    Returns what is lost, in the order of the logs. May be run at any time after a recovery.
    """
    done = rebuild(db, progress, wanted=recovered)
    for finding in done.findings:
        out.print(Text(f"✗ {finding}"), soft_wrap=True)
    if done.rows:
        out.print(f"✓ {done.rows} rows of recovered entries are there again.")
    with db.read() as conn:
        gone = sorted(lost(conn), key=lambda one: (one.origin, one.index))
    rows = [one.as_json() for one in gone]
    if report is not None:
        report.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    if gone:
        _say(gone, report)
    return gone


def _say(gone: list[Lost], report: Path | None) -> None:
    where = f"{report} lists them" if report else "--report FILE lists all of them"
    out.print(f"! {len(gone)} things are lost and in no mirror; {where}:", soft_wrap=True)
    for kind, count in sorted(Counter(one.kind for one in gone).items()):
        out.print(f"  {count} {kind}: {ADVICE.get(kind, 'see the list')}", soft_wrap=True)
    for one in gone[:_SHOWN] if report is None else []:
        row = one.as_json()
        words = f"  {row['log']} {row['index']} {row['kind']} {row['time']} {row['lost']}"
        out.print(Text(words), soft_wrap=True)
