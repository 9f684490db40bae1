"""Words of faults of Tally's vouchers and masters."""

from typing import Final

from trust.books.pure.findingwords import Said

WORDS: Final[dict[str, Said]] = {
    "date/voucher": {"en": "“{text}” is not a date.", "ml": "“{text}” തീയതിയല്ല."},
    "same-id-other-content/voucher": {
        "en": "Voucher {number} has the identity of another voucher in this file (number {first} "
        "in order) and other contents.",
        "ml": "{number} എന്ന വൗച്ചറിന് ഈ ഫയലിലെ മറ്റൊരു വൗച്ചറിന്റെ (ക്രമത്തിൽ {first}) "
        "തിരിച്ചറിയലാണ്; ഉള്ളടക്കം വേറെയും.",
    },
    "same-id-other-content/ledger": {
        "en": "The ledger “{name}” stands twice with different contents.",
        "ml": "“{name}” എന്ന ലെഡ്ജർ വ്യത്യസ്ത ഉള്ളടക്കത്തോടെ രണ്ടു തവണയുണ്ട്.",
    },
    "no-lines": {
        "en": "{name} has no ledger lines with amounts.",
        "ml": "{name} എന്നതിൽ തുകയുള്ള ലെഡ്ജർ വരികളില്ല.",
    },
    "two-lists": {
        "en": "{name} has two lists of ledger lines that contradict each other. Export the "
        "voucher again.",
        "ml": "{name} എന്നതിൽ പരസ്പരവിരുദ്ധമായ രണ്ടു ലെഡ്ജർ പട്ടികകളുണ്ട്. വൗച്ചർ വീണ്ടും എക്സ്പോർട്ട് ചെയ്യുക.",
    },
    "voucher-type": {
        "en": "{count} vouchers are of the type “{name}”, and the file does not say what it is. "
        "An order or a note posts nothing. Do vouchers of this type post?",
        "ml": "{count} വൗച്ചറുകൾ “{name}” എന്ന ഇനത്തിലാണ്; ഇത് എന്താണെന്ന് ഫയലിൽ പറയുന്നില്ല. ഓർഡറോ നോട്ടോ "
        "കണക്കിൽ ചേരില്ല. ഈ ഇനം വൗച്ചറുകൾ കണക്കിൽ ചേർക്കണോ?",
    },
    "unbalanced/debits": {
        "en": "{name} does not balance: debits are larger by {gap}.",
        "ml": "{name} പൊരുത്തപ്പെടുന്നില്ല: പറ്റ് {gap} കൂടുതൽ.",
    },
    "unbalanced/credits": {
        "en": "{name} does not balance: credits are larger by {gap}.",
        "ml": "{name} പൊരുത്തപ്പെടുന്നില്ല: വരവ് {gap} കൂടുതൽ.",
    },
    "openings-differ/debits": {
        "en": "The opening balances do not balance: debits are larger by {gap}. The difference "
        "stands on suspense until it is corrected.",
        "ml": "മുന്നിരിപ്പുകൾ പൊരുത്തപ്പെടുന്നില്ല: പറ്റ് {gap} കൂടുതൽ. തിരുത്തുംവരെ വ്യത്യാസം സസ്പെൻസ് അക്കൗണ്ടിലാണ്.",
    },
    "openings-differ/credits": {
        "en": "The opening balances do not balance: credits are larger by {gap}. The difference "
        "stands on suspense until it is corrected.",
        "ml": "മുന്നിരിപ്പുകൾ പൊരുത്തപ്പെടുന്നില്ല: വരവ് {gap} കൂടുതൽ. തിരുത്തുംവരെ വ്യത്യാസം സസ്പെൻസ് അക്കൗണ്ടിലാണ്.",
    },
}
