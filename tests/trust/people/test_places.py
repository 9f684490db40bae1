"""Every district and taluk, by every spelling that is listed."""

import pytest

from trust.people import places
from web import i18n

DISTRICTS = places.districts()


def test_there_are_14_districts_and_78_taluks() -> None:
    assert (len(DISTRICTS), sum(len(one.taluks) for one in DISTRICTS)) == (14, 78)
    assert {f"district.{word}" for word in places.words()} <= i18n.phrases().keys()


@pytest.mark.parametrize("one", DISTRICTS, ids=lambda one: one.word)
def test_every_spelling_finds_its_place(one: places.District) -> None:
    for text in one.spellings:
        assert places.district(text) is one
        assert places.district(f"  {text.upper()} ") is one
    names = [taluk.name for taluk in one.taluks]
    assert len(set(names)) == len(names)
    for taluk in one.taluks:
        for text in taluk.spellings:
            assert places.taluk(text, one.word) is taluk, text


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Trichur", "thrissur"), ("തൃശൂർ", "thrissur"), ("Thrissoor", "thrissur"),
        ("Calicut", "kozhikode"), ("Trivandrum", "thiruvananthapuram"), ("Quilon", "kollam"),
        ("CANNANORE", "kannur"), ("കണ്ണൂര്‍", "kannur"), ("Kasargode", "kasaragod"),
        ("Alleppey", "alappuzha"), ("Palghat", "palakkad"), ("എറണാകുളം", "ernakulam"),
    ],
)  # fmt: skip
def test_spellings_in_use(text: str, word: str) -> None:
    found = places.district(text)
    assert found is not None and found.word == word


def test_what_is_no_place_is_none() -> None:
    assert places.district("Atlantis") is None and places.district(" ") is None
    assert places.taluk("Koyilandy", "thrissur") is None
    assert places.taluk("Koyilandy", "atlantis") is None
    assert places.spellings("atlantis", "Deep") == (("atlantis",), ("Deep",))
    assert "Quilandy" in places.spellings("kozhikode", "Koyilandy")[1]


def test_a_taluk_is_called_as_the_reader_calls_it() -> None:
    assert places.taluk_in("ml", "kozhikode", "Quilandy") == "കൊയിലാണ്ടി"
    assert places.taluk_in("en", "kozhikode", "Quilandy") == "Quilandy"
    assert places.taluk_in("ml", "kozhikode", "Nowhere") == "Nowhere"
