"""Kinds of people: societies, officers' keys, members' keys, the register."""

from trust.formats import fields as f
from trust.formats.fields import Field
from trust.formats.kinds.base import DETAIL, KEY, SOCIETY, STAFF, kind

TWO_ROLES = Field(
    "officers",
    f.items(f.one_of("secretary", "president", "clerk"), 2),
    "offices of the two officers who did it",
)
HELD = (
    Field("member", f.text(40), "member number"),
    Field("name", f.text(200), "name"),
    Field("class", f.text(20), "class of membership"),
    Field("joined", f.date, "day of joining as the register states it"),
    Field("share_paid_on", f.nullable(f.date), "day on which the share was paid in full"),
)
"""What decides whether a member has a vote."""
WHY = Field("reason", f.text(400), "why; may be empty")

KINDS = (
    kind(
        "society", "coop", True, "registration of a society",
        SOCIETY,
        Field("registration_number", f.text(60), "as registered"),
        Field("name_en", f.text(200), "name in English"),
        Field("name_ml", f.text(200), "name in Malayalam"),
        Field("district", f.word, "district"),
        Field("taluk", f.text(80), "taluk"),
        Field("sector", f.word, "credit, dairy, consumer and so on"),
        Field("class", f.text(40), "class of the society under its rules"),
        Field("registered_on", f.date, "date of registration"),
    ),
    kind(
        "officer-key", "coop", True, "a society officer's key, without a name",
        SOCIETY, KEY,
        Field("role", f.one_of("secretary", "president"), "office"),
        Field("action", f.one_of("bind", "revoke"), "bound or revoked from this entry on"),
    ),
    kind(
        "officer-holder", "coop", False, "whose an officer's key is",
        SOCIETY, KEY,
        Field("account", f.text(80), "account of the officer"),
        shown="nothing", erasable="nothing",
    ),
    kind(
        "enrolment", "coop", False, "a member's key or card bound or revoked",
        SOCIETY, KEY,
        Field("member", f.text(40), "member number"),
        Field("medium", f.one_of("card", "device"), "printed voting card or own device"),
        Field("action", f.one_of("bind", "revoke"), "bound or revoked"),
        Field("officers", f.items(f.text(80), 2), "accounts of the officers who did it"),
        Field("reason", f.text(400), "why, for a revocation; may be empty"),
        shown="nothing", erasable="renewed",
    ),
    kind(
        "enrolment", "coop", False, "a member's key or card bound, stopped or carried over",
        SOCIETY, KEY, DETAIL,
        Field("medium", f.one_of("card", "device"), "printed voting card or own device"),
        Field(
            "action", f.one_of("bind", "reissue", "revoke", "carry"),
            "bound, bound in place of an earlier one, stopped, or in force at the upgrade",
        ),
        STAFF,
        version=2, shown="record", erasable="detail",
    ),
    kind(
        "enrolment-detail", None, False, "whose key it is",
        Field("member", f.text(40), "member number"),
        Field("reason", f.text(400), "why, for a stop; may be empty"),
    ),
    kind(
        "officer-key-loss", "coop", True, "an officer's key is lost, by the committee's decision",
        SOCIETY, KEY,
        Field("role", f.one_of("secretary", "president"), "office"),
        Field("decided_on", f.date, "day of the committee's decision"),
        Field("reference", f.text(200), "its number in the minutes"),
        TWO_ROLES,
    ),
    kind(
        "register-opening", "coop", True, "the register of members as it stood when it was sealed",
        SOCIETY,
        Field("as_of", f.date, "day in Indian time"),
        Field("count", f.count, "members"),
        Field("root", f.base64_of(32), "RFC 6962 root over salted commitments of register lines"),
        TWO_ROLES,
    ),
    kind(
        "register-line", None, False, "one member as the opening register holds them", *HELD,
    ),
    kind(
        "admission", "coop", False, "a member was admitted", SOCIETY, STAFF, DETAIL,
        shown="record", erasable="detail",
    ),
    kind(
        "admission-detail", None, False, "who was admitted", *HELD, WHY,
    ),
    kind(
        "admission-change", "coop", False, "what the register says of a member was changed",
        SOCIETY, STAFF, DETAIL, shown="record",
    ),
    kind(
        "admission-change-detail", None, False, "the member as the register holds them now",
        *HELD, WHY,
    ),
    kind(
        "admission-end", "coop", False, "a membership ended", SOCIETY, STAFF, DETAIL,
        shown="record",
    ),
    kind(
        "admission-end-detail", None, False, "whose membership ended",
        Field("member", f.text(40), "member number"),
        Field("left_on", f.date, "day on which it ended"),
        WHY,
    ),
)  # fmt: skip
