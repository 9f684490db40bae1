"""Short words for the stories: verify a world's files, and say what a report said."""

import io
import zipfile
from collections.abc import Mapping

from audit.verify.report import Report
from audit.verify.verify import Knowledge, verify_folder
from tests.audit import books
from tests.audit.world import World, folder
from trust.books import published


def knowledge(policy: bytes | None) -> Knowledge:
    """The shipped tables, the tests' rule file, and this policy."""
    return Knowledge(published.mapping_by_hash, books.RULES, policy)


def check(world: World, members: Mapping[str, bytes]) -> Report:
    """Verify files with a right manifest, as a clever forger would pack them."""
    return verify_folder(folder(members), knowledge(world.policy()))


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


def rewrite(data: bytes, gone: str | None, method: int = zipfile.ZIP_STORED) -> bytes:
    """The zip as another program writes it again, without the file `gone`."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(target, "w", method) as new,
    ):
        for name in old.namelist():
            if name != gone:
                new.writestr(name, old.read(name))
    return target.getvalue()
