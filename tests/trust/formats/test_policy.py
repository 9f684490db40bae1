"""Policy files: every rule of tlog-policy, and what a quorum lets through."""

from dataclasses import replace
from typing import Any

import pytest

from trust.formats.checkpoints import Checkpoint, format_checkpoint
from trust.formats.cosignatures import cosign, cosigner_key
from trust.formats.errors import FormatError, SignatureError
from trust.formats.notes import NoteSignature, SignedNote, format_note, sign_ed25519, verifier_key
from trust.formats.policy import PolicyGroup, PolicyWitness, format_policy, parse_policy
from trust.formats.witnessed import check_checkpoint

ORIGIN = "log.example/state/2026-27"
LOG_SEED = b"\x01" * 32
LOG = verifier_key(ORIGIN, LOG_SEED)
SEEDS = {name: bytes([10 + i]) * 32 for i, name in enumerate(("X1", "X2", "X3", "Y1", "Y2"))}
KEYS = {name: cosigner_key(f"witness.example/{name}", seed) for name, seed in SEEDS.items()}
TEXT = format_checkpoint(Checkpoint(ORIGIN, 7, b"\x02" * 32))

HEAD = f"log {LOG.format()} https://log.example/\n" + "".join(
    f"witness {name} {key.format()}\n" for name, key in KEYS.items()
)
POLICY = (
    "# two of the X and any of the Y\n\n \t\n"
    + HEAD
    + "group X 2 X1 X2 X3\n\tgroup\tY   any Y1 Y2 \n  # both\ngroup both all X Y\nquorum both\n"
)


def note(*witnesses: str, log: bool = True) -> str:
    lines: list[NoteSignature] = [sign_ed25519(TEXT, ORIGIN, LOG_SEED)] if log else []
    lines += [cosign(TEXT, KEYS[name].name, SEEDS[name], 1000) for name in witnesses]
    return format_note(SignedNote(TEXT, tuple(lines)))


def test_reads_and_writes() -> None:
    policy = parse_policy(POLICY)
    assert policy == parse_policy(POLICY.encode())
    assert [group.threshold for group in policy.groups] == [2, 1, 2]
    assert policy.logs[0].url == "https://log.example/" and policy.logs[0].key == LOG
    text = format_policy(policy)
    assert parse_policy(text) == policy
    assert "group X 2 X1 X2 X3\ngroup Y any Y1 Y2\ngroup both all X Y\nquorum both\n" in text
    assert policy.log(ORIGIN) == policy.logs[0] and policy.log("other") is None


@pytest.mark.parametrize(
    "names, enough",
    [
        ("", False),
        ("X1", False),
        ("X1 X2", False),
        ("X1 X2 Y1", True),
        ("X1 Y1 Y2", False),
        ("X1 X2 X3", False),
        ("X1 X2 X3 Y1 Y2", True),
        ("Y1 Y2", False),
        ("X2 X3 Y2", True),
    ],
)
def test_quorum(names: str, enough: bool) -> None:
    policy = parse_policy(POLICY)
    assert policy.evaluate(names.split()) is enough
    if enough:
        accepted = check_checkpoint(policy, note(*names.split()))
        assert accepted.witnesses == dict.fromkeys(names.split(), 1000)
        assert accepted.log == policy.logs[0] and accepted.checkpoint.size == 7
    else:
        with pytest.raises(SignatureError):
            check_checkpoint(policy, note(*names.split()))


def test_simple_quorums() -> None:
    assert parse_policy("quorum none\n").evaluate([])
    one = parse_policy(HEAD + "quorum X1\n")
    assert one.evaluate(["X1", "Y1"]) and not one.evaluate(["X2"])
    unwitnessed = parse_policy(f"log {LOG.format()}\nquorum none\n")
    assert check_checkpoint(unwitnessed, note()).witnesses == {}
    assert check_checkpoint(unwitnessed, note("X1")).witnesses == {}


def test_unknown_names_are_a_mix_up() -> None:
    with pytest.raises(FormatError):
        parse_policy(POLICY).evaluate([KEYS["X1"].name])


def test_what_a_policy_does_not_accept() -> None:
    policy = parse_policy(POLICY)
    good = note("X1", "X2", "Y1")
    with pytest.raises(SignatureError):
        check_checkpoint(policy, note("X1", "X2", "Y1", log=False))
    with pytest.raises(SignatureError):
        check_checkpoint(policy, good.replace("\n7\n", "\n8\n"))
    with pytest.raises(SignatureError):
        check_checkpoint(parse_policy("quorum none\n"), good)
    # A wrong cosignature by a known witness spoils even a note that has a quorum without it.
    wrong = cosign(TEXT.replace("\n7\n", "\n6\n"), KEYS["Y2"].name, SEEDS["Y2"], 1000)
    with pytest.raises(SignatureError):
        check_checkpoint(policy, good + wrong.line())
    # A log of the policy vouches for its own origin only.
    other = format_checkpoint(Checkpoint("log.example/state/2027-28", 7, b"\x02" * 32))
    forged = format_note(SignedNote(other, (sign_ed25519(other, ORIGIN, LOG_SEED),)))
    with pytest.raises(SignatureError):
        check_checkpoint(parse_policy(f"log {LOG.format()}\nquorum none\n"), forged)


