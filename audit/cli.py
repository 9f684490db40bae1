"""`sakshi-audit`: checks packages, proofs and servers without trusting whoever made them.

Runs on the auditor's own machine from the base installation (PyNaCl, cryptography, cyclopts,
rich). Exit codes: 0 everything present was checked and right; 1 something is wrong; 2 the input is
missing or cannot be read, or a meeting's vote was not counted and decided.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter
from rich.console import Console
from rich.text import Text

from audit import fetch, listing, render, signhead, stamps, targets
from audit.monitoring import command
from audit.monitoring import compare as comparing
from audit.monitoring import show as showing
from audit.monitoring.limits import LIMITS, Limits
from audit.monitoring.notify import Notifier
from audit.targets import Unreadable
from audit.verify.report import EXIT_UNREADABLE, Report
from audit.verify.verify import History, Knowledge
from trust.books import published
from trust.formats.errors import SakshiError
from voting import rulebook
from voting.pure.errors import RuleFileError
from voting.pure.rules import RuleBook, RuleSet, read_rules

app = App(
    name="sakshi-audit",
    help="""Check a co-operative society without trusting anybody: offline from a package or a
proof, or straight from a server's address.""",
    help_epilogue="""Examples:

    sakshi-audit verify society.zip --policy state.policy
    sakshi-audit verify 2026-27.zip 2027-28.zip --policy state.policy
    sakshi-audit verify receipt.sakshi-proof --policy state.policy
    sakshi-audit verify receipt.sakshi-proof --policy state.policy --server https://a.example
    sakshi-audit verify http://127.0.0.1:8000/s/k-12
    sakshi-audit show society.zip
    sakshi-audit monitor http://127.0.0.1:8000 --once --policy state.policy
    sakshi-audit compare mine.db yours.db --server http://127.0.0.1:8000

Exit codes: 0 all right, 1 something is wrong, 2 missing, unreadable, or a vote not decided.""",
    version_flags=["--version"],
    help_format="plaintext",
)
Flag = Annotated[bool, Parameter(negative="")]
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@app.command
def verify(
    target: str,
    *more: str,
    policy: Path | None = None,
    society: Annotated[tuple[Path, ...], Parameter(negative="")] = (),
    rules: Annotated[tuple[Path, ...], Parameter(negative="")] = (),
    server: str | None = None,
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
    more
        Further packages of the same society, one for each log year, in any order. They are
        verified together: each one, and that they are one unbroken history. A server's address
        covers all years.
    policy
        Your own copy of the trust policy (C2SP tlog-policy) that pins the state log. Without it
        the package's own is used, and the report says so; a proof cannot be verified without.
    society
        With a meeting's package: the package of its society. Officers' keys, stopped keys, the
        roll and changes of members since the notice are checked against it. It is verified
        first; may be given again, once for each log year.
    rules
        With a meeting's package: a rule file that its notice may name, besides those enclosed
        here; it counts if its hash is that of the notice. Days of notice, quorum and majority are
        decided by it. May be given again.
    server
        With a proof: a server or mirror that is asked whether it serves the entry still. The state
        logs of your policy say whether its log was given up.
    json
        Write the report as JSON (sakshi-report/1) to standard output.
    quiet
        Say only what is wrong or missing.
    timeout
        Seconds to wait for each answer of a server.
    """
    with err.status("Reading …") as status:
        knowledge = _knowledge(policy, rules)
        if society:
            knowledge = targets.with_keys_of(society, knowledge)
        found = targets.verify((target, *more), knowledge, timeout, status.update)
        if server is not None:
            targets.standing(target, found, knowledge, server, timeout, status.update)
    _write(found, as_json=json, quiet=quiet)
    return found.exit_code


@app.command
def show(package: Path, *, openings: Flag = False, json: Flag = False) -> int:
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
    rows = listing.rows(*targets.read(package))
    if rows is None:
        raise Unreadable(f"{package} is not an audit package that can be read.")
    if json:
        _print_json([row.as_json(openings) for row in rows])
    else:
        listing.show(rows, out, openings=openings)
    return 0


@app.command
def monitor(
    target: str,
    *,
    state: Path = command.DEFAULT_STATE,
    policy: Path | None = None,
    once: Flag = False,
    every: float = 300.0,
    hook: str | None = None,
    webhook: str | None = None,
    json: Flag = False,
    quiet: Flag = False,
    evidence: Path | None = None,
    keep: Path | None = None,
    acknowledge: Annotated[tuple[int, ...], Parameter(negative="")] = (),
    limits: Annotated[Limits, Parameter(name="*")] = LIMITS,
) -> int:
    """Follow every log of a server, or one log, and say what is wrong (docs/monitoring.md).

    Parameters
    ----------
    target
        A server's address, a society's page (…/s/<society>), a log's own (…/l/<origin>), or a
        mirror's address or folder.
    state
        The file in which the monitor remembers what it saw. Keep it: it is your evidence.
    policy
        Your own copy of the trust policy. Without it the server's is kept from the first visit.
    once
        One round only, for cron.
    every
        Seconds from the beginning of one round to that of the next.
    hook
        A command to run for each finding; see SAKSHI_EVENT and others in its environment.
    webhook
        An address to which each finding is posted as JSON.
    json
        Write each round as one line of JSON (sakshi-monitor-report/1).
    quiet
        Say nothing while all is right.
    evidence
        Folder for what shows a finding; by default <state>.evidence.
    keep
        Folder for a mirror of your own of what was verified (plain files); it can save a lost log.
    acknowledge
        Number of a finding that is not to count any more; may be given again.
    """
    request = command.Request(
        target, state, _policy(policy), evidence, None if once else every, limits.options(),
        Notifier(hook, webhook), limits.rate, limits.timeout, limits.connections, acknowledge, keep,
    )  # fmt: skip
    with err.status("Reading …") as status:
        return command.run_monitor(
            request,
            lambda found: (
                command.print_json(found.as_json())
                if json
                else showing.outcome(found, out, quiet=quiet)
            ),
            status.update,
        )


@app.command
def compare(
    one: str,
    two: str,
    *,
    policy: Path | None = None,
    server: str | None = None,
    json: Flag = False,
    evidence: Path | None = None,
    timeout: float = fetch.TIMEOUT,
) -> int:
    """Compare what two monitors saw: consistent, one behind the other, or a fork.

    Parameters
    ----------
    one
        A monitor's state file, a file of signed notes, the address of a server, a page or a
        witness, or a mirror's folder.
    two
        The same of somebody else.
    policy
        Your own copy of the trust policy, for files of notes that come without keys.
    server
        A server or mirror whose tiles can show that one head continues another.
    json
        Write the verdicts as one line of JSON (sakshi-compare/1).
    evidence
        Folder for the two notes of each fork.
    timeout
        Seconds to wait for each answer.
    """
    found = command.run_compare(one, two, _policy(policy), server, timeout)
    code = command.compare_code(found)
    if json:
        report = {"format": comparing.FORMAT, "exit": code}
        command.print_json(report | {"logs": [item.as_json() for item in found]})
    else:
        showing.verdicts(found, out)
    for path in comparing.evidence(found, evidence) if evidence else ():
        err.print(Text(f"Evidence: {path}"), soft_wrap=True)
    return code


def _knowledge(policy: Path | None, rules: Sequence[Path]) -> Knowledge:
    return Knowledge(
        published.mapping_by_hash,
        RuleBook((*rulebook.standard().sets, *map(_rules, rules))),
        _policy(policy),
        filings=published.filing_rules(),
    )


def _rules(path: Path) -> RuleSet:
    try:
        return read_rules(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise Unreadable(f"The rule file {path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, RuleFileError) as error:
        raise Unreadable(f"{path} is no rule file: {error}") from None


def _policy(path: Path | None) -> bytes | None:
    try:
        return None if path is None else path.read_bytes()
    except OSError as error:
        raise Unreadable(f"The policy {path} cannot be read: {error.strerror}.") from None


def _write(found: Report | History, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        _print_json(found.as_json())
    elif isinstance(found, History):
        render.show_history(found, out, quiet=quiet)
    else:
        render.show(found, out, quiet=quiet)


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


signhead.register(app)
stamps.register(app)


def main() -> None:
    """Entry point of the console script."""
    try:
        code = app(sys.argv[1:], exit_on_error=False, result_action="return_value")
    except CycloptsError:
        code = EXIT_UNREADABLE
    except (Unreadable, SakshiError) as error:
        err.print(Text(f"✗ {error}"), soft_wrap=True)
        code = EXIT_UNREADABLE
    except KeyboardInterrupt:
        err.print("Stopped; nothing was verified.")
        code = EXIT_UNREADABLE
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
