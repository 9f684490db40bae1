"""Members who do not exist: a first name, the invented surname Udaharanam ("example"), a number."""

from datetime import date, timedelta
from random import Random

from trust.people.model import Gender
from web.demo.model import DemoMember

SURNAME = "Udaharanam"
WOMEN = (
    "Ambili", "Thumba", "Mullapoo", "Nilavu", "Chempakam", "Manjadi", "Kasthuri", "Thulasi",
    "Pavizham", "Mazha", "Tharakam", "Kunnimani", "Jamanthi", "Sandhya", "Veyil", "Poonilavu",
)  # fmt: skip
MEN = (
    "Aaltharan", "Kunjan", "Malayan", "Puzhayan", "Vayalan", "Kadalan", "Thengan", "Kuyilan",
    "Mayilan", "Pakalan", "Kattan", "Poovan", "Nellan", "Veeran", "Mannan", "Cheruvan",
)  # fmt: skip


def members(dice: Random, count: int, cards: int, *, women_only: bool) -> tuple[DemoMember, ...]:
    """So many members, about half of them women (all in a women's society), the first with cards.

    All joined and paid their share long enough ago to vote.
    """
    made = []
    for number in range(1, count + 1):
        gender: Gender = "f" if women_only or dice.random() < 0.5 else "m"
        first = dice.choice(WOMEN if gender == "f" else MEN)
        joined = date(2001, 4, 1) + timedelta(days=dice.randrange(0, 20 * 365))
        name = f"{first} {SURNAME} {number}"
        made.append(DemoMember(str(number), name, gender, joined, number <= cards))
    return tuple(made)
