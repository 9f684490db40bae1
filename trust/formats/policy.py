"""Trust policies: which logs and witnesses a verifier believes, and how many (C2SP tlog-policy).

::

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> all|any|<k> <name>...
    quorum <name>|none

Items stand apart by spaces and tabs; empty lines and lines that begin with ``#`` are ignored. A
name is defined once, before its use, and is a member of at most one group, so that a witness
counts in one way only. Two ``log`` lines, or two ``witness`` lines, never share a public key. The
file is UTF-8 with a final LF; names are compared byte for byte. ``witnessed`` holds a checkpoint
against a policy.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from trust.formats.b64 import shorten
from trust.formats.errors import FormatError
from trust.formats.notes import COSIGNATURE_ED25519, COSIGNATURE_MLDSA44, ED25519, VerifierKey

NONE = "none"
"""The quorum that asks for no witness at all."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_LOG_TYPES = (ED25519, COSIGNATURE_MLDSA44)
_WITNESS_TYPES = (COSIGNATURE_ED25519, COSIGNATURE_MLDSA44)


@dataclass(frozen=True, slots=True)
class PolicyLog:
    """A log that is believed; the name of its key is its origin."""

    key: VerifierKey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class PolicyWitness:
    """A witness, by the name the policy file gives it (not by the name of its key)."""

    name: str
    key: VerifierKey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class PolicyGroup:
    """A group that witnesses when at least ``threshold`` of its members do."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """A checked policy. Groups stand in the order of definition.

    Attributes:
        quorum: name of a witness or group, or ``none``.
    """

    logs: tuple[PolicyLog, ...]
    witnesses: tuple[PolicyWitness, ...]
    groups: tuple[PolicyGroup, ...]
    quorum: str

    def evaluate(self, verified_witness_names: Collection[str]) -> bool:
        """Whether these witnesses, named as in the policy and already verified, are a quorum.

        Raises:
            FormatError: a name that is no witness of this policy (a mix-up with key names).
        """
        strange = set(verified_witness_names) - {witness.name for witness in self.witnesses}
        if strange:
            raise FormatError(f"The policy has no witness {shorten(min(strange))}.", code="policy")
        if self.quorum == NONE:
            return True
        held = set(verified_witness_names)
        for group in self.groups:
            if sum(member in held for member in group.members) >= group.threshold:
                held.add(group.name)
        return self.quorum in held

    def addressed(self) -> dict[str, tuple[PolicyWitness, ...]]:
        """The witnesses that have an address, by it; one with two keys has two of these lines."""
        found: dict[str, tuple[PolicyWitness, ...]] = {}
        for witness in self.witnesses:
            if witness.url is not None:
                url = witness.url.rstrip("/")
                found[url] = (*found.get(url, ()), witness)
        return found

    def log(self, origin: str) -> PolicyLog | None:
        """The believed log of this origin, if there is one; of its lines the Ed25519 one."""
        own = [log for log in self.logs if log.key.name == origin]
        return min(own, key=lambda log: log.key.type != ED25519, default=None)

    def keys(self) -> dict[str, VerifierKey]:
        """The key of each believed log by its origin; the Ed25519 one where it has two kinds."""
        first = sorted(self.logs, key=lambda log: log.key.type == ED25519)
        return {log.key.name: log.key for log in first}


def parse_policy(text: str | bytes) -> TrustPolicy:
    """Read a policy file.

    Raises:
        FormatError: a rule of the format is broken; the message names the line.
    """
    try:
        text = text.decode() if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        raise FormatError("The policy file is not UTF-8.", code="policy") from error
    if not text.endswith("\n"):
        raise FormatError("The policy file does not end in a line feed.", code="policy")
    reader = _Reader()
    for number, line in enumerate(text[:-1].split("\n"), 1):
        try:
            reader.line(line)
        except FormatError as error:
            raise FormatError(f"Policy line {number}: {error.message}", code="policy") from error
    return reader.done()


class _Reader:
    """The policy as read so far."""

    def __init__(self) -> None:
        self.logs: list[PolicyLog] = []
        self.witnesses: list[PolicyWitness] = []
        self.groups: list[PolicyGroup] = []
        self.quorum: str | None = None
        self.defined: set[str] = set()
        self.members: set[str] = set()

    def line(self, line: str) -> None:
        if _CONTROL.search(line):
            raise FormatError("control characters other than tab are not allowed.")
        # Only space and tab part items: str.split would also part at other scripts' spaces.
        word, *items = [item for item in re.split(r"[ \t]+", line) if item] or ["#"]
        if word.startswith("#"):
            return
        read = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }.get(word)
        if read is None:
            raise FormatError(f"{shorten(word)} is not one of log, witness, group, quorum.")
        read(items)

    def done(self) -> TrustPolicy:
        if self.quorum is None:
            raise FormatError("The policy states no quorum.", code="policy")
        return TrustPolicy(tuple(self.logs), tuple(self.witnesses), tuple(self.groups), self.quorum)

    def _log(self, items: list[str]) -> None:
        _expect(1 <= len(items) <= 2, "a log needs its key and may have one address.")
        key = _key(items[0], _LOG_TYPES, "log")
        _expect(
            all(key.public != log.key.public for log in self.logs),
            "this public key stands in an earlier log line.",
        )
        self.logs.append(PolicyLog(key, *items[1:]))

    def _witness(self, items: list[str]) -> None:
        _expect(
            2 <= len(items) <= 3, "a witness needs a name and its key, and may have an address."
        )
        key = _key(items[1], _WITNESS_TYPES, "witness")
        _expect(
            all(key.public != witness.key.public for witness in self.witnesses),
            "this public key stands in an earlier witness line.",
        )
        self._define(items[0])
        self.witnesses.append(PolicyWitness(items[0], key, *items[2:]))

    def _group(self, items: list[str]) -> None:
        _expect(len(items) >= 3, "a group needs a name, all, any or a number, and members.")
        name, rule, *members = items
        count = len(members)
        for member in members:
            _expect(member in self.defined, f"{shorten(member)} is not defined above.")
            _expect(member not in self.members, f"{shorten(member)} is already in a group.")
            self.members.add(member)
        threshold = {"all": count, "any": 1}.get(rule)
        if threshold is None:
            threshold = int(rule) if _NUMBER.fullmatch(rule) else 0
        _expect(1 <= threshold <= count, f"{shorten(rule)} of {count} members is impossible.")
        self._define(name)
        self.groups.append(PolicyGroup(name, threshold, tuple(members)))

    def _quorum(self, items: list[str]) -> None:
        _expect(len(items) == 1, "the quorum is one name.")
        _expect(self.quorum is None, "the quorum is stated twice.")
        _expect(
            items[0] == NONE or items[0] in self.defined,
            f"{shorten(items[0])} is not defined above.",
        )
        self.quorum = items[0]

    def _define(self, name: str) -> None:
        _expect(name != NONE, "the name 'none' has a meaning of its own.")
        _expect(name not in self.defined, f"the name {shorten(name)} is defined twice.")
        self.defined.add(name)


def _key(vkey: str, types: tuple[int, ...], what: str) -> VerifierKey:
    key = VerifierKey.parse(vkey)
    _expect(key.type in types, f"a {what} cannot have a key of type 0x{key.type:02x}.")
    return key


def _expect(condition: bool, message: str) -> None:
    if not condition:
        raise FormatError(message)


def format_policy(policy: TrustPolicy) -> str:
    """Write a policy file.

    Raises:
        FormatError: the parts break a rule of the format.
    """
    lines = [_join("log", log.key.format(), log.url) for log in policy.logs]
    lines += [_join("witness", w.name, w.key.format(), w.url) for w in policy.witnesses]
    for group in policy.groups:
        count = len(group.members)
        rule = {count: "all", 1: "any"}.get(group.threshold, str(group.threshold))
        lines.append(_join("group", group.name, rule, *group.members))
    text = "".join(f"{line}\n" for line in [*lines, _join("quorum", policy.quorum)])
    if parse_policy(text) != policy:
        raise FormatError("A name or address of the policy holds spaces.", code="policy")
    return text


def _join(*items: str | None) -> str:
    return " ".join(item for item in items if item is not None)
