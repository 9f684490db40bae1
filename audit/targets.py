"""What the arguments of `sakshi-audit verify` stand for: files, folders, addresses."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from audit import fetch, gather, render
from audit import standing as entries
from audit.verify.report import Report
from audit.verify.verify import (
    History,
    Knowledge,
    Source,
    looks_like_proof,
    verify_bytes,
    verify_folder,
    verify_history,
    verify_society,
)
from trust.formats.archive import MAX_BYTES


class Unreadable(Exception):
    """The input cannot be read; the text says why."""


def verify(
    targets: Sequence[str], knowledge: Knowledge, timeout: float, progress: fetch.Progress
) -> Report | History:
    """Verify what was named: one thing, or the packages of one society's logs together."""
    if len(targets) > 1:
        sources = [_source(target, timeout) for target in targets]
        progress("Checking …")
        return verify_history(sources, knowledge)
    (target,) = targets
    if _is_address(target) and not _is_file(target):
        return _verify_server(target, knowledge, timeout, progress)
    source = _source(target, timeout)
    progress("Checking …")
    if source.files is not None:
        return verify_folder(source.files, knowledge)
    return verify_bytes(source.data, knowledge)


def standing(
    target: str,
    found: Report | History,
    knowledge: Knowledge,
    address: str,
    timeout: float,
    progress: fetch.Progress,
) -> None:
    """Add to the report on a proof whether a server or mirror serves its entry still.

    Raises Unreadable for anything else than a proof.
    """
    data = _source(target, timeout).data
    if not isinstance(found, Report) or knowledge.policy is None or not looks_like_proof(data):
        raise Unreadable("--server is for one Sakshi proof with --policy.")
    progress(f"Asking {address} …")
    entries.check(found, data, knowledge.policy, fetch.at(address, timeout), progress)


def _is_address(target: str) -> bool:
    return "://" in target


def _is_file(url: str) -> bool:
    """Whether an address is of a file rather than of a page or log."""
    return url.split("?")[0].endswith((".zip", ".sakshi-proof"))


def _source(target: str, timeout: float) -> Source:
    """A file or folder, from this machine or from an address."""
    if not _is_address(target):
        return Source(target, *read(Path(target)))
    if not _is_file(target):
        raise Unreadable(
            f"{target} is a page or a log: give it alone, all its years are read from there."
        )
    return Source(target, fetch.get(target, MAX_BYTES, timeout))


def _verify_server(
    url: str, knowledge: Knowledge, timeout: float, progress: fetch.Progress
) -> Report | History:
    server, origin = fetch.locate(url, timeout)
    sources = gather.gather(server, origin, progress, knowledge.policy)
    progress("Checking …")
    found = verify_history(sources, knowledge)
    return found if found.seams is not None else found.parts[0].report


def with_keys_of(paths: Sequence[Path], knowledge: Knowledge) -> Knowledge:
    """Knowledge with the keys of a society's packages, which must be right themselves."""
    sources = [Source(str(path), *read(path)) for path in paths]
    found, officers = verify_society(sources, knowledge)
    if officers is None:
        named = " and ".join(str(path) for path in paths)
        raise Unreadable(
            f"{named}: no society's package that is right in all that could be checked "
            f"({render.verdict(found)}). Verify it on its own first."
        )
    return replace(knowledge, officers=officers)


def read(path: Path) -> tuple[bytes, dict[str, bytes] | None]:
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
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}.") from None
