"""What a recovery could not bring back, and what a person does about it."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.text import Text

from trust.database import Database
from trust.formats import origins
from trust.formats.canon import Json
from trust.formats.times import format_time
from trust.log import givenup
from trust.log.givenup import GivenUp
from trust.log.replay.rebuild import Lost, lost, rebuild, recovered
from trust.log.upkeep.recovery import Missing
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
    "appointment-people": "appoint again, and end what was ended: who it was stands in no other "
    "entry",
    "application": "nothing if it was decided; otherwise have it handed in again",
    "application-step": "nothing: the step itself stands",
    "register-opening": "two officers look at the register and seal it again",
    "admission": "look for the member in the register, or admit them again",
    "admission-change": "look at what the register says of the member; change it again",
    "admission-end": "note again that the member left",
    "roll-change": "a meeting that was not closed must be called again",
    "assistance": "nothing: the entry still counts how often a ballot was opened for a member",
}
"""What a person does about lost entries of a kind."""
_SHOWN = 20
_GIVEN_UP = {
    "meeting": "the meeting must be called again as {name}; whoever holds a receipt of it votes "
    "again",
    "state": "nothing: the heads of all logs that are here are taken again by {name}",
}
_ENTERED_AGAIN = (
    "have what was entered after the last entry that is left entered or imported again; it is "
    "sealed in {name}"
)


def rows_again(
    db: Database, report: Path | None, progress: Callable[[str], None] = lambda _: None
) -> list[Lost]:
    """Rebuild the rows of every subject into which anything came back, and say what is lost.

    Returns the records that are lost, in the order of the logs. May be run at any time after a
    recovery.
    """
    done = rebuild(db, progress, wanted=recovered)
    for finding in done.findings:
        out.print(Text(f"✗ {finding}"), soft_wrap=True)
    if done.rows:
        out.print(f"✓ {done.rows} rows of recovered entries are there again.")
    return tell(db, report)


def tell(db: Database, report: Path | None, missing: Sequence[Missing] = ()) -> list[Lost]:
    """Say what is lost, and write all of it to the report: records without content, entries of
    logs that were given up, entries that are missing still.

    Returns the records.
    """
    with db.read() as conn:
        gone = sorted(lost(conn), key=lambda one: (one.origin, one.index))
        given_up = [one for one in givenup.Register().read(conn) if one.lost]
    if report is not None:
        rows = [_record(one) for one in gone]
        rows += [row for one in given_up for row in _entries(one)]
        rows += [row for item in missing for row in _missing(item)]
        report.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    if gone:
        _say(gone, report)
    for one in given_up:
        out.print(
            Text(
                f"! {one.origin}: entries {one.lost[0]} to {one.lost[-1]} were released and are "
                f"lost; given up on {format_time(one.at)}: {one.reason}. What to do: {_do(one)}."
            ),
            soft_wrap=True,
        )
    if report is not None:
        out.print(f"{report} lists everything that is lost.", soft_wrap=True)
    return gone


def _record(one: Lost) -> dict[str, Json]:
    return one.as_json() | {"why": "in no mirror", "do": ADVICE.get(one.kind, "see the list")}


def _entries(one: GivenUp) -> Iterator[dict[str, Json]]:
    """A line for each entry that nobody holds any more; its kind and time were in it alone."""
    why = f"given up on {format_time(one.at)}: {one.reason}"
    for index in one.lost:
        yield _entry(one.origin, index, why, _do(one))


def _missing(item: Missing) -> Iterator[dict[str, Json]]:
    do = (
        "find a mirror or a monitor that has it and name it with `sakshi recover --from`; what "
        "nobody has is given up with `sakshi recover --abandon`"
    )
    for index in range(item.stored, item.released):
        yield _entry(item.origin, index, "released, and in no source asked", do)


def _entry(origin: str, index: int, why: str, do: str) -> dict[str, Json]:
    return {
        "log": origin,
        "index": index,
        "kind": None,
        "time": None,
        "lost": "entry",
        "why": why,
        "do": do,
    }


def _do(one: GivenUp) -> str:
    kind = origins.parse_origin(one.origin).kind
    name = one.successor
    if kind == "meeting":
        name = str(origins.parse_origin(name).subject)
    return _GIVEN_UP.get(kind, _ENTERED_AGAIN).format(name=name)


def _say(gone: list[Lost], report: Path | None) -> None:
    where = f"{report} lists them" if report else "--report FILE lists all of them"
    out.print(f"! {len(gone)} records are lost and in no mirror; {where}:", soft_wrap=True)
    for kind, count in sorted(Counter(one.kind for one in gone).items()):
        out.print(f"  {count} {kind}: {ADVICE.get(kind, 'see the list')}", soft_wrap=True)
    for one in gone[:_SHOWN] if report is None else []:
        row = one.as_json()
        words = f"  {row['log']} {row['index']} {row['kind']} {row['time']} {row['lost']}"
        out.print(Text(words), soft_wrap=True)
