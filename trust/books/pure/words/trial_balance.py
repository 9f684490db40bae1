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
    "no-account": {"en": "This row has amounts and no account.", "ml": "ഈ വരിയിൽ തുകയുണ്ട്, അക്കൗണ്ടില്ല."},
    "movement-sign": {
        "en": "A figure under debit or credit has no sign. Write a minus under the other column.",
        "ml": "പറ്റിന്റെയോ വരവിന്റെയോ തുക ചിഹ്നമില്ലാതെ എഴുതണം. മൈനസ് തുക മറ്റേ കോളത്തിൽ എഴുതുക.",
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
    "total-differs/row": {
        "en": "This row is named as a total and is not the sum of the rows above it.",
        "ml": "ഈ വരി ആകെത്തുക എന്നു പറയുന്നു; മുകളിലെ വരികളുടെ തുകയല്ല.",
    },
    "side-unclear": {
        "en": "“{text}” should be Dr or Cr, beside an amount without a sign.",
        "ml": "“{text}” എന്നത് Dr അല്ലെങ്കിൽ Cr ആയിരിക്കണം; തുകയ്ക്ക് വേറെ ചിഹ്നം പാടില്ല.",
    },
    "period-part": {
        "en": "The figures begin on {day}, not on {first}. Export the trial balance from the "
        "first day of the year.",
        "ml": "കണക്ക് തുടങ്ങുന്നത് {day}-നാണ്, {first}-നല്ല. വർഷത്തിന്റെ ആദ്യദിവസം മുതലുള്ള ട്രയൽ ബാലൻസ് എടുക്കുക.",
    },
    "amount-exponent-read": {
        "en": "“{text}” was read with zeros for the digits that it hides. Check this figure.",
        "ml": "“{text}” എന്നതിൽ കാണാത്ത അക്കങ്ങൾ പൂജ്യമായി വായിച്ചു. ഈ തുക പരിശോധിക്കുക.",
    },
    "heads-again": {
        "en": "{count} lines repeat the heading and were left out.",
        "ml": "തലവരി ആവർത്തിച്ച {count} വരികൾ ഒഴിവാക്കി.",
    },
    "commas-joined": {
        "en": "Amounts of {count} rows were cut at their commas and were put together.",
        "ml": "{count} വരികളിൽ കോമയിൽ മുറിഞ്ഞ തുകകൾ ചേർത്തു.",
    },
    "sums-left-out": {
        "en": "Rows {rows} are sums of other rows and were not added.",
        "ml": "{rows} എന്നീ വരികൾ മറ്റു വരികളുടെ തുകയാണ്; അവ കൂട്ടിയില്ല.",
    },
    "plain-balances/debit": {
        "en": "Balances without Dr or Cr are read as debits, and with a minus as credits.",
        "ml": "Dr, Cr എന്നില്ലാത്ത ബാക്കി പറ്റായി എടുത്തു; മൈനസ് ഉള്ളത് വരവായി.",
    },
    "plain-balances/credit": {
        "en": "Balances without Dr or Cr are read as credits, and with a minus as debits.",
        "ml": "Dr, Cr എന്നില്ലാത്ത ബാക്കി വരവായി എടുത്തു; മൈനസ് ഉള്ളത് പറ്റായി.",
    },
    "year-differs": {
        "en": "You said {year}; the heading says {named}.",
        "ml": "നിങ്ങൾ പറഞ്ഞത് {year}; തലക്കെട്ടിൽ {named}.",
    },
    "year/none": {
        "en": "The heading names no book year. Which year is this trial balance of?",
        "ml": "തലക്കെട്ടിൽ കണക്കുവർഷമില്ല. ഈ ട്രയൽ ബാലൻസ് ഏത് വർഷത്തേതാണ്?",
    },
    "year/file-name": {
        "en": "The heading names no book year; the name of the file says {year}. Which year is "
        "this trial balance of?",
        "ml": "തലക്കെട്ടിൽ കണക്കുവർഷമില്ല; ഫയലിന്റെ പേരിൽ {year}. ഈ ട്രയൽ ബാലൻസ് ഏത് വർഷത്തേതാണ്?",
    },
    "year/several": {
        "en": "The heading names several book years: {years}. Which year is this trial balance of?",
        "ml": "തലക്കെട്ടിൽ പല കണക്കുവർഷങ്ങളുണ്ട്: {years}. ഈ ട്രയൽ ബാലൻസ് ഏത് വർഷത്തേതാണ്?",
    },
    "year/file-differs": {
        "en": "The heading says {year}, the name of the file says {other}. Which year is this "
        "trial balance of?",
        "ml": "തലക്കെട്ടിൽ {year}, ഫയലിന്റെ പേരിൽ {other}. ഈ ട്രയൽ ബാലൻസ് ഏത് വർഷത്തേതാണ്?",
    },
    "as-of/trial-balance": {
        "en": "{year} is not over and the heading names no day. As of which day is this trial "
        "balance?",
        "ml": "{year} കഴിഞ്ഞിട്ടില്ല; തലക്കെട്ടിൽ തീയതിയില്ല. ഈ ട്രയൽ ബാലൻസ് ഏത് തീയതിയിലേതാണ്?",
    },
    "sign": {
        "en": "The file does not show whether a balance without Dr or Cr is a debit or a credit. "
        "Which is it?",
        "ml": "Dr, Cr എന്നില്ലാത്ത ബാക്കി പറ്റാണോ വരവാണോ എന്ന് ഫയലിൽ കാണുന്നില്ല. ഏതാണ്?",
    },
    "columns": {
        "en": "The file has several sets of columns. Which are this year's? {sets}",
        "ml": "ഫയലിൽ ഒന്നിലധികം കൂട്ടം കോളങ്ങളുണ്ട്. ഈ വർഷത്തേത് ഏതാണ്? {sets}",
    },
    "sums": {
        "en": "Rows {rows} equal the sum of rows beside them. Are they totals, not accounts?",
        "ml": "{rows} എന്നീ വരികൾ അടുത്തുള്ള വരികളുടെ തുകയാണ്. അവ അക്കൗണ്ടല്ല, ആകെത്തുകയാണോ?",
    },
    "balances": {
        "en": "Some accounts have a debit and a credit. Do these include the balance of the year "
        "before (closings), or are they the movements of this year alone (movements)?",
        "ml": "ചില അക്കൗണ്ടുകളിൽ പറ്റും വരവുമുണ്ട്. ഇവയിൽ മുൻവർഷത്തെ ബാക്കിയും ഉണ്ടോ (closings), അതോ ഈ "
        "വർഷത്തെ ഇടപാടുകൾ മാത്രമാണോ (movements)?",
    },
}
