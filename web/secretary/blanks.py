"""Empty tables to download and fill in: one for each kind of table that is read, with heads in the
language of the page.

They hold heads alone. An example row would be sealed one day by somebody who forgot it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from web import i18n, staff
from web.negotiate import csv_answer

HEADS: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "trial-balance": {
        "en": (
            "Code", "Account", "Opening Dr", "Opening Cr", "Debit", "Credit", "Closing Dr",
            "Closing Cr",
        ),
        "ml": (
            "കോഡ്", "അക്കൗണ്ട്", "മുന്നിരിപ്പ് ഡെബിറ്റ്", "മുന്നിരിപ്പ് ക്രെഡിറ്റ്", "ഡെബിറ്റ്",
            "ക്രെഡിറ്റ്", "നീക്കിയിരിപ്പ് ഡെബിറ്റ്", "നീക്കിയിരിപ്പ് ക്രെഡിറ്റ്",
        ),
    },
    "general-ledger": {
        "en": ("Date", "Voucher No", "Account", "Debit", "Credit", "Narration"),
        "ml": ("തീയതി", "വൗച്ചർ നമ്പർ", "അക്കൗണ്ട്", "പറ്റ്", "വരവ്", "വിവരണം"),
    },
    "loan-register": {
        "en": (
            "Loan No", "Member No", "Date of Sanction", "Sanctioned Amount", "Outstanding",
            "Overdue Amount", "Days Overdue", "Scheme", "Purpose", "As On",
        ),
        "ml": (
            "വായ്പാ നമ്പർ", "അംഗ നമ്പർ", "അനുവദിച്ച തീയതി", "അനുവദിച്ച തുക", "ബാക്കി", "കുടിശ്ശിക",
            "കുടിശ്ശിക ദിവസം", "പദ്ധതി", "ആവശ്യം", "As On",
        ),
    },
    "governance-dates": {
        "en": ("Event", "Date", "Book Year", "Remarks"),
        "ml": ("ഇനം", "തീയതി", "കണക്കുവർഷം", "കുറിപ്പ്"),
    },
}  # fmt: skip
"""Heads of each table, in both languages, as the readers know them."""


def blank(request: Request) -> Response:
    """The empty table of a kind, as CSV."""
    with staff.runtime(request).db.read() as conn:
        staff.own_society(request, conn)
    name, lang = request.path_params["name"], i18n.language(request)
    if name not in HEADS:
        raise HTTPException(404)
    return csv_answer(f"{name}-{lang}.csv", HEADS[name][lang], ())
