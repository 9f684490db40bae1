"""Words of how a file meets what stands in the books already."""

from typing import Final

from trust.books.pure.findingwords import Said

WORDS: Final[dict[str, Said]] = {
    "opened-already": {
        "en": "{year} has opening balances already, and these are others. Void the earlier "
        "import (its page, or `sakshi void`) or correct it by a voucher.",
        "ml": "{year} വർഷത്തിന് മുന്നിരിപ്പുകൾ ഉണ്ട്; ഇവ വേറെയാണ്. മുമ്പത്തെ ഇറക്കുമതി "
        "അസാധുവാക്കുക (അതിന്റെ പേജിൽ, അല്ലെങ്കിൽ `sakshi void`), അല്ലെങ്കിൽ വൗച്ചറിലൂടെ "
        "തിരുത്തുക.",
    },
    "standing/sum": {
        "en": "The books hold a trial balance of {year} already, and this one has other "
        "figures. Is it the same books revised (the difference is posted), another branch (it "
        "is added), or only to be compared?",
        "ml": "{year} വർഷത്തെ ഒരു ട്രയൽ ബാലൻസ് കണക്കിലുണ്ട്; ഇതിലെ തുകകൾ വേറെയാണ്. ഇത് അതേ "
        "കണക്കിന്റെ തിരുത്തലാണോ (വ്യത്യാസം ചേർക്കും), മറ്റൊരു ശാഖയുടേതാണോ (കൂട്ടും), "
        "താരതമ്യത്തിനു മാത്രമാണോ?",
    },
    "standing/again": {
        "en": "A trial balance of {label} for {year} is in the books already, and this one has "
        "other figures. Shall the difference be posted, or shall it only be compared?",
        "ml": "{year} വർഷത്തെ {label} എന്നതിന്റെ ട്രയൽ ബാലൻസ് കണക്കിലുണ്ട്; ഇതിലെ തുകകൾ "
        "വേറെയാണ്. വ്യത്യാസം ചേർക്കണോ, താരതമ്യം മാത്രം മതിയോ?",
    },
    "standing/later": {
        "en": "The books hold a trial balance of {year} as on {day}. Is this one of the same "
        "books at a later day (what is missing is posted), of another branch (it is added), "
        "or only to be compared?",
        "ml": "{year} വർഷത്തെ {day} തീയതിയിലെ ട്രയൽ ബാലൻസ് കണക്കിലുണ്ട്. ഇത് അതേ കണക്കിന്റെ "
        "പിന്നീടുള്ള ദിവസത്തെയാണോ (കുറവുള്ളത് ചേർക്കും), മറ്റൊരു ശാഖയുടേതാണോ (കൂട്ടും), "
        "താരതമ്യത്തിനു മാത്രമാണോ?",
    },
    "standing/earlier": {
        "en": "The books hold a trial balance of {year} as on {day}, which is later than this "
        "one. Shall it only be compared, or is it of another branch (it is added)?",
        "ml": "{year} വർഷത്തെ {day} തീയതിയിലെ ട്രയൽ ബാലൻസ് കണക്കിലുണ്ട്; അത് ഇതിനേക്കാൾ "
        "പിന്നീടുള്ളതാണ്. താരതമ്യം മാത്രം മതിയോ, അതോ മറ്റൊരു ശാഖയുടേതാണോ (കൂട്ടും)?",
    },
    "standing/vouchers": {
        "en": "{year} has vouchers already. Shall the trial balance only be compared with them, "
        "shall what is missing be posted (revised), or is it of another branch (it is added)?",
        "ml": "{year} വർഷത്തിന് വൗച്ചറുകളുണ്ട്. ട്രയൽ ബാലൻസ് അവയുമായി താരതമ്യം ചെയ്താൽ മതിയോ, "
        "കുറവുള്ളത് ചേർക്കണോ (revised), അതോ മറ്റൊരു ശാഖയുടേതാണോ (കൂട്ടും)?",
    },
    "standing/sum-vouchers": {
        "en": "{year} is in the books as a trial balance up to {day}, and these vouchers fall "
        "into that time. Do they adjust it (they come on top, each naming it), or do they "
        "come instead of it (its movements are taken back)?",
        "ml": "{year} വർഷം {day} വരെ ട്രയൽ ബാലൻസായി കണക്കിലുണ്ട്; ഈ വൗച്ചറുകൾ ആ കാലത്തേതാണ്. അവ "
        "അതിന്റെ തിരുത്തലുകളാണോ (അതിനു പുറമേ ചേർക്കും), അതോ അതിനു പകരമാണോ (അതിലെ ഇടപാടുകൾ "
        "പിൻവലിക്കും)?",
    },
    "closed-accounts": {
        "en": "{count} accounts that had a balance are not in this list of {year}: {codes}. "
        "Shall they be closed to zero?",
        "ml": "ബാക്കിയുണ്ടായിരുന്ന {count} അക്കൗണ്ടുകൾ {year} വർഷത്തെ ഈ പട്ടികയിലില്ല: {codes}. "
        "അവയുടെ ബാക്കി പൂജ്യമാക്കണോ?",
    },
    "later-closings/restated": {
        "en": "{year} has a closing list already. It goes on closing as it did: a voucher that "
        "names the list takes up what changes before it.",
        "ml": "{year} വർഷത്തിന് നീക്കിയിരിപ്പ് പട്ടികയുണ്ട്. അതിലെ നീക്കിയിരിപ്പുകൾ "
        "മാറുന്നില്ല: മുൻവർഷത്തെ മാറ്റം ആ പട്ടികയുടെ പേരിലുള്ള ഒരു വൗച്ചർ ഏറ്റെടുക്കും.",
    },
    "later-closings/filed": {
        "en": "The balance sheet of {year} is filed and rests on a closing list. Shall a "
        "voucher that names the list be sealed into {year}, so that it goes on closing as it "
        "did?",
        "ml": "{year} വർഷത്തെ ബാലൻസ് ഷീറ്റ് സമർപ്പിച്ചതാണ്; അത് ഒരു നീക്കിയിരിപ്പ് പട്ടികയെ "
        "ആശ്രയിക്കുന്നു. നീക്കിയിരിപ്പുകൾ മാറാതിരിക്കാൻ ആ പട്ടികയുടെ പേരിലുള്ള ഒരു വൗച്ചർ "
        "{year} വർഷത്തിൽ മുദ്രവയ്ക്കണോ?",
    },
    "books-differ": {
        "en": "Account {account}: the file has {file}, the books have {books}.",
        "ml": "{account} അക്കൗണ്ട്: ഫയലിൽ {file}, കണക്കിൽ {books}.",
    },
    "books-differ/more": {
        "en": "{count} more accounts differ.",
        "ml": "വേറെ {count} അക്കൗണ്ടുകളിലും വ്യത്യാസമുണ്ട്.",
    },
    "day-ahead": {
        "en": "{day} is after today ({today}); what has not happened is not sealed.",
        "ml": "{day} ഇന്നത്തെ തീയതി ({today}) കഴിഞ്ഞുള്ളതാണ്; നടന്നിട്ടില്ലാത്തത് മുദ്രവയ്ക്കില്ല.",
    },
    "day-before-society": {
        "en": "{day} is before the society was registered ({registered}); correct the date.",
        "ml": "{day} സംഘം രജിസ്റ്റർ ചെയ്തതിനു ({registered}) മുമ്പാണ്; തീയതി തിരുത്തുക.",
    },
    "sum-too-large/account": {
        "en": "With this row the amounts on account {account} or its line come to more than "
        "{most}; books cannot hold that.",
        "ml": "ഈ വരി ചേർത്താൽ {account} അക്കൗണ്ടിലെയോ അതിന്റെ ഇനത്തിലെയോ തുകകൾ {most} കവിയും; "
        "കണക്കിന് അത് താങ്ങാനാവില്ല.",
    },
    "sum-too-large/loans": {
        "en": "With this row the loans of the register come to more than {most}; books cannot "
        "hold that.",
        "ml": "ഈ വരി ചേർത്താൽ രജിസ്റ്ററിലെ വായ്പകൾ {most} കവിയും; കണക്കിന് അത് താങ്ങാനാവില്ല.",
    },
}
