"""Policies and state heads of several packages: one line of state logs, or two?"""

from collections.abc import Iterator, Sequence

from audit.verify.chain import Closing
from audit.verify.part import Part
from audit.verify.report import Check
from trust.formats.checkpoints import Checkpoint
from trust.formats.errors import FormatError
from trust.formats.notes import VerifierKey
from trust.formats.policy import TrustPolicy, parse_policy


def check_policies(line: Sequence[Part], given: bytes | None, check: Check) -> None:
    """The policies enclosed, oldest log first: same keys; a new one is named by a closing entry.

    Args:
        given: the verifier's own policy; then the enclosed ones decide nothing but may not differ.
    """
    check.ok(0)
    named = {one.next.name: one.next for part in line for one in part.found.closings}
    before: tuple[str, TrustPolicy] | None = None
    keys: dict[str, tuple[VerifierKey, str]] = {}
    for part in line:
        enclosed = part.found.members.get("policy")
        if enclosed is None:
            continue
        try:
            policy = parse_policy(enclosed)
        except FormatError as error:
            check.wrong(f"{part.name}: {error}", member="policy")
            continue
        new = _compare_keys(part, policy, keys, check)
        if before is not None and given is None:
            _say_new([key for key in new if named.get(key.name) != key], part, check)
            _say_witnesses(before, part, policy, check)
        before = (part.name, policy)
        check.ok()


def _compare_keys(
    part: Part, policy: TrustPolicy, keys: dict[str, tuple[VerifierKey, str]], check: Check
) -> list[VerifierKey]:
    """The state logs that no policy before has named."""
    new: list[VerifierKey] = []
    for log in policy.logs:
        key = log.key
        name = f"{key.name} {key.type}"
        held, where = keys.setdefault(name, (key, part.name))
        if held != key:
            check.wrong(
                f"The policy in {part.name} pins another key of {key.name} than the one in "
                f"{where}: one of them leads to a forged state log.",
                member="policy",
            )
        elif where == part.name:
            new.append(key)
    return new


def _say_new(unnamed: Sequence[VerifierKey], part: Part, check: Check) -> None:
    for key in unnamed:
        check.skip(
            f"The policy in {part.name} pins {key.name}, which no earlier policy names and no "
            "closing entry here leads to: who decided on it is not shown."
        )


def _say_witnesses(
    before: tuple[str, TrustPolicy], part: Part, policy: TrustPolicy, check: Check
) -> None:
    name, old = before
    if (old.witnesses, old.groups, old.quorum) != (policy.witnesses, policy.groups, policy.quorum):
        check.skip(
            f"The witnesses or the quorum asked for in {part.name} are not those of {name}; who "
            "decided on the change is not shown. Give your own policy with --policy."
        )


def check_state_heads(parts: Sequence[Part], check: Check) -> None:
    """All heads of state logs in these packages: one root a size, none beyond the closing head."""
    check.ok(0)
    seen: dict[tuple[str, int], tuple[bytes, str]] = {}
    ends = _ends(parts, check)
    sizes: dict[str, set[int]] = {}
    for part, head in _heads(parts):
        root, where = seen.setdefault((head.origin, head.size), (head.root, part.name))
        sizes.setdefault(head.origin, set()).add(head.size)
        end = ends.get(head.origin)
        if root != head.root:
            check.wrong(
                f"{part.name} and {where} show two heads of {head.origin} of size {head.size} with "
                "different roots: the state log was forked."
            )
        elif end is not None and head.size > end.size:
            check.wrong(
                f"{part.name} shows a head of {head.origin} of size {head.size}, but that log was "
                f"closed with {end.size} entries: it was opened again."
            )
        else:
            check.ok()
    for origin, found in sorted(sizes.items()):
        if len(found) > 1:
            check.skip(
                f"{len(found)} heads of {origin} are shown, of different sizes; that each "
                "continues the one before these files do not show. A monitor does."
            )


def _ends(parts: Sequence[Part], check: Check) -> dict[str, Checkpoint]:
    """The last head of each closed state log; of two that differ, the smaller one."""
    ends: dict[str, tuple[Closing, str]] = {}
    for part in parts:
        for one in part.found.closings:
            held, where = ends.setdefault(one.head.origin, (one, part.name))
            if held != one:
                check.wrong(
                    f"{part.name} and {where} show two different endings of {one.head.origin}: "
                    f"with {one.head.size} entries, going on under {one.next.format()}, and with "
                    f"{held.head.size}, going on under {held.next.format()}: the state log was "
                    "forked."
                )
            if one.head.size < held.head.size:
                ends[one.head.origin] = (one, part.name)
    return {origin: one.head for origin, (one, _) in ends.items()}


def _heads(parts: Sequence[Part]) -> Iterator[tuple[Part, Checkpoint]]:
    for part in parts:
        closings = [one.head for one in part.found.closings]
        found = part.found
        for head in dict.fromkeys((*found.state_heads, *found.other_heads, *closings)):
            yield part, head
