"""Which witnesses a state asks, and which of them count: the operator's file, kept in the database.

The file is a tlog-policy (C2SP) with `witness`, `group` and `quorum` lines; its `log` lines are
passed over, because a state's own logs are known. Witnesses run by ourselves are named apart: they
are asked, but can never be part of the quorum. The rule in force stands in the database, so that
every process follows the same one, and a process that was not told of any does not lift it.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection, insert, select

from trust.formats.policy import NONE, PolicyWitness, TrustPolicy, format_policy, parse_policy
from trust.log.errors import LogError
from trust.log.tables import log_witness_policy
from trust.settings import Settings

_NEWEST = (
    select(log_witness_policy.c.id, log_witness_policy.c.text, log_witness_policy.c.own)
    .order_by(log_witness_policy.c.id.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class WitnessPolicy:
    """The rule in force; `id` tells it from earlier ones, `own` are names of our own witnesses."""

    id: int
    policy: TrustPolicy
    own: frozenset[str]

    @property
    def quorum(self) -> bool:
        """Whether any outside witness is needed at all."""
        return self.policy.quorum != NONE

    def outside(self, witness: str) -> bool:
        """Whether this witness is somebody else's."""
        return witness not in self.own

    def met(self, witnesses: frozenset[str]) -> bool:
        """Whether these witnesses, ours left out, are the quorum of a rule that asks for one."""
        return self.quorum and self.policy.evaluate(witnesses - self.own)


def check(text: str, own: frozenset[str]) -> TrustPolicy:
    """Read a witness policy.

    Raises FormatError for what is no policy; LogError `witness-policy` when one of our own
    witnesses is unknown or could help to make the quorum, or nobody outside could make it.
    """
    policy = parse_policy(text)
    names = {witness.name for witness in policy.witnesses}
    counted = {member for group in policy.groups for member in group.members} | {policy.quorum}
    if own - names:
        raise _wrong(f"{min(own - names)} is named as our own but is no witness of the policy.")
    if own & counted:
        raise _wrong(
            f"{min(own & counted)} is our own and must stand in no group: it would count as "
            "somebody else's word."
        )
    if not policy.evaluate(names - own):
        raise _wrong("the quorum cannot be met, even if every outside witness cosigns.")
    return policy


def _wrong(what: str) -> LogError:
    return LogError(f"The witness policy cannot stand: {what}", code="witness-policy")


def adopt(conn: Connection, settings: Settings, *, now: int) -> None:
    """Put the policy of the settings in force, if they name another than the one in force.

    Raises what `check` raises, and LogError when the file cannot be read.
    """
    wanted = settings.witness_policy
    if not wanted:
        return
    own = frozenset(settings.witness_own.replace(",", " ").split())
    text = "" if wanted == "none" else _read(Path(wanted))
    if text:
        check(text, own)
    elif own:
        raise _wrong("witnesses of our own are named, but there is no policy.")
    names = " ".join(sorted(own))
    row = conn.execute(_NEWEST).first()
    if (row.text, row.own) != (text, names) if row is not None else text:
        conn.execute(insert(log_witness_policy).values(text=text, own=names, since=now))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LogError(
            f"The witness policy {path} cannot be read: {error}. SAKSHI_WITNESS_POLICY names a "
            "tlog-policy file, or is `none` for no witness.",
            code="witness-policy",
        ) from None


def current(conn: Connection) -> WitnessPolicy | None:
    """The rule in force; None when no witness is asked."""
    row = conn.execute(_NEWEST).first()
    if row is None or not row.text:
        return None
    return _parsed(row.id, row.text, row.own)


@lru_cache(maxsize=4)
def _parsed(number: int, text: str, own: str) -> WitnessPolicy:
    return WitnessPolicy(number, parse_policy(text), frozenset(own.split()))


def lines(rule: WitnessPolicy | None) -> str:
    """The witness, group and quorum lines for a published policy; our own addresses left out."""
    if rule is None:
        return f"quorum {NONE}\n"
    witnesses = tuple(
        witness if rule.outside(witness.name) else PolicyWitness(witness.name, witness.key)
        for witness in rule.policy.witnesses
    )
    return format_policy(TrustPolicy((), witnesses, rule.policy.groups, rule.policy.quorum))
