"""Words of faults of a file as a whole: its encoding, its size, its kind."""

from typing import Final

from trust.books.pure.findingwords import Said

WORDS: Final[dict[str, Said]] = {
    "encoding/other": {
        "en": "The file says it is {name} and is not: {why}.",
        "ml": "ഫയൽ {name} ആണെന്ന് പറയുന്നു, പക്ഷേ അല്ല: {why}.",
    },
    "encoding/not-text": {
        "en": "This is not a text file; export it as CSV or XML.",
        "ml": "ഇത് ടെക്സ്റ്റ് ഫയലല്ല; CSV അല്ലെങ്കിൽ XML ആയി എടുക്കുക.",
    },
    "encoding/unknown": {
        "en": "The file is neither UTF-8, UTF-16 nor Windows text.",
        "ml": "ഫയൽ UTF-8, UTF-16, Windows text എന്നിവയിലൊന്നുമല്ല.",
    },
    "encoding/read-as": {"en": "The text was read as {name}.", "ml": "എഴുത്ത് {name} ആയി വായിച്ചു."},
    "too-large/split": {
        "en": "The file is larger than {most} MB; split it.",
        "ml": "ഫയൽ {most} MB-യിൽ കൂടുതലാണ്; പല ഭാഗങ്ങളാക്കുക.",
    },
    "too-large/line": {
        "en": "Line {line} is too long to be a register.",
        "ml": "{line}-ാം വരി ഒരു രജിസ്റ്ററിന് വേണ്ടതിലും നീണ്ടതാണ്.",
    },
    "too-large/months": {
        "en": "The file is larger than {most} MB; export fewer months.",
        "ml": "ഫയൽ {most} MB-യിൽ കൂടുതലാണ്; കുറച്ചു മാസങ്ങൾ മാത്രം എടുക്കുക.",
    },
    "too-large/elements": {
        "en": "The file has too many elements; export fewer months.",
        "ml": "ഫയലിൽ വളരെയധികം ഘടകങ്ങളുണ്ട്; കുറച്ചു മാസങ്ങൾ മാത്രം എടുക്കുക.",
    },
    "too-large/voucher": {
        "en": "A voucher with so many lines.",
        "ml": "ഈ വൗച്ചറിൽ വളരെയധികം വരികളുണ്ട്.",
    },
    "csv": {
        "en": "Line {line} is not well-formed CSV: {why}.",
        "ml": "{line}-ാം വരി ശരിയായ CSV അല്ല: {why}.",
    },
    "xml-malformed": {
        "en": "The file is not well-formed XML (line {line}, column {column}): {why}.",
        "ml": "ഫയൽ ശരിയായ XML അല്ല (വരി {line}, സ്ഥാനം {column}): {why}.",
    },
    "xml-doctype": {
        "en": "The file declares a document type or entities; that is refused for safety. A book "
        "export does not need one.",
        "ml": "ഫയലിൽ document type അല്ലെങ്കിൽ entity ഉണ്ട്; സുരക്ഷയ്ക്കായി അത് എടുക്കില്ല. "
        "കണക്കുകൾക്ക് അത് ആവശ്യമില്ല.",
    },
    "empty/file": {"en": "The file holds no rows.", "ml": "ഫയലിൽ വരികളില്ല."},
    "kind-unknown/zip": {
        "en": "This is an Excel or zip file; save it as CSV first.",
        "ml": "ഇത് Excel അല്ലെങ്കിൽ zip ഫയലാണ്; ആദ്യം CSV ആയി സൂക്ഷിക്കുക.",
    },
    "kind-unknown/none": {
        "en": "The file is none of: trial balance, Tally XML, loan register, dates of meetings, "
        "audits and elections. Say the kind, or check its header row.",
        "ml": "ഈ ഫയൽ ട്രയൽ ബാലൻസോ ടാലി XML-ഓ വായ്പാ രജിസ്റ്ററോ യോഗം, ഓഡിറ്റ്, തെരഞ്ഞെടുപ്പ് "
        "തീയതികളോ അല്ല. ഇനം പറയുക, അല്ലെങ്കിൽ തലവരി പരിശോധിക്കുക.",
    },
    "nothing-known": {
        "en": "The XML holds no vouchers, ledgers or groups; export Day Book or Masters.",
        "ml": "XML-ൽ വൗച്ചറുകളോ ലെഡ്ജറുകളോ ഗ്രൂപ്പുകളോ ഇല്ല; Day Book അല്ലെങ്കിൽ Masters എടുക്കുക.",
    },
}
