"""Types about people: societies, accounts, roles with jurisdiction, members and keys."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from trust.formats import b64
from trust.formats.canon import Json
from trust.formats.errors import Named, Several, Word
from trust.people.errors import NotAllowedError
from trust.people.keypoints import check_code

Role = Literal[
    "secretary",
    "president",
    "clerk",
    "auditor",
    "registrar",
    "returning-officer",
    "administrator",
    "federation",
]
ScopeKind = Literal["state", "district", "taluk", "sector", "society", "federation"]
AccountKind = Literal["staff", "member"]
Medium = Literal["card", "device"]
Gender = Literal["f", "m", "o"]
OfficerRole = Literal["secretary", "president"]
Asked = Literal["enrolment", "opening", "admission", "change", "end", "stop", "key-loss"]

OFFICERS: tuple[Role, ...] = ("secretary", "president", "clerk")
"""Roles of a society's own officers, who may admit members and enrol keys."""

FULL_MEMBER = "full"
REQUEST_SECONDS = 7 * 86_400
"""How long the second officer may take; an older request must be begun again."""


@dataclass(frozen=True, slots=True)
class SocietyProfile:
    """A registered society. `district` and `sector` are words such as "thrissur" and "credit"."""

    slug: str
    registration_number: str
    name_en: str
    name_ml: str
    district: str
    taluk: str
    sector: str
    class_: str
    registered_on: date


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can sign in. A member's account names society and member row.

    Sessions that began by `signed_out_at` (UTC seconds) have ended.
    """

    id: int
    login: str
    display_name: str
    kind: AccountKind
    society: str | None
    member_id: int | None
    signed_out_at: int | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """A role within a jurisdiction.

    `scope` is "" for the state, a district's word, "<district>/<taluk>", a sector's word, or the
    slug of a society or of a federation. A federation's role reaches no society by itself: each
    society that lets it is a grant of its own.
    """

    role: Role
    scope_kind: ScopeKind
    scope: str

    def covers(self, society: SocietyProfile) -> bool:
        """Whether the jurisdiction reaches that society."""
        place = {
            "state": "",
            "district": society.district,
            "taluk": f"{society.district}/{society.taluk}",
            "sector": society.sector,
            "society": society.slug,
        }
        return self.scope == place.get(self.scope_kind)


@dataclass(frozen=True, slots=True)
class Actor:
    """An account with what it may do."""

    account: Account
    grants: tuple[Grant, ...]

    def may(self, role: Role, society: SocietyProfile) -> bool:
        """Whether the account has this role over this society."""
        return any(grant.role == role and grant.covers(society) for grant in self.grants)

    def has(self, role: Role) -> bool:
        """Whether the account has this role anywhere; chooses a start page, allows nothing."""
        return any(grant.role == role for grant in self.grants)

    def require(self, roles: Iterable[Role], society: SocietyProfile) -> None:
        """Raise NotAllowedError unless the account has one of the roles over this society."""
        wanted = tuple(roles)
        if not any(self.may(role, society) for role in wanted):
            raise NotAllowedError(
                society=Named(society.name_en, society.name_ml),
                roles=Several(Word("role", role) for role in wanted),
            )

    def is_member_of(self, slug: str) -> bool:
        """Whether this is the account of a member of that society."""
        return self.account.kind == "member" and self.account.society == slug


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a society. Personal data: never in a log, URL, metric or public page."""

    id: int
    society: str
    number: str
    name: str
    gender: Gender
    class_: str
    joined: date
    share_paid_on: date | None
    left_on: date | None


@dataclass(frozen=True, slots=True)
class MemberKey:
    """A key or card bound to a member. Times are UTC seconds."""

    id: int
    member_id: int
    public_key: bytes
    medium: Medium
    bound_at: int
    revoked_at: int | None
    origin: str
    index: int

    def in_force(self, at: int) -> bool:
        """Whether the key was bound and not yet revoked at that time."""
        return self.bound_at <= at and (self.revoked_at is None or self.revoked_at > at)


@dataclass(frozen=True, slots=True)
class Request:
    """What one officer asked for and a second must confirm.

    `what` says how `body` is to be read: the values that will be sealed.
    """

    id: int
    society: str
    what: Asked
    member_id: int | None
    key_id: int | None
    body: Mapping[str, Json]
    first_officer: int
    started_at: int

    @property
    def check(self) -> str:
        """The characters to compare with a fresh card; empty if the card bears none."""
        salt = b64.decode(str(self.body.get("salt", "")))
        return check_code(salt, b64.decode(str(self.body["key"]))) if salt else ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A second officer must confirm first; `request` is the id of what waits."""

    request: int


@dataclass(frozen=True, slots=True)
class OfficerKey:
    """A key bound to an officer of a society by a public `officer-key` entry.

    `account_id` is None if nobody knows any more whose it is; such a key signs nothing here.
    """

    id: int
    society: str
    account_id: int | None
    public_key: bytes
    role: OfficerRole
    bound_at: int
    revoked_at: int | None


@dataclass(frozen=True, slots=True)
class Voter:
    """A member as the drawing of a roll sees them, with the key in force, if any.

    `joined` and `share_paid_on` are the days that count for a vote: as stated for a member of the
    opening register, for later ones not before the day (Indian time) on which that was sealed.
    """

    member: Member
    key_id: int | None
    public_key: bytes | None
    joined: date
    share_paid_on: date | None
    from_opening: bool


@dataclass(frozen=True, slots=True)
class RegisterOpening:
    """The sealed opening register of a society: its entry, record and the record's SHA-256."""

    origin: str
    index: int
    record: Mapping[str, Json]
    sha256: str
    as_of: date
    count: int


@dataclass(frozen=True, slots=True)
class AccessRecord:
    """One staff read of member-level data."""

    at: int
    account_id: int
    society: str
    member_id: int | None
    what: str
    purpose: str
