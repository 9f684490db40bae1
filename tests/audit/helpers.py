"""Short words for the stories: verify a scenario's files, and say what a report said."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import replace

from audit.verify.report import Report
from audit.verify.verify import Knowledge, verify_folder
from tests.audit import books
from tests.audit.scenario import AuditScenario, Log, folder
from trust.books import published
from trust.formats.proofs import SakshiProof


def knowledge(policy: bytes | None) -> Knowledge:
    """The shipped tables, the tests' rule file, and this policy."""
    return Knowledge(
        published.mapping_by_hash, books.RULES, policy, filings=published.filing_rules()
    )


def check(scenario: AuditScenario, members: Mapping[str, bytes]) -> Report:
    """Verify files with a right manifest, as a clever forger would pack them."""
    return verify_folder(folder(members), knowledge(scenario.policy()))


def said(report: Report, state: str = "wrong") -> dict[str, str]:
    """By check, the first thing it said of this state."""
    found: dict[str, str] = {}
    for identity, one in report.checks.items():
        for finding in one.findings:
            if finding.state == state:
                found.setdefault(identity, finding.text)
    return found


def states(report: Report) -> dict[str, str]:
    """The state of every check."""
    return {identity: one.state for identity, one in report.checks.items()}


def forked(scenario: AuditScenario, log: Log, proof: SakshiProof) -> SakshiProof:
    """The proof with its key under a twin of the state log that has its head: one entry longer,
    as the scenario's own is after this, but with another entry there."""
    true = scenario.state
    twin = Log(true.origin, true.secret, [*true.entries, b"other\n"], {}, true.documents)
    true.entries.append(b"one\n")
    head = scenario.state_proof(log.heads[-1][2])
    scenario.state = twin
    key = scenario.state_proof(scenario.keys[log.origin])
    scenario.state = true
    return replace(proof, head=head, key=key)


def rewrite(data: bytes, gone: str | None, method: int = zipfile.ZIP_STORED) -> bytes:
    """The zip as another program writes it again, without the file `gone`."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", method) as new:
        for name in old.namelist():
            if name != gone:
                new.writestr(name, old.read(name))
    return target.getvalue()