def test_every_flipped_byte_of_a_witnessed_note_is_refused() -> None:
    policy = parse_policy(POLICY)
    data = note("X1", "X2", "Y1").encode()
    check_checkpoint(policy, data)
    for at in range(len(data)):
        bad = bytearray(data)
        bad[at] ^= 1
        with pytest.raises((FormatError, SignatureError)):
            check_checkpoint(policy, bytes(bad))


X1 = f"witness X1 {KEYS['X1'].format()}\n"
X2 = f"witness X2 {KEYS['X2'].format()}\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum none",
        X1,
        "quorum X1\n" + X1,
        X1 + "quorum X1\nquorum X1\n",
        X1 + "quorum X1 X1\n",
        X1 + "quorum\n",
        X1 + X1 + "quorum X1\n",
        X1 + X1.replace("X1 ", "X9 ") + "quorum X1\n",
        X1 + f"witness X9 {cosigner_key('other.example', SEEDS['X1']).format()}\nquorum X1\n",
        X1 + X2.replace("X2 ", "X1 ") + "quorum X1\n",
        X1.replace("X1 ", "none ") + "quorum none\n",
        f"witness X1 {LOG.format()}\nquorum X1\n",
        f"log {KEYS['X1'].format()}\nquorum none\n",
        f"log {LOG.format()}\nlog {LOG.format()}\nquorum none\n",
        f"log {LOG.format()}\nlog {verifier_key('b.example', LOG_SEED).format()}\nquorum none\n",
        f"log {LOG.format()} a b\nquorum none\n",
        "log\nquorum none\n",
        "log x\nquorum none\n",
        "witness X1\nquorum none\n",
        X1 + "group g all\nquorum g\n",
        X1 + "group g all X2\nquorum g\n",
        X1 + "group g all g\nquorum g\n",
        X1 + "group g all none\nquorum g\n",
        X1 + "group g all X1 X1\nquorum g\n",
        X1 + "group g all X1\ngroup h all X1\nquorum h\n",
        X1 + X2 + "group g 0 X1 X2\nquorum g\n",
        X1 + X2 + "group g 3 X1 X2\nquorum g\n",
        X1 + X2 + "group g 01 X1 X2\nquorum g\n",
        X1 + X2 + "group g -1 X1 X2\nquorum g\n",
        X1 + X2 + "group g some X1 X2\nquorum g\n",
        X1 + "group X1 all X1\nquorum X1\n",
        X1 + "group none all X1\nquorum none\n",
        "Quorum none\n",
        "quorum none\r\n",
        "quorum\u00a0none\n",
        "# \x7f\nquorum none\n",
        "# \x0b\nquorum none\n",
        "quorum none # really\n",
    ],
)
def test_broken_rules_are_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_policy(text)


def test_other_scripts_and_their_spaces_are_plain_characters() -> None:
    text = X1.replace("X1 ", "സാക്ഷി\u00a0ഒന്ന് ") + "quorum സാക്ഷി\u00a0ഒന്ന്\n"
    policy = parse_policy(text)
    assert policy.evaluate(["സാക്ഷി\u00a0ഒന്ന്"])
    assert parse_policy(format_policy(policy)) == policy
    with pytest.raises(FormatError):
        parse_policy(b"# \xff\nquorum none\n")


def test_what_cannot_be_written() -> None:
    policy = parse_policy(POLICY)
    for bad in (
        replace(policy, quorum="nobody"),
        replace(policy, groups=(*policy.groups, PolicyGroup("g", 1, ("X1",)))),
        replace(policy, witnesses=(PolicyWitness("a b", KEYS["X1"]),), groups=(), quorum="none"),
    ):
        with pytest.raises(FormatError):
            format_policy(bad)


def test_cosigned_tessera_log(log_vectors: Any) -> None:
    vectors = log_vectors("tlog-tessera-cosigned350")
    policy = parse_policy(
        f"log {vectors['log_vkey']}\nwitness w1 {vectors['witness_vkey']}\nquorum w1\n"
    )
    accepted = check_checkpoint(policy, vectors["checkpoint"])
    assert accepted.checkpoint.size == 350 and set(accepted.witnesses) == {"w1"}
    with pytest.raises(SignatureError):
        check_checkpoint(policy, vectors["checkpoint"].rsplit("— ", 1)[0])


def test_mldsa_witness_counts(log_vectors: Any) -> None:
    vectors = log_vectors("tlog-cosignatures")["vectors"]
    vector = next(v for v in vectors if v["id"] == "omniwitness-ed25519-plus-mldsa44")
    lines = [f"witness w{i} {vkey}\n" for i, vkey in enumerate(vector["cosigner_vkeys"])]
    text = f"log {vector['log_vkey']}\n{''.join(lines)}group g all w0 w1\nquorum g\n"
    assert len(check_checkpoint(parse_policy(text), vector["checkpoint"]).witnesses) == 2


def test_log_with_mldsa_key(log_vectors: Any) -> None:
    vectors = log_vectors("tlog-cosignatures")["vectors"]
    vector = next(v for v in vectors if v["id"] == "log-signs-0x01-and-0x06")
    for vkey in (vector["log_vkey"], vector["cosigner_vkeys"][0]):
        policy = parse_policy(f"log {vkey}\nquorum none\n")
        assert check_checkpoint(policy, vector["checkpoint"]).checkpoint.size == 5
