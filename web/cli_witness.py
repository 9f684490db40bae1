"""`sakshi witness sweep|faults|acknowledge`: witnesses of every log, and what they complain of.

Exit codes: 0 done and nothing is wrong, 1 refused, or a witness did not cosign, or a fault is open.
"""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.text import Text
from sqlalchemy import Connection

from trust.formats.times import Moment
from trust.log.witnesses import witnessfaults, witnesssweep
from trust.log.witnesses.witnessfaults import WitnessFinding
from web.terminal import out, progress, state

witness = App(name="witness", help="Witnesses of every log, and what they say of other histories.")


def register(app: App) -> None:
    """Add the commands of this module to `sakshi`."""
    app.command(witness)


@witness.command
def sweep(*names: str) -> None:
    """Have witnesses cosign the newest head of every log; ask again for what is left.

    Parameters
    ----------
    names
        Witnesses of the policy in force; without any, those of SAKSHI_WITNESS_OWN.
    """
    with state() as rt:
        done = witnesssweep.sweep(rt, names, progress)
    for one in done:
        mark = "!" if one.faults else "✓"
        out.print(f"{mark} {one.witness}: {one.cosigned} of {one.asked} heads cosigned.")
        for code, count in sorted(one.faults.items()):
            out.print(Text(f"  {code}, {count} times: {one.words[code]}"), soft_wrap=True)
        if one.left:
            out.print("  It does not answer; the next sweep asks for the rest.")
    if any(one.faults for one in done):
        sys.exit(1)


@witness.command
def faults(
    *,
    all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
    evidence: Path | None = None,
) -> None:
    """What witnesses say of another history, and nobody has acknowledged.

    Parameters
    ----------
    all_
        Also those that were acknowledged.
    evidence
        Folder to write both sides' bytes to, three files for each; made if it is missing.
    """
    with state() as rt:
        with rt.db.read() as conn:
            found = witnessfaults.listed(conn, everything=all_)
        if evidence is not None:
            evidence.mkdir(parents=True, exist_ok=True)
            for fault in found:
                _write(evidence, fault)
    for fault in found:
        show(fault)
    if any(fault.acknowledged_at is None for fault in found):
        sys.exit(1)
    if not found:
        out.print("✓ No witness speaks of another history.")


@witness.command
def acknowledge(fault: int, *, reason: str) -> None:
    """Say that a fault was looked into, and what was found. The evidence stays.

    Parameters
    ----------
    fault
        Its number, as `sakshi witness faults` shows it.
    reason
        What was found.
    """
    with state() as rt:
        with rt.db.write() as conn:
            witnessfaults.acknowledge(conn, fault, reason, now=rt.clock())
        out.print(f"✓ {fault} is acknowledged.")


def complain(conn: Connection) -> None:
    """What `sakshi status` says of open faults."""
    for fault in witnessfaults.listed(conn):
        show(fault)


def show(fault: WitnessFinding) -> None:
    """One fault in a few lines."""
    mark = "✗" if fault.acknowledged_at is None else "·"
    since = Moment(fault.first_at)
    out.print(
        Text(
            f"{mark} {fault.id}: {fault.witness}, {fault.code}, {fault.origin} at size "
            f"{fault.size}, {fault.times} times since {since}"
        ),
        soft_wrap=True,
    )
    out.print(Text(f"  {fault.words}"), soft_wrap=True)
    if fault.forked:
        out.print(
            "  The log's own key has signed two different heads of one size: there are two "
            "histories.",
            soft_wrap=True,
        )
    if fault.reason is not None:
        out.print(Text(f"  Acknowledged: {fault.reason}"), soft_wrap=True)


def _write(folder: Path, fault: WitnessFinding) -> None:
    parts = {"ours.note": fault.note, "answer": fault.answer, "theirs.note": fault.theirs}
    for name, data in parts.items():
        (folder / f"{fault.id}-{name}").write_bytes(data)
