"""`sakshi-audit timestamp`: when an outside authority saw a head of the state log (RFC 3161)."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from trust.formats import timestamps
from trust.formats.errors import FormatError, SakshiError
from trust.formats.policy import parse_policy
from trust.formats.times import format_time
from trust.formats.witnessed import check_log


def register(app: App) -> None:
    """Add the command of this module to `sakshi-audit`."""
    app.command(_timestamp, name="timestamp")


def _timestamp(
    note: Path,
    response: Path,
    *,
    authority: Path,
    policy: Annotated[Path | None, Parameter(name="--policy")] = None,
) -> int:
    """Verify a time-stamp over a head. Exit code 0 right, 1 wrong, 2 not readable.

    Parameters
    ----------
    note
        The stamped head (`tsa/<size>.note`).
    response
        The authority's response (`tsa/<size>.tsr`).
    authority
        PEM certificates of the authority you believe, or of who issued its certificate.
    policy
        Your policy, to check that the head is the state log's too.
    """
    try:
        files = [path.read_bytes() for path in (note, response, authority)]
        pinned = None if policy is None else parse_policy(policy.read_bytes())
    except (OSError, SakshiError) as fault:
        sys.stderr.write(f"{fault}\n")
        return 2
    try:
        time = timestamps.verify(files[1], files[0], files[2])
        head = None if pinned is None else check_log(pinned, files[0])
    except SakshiError as fault:
        sys.stderr.write(f"✗ {fault}\n")
        return 2 if isinstance(fault, FormatError) and fault.code == "not-granted" else 1
    sys.stdout.write(f"✓ The authority saw this head at {format_time(time)}.\n")
    if head is None:
        sys.stdout.write("  Not checked: whose head it is. Give your policy with --policy.\n")
    else:
        sys.stdout.write(f"✓ It is signed by {head.origin}, size {head.size}.\n")
    return 0
