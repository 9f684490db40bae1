"""Sentences of what is found when a loan register is compared, in both languages: findings on the
pages of the society, the auditor and the Registrar, and what looks odd before a register is sealed.
"""

from typing import Final

from trust.books.pure.findingwords import Said

WORDS: Final[dict[str, Said]] = {
    "loans-vanished": {
        "en": "{count} loans of the register of {before}, with {amount} outstanding, are not in "
        "that of {day}; the books show {repaid} repaid on loans between the two, and {gone} went "
        "out of the register.",
        "ml": "{before}-ലെ രജിസ്റ്ററിലുള്ള {count} വായ്പകൾ ({amount} ബാക്കി) {day}-ലെ രജിസ്റ്ററിലില്ല; "
        "ഇതിനിടയിൽ കണക്കുപുസ്തകത്തിൽ വായ്പാ തിരിച്ചടവ് {repaid}, രജിസ്റ്ററിൽനിന്ന് പോയത് {gone}.",
    },
    "loans-lowered": {
        "en": "Loans went down by {amount} between the registers of {before} and {day}; the books "
        "show {repaid} repaid on loans between the two.",
        "ml": "{before}, {day} എന്നീ രജിസ്റ്ററുകൾക്കിടയിൽ വായ്പകൾ {amount} കുറഞ്ഞു; ഇതിനിടയിൽ കണക്കുപുസ്തകത്തിൽ "
        "വായ്പാ തിരിച്ചടവ് {repaid}.",
    },
    "register-control": {
        "en": "The register of {day} sums to {register}; loans in the books stand at {books} on "
        "that day. The difference is {gap}.",
        "ml": "{day}-ലെ രജിസ്റ്ററിന്റെ ആകെ {register}; അന്ന് കണക്കുപുസ്തകത്തിലെ വായ്പ {books}. വ്യത്യാസം {gap}.",
    },
    "register-replaced": {
        "en": "The register of {day} was brought in again; {count} loans with {amount} outstanding "
        "are no longer in it.",
        "ml": "{day}-ലെ രജിസ്റ്റർ വീണ്ടും കൊണ്ടുവന്നു; {amount} ബാക്കിയുള്ള {count} വായ്പകൾ അതിൽ ഇപ്പോഴില്ല.",
    },
    "register-ahead": {
        "en": "The register of {day} was sealed on {sealed}, before its own day. It stands for "
        "no day.",
        "ml": "{day}-ലെ രജിസ്റ്റർ അതിന്റെ തീയതിക്കു മുമ്പ്, {sealed}-ന്, മുദ്ര വെച്ചതാണ്. അത് ഒരു ദിവസത്തിനും "
        "കണക്കാക്കില്ല.",
    },
    "register-void": {
        "en": "The register of {day} was declared void; {count} of its loans, with {amount} "
        "outstanding, are in no register that stands.",
        "ml": "{day}-ലെ രജിസ്റ്റർ അസാധുവാക്കി; അതിലെ {amount} ബാക്കിയുള്ള {count} വായ്പകൾ നിലവിലുള്ള ഒരു "
        "രജിസ്റ്ററിലുമില്ല.",
    },
    "loans-retold": {
        "en": "For {count} loans with {amount} outstanding the register of {day} has another day "
        "of sanction, payee or security than that of {before}, or none.",
        "ml": "{amount} ബാക്കിയുള്ള {count} വായ്പകൾക്ക് {day}-ലെ രജിസ്റ്ററിൽ അനുവദിച്ച തീയതിയോ തുക "
        "കൈപ്പറ്റിയയാളോ ഈടോ {before}-ലെ രജിസ്റ്ററിലേതല്ല, അല്ലെങ്കിൽ ഇല്ല.",
    },
    "register-not-comparable": {
        "en": "The registers of {before} and {day} are not comparable loan by loan: their tags "
        "were made with different secrets. Whether a loan vanished cannot be told.",
        "ml": "{before}, {day} എന്നീ രജിസ്റ്ററുകൾ വായ്പ തിരിച്ച് ഒത്തുനോക്കാനാവില്ല: ടാഗുകൾ വ്യത്യസ്ത രഹസ്യങ്ങൾ "
        "കൊണ്ടാണ്. വായ്പ അപ്രത്യക്ഷമായോ എന്ന് പറയാനാവില്ല.",
    },
}
