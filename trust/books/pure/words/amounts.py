"""Words of faults of amounts."""

from typing import Final

from trust.books.pure.findingwords import Said

WORDS: Final[dict[str, Said]] = {
    "amount-empty": {"en": "{ledger}There is no amount here.", "ml": "{ledger}ഇവിടെ തുകയില്ല."},
    "amount-two-signs/side": {
        "en": "{ledger}“{text}” has a minus and Dr/Cr; say it one way.",
        "ml": "{ledger}“{text}” എന്നതിൽ മൈനസും Dr/Cr-ഉം ഉണ്ട്; ഒന്നുമാത്രം എഴുതുക.",
    },
    "amount-two-signs/minus": {
        "en": "{ledger}“{text}” has more than one minus.",
        "ml": "{ledger}“{text}” എന്നതിൽ ഒന്നിലധികം മൈനസ് ഉണ്ട്.",
    },
    "amount-side": {
        "en": "{ledger}“{text}” should not say Dr or Cr here.",
        "ml": "{ledger}“{text}” എന്നതിൽ ഇവിടെ Dr, Cr എന്ന് പറയരുത്.",
    },
    "amount-decimals": {
        "en": "{ledger}“{text}” is not an amount: one point and at most two decimals (paise).",
        "ml": "{ledger}“{text}” തുകയല്ല: ഒരു ബിന്ദുവും പരമാവധി രണ്ടക്കവും (പൈസ) മതി.",
    },
    "amount-exponent": {
        "en": "{ledger}“{text}” is written with an exponent, which hides digits; give the column "
        "a number format and export it again.",
        "ml": "{ledger}“{text}” എന്നതിൽ ചില അക്കങ്ങൾ കാണുന്നില്ല; കോളം number ഫോർമാറ്റിലാക്കി വീണ്ടും എടുക്കുക.",
    },
    "amount-grouping": {
        "en": "{ledger}“{text}” has its commas in the wrong places; write 12,34,567.89 or no "
        "commas.",
        "ml": "{ledger}“{text}” എന്നതിൽ കോമ തെറ്റായ ഇടത്താണ്; 12,34,567.89 എന്ന് എഴുതുക, അല്ലെങ്കിൽ "
        "കോമ ഒഴിവാക്കുക.",
    },
    "amount-malformed": {
        "en": "{ledger}“{text}” is not an amount.",
        "ml": "{ledger}“{text}” തുകയല്ല.",
    },
    "amount-too-large": {
        "en": "{ledger}“{text}” is larger than books can be.",
        "ml": "{ledger}“{text}” കണക്കിൽ വരാവുന്നതിലും വലുതാണ്.",
    },
    "negative": {"en": "A loan figure cannot be negative.", "ml": "വായ്പയുടെ തുക പൂജ്യത്തിൽ കുറയാൻ പറ്റില്ല."},
}
