"""Kinds about logs themselves: their keys, ends, and what was erased."""

from trust.formats import fields as f
from trust.formats.fields import Field
from trust.formats.kinds.base import YEARLY, kind

KINDS = (
    kind(
        "erasure", "coop", True, "a payload was erased; its commitment stays",
        Field("index", f.count, "entry whose payload was erased"),
        Field("origin", f.text(200), "its log, when that is an earlier one", optional=True),
        Field("part", f.one_of("record", "detail"), "which payload"),
        Field("reason", f.text(200), "legal ground, without personal data"),
    ),
    kind(
        "abandonment", "state", True, "a log is given up: entries under its last head are lost",
        Field("origin", f.text(200), "origin of the log"),
        Field("size", f.count, "size of the last head that was released"),
        Field("root", f.base64_of(32), "root of that head"),
        Field("kept", f.count, "entries that are left, from the first on"),
        Field("successor", f.nullable(f.text(200)), "origin of the log in which it goes on"),
        Field("reason", f.text(400), "why, in words"),
    ),
    kind(
        "log-closed", YEARLY, True, "the last entry of a log that goes on in another",
        Field("origin", f.text(200), "origin of the log that ends"),
        Field("size", f.count, "its entries, this one included"),
        Field("next", f.text(200), "origin of the log in which it goes on"),
        Field("next_key", f.nullable(f.text(400)), "that log's verifier key; state logs only"),
        Field("reason", f.one_of("year-end", "emergency"), "why it ends"),
        Field("note", f.text(400), "in words, for an emergency; may be empty"),
    ),
    kind(
        "log-key", "state", True, "a log, its key and the key's validity",
        Field("origin", f.text(200), "origin of the log"),
        Field("vkey", f.text(400), "verifier key of the log (C2SP signed-note)"),
        Field("valid_from", f.time, "first time the key may sign"),
        Field("valid_to", f.nullable(f.time), "last time, if known"),
        Field("holder", f.one_of("society"), "who has the key, if not the State", optional=True),
    ),
    kind(
        "login", None, False, "a challenge that a member's key signs to sign in",
        Field("account", f.text(80), "log-in name"),
        Field("nonce", f.base64_of(32), "random, used once"),
        Field("expires", f.time, "valid until"),
        Field("signatures", f.SIGNATURES, "the member's signature", optional=True),
    ),
)  # fmt: skip
