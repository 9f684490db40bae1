"""One value, one base64 spelling; and errors that carry a stable code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust.formats import b64
from trust.formats.errors import FormatError, ProofError, SakshiError, SignatureError


@given(st.binary(max_size=100))
def test_reads_back(data: bytes) -> None:
    assert b64.decode(b64.encode(data)) == data


@given(st.text("AB+/=-_ \n", max_size=12))
def test_what_is_read_is_what_would_be_written(text: str) -> None:
    try:
        data = b64.decode(text)
    except FormatError:
        return
    assert b64.encode(data) == text


@pytest.mark.parametrize(
    "text",
    [
        "A", "AA", "AA=", "AB==", "AAB=", "AA==\n", " AA==", "A A==", "AA==AA==", "-_8=", "é",
        "====", "AAAA=",
    ],
)  # fmt: skip
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(FormatError):
        b64.decode(text)


def test_a_hash_has_32_bytes() -> None:
    assert b64.decode_hash(b64.encode(bytes(32))) == bytes(32)
    for length in (0, 31, 33):
        with pytest.raises(FormatError):
            b64.decode_hash(b64.encode(bytes(length)))


def test_foreign_text_is_cut_in_messages() -> None:
    with pytest.raises(FormatError) as caught:
        b64.decode("x" * 10_001)
    assert len(str(caught.value)) < 200


def test_errors_carry_a_sentence_and_a_code() -> None:
    for kind, code in (
        (FormatError, "format"),
        (ProofError, "proof"),
        (SignatureError, "signature"),
    ):
        error = kind("A sentence.")
        assert isinstance(error, SakshiError)
        assert str(error) == "A sentence." and error.code == code
        assert kind("A sentence.", code="special").code == "special"
