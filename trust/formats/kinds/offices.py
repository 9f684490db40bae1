"""Kinds of offices and officers: they stand in the oversight log. No public one names a person."""

from trust.formats import fields as f
from trust.formats.fields import Field
from trust.formats.kinds.base import SOCIETY, STAFF, kind

ROLES = (
    "secretary", "president", "clerk", "auditor", "registrar", "returning-officer",
    "administrator", "federation",
)  # fmt: skip
SCOPES = ("state", "district", "taluk", "sector", "society", "federation")
LEVELS = ("state", "district", "taluk", "sector", "federation")
REASONS = ("term-over", "transfer", "resigned", "relieved", "died", "mistake", "other")

SCOPE = (
    Field("scope_kind", f.one_of(*SCOPES), "kind of jurisdiction"),
    Field("scope", f.text(160), "its word: empty for the State, a slug for a society"),
)
ROLE = Field("role", f.one_of(*ROLES), "role")
BY = Field("by", f.items(f.struct(ROLE, *SCOPE), 2), "roles and jurisdictions of those who did it")
PLACE = (
    Field("origin", f.text(200), "log of the appointment"),
    Field("index", f.count, "its position there"),
)
AT = f.struct(*PLACE)

KINDS = (
    kind(
        "office", "oversight", True, "an office of the department, or a federation",
        Field("office", f.slug, "its slug"),
        Field("action", f.one_of("open", "close"), "opened or closed from this entry on"),
        Field("level", f.one_of(*LEVELS), "where it stands in the tree"),
        Field("parent", f.nullable(f.slug), "slug of the office above it"),
        Field("scope", f.text(160), "its jurisdiction's word; empty for the State"),
        Field("name_en", f.text(200), "name in English"),
        Field("name_ml", f.text(200), "name in Malayalam"),
        BY,
    ),
    kind(
        "appointment", "oversight", True, "somebody holds a role from a day on, without a name",
        ROLE, *SCOPE,
        Field("office", f.nullable(f.slug), "slug of the office, if it is of one"),
        Field("begins", f.date, "first day in Indian time; no right before this entry"),
        Field("ends", f.nullable(f.date), "last day, if there is one"),
        Field(
            "basis", f.one_of("two", "second", "installation", "carried"),
            "two people made it; the one administrator made the second; the installation made it "
            "without a person; or it was in force before appointments were sealed",
        ),
        BY,
    ),
    kind(
        "appointment-end", "oversight", True, "an appointment ends",
        *PLACE, ROLE, *SCOPE,
        Field("last_day", f.nullable(f.date), "last day; null: it ends with this entry"),
        Field("reason", f.one_of(*REASONS), "why"),
        BY,
    ),
    kind(
        "appointment-people", "oversight", False, "who holds an appointment, and who acted",
        *PLACE,
        Field("account", f.nullable(f.text(80)), "account that was appointed, if it is one"),
        STAFF,
        shown="nothing", erasable="nothing",
    ),
    kind(
        "hand-over", "oversight", True, "an officer takes over what the one before left open",
        ROLE, *SCOPE,
        Field("before", AT, "the appointment that ended"),
        Field("after", AT, "the appointment that takes over"),
        Field("alerts", f.count, "acknowledged alerts"),
        Field("requests", f.count, "requests that wait for a second person"),
    ),
    kind(
        "federation-access", "oversight", True, "a society lets a federation see its standing",
        SOCIETY,
        Field("office", f.slug, "slug of the federation"),
        Field("action", f.one_of("let", "end"), "from this entry on, or no more"),
        BY,
    ),
)  # fmt: skip
