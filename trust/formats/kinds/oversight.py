"""Kinds of the oversight log: policy, alerts, and what officers did about them."""

from trust.formats import fields as f
from trust.formats.fields import Field
from trust.formats.kinds.base import SOCIETY, kind

EVIDENCE = f.struct(Field("origin", f.text(200), "log"), Field("index", f.count, "position in it"))

KINDS = (
    kind(
        "policy",
        "oversight",
        True,
        "a version of the oversight policy",
        Field("version", f.date, "valid from"),
        Field("toml", f.text(200_000), "the policy file"),
    ),
    kind(
        "alert",
        "oversight",
        False,
        "a step of an alert made by the engine",
        SOCIETY,
        Field("alert", f.text(80), "id of the alert"),
        Field("action", f.one_of("open", "raise", "clear"), "what the engine did"),
        Field("rule", f.text(40), "rule of the policy"),
        Field("rule_version", f.count, "its version"),
        Field("policy", f.hex_digest, "SHA-256 of the policy document"),
        Field("severity", f.one_of("watch", "act"), "severity"),
        Field("period", f.text(40), "period the alert is about"),
        Field("figures", f.mapping(f.scalar), "the figures of the formula"),
        Field("evidence", f.items(EVIDENCE, 2_000), "sealed entries the figures rest on"),
    ),
    kind(
        "triage",
        "oversight",
        False,
        "a step of an alert made by an officer",
        Field("alert", f.text(80), "id of the alert"),
        Field("action", f.one_of("acknowledge", "comment", "close", "reopen"), "what was done"),
        Field("officer", f.text(80), "account of the officer"),
        Field("reason", f.text(4000), "comment or reason"),
    ),
    kind(
        "triage",
        "oversight",
        False,
        "a step of an alert made by an officer, or by the one who takes over from him",
        Field("alert", f.text(80), "id of the alert"),
        Field(
            "action",
            f.one_of("acknowledge", "comment", "close", "reopen", "take-over"),
            "what was done",
        ),
        Field("officer", f.text(80), "account of the officer"),
        Field("reason", f.text(4000), "comment or reason"),
        version=2,
    ),
)
