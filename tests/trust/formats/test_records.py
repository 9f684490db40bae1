"""Records, entries, commitments, signatures, receipts: their rules and their refusals."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from trust.formats import b64, canon, commitments, entries, kindpage, receipts, records, signing
from trust.formats.commitments import Opening
from trust.formats.errors import FormatError, ProofError, SakshiError, SignatureError

DOCS = Path(__file__).resolve().parents[3] / "docs" / "formats.md"
TEXT = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FFFF, exclude_categories=["Cs", "Cc"])
).map(canon.normalise_text)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-canon.MAX_INT, canon.MAX_INT) | TEXT,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.from_regex(r"[a-z_]{1,6}", fullmatch=True), inner, max_size=4)
    ),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.from_regex(r"[a-z_]{1,6}", fullmatch=True), VALUES, max_size=5)
SEED = bytes(range(32))


@given(OBJECTS)
def test_canonical_form_is_rfc_8785_and_parses_back(value: dict[str, Any]) -> None:
    data = canon.canonical(value)
    assert data == rfc8785.dumps(value)
    assert canon.parse(data) == value


ODD = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers(-(2**54), 2**54)
    | st.text('ab"\\\n\t\x7f\x85\ud800a\u0300à\u0d23\u0d4d\u200d', max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner)
    | st.dictionaries(st.sampled_from(["a", "b", "é", "\n", '"', 1, None]), inner, max_size=3),
    max_leaves=20,
)  # fmt: skip


@given(ODD)
def test_the_short_way_to_the_canonical_form_decides_as_the_long_way(value: Any) -> None:
    def outcome() -> bytes | str:
        try:
            return canon.canonical(value)
        except FormatError as fault:
            return str(fault)

    short = outcome()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(canon, "_sound", lambda *_: False)
        assert outcome() == short


@given(st.text())
def test_normalising_text_reaches_a_fixed_point(text: str) -> None:
    once = canon.normalise_text(text)
    assert canon.normalise_text(once) == once


def test_two_spellings_of_a_malayalam_word_are_one() -> None:
    assert canon.normalise_text("വാര്‍ഷികം") == "വാർഷികം"
    with pytest.raises(FormatError, match="NFC"):
        canon.canonical({"t": "വാര്‍ഷികം"})


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1.0}', b'{"a": 1}', b'{"b":1,"a":2}', b'{"a":1,"a":1}', b"[1]", b'{"a":1e3}',
        b'{"a":9007199254740992}', b'{"a":NaN}', b'{"a":"\\u0041"}', b'{"a":"\\ud800"}', b"\xff{}",
        b'{"a":' + b"9" * 5000 + b"}", b'{"a":' + b"[" * 100_000, b'{"a":"\\t"}', b'{"\xc3\xa9":1}',
    ],
)  # fmt: skip
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        canon.parse(data)


def test_the_documented_registry_is_the_registry() -> None:
    table = DOCS.read_text(encoding="utf-8").split("## 6. Registry of kinds")[1]
    table = table.split("###")[0]
    rows = re.findall(r"^\| `([a-z-]+)` \| ([a-z]+) \| (yes|no) \|", table, re.MULTILINE)
    documented = {name: (log, public == "yes") for name, log, public in rows}
    real = {kind.name: (kind.log, kind.public) for kind in records.KINDS.values() if kind.log}
    assert documented == real


def test_the_page_of_kinds_is_written_from_the_registry() -> None:
    kept = (DOCS.parent / "formats" / "kinds.md").read_text("utf-8")
    assert kept == kindpage.page(), "make kinds writes the page again"
    for kind in records.KINDS.values():
        section = kept.split(f"### `{kind.name}` {kind.version}\n")[1].split("\n#")[0]
        listed = re.findall(r"^\| `([a-z_]+)` \| .+ \| .+ \|$", section, re.MULTILINE)
        assert listed == [field.name for field in kind.fields], kind.name
    assert "| `left_out[].reason` | word:" in kept


def login(**changes: Any) -> dict[str, Any]:
    record: dict[str, Any] = {
        "kind": "login",
        "v": 1,
        "account": "m1",
        "nonce": b64.encode(bytes(32)),
        "expires": "2026-06-01T00:00:00Z",
    }
    return record | changes


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"surplus": 1}, "does not have"),
        ({"v": 2}, "Version 2 of the kind 'login' is not known"),
        ({"v": True}, "whole number"),
        ({"nonce": "AA=="}, "32 bytes"),
        ({"expires": "2026-02-30T00:00:00Z"}, "UTC time"),
        ({"kind": "nothing"}, "knows"),
        ({"account": 5}, "text"),
    ],
)
def test_records_with_wrong_members_are_refused_by_name(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(FormatError, match=message):
        records.check_record(login(**change))


def test_commitments_open_only_with_their_kind_salt_and_bytes() -> None:
    record = canon.canonical(
        {"kind": "triage", "v": 1, "alert": "a", "action": "close", "officer": "o", "reason": "r"}
    )
    salt = bytes(range(32))
    commitment = commitments.commit_private("triage", salt, record)
    opened = commitments.open_commitment("triage", commitment, Opening(record, salt))
    assert opened["reason"] == "r"
    with pytest.raises(ProofError, match="without its salt"):
        commitments.open_commitment("triage", commitment, Opening(record, None))
    with pytest.raises(ProofError, match="not the one"):
        commitments.open_commitment("triage", commitment, Opening(record, bytes(32)))
    with pytest.raises(ProofError, match="the record says"):
        commitments.open_commitment("alert", commitment, Opening(record, salt))
    for position in range(len(record)):
        flipped = bytearray(record)
        flipped[position] ^= 1
        with pytest.raises(SakshiError):
            commitments.open_commitment("triage", commitment, Opening(bytes(flipped), salt))


def test_entries_are_one_of_three_and_nothing_else() -> None:
    entry = entries.Entry("voucher", 1_780_300_800, bytes(32))
    line = entries.format_entry(entry)
    assert line == b"sakshi/1 voucher 2026-06-01T08:00:00Z " + b64.encode(bytes(32)).encode()
    assert entries.parse_entry(line) == entry
    assert isinstance(entries.parse_entry(b'{"x":1}'), entries.BeleniosEvent)
    for bad in (b"", b"hello", line + b"\n", line.replace(b" v", b"  v"), b"sakshi/2" + line[8:]):
        with pytest.raises(FormatError):
            entries.parse_entry(bad)


def test_every_flipped_byte_of_a_line_is_another_entry_or_refused() -> None:
    line = entries.format_entry(entries.Entry("voucher", 1_780_300_800, bytes(32)))
    original = entries.parse_entry(line)
    for position in range(len(line)):
        for bit in range(8):
            flipped = bytearray(line)
            flipped[position] ^= 1 << bit
            try:
                assert entries.parse_entry(bytes(flipped)) != original
            except FormatError:
                continue


def test_signatures_bind_kind_origin_and_every_member() -> None:
    record = login()
    signature = signing.sign(SEED, "member", "login", "h/login", record)
    signed = signing.with_signatures(record, [signature])
    assert [signer.role for signer in signing.verify(signed, "login", "h/login")] == ["member"]
    with pytest.raises(SignatureError):
        signing.verify(signed, "login", "other/login")
    with pytest.raises(SignatureError, match="not a ballot"):
        signing.verify(signed, "ballot", "h/login")
    with pytest.raises(SignatureError):
        signing.verify({**signed, "kind": "ballot"}, "ballot", "h/login")
    with pytest.raises(SignatureError):
        signing.verify({**signed, "account": "m2"}, "login", "h/login")
    with pytest.raises(SignatureError, match="not signed"):
        signing.verify(record, "login", "h/login")
    with pytest.raises(FormatError, match="twice"):
        signing.verify({**record, "signatures": [signature, signature]}, "login", "h/login")


@given(st.binary(min_size=32, max_size=32))
def test_card_texts_read_back_however_they_are_written(seed: bytes) -> None:
    text = signing.card_text(seed)
    assert len(text.replace("-", "")) == 52
    assert signing.parse_card(text) == seed
    sloppy = text.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert signing.parse_card("SAKSHI1:" + sloppy.upper()) == seed


def test_receipt_codes_read_back_and_refuse_other_characters() -> None:
    leaf = bytes(range(100, 132))
    code = receipts.code(leaf)
    assert re.fullmatch(r"([0-9A-Z]{4}-){3}[0-9A-Z]{4}", code)
    assert receipts.parse_code(code.lower()) == leaf[:10]
    for bad in (code[:-1], code + "A", code[:-1] + "U", ""):
        with pytest.raises(FormatError):
            receipts.parse_code(bad)


def test_versions_of_a_kind_stand_in_the_same_logs_and_are_equally_public() -> None:
    for (name, version), kind in records.KINDS.items():
        newest = records.newest(name)
        assert (kind.log, kind.public) == (newest.log, newest.public)
        assert records.kind(name, version) is kind
        assert version == 1 or (name, version - 1) in records.KINDS


def test_a_record_is_held_against_the_version_it_names() -> None:
    line: dict[str, Any] = {
        "kind": "enrolment",
        "v": 2,
        "society": "s-1",
        "key": b64.encode(bytes(32)),
        "detail": None,
        "medium": "card",
        "action": "carry",
        "officers": [],
    }
    assert records.check_record(line).version == 2
    with pytest.raises(FormatError, match="lacks its member 'member'"):
        records.check_record(line | {"v": 1})
    with pytest.raises(FormatError, match="Version 3 of the kind 'enrolment' is not known"):
        records.check_record(line | {"v": 3})


def test_kinds_carry_a_meaning_for_every_field() -> None:
    for kind in records.KINDS.values():
        assert kind.meaning and all(field.meaning for field in kind.fields)
        assert json.dumps([field.name for field in kind.fields])
