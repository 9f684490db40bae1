"""One name in two spellings: the forms in which names of ledgers and groups are compared.

The Malayalam rewritings follow from the Unicode Standard, chapter 12 (chillu letters, cluster nta,
au sign); digits of a name are never rewritten away, so that two accounts stay two.
"""

import re
import unicodedata

_MALAYALAM = str.maketrans(
    {
        # A chillu is the letter with virama and joiner; old web text lost the joiner.
        "ൻ": "ന്", "ൺ": "ണ്", "ർ": "ര്", "ൽ": "ല്", "ൾ": "ള്", "ൿ": "ക്", "ൎ": "ര്",
        "ൌ": "ൗ", "\u200c": None, "\u200d": None, "\ufeff": None,
        "\u2018": "'", "\u2019": "'", "\u2010": "-", "\u2011": "-", "\u2013": "-", "\u2014": "-",
    }
)  # fmt: skip
_CLUSTERS = (
    ("ഒൗ", "ഔ"), ("ഇൗ", "ഈ"), ("ഉൗ", "ഊ"),  # vowels that old keyboards put together
    ("ു്", "്"),  # the short u of the old orthography
    ("്്", "്"), ("ററ", "റ്റ"),
)  # fmt: skip
_ACCOUNT = re.compile(r"\b(?:a\s?/\s?cs?|accts?|accounts?)(?=$|[\s.)\]:;,-])\.?")
_DOT = re.compile(r"(?<![0-9])\.|\.(?![0-9])")
_HYPHEN = re.compile(r"(?<![0-9])-|-(?![0-9])")
_INITIALS = re.compile(r"(?<!\S)([a-z]) (?=[a-z](?!\S))")


def plain(name: str) -> str:
    """The name without doubled spaces and capital letters; keys were kept in this form once."""
    return " ".join(name.split()).casefold()


def script(name: str) -> str:
    """Malayalam text in one encoding and Western digits; other text as it is."""
    if name.isascii():
        return name
    text = unicodedata.normalize("NFC", name).translate(_MALAYALAM)
    for old, new in _CLUSTERS:
        text = text.replace(old, new)
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def fold(name: str) -> str:
    """The form in which names are compared.

    Case, spaces, dots between letters, "A/c" for "Account" and the encoding of Malayalam letters
    make no other name; another digit does.
    """
    text = plain(script(name))
    text = _HYPHEN.sub(" ", _ACCOUNT.sub("account", text))
    text = " ".join(_DOT.sub(" ", text).split())
    return _INITIALS.sub(r"\1", text)
