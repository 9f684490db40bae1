"""A large day book for trying things out: `python -m web.demo.daybook 5000 > big.xml`.

Vouchers of the current book year up to yesterday, on accounts of the published chart. The seed
makes another book of it: other identities, other amounts.
"""

import sys
import time
from datetime import date, timedelta
from random import Random

from web.demo import files
from web.demo.bookkeeping import BANK
from web.demo.model import Posted
from web.demo.seeding import today_in_india

_PAIRS = (
    ("Receipt", BANK, "Miscellaneous income"),
    ("Payment", "Printing and stationery", BANK),
    ("Payment", "Postage and telephone", BANK),
)


def daybook(count: int, today: date, seed: int = 1) -> bytes:
    """So many vouchers dated yesterday and the day before."""
    dice = Random(seed)
    made = []
    for at in range(1, count + 1):
        kind, debit, credit = _PAIRS[at % len(_PAIRS)]
        day = today - timedelta(days=1 + at % 2)
        paise = dice.randrange(100, 9_000_000)
        lines = ((debit, paise), (credit, -paise))
        text = f"Entry {at} of book {seed}"
        made.append(Posted(day.isoformat(), kind, lines, text, "", f"B{seed}/{at}"))
    return files.tally(f"Day book {seed}", {}, made, named=False)


if __name__ == "__main__":
    asked = [int(text) for text in sys.argv[1:]]
    sys.stdout.buffer.write(daybook(asked[0], today_in_india(int(time.time())), *asked[1:2]))
