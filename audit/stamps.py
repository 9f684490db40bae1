"""`sakshi-audit timestamp`: when an outside authority saw a head of the state log (RFC 3161)."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from audit import targets
from audit.verify.package import read_archive, read_folder
from audit.verify.report import Check
from audit.verify.stamped import PROOF, RESPONSE
from trust.formats import timestamps
from trust.formats.errors import FormatError, SakshiError
from trust.formats.policy import parse_policy
from trust.formats.times import Moment
from trust.formats.tlogproof import parse_tlog_proof
from trust.formats.witnessed import check_log


def register(app: App) -> None:
    """Add the command of this module to `sakshi-audit`."""
    app.command(_timestamp, name="timestamp")


def _timestamp(
    note: Path,
    response: Path | None = None,
    *,
    authority: Path,
    policy: Annotated[Path | None, Parameter(name="--policy")] = None,
) -> int:
    """Verify a time-stamp over a head. Exit code 0 right, 1 wrong, 2 not readable.

    Parameters
    ----------
    note
        The stamped head (`tsa/<size>.note`); or an audit package that holds a time-stamp. What
        else is in the package `verify` checks.
    response
        The authority's response (`tsa/<size>.tsr`); none with a package.
    authority
        PEM certificates of the authority you believe, or of who issued its certificate.
    policy
        Your policy, to check that the head is the state log's too.
    """
    try:
        stamped, answer = _files(note, response)
        trusted = authority.read_bytes()
        pinned = None if policy is None else parse_policy(policy.read_bytes())
    except (OSError, SakshiError, targets.Unreadable) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    try:
        time = timestamps.verify(answer, stamped, trusted)
        head = None if pinned is None else check_log(pinned, stamped)
    except SakshiError as error:
        sys.stderr.write(f"✗ {error}\n")
        return 2 if isinstance(error, FormatError) and error.code == "not-granted" else 1
    sys.stdout.write(f"✓ The authority saw this head at {Moment(time)}.\n")
    if head is None:
        sys.stdout.write("  Not checked: whose head it is. Give your policy with --policy.\n")
    else:
        sys.stdout.write(f"✓ It is signed by {head.origin}, size {head.size}.\n")
    return 0


def _files(note: Path, response: Path | None) -> tuple[bytes, bytes]:
    """The stamped note and the response, from two files or from a package."""
    if response is not None:
        return note.read_bytes(), response.read_bytes()
    data, files = targets.read(note)
    check = Check("package", "")
    box = read_archive(data, check) if files is None else read_folder(files, check)
    proof, answer = (box.members.get(name) for name in (PROOF, RESPONSE))
    if proof is None or answer is None:
        raise FormatError(f"{note} is no audit package with a time-stamp in it.")
    return parse_tlog_proof(proof.decode("utf-8", "replace")).checkpoint.encode(), answer
