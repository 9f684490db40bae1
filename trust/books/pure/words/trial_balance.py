"""Words of faults of trial balances."""

from typing import Final

from trust.books.pure.findingwords import Said

WORDS: Final[dict[str, Said]] = {
    "empty/trial-balance": {
        "en": "The trial balance has no account rows.",
        "ml": "ട്രയൽ ബാലൻസിൽ അക്കൗണ്ടുകളുടെ വരികളില്ല.",
    },
    "no-header/trial-balance": {
        "en": "No row names the columns of a trial balance (code or name, then opening, debit, "
        "credit, closing).",
        "ml": "ട്രയൽ ബാലൻസിന്റെ കോളങ്ങൾ (code അല്ലെങ്കിൽ name, പിന്നെ opening, debit, credit, "
        "closing) പറയുന്ന വരിയില്ല.",
    },
    "sign-unknown": {
        "en": "Nothing moves in this trial balance, so it does not show whether debit or credit "
        "is written with a plus. Write Dr or Cr after the balances.",
        "ml": "ഈ ട്രയൽ ബാലൻസിൽ ഇടപാടുകളില്ല; അതിനാൽ പറ്റാണോ വരവാണോ പ്ലസ് എന്ന് അറിയാനാവില്ല. "
        "ബാക്കികൾക്കുശേഷം Dr അല്ലെങ്കിൽ Cr എഴുതുക.",
    },
    "no-account": {"en": "This row has amounts and no account.", "ml": "ഈ വരിയിൽ തുകയുണ്ട്, അക്കൗണ്ടില്ല."},
    "movement-sign": {
        "en": "A debit or credit total is a plain amount.",
        "ml": "പറ്റിന്റെയോ വരവിന്റെയോ ആകെത്തുക ചിഹ്നമില്ലാതെ എഴുതണം.",
    },
    "row-does-not-roll": {
        "en": "{ledger}: opening and movements give another closing balance; the difference is "
        "{gap}.",
        "ml": "{ledger}: മുന്നിരിപ്പും ഇടപാടുകളും ചേർത്താൽ വേറെ നീക്കിയിരിപ്പാണ് കിട്ടുക; വ്യത്യാസം {gap}.",
    },
    "does-not-balance/opening": {
        "en": "The opening balances do not balance: debits and credits differ by {gap}.",
        "ml": "മുന്നിരിപ്പുകൾ പൊരുത്തപ്പെടുന്നില്ല: പറ്റും വരവും തമ്മിൽ {gap} വ്യത്യാസം.",
    },
    "does-not-balance/movements": {
        "en": "The movements do not balance: debits and credits differ by {gap}.",
        "ml": "ഇടപാടുകൾ പൊരുത്തപ്പെടുന്നില്ല: പറ്റും വരവും തമ്മിൽ {gap} വ്യത്യാസം.",
    },
    "does-not-balance/closing": {
        "en": "The closing balances do not balance: debits and credits differ by {gap}.",
        "ml": "നീക്കിയിരിപ്പുകൾ പൊരുത്തപ്പെടുന്നില്ല: പറ്റും വരവും തമ്മിൽ {gap} വ്യത്യാസം.",
    },
    "total-differs": {
        "en": "The total row says {said}, the rows sum to {real}.",
        "ml": "ആകെയുടെ വരിയിൽ {said}; വരികൾ കൂട്ടിയാൽ {real}.",
    },
}
