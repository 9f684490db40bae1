"""Types about offices: the tree, appointments, what waits for a second person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from trust.formats.canon import Json
from trust.people.model import Role, ScopeKind

Level = Literal["state", "district", "taluk", "sector", "federation"]
Basis = Literal["two", "second", "installation", "carried"]
Reason = Literal["term-over", "transfer", "resigned", "relieved", "died", "mistake", "other"]
Wanted = Literal["appointment", "end", "society"]

LEVELS: tuple[Level, ...] = get_args(Level)
ROLES: tuple[Role, ...] = get_args(Role)
REASONS: tuple[Reason, ...] = get_args(Reason)
OF_SOCIETY: tuple[Role, ...] = ("secretary", "president", "clerk", "returning-officer")
"""Roles that somebody has in one society alone."""
REQUEST_SECONDS = 7 * 86_400
"""How long the second person may take; an older request must be asked for again."""


@dataclass(frozen=True, slots=True)
class Office:
    """An office of the department, or a federation. Times are UTC seconds.

    `scope` is "" for the State, a district's word, "<district>/<taluk>", a sector's word, or the
    federation's own slug.
    """

    slug: str
    level: Level
    parent: str | None
    scope: str
    name_en: str
    name_ml: str
    opened_at: int
    closed_at: int | None


@dataclass(frozen=True, slots=True)
class Appointment:
    """A role that somebody holds from `begins_at` until before `ends_at` (UTC seconds).

    `account_id` is None if nobody knows any more whose it is; such an appointment gives no right.
    """

    id: int
    account_id: int | None
    login: str | None
    name: str | None
    role: Role
    scope_kind: ScopeKind
    scope: str
    office: str | None
    begins_at: int
    ends_at: int | None
    basis: Basis
    origin: str
    index: int

    def in_force(self, at: int) -> bool:
        """Whether it gives its right at that moment."""
        return self.begins_at <= at and (self.ends_at is None or self.ends_at > at)


@dataclass(frozen=True, slots=True)
class OfficeRequest:
    """What one person of an office asked for and a second must confirm; `asked_at` UTC seconds."""

    id: int
    what: Wanted
    body: Mapping[str, Json]
    asked_by: int
    asked_at: int
