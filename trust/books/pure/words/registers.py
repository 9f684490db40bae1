"""Words of faults of loan registers, dates and other registers."""

from typing import Final

from trust.books.pure.findingwords import Said

WORDS: Final[dict[str, Said]] = {
    "no-header/register": {
        "en": "No row names the columns {wanted}.",
        "ml": "{wanted} എന്നീ കോളങ്ങൾ പറയുന്ന വരിയില്ല.",
    },
    "date/register": {
        "en": "“{text}” is not a date; write dd/mm/yyyy.",
        "ml": "“{text}” തീയതിയല്ല; dd/mm/yyyy എന്ന് എഴുതുക.",
    },
    "date-order": {
        "en": "“{text}” under {title} (row {line}) is {day} if the day stands first, and {month} "
        "if the month does. Which stands first in this file?",
        "ml": "{title} എന്നതിലെ “{text}” (വരി {line}) ദിവസം ആദ്യമെങ്കിൽ {day}, മാസം ആദ്യമെങ്കിൽ {month}. "
        "ഈ ഫയലിൽ ഏതാണ് ആദ്യം?",
    },
    "date-order/mixed": {
        "en": "“{text}” (row {line}) is a date only if the month stands first, and “{before}” "
        "(row {other}) only if the day does. A column has one order: write all its dates in one "
        "way.",
        "ml": "“{text}” (വരി {line}) മാസം ആദ്യമെങ്കിൽ മാത്രം തീയതിയാണ്; “{before}” (വരി {other}) ദിവസം "
        "ആദ്യമെങ്കിൽ മാത്രവും. ഒരു കോളത്തിന് ഒരു ക്രമമേയുള്ളൂ: തീയതികളെല്ലാം ഒരേ രീതിയിൽ എഴുതുക.",
    },
    "date-future/loan": {
        "en": "“{text}” lies after {day}, the day of the register.",
        "ml": "“{text}” രജിസ്റ്ററിന്റെ ദിവസമായ {day}-നു ശേഷമാണ്.",
    },
    "date-future/event": {
        "en": "“{text}” is still to come; what has not happened is not sealed.",
        "ml": "“{text}” ഇനി വരാനുള്ളതാണ്; നടക്കാത്തത് മുദ്രവയ്ക്കില്ല.",
    },
    "row-too-wide": {
        "en": "The row has {cells} cells and the head has {heads}. Put amounts with commas into "
        "quotes, or leave the commas out.",
        "ml": "വരിയിൽ {cells} കള്ളികളുണ്ട്, തലവരിയിൽ {heads}. കോമയുള്ള തുകകൾ ഉദ്ധരണിയിലാക്കുക, അല്ലെങ്കിൽ കോമ "
        "ഒഴിവാക്കുക.",
    },
    "amount-part": {
        "en": "“{text}” looks like the rest of an amount that a comma cut. Put amounts with commas "
        "into quotes.",
        "ml": "“{text}” കോമയാൽ മുറിഞ്ഞ തുകയുടെ ബാക്കിയാണെന്ന് തോന്നുന്നു. കോമയുള്ള തുകകൾ ഉദ്ധരണിയിലാക്കുക.",
    },
    "overdue-added": {
        "en": "Principal and interest that are overdue were added up.",
        "ml": "കുടിശ്ശികയായ മുതലും പലിശയും കൂട്ടി.",
    },
    "malformed/days": {
        "en": "“{text}” is not a number of days.",
        "ml": "“{text}” ദിവസങ്ങളുടെ എണ്ണമല്ല.",
    },
    "malformed/yes": {
        "en": "“{text}” is neither yes nor no.",
        "ml": "“{text}” yes-ഉം അല്ല no-യും അല്ല.",
    },
    "as-of": {
        "en": "The register names more than one date; one register is of one day.",
        "ml": "രജിസ്റ്ററിൽ ഒന്നിലധികം തീയതികളുണ്ട്; ഒരു രജിസ്റ്റർ ഒരു ദിവസത്തേതാണ്.",
    },
    "as-of/ask": {
        "en": "The file does not say as of which day the register is. Which day is it, as "
        "yyyy-mm-dd?",
        "ml": "രജിസ്റ്റർ ഏതു ദിവസത്തേതാണെന്ന് ഫയലിൽ ഇല്ല. ഏതു ദിവസം, yyyy-mm-dd രീതിയിൽ?",
    },
    "as-of/future": {
        "en": "The register is as of {day}; that day is still to come.",
        "ml": "രജിസ്റ്റർ {day}-ലെയാണ്; ആ ദിവസം വന്നിട്ടില്ല.",
    },
    "tags-changed": {
        "en": "The secret that makes the tags of registers here (register.key) is not the one that "
        "the society's earlier registers were sealed with, so this register cannot be compared "
        "with them. Put the earlier secret back if it is in the backup. Shall this register be "
        "sealed with the new one?",
        "ml": "രജിസ്റ്ററുകളുടെ ടാഗുകൾ ഉണ്ടാക്കുന്ന രഹസ്യം (register.key) ഈ സംഘത്തിന്റെ മുൻ രജിസ്റ്ററുകളുടേതല്ല; "
        "അതിനാൽ ഈ രജിസ്റ്റർ അവയുമായി ഒത്തുനോക്കാനാവില്ല. പഴയ രഹസ്യം ബാക്കപ്പിലുണ്ടെങ്കിൽ തിരികെ വയ്ക്കുക. ഈ "
        "രജിസ്റ്റർ പുതിയ രഹസ്യം കൊണ്ട് മുദ്രവയ്ക്കണോ?",
    },
    "loan-twice": {
        "en": "This loan stands in line {line} already; the first one is kept.",
        "ml": "ഈ വായ്പ {line}-ാം വരിയിൽ ഉണ്ട്; ആദ്യത്തേത് നിലനിർത്തി.",
    },
    "overdue-too-large": {
        "en": "More is overdue than is outstanding.",
        "ml": "കുടിശ്ശിക വായ്പാ ബാക്കിയെക്കാൾ കൂടുതലാണ്.",
    },
    "event-unknown": {
        "en": "“{text}” is none of: general meeting, special meeting, audit, election, "
        "accounting date.",
        "ml": "“{text}” പൊതുയോഗം, പ്രത്യേക പൊതുയോഗം, ഓഡിറ്റ്, തെരഞ്ഞെടുപ്പ്, കണക്കു തീയതി എന്നിവയിലൊന്നല്ല.",
    },
    "book-year": {
        "en": "“{text}” is not a book year such as 2025-26.",
        "ml": "“{text}” 2025-26 പോലെയുള്ള കണക്കുവർഷമല്ല.",
    },
}
