"""`sakshi-audit`: checks packages, proofs and servers without trusting whoever made them.

Runs on the auditor's own machine from the base installation (PyNaCl, cyclopts, rich). Exit codes:
0 everything present was checked and right; 1 something is wrong; 2 the input is missing or cannot
be read.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter
from rich.console import Console
from rich.text import Text

from audit import fetch, listing, render
from audit.verify.report import EXIT_UNREADABLE, Report
from audit.verify.verify import (
    Knowledge,
    verify_bytes,
    verify_folder,
    verify_members,
    verify_society,
)
from trust.books import published
from trust.formats.archive import MAX_BYTES
from trust.formats.errors import SakshiError
from voting import rulebook

app = App(
    name="sakshi-audit",
    help="""Check a co-operative society without trusting anybody: offline from a package or a
proof, or straight from a server's address.""",
    help_epilogue="""Examples:

    sakshi-audit verify society.zip --policy state.policy
    sakshi-audit verify receipt.sakshi-proof --policy state.policy
    sakshi-audit verify http://127.0.0.1:8000/s/k-12
    sakshi-audit show society.zip

Exit codes: 0 all right, 1 something is wrong, 2 missing or unreadable.""",
    version_flags=["--version"],
    help_format="plaintext",
)
Flag = Annotated[bool, Parameter(negative="")]
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


class Unreadable(Exception):
    """The input cannot be read; the text says why."""


@app.command
def verify(
    target: str,
    *,
    policy: Path | None = None,
    society: Path | None = None,
    json: Flag = False,
    quiet: Flag = False,
    timeout: float = fetch.TIMEOUT,
) -> int:
    """Verify a package, a folder with its files, a Sakshi proof, or a server's address.

    Parameters
    ----------
    target
        A .zip or .sakshi-proof file, a folder, or an http(s) address of either, of a society's
        page (…/s/<society>) or of a log (…/l/<origin>).
    policy
        Your own copy of the trust policy (C2SP tlog-policy) that pins the state log. Without it
        the package's own is used, and the report says so; a proof cannot be verified without.
    society
        With a meeting's package: the package of its society, from which the keys of officers who
        entered ballots for others are taken. It is verified first.
    json
        Write the report as JSON (sakshi-report/1) to standard output.
    quiet
        Say only what is wrong or missing.
    timeout
        Seconds to wait for each answer of a server.
    """
    with err.status("Reading …") as status:
        knowledge = _knowledge(policy)
        if society is not None:
            knowledge = _with_officers(society, knowledge)
        report = _verify(target, knowledge, timeout, status.update)
    _write(report, as_json=json, quiet=quiet)
    return report.exit_code


@app.command
def show(
    package: Path,
    *,
    openings: Flag = False,
    json: Flag = False,
) -> int:
    """List what a package holds: its entries, and what opens them. Verifies nothing.

    Parameters
    ----------
    package
        A package or a folder with its files.
    openings
        Write the opened records as well.
    json
        Write the list as JSON to standard output.
    """
    rows = listing.rows(*_read(package))
    if rows is None:
        raise Unreadable(f"{package} is not an audit package that can be read.")
    if json:
        _print_json([row.as_json(openings) for row in rows])
    else:
        listing.show(rows, out, openings=openings)
    return 0


def _verify(target: str, knowledge: Knowledge, timeout: float, progress: fetch.Progress) -> Report:
    if "://" in target:
        return _verify_url(target, knowledge, timeout, progress)
    data, files = _read(Path(target))
    progress("Checking …")
    return verify_bytes(data, knowledge) if files is None else verify_folder(files, knowledge)


def _verify_url(url: str, knowledge: Knowledge, timeout: float, progress: fetch.Progress) -> Report:
    if url.split("?")[0].endswith((".zip", ".sakshi-proof")):
        data = fetch.get(url, MAX_BYTES, timeout)
        progress("Checking …")
        return verify_bytes(data, knowledge)
    server, origin = fetch.locate(url, timeout)
    found = fetch.gather(server, origin, progress)
    progress("Checking …")
    return verify_members(found.members, found.state_entries, knowledge)


def _knowledge(policy: Path | None) -> Knowledge:
    given = None
    if policy is not None:
        try:
            given = policy.read_bytes()
        except OSError as fault:
            raise Unreadable(f"The policy {policy} cannot be read: {fault.strerror}.") from None
    return Knowledge(published.mapping_by_hash, rulebook.standard(), given)


def _with_officers(path: Path, knowledge: Knowledge) -> Knowledge:
    """Knowledge with the officers of a society's package, which must be right itself."""
    data, files = _read(path)
    report, officers = verify_society(data, files, knowledge)
    if officers is None:
        raise Unreadable(
            f"{path} is no society's package that is right in all that could be checked "
            f"({render.verdict(report)}). Verify it on its own first."
        )
    return replace(knowledge, officers=officers)


def _read(path: Path) -> tuple[bytes, dict[str, bytes] | None]:
    """A file's bytes, or the files of a folder by name."""
    try:
        if not path.is_dir():
            if path.stat().st_size > 2 * MAX_BYTES:
                raise Unreadable(f"{path} is larger than any package may be.")
            return path.read_bytes(), None
        files = sorted(item for item in path.rglob("*") if item.is_file())
        if sum(item.stat().st_size for item in files) > 2 * MAX_BYTES:
            raise Unreadable(f"{path} is larger than any package may be.")
        return b"", {item.relative_to(path).as_posix(): item.read_bytes() for item in files}
    except OSError as fault:
        raise Unreadable(f"{path} cannot be read: {fault.strerror}.") from None


def _write(report: Report, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        _print_json(report.as_json())
    else:
        render.show(report, out, quiet=quiet)


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def main() -> None:
    """Entry point of the console script."""
    try:
        code = app(sys.argv[1:], exit_on_error=False, result_action="return_value")
    except CycloptsError:
        code = EXIT_UNREADABLE
    except (Unreadable, SakshiError) as fault:
        err.print(Text(f"✗ {fault}"), soft_wrap=True)
        code = EXIT_UNREADABLE
    except KeyboardInterrupt:
        err.print("Stopped; nothing was verified.")
        code = EXIT_UNREADABLE
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
