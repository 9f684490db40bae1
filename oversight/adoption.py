"""Adopting a policy: a public act, sealed before it decides anything."""

import hashlib
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection

from oversight import queries, sealing
from oversight.errors import NoPolicyError, PolicyError, WholeStateError
from oversight.model import AdoptedPolicy
from oversight.pure.policy import Policy
from oversight.pure.policy_text import parse
from trust import outbox
from trust.formats import canon
from trust.formats.places import Place
from trust.log import service as logs
from trust.log.model import NewEntry
from trust.people import queries as people
from trust.people.model import Actor

_PROPOSED = Path(__file__).parent / "policies"


@lru_cache(maxsize=8)
def read_policy(toml_text: str) -> Policy:
    """A policy's text, read once per process."""
    return parse(toml_text)


def proposed() -> str:
    """The newest policy text that comes with the platform. Nothing is judged by it until it is
    adopted."""
    newest = max(_PROPOSED.glob("*.toml"), key=lambda path: path.name)
    return newest.read_text(encoding="utf-8")


def adopt_policy(conn: Connection, actor: Actor, toml_text: str, *, now: int) -> AdoptedPolicy:
    """Makes a policy the rule: seals its text for everybody to read.

    Every society is judged again under it. The same text a second time changes nothing.

    Raises:
        NotEntitledError: the actor is not the Registrar for the whole state.
        PolicyError: the text has a fault, or its version is taken by another text.
    """
    if not any(g.role == "registrar" and g.scope_kind == "state" for g in actor.grants):
        raise WholeStateError
    return _adopt(conn, toml_text, actor.account.id, now=now)


def adopt_proposed(conn: Connection, *, now: int) -> AdoptedPolicy:
    """Adopts the policy that comes with the platform when a state is made and has none yet."""
    held = queries.policies(conn)
    return held[-1] if held else _adopt(conn, proposed(), None, now=now)


def in_force(conn: Connection, on: date) -> tuple[AdoptedPolicy, Policy]:
    """The policy valid on a day: the newest adopted version that has begun.

    Raises:
        NoPolicyError: none has been adopted, or none has begun.
    """
    return valid(queries.policies(conn), on)


def valid(held: Iterable[AdoptedPolicy], on: date) -> tuple[AdoptedPolicy, Policy]:
    """`in_force` among these, oldest version first."""
    for adopted in reversed(list(held)):
        policy = read_policy(adopted.toml)
        if policy.valid_from <= on:
            return adopted, policy
    raise NoPolicyError


def _adopt(conn: Connection, toml_text: str, account: int | None, *, now: int) -> AdoptedPolicy:
    text = canon.normalise_text(toml_text)
    policy = read_policy(text)
    record: dict[str, canon.Json] = {
        "kind": "policy",
        "toml": text,
        "v": 1,
        "version": policy.version,
    }
    digest = hashlib.sha256(canon.canonical(record)).hexdigest()
    for held in queries.policies(conn):
        if held.sha256 == digest:
            return held
        if held.version == policy.version:
            raise PolicyError(
                f"A policy of version {policy.version} was adopted before with another text; "
                "a changed policy needs a new version."
            )
    annex = None if account is None else {"adopted_by": account}
    entry = NewEntry("policy", record, f"policy {digest}", annex=annex)
    (sealed,) = logs.append(conn, sealing.current_log(conn, now), [entry], now=now)
    for profile in people.societies(conn):
        outbox.emit(conn, "society", profile.slug)
    at = Place(sealed.origin, sealed.index, sealed.time)
    return AdoptedPolicy(digest, policy.version, text, at)
