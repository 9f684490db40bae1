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
    "openings": {
        "en": "The books have other opening balances for {year} than these masters. Shall they be "
        "restated as the masters say (restate), or kept (keep)?",
        "ml": "{year} വർഷത്തിന് കണക്കിലുള്ള മുന്നിരിപ്പുകൾ ഈ മാസ്റ്ററുകളിലേതല്ല. "
        "മാസ്റ്ററുകളിലേതുപോലെ തിരുത്തണോ (restate), അതോ നിലനിർത്തണോ (keep)?",
    },
    "openings/kept": {
        "en": "The books keep their opening balances for {year}; those of the masters are others.",
        "ml": "{year} വർഷത്തെ കണക്കിലെ മുന്നിരിപ്പുകൾ നിലനിർത്തി; മാസ്റ്ററുകളിലേത് വേറെയാണ്.",
    },
    "year/openings": {
        "en": "The masters have opening balances and do not say of which book year. Which one is "
        "it, such as 2025-26?",
        "ml": "മാസ്റ്ററുകളിൽ മുന്നിരിപ്പുണ്ട്; ഏതു കണക്കുവർഷത്തിന്റേതെന്ന് പറയുന്നില്ല. വർഷം ഏതാണ്, ഉദാ. 2025-26?",
    },
    "same-content/identities": {
        "en": "{count} vouchers ({amount}) have the day, type, number and sum of vouchers that "
        "the books have under other identities, as after a company was split or restored. Are "
        "they the same ones (same: left out), or new ones (new: sealed too)?",
        "ml": "{count} വൗച്ചറുകൾക്ക് ({amount}) കണക്കിൽ മറ്റൊരു തിരിച്ചറിയലിലുള്ള വൗച്ചറുകളുടെ തീയതിയും ഇനവും "
        "നമ്പറും തുകയുമാണ്; കമ്പനി വിഭജിച്ചാലോ വീണ്ടെടുത്താലോ ഇങ്ങനെ വരാം. ഇവ അവ തന്നെയോ (same), അതോ "
        "പുതിയവയോ (new)?",
    },
    "same-content/left-out": {
        "en": "{count} vouchers ({amount}) are left out: the books have them under other "
        "identities.",
        "ml": "{count} വൗച്ചറുകൾ ({amount}) ഒഴിവാക്കി: മറ്റൊരു തിരിച്ചറിയലിൽ അവ കണക്കിലുണ്ട്.",
    },
    "remap": {
        "en": "{count} sealed vouchers have lines on suspense, {amount} in all, whose accounts are "
        "known by now. Shall they be restated there by new entries (yes), or stay (no)?",
        "ml": "മുദ്രവച്ച {count} വൗച്ചറുകളിൽ ആകെ {amount} സസ്പെൻസിലാണ്; അവയുടെ അക്കൗണ്ട് ഇപ്പോൾ അറിയാം. പുതിയ "
        "എൻട്രികളിലൂടെ അങ്ങോട്ടു മാറ്റണോ (yes), അതോ അവിടെ തുടരണോ (no)?",
    },
    "vanished": {
        "en": "{count} sealed vouchers ({amount}) of these days are no longer in the file: "
        "{names}. Shall they stay in the books (keep), or be taken back by new entries (reverse)?",
        "ml": "ഈ ദിവസങ്ങളിലെ മുദ്രവച്ച {count} വൗച്ചറുകൾ ({amount}) ഫയലിൽ ഇപ്പോഴില്ല: {names}. "
        "അവ കണക്കിൽ തുടരണോ (keep), അതോ പുതിയ എൻട്രികളിലൂടെ തിരിച്ചെടുക്കണോ (reverse)?",
    },
    "vanished/kept": {
        "en": "{count} sealed vouchers ({amount}) stay in the books and are no longer in the file: "
        "{names}.",
        "ml": "മുദ്രവച്ച {count} വൗച്ചറുകൾ ({amount}) കണക്കിൽ തുടരുന്നു; ഫയലിൽ ഇപ്പോഴില്ല: {names}.",
    },
    "vanished/reversed": {
        "en": "{count} sealed vouchers ({amount}) that are no longer in the file are taken back "
        "by new entries: {names}.",
        "ml": "ഫയലിൽ ഇപ്പോഴില്ലാത്ത, മുദ്രവച്ച {count} വൗച്ചറുകൾ ({amount}) പുതിയ "
        "എൻട്രികളിലൂടെ തിരിച്ചെടുത്തു: {names}.",
    },
    "company": {
        "en": "The file is of the company “{company}”; earlier files were of “{before}”. Are these "
        "the books of this society?",
        "ml": "ഫയൽ “{company}” എന്ന കമ്പനിയുടേതാണ്; മുമ്പത്തേത് “{before}” എന്നതിന്റേതും. "
        "ഇത് ഈ സംഘത്തിന്റെ കണക്കാണോ?",
    },
    "company/unrelated": {
        "en": "The file is of the company “{company}”. The society is registered as “{name}”.",
        "ml": "ഫയൽ “{company}” എന്ന കമ്പനിയുടേതാണ്. സംഘം രജിസ്റ്റർ ചെയ്ത പേര് “{name}”.",
    },
}
