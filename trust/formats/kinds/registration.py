"""Kinds of the Registrar's own clock: applications, what was done about them, bye-laws."""

from trust.formats import fields as f
from trust.formats.fields import Field
from trust.formats.kinds.base import SOCIETY, kind

APPLICATION = Field("application", f.text(80), "number of the application")
SECTION = Field("section", f.text(80), "section of the Act or rule it rests on; may be empty")

KINDS = (
    kind(
        "application", "oversight", True, "an application reached the Registrar's office",
        APPLICATION,
        Field("subject", f.one_of("registration", "bye-laws"), "what is applied for"),
        Field("society", f.nullable(f.slug), "slug of the society; null for a registration"),
        Field("name_en", f.text(200), "name of the society in English, as it is or as proposed"),
        Field("name_ml", f.text(200), "name in Malayalam"),
        Field("district", f.word, "district"),
        Field("taluk", f.text(80), "taluk"),
        Field("sector", f.word, "credit, dairy, consumer and so on"),
        Field("received_on", f.date, "day on which the office received it, in Indian time"),
        Field("channel", f.one_of("office", "society"), "who entered it"),
        Field("text_digest", f.hex_digest, "SHA-256 of the bye-laws that are applied for"),
    ),
    kind(
        "application-step", "oversight", True, "what was done about an application",
        APPLICATION,
        Field(
            "action", f.one_of("query", "answer", "register", "refuse", "withdraw"),
            "asked the applicants, answered by them, decided either way, or taken back by them",
        ),
        Field("by", f.one_of("office", "society"), "the Registrar's office, or the society"),
        SECTION,
        Field("reason", f.text(4000), "what is asked or answered, or the reason"),
        Field("order", f.text(80), "number of the order of a decision; may be empty"),
    ),
    kind(
        "bye-laws", "coop", True, "bye-laws of a society as they were registered",
        SOCIETY,
        Field("version", f.integer(1, 9_999), "version, from 1 without a gap"),
        Field("application", f.nullable(f.text(80)), "number of the application; may be null"),
        Field("adopted_on", f.nullable(f.date), "day on which the general body adopted them"),
        Field("registered_on", f.date, "day of the registration"),
        Field("order", f.text(80), "number of the order"),
        SECTION,
        Field("text", f.text(200_000), "the whole text"),
    ),
)  # fmt: skip
