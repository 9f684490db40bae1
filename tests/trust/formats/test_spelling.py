"""One sound, many spellings: in both scripts, with and without what keyboards add."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust.formats.spelling import close, loose, words

ALIKE = (
    "thrissur Thrissoor trissur തൃശ്ശൂർ തൃശൂർ തൃശ്ശൂര്‍",
    "koyilandy കൊയിലാണ്ടി",
    "kozhikode kozhikkod കോഴിക്കോട് കോഴിക്കോട്",
    "kanjirappally kanjirapally കാഞ്ഞിരപ്പള്ളി",
    "attingal ആറ്റിങ്ങൽ ആറ്റിങ്ങല്‍",
    "sangham sangam സംഘം",
    "bank Bank ബാങ്ക് ബാങ്കു്",
    "kannur kannoor കണ്ണൂർ കണ്ണൂര്‍",
    "palakkad palakad പാലക്കാട് പാലക്കാട്‌",
    "mananthavady manantavadi മാനന്തവാടി",
    "nilambur നിലമ്പൂർ",
    "pattambi പട്ടാമ്പി",
    "changanassery ചങ്ങനാശ്ശേരി",
    "cherthala ചേർത്തല",
    "ulpadaka ഉത്പാദക ഉൽപാദക",
    "ksheera kshira ക്ഷീര",
    "vythiri വൈത്തിരി",
    "12 ൧൨",
)


@pytest.mark.parametrize("line", ALIKE)
def test_what_sounds_alike_is_one(line: str) -> None:
    assert len({close(word) for text in line.split() for word in words(text)}) == 1


@pytest.mark.parametrize(
    "pair", ["kollam kottayam", "adoor aluva", "ranni konni", "vanitha vayana"]
)
def test_what_sounds_otherwise_is_not(pair: str) -> None:
    one, other = pair.split()
    assert close(one) != close(other) and loose(one) != loose(other)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Women’s  Co-operative\u00a0Society", ["womens", "cooperative", "society"]),
        ("Women's Co\u2011operative", ["womens", "cooperative"]),
        ("S.C.B. Ltd. No. F-1234", ["s", "c", "b", "ltd", "no", "f", "1234", "scb"]),
        ("സ\u200cഹ\u200dകരണ", ["സഹകരണ"]),
        ("“Kuyil” (Thrissur)/2", ["kuyil", "thrissur", "2"]),
        ("  \t\n", []),
        ("%_", []),
        ("ＢＡＮＫ", ["bank"]),
    ],
)
def test_words_of_a_text(text: str, found: list[str]) -> None:
    assert words(text) == found


@given(st.text(max_size=40))
def test_any_text_has_words_with_a_sound(text: str) -> None:
    """Whatever is typed ends, and what it sounds like sounds like itself."""
    for word in words(text):
        sound = close(word)
        assert close(sound) == sound
        assert set(loose(word)) <= set(sound) | {"a"}


@given(st.text(alphabet="കഗചജടതനപബമയരലളഴവശസഹാിുൂെോ്ംൻൽർ", min_size=1, max_size=20))
def test_malayalam_becomes_latin_letters(text: str) -> None:
    assert close(text).isascii()
