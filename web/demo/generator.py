"""The demo's plan: from a day and a seed to sixteen societies with all their files. Pure.

The same day and seed give the same bytes. Years are counted from the day the history begins, so
that the two filed years are always complete.
"""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources
from random import Random
from typing import Any

from trust.books.published import mapping_for
from trust.books.pure.years import book_year_of, last_day, year_before
from trust.formats import origins
from trust.people.model import SocietyProfile
from web.demo import files, registers
from web.demo.bookkeeping import LENDINGS, TRADES, Bookkeeper
from web.demo.folk import members
from web.demo.model import BEGIN, OPENED, REGISTERS, DemoFile, DemoSociety, Ledger, Posted

SEED = 20_261_122


def plan(today: date, seed: int = SEED) -> tuple[DemoSociety, ...]:
    """All societies of the demo as they are made on that day (India)."""
    rows = _table()
    return tuple(_society(at, row, today, seed) for at, row in enumerate(rows, 1))


@lru_cache(maxsize=1)
def _table() -> list[dict[str, Any]]:
    text = (resources.files("web.demo") / "societies.toml").read_text("utf-8")
    found: list[dict[str, Any]] = tomllib.loads(text)["society"]
    return found


def _society(at: int, row: Mapping[str, Any], today: date, seed: int) -> DemoSociety:
    profile = SocietyProfile(
        origins.slug(f"S{at}"),
        f"S{at}",
        row["name_en"],
        row["name_ml"],
        row["district"],
        row["taluk"],
        row["sector"],
        row["class"],
        row["registered_on"],
    )
    dice = Random(f"{seed} {profile.slug}")
    people = members(dice, row["members"], row["cards"], women_only=profile.sector == "women")
    trouble = row.get("trouble", "")
    years = filed_years(today)
    upto = today - timedelta(days=2)
    keeper = Bookkeeper(dice, profile.sector, years[0], upto, len(people))
    meetings = registers.meeting_days(
        years[1], upto, overdue=trouble == "meeting-overdue", newest=_own_meeting(at, today)
    )
    keeper.let_profit_be_shared(meetings)
    if trouble == "falling-sales":
        keeper.let_sales_fall(today - timedelta(days=362))
    ledger = keeper.write()
    split = _split(ledger.vouchers, years, today + timedelta(days=BEGIN))
    extra = _late(keeper, years, today) if trouble == "back-dated" else []
    return DemoSociety(
        profile,
        trouble,
        people,
        years,
        first=_first(profile, ledger.opening, split[0], years[0]),
        second=(_day_book(profile, BEGIN, years[1], split[1]),),
        later=(
            *_running(profile, split[2], split[3]),
            *_dates(profile, trouble, today, meetings),
            *_registers(profile, dice, trouble, today, ledger),
            *([_day_book(profile, 0, "late-bills", extra)] if extra else []),
        ),
        vouchers=len(ledger.vouchers) + len(extra),
    )


def filed_years(today: date) -> tuple[str, str]:
    """The two book years that were over when the demo's history begins."""
    running = book_year_of((today + timedelta(days=BEGIN)).isoformat())
    return year_before(year_before(running)), year_before(running)


def _split(
    vouchers: Sequence[Posted], years: tuple[str, str], begin: date
) -> tuple[list[Posted], ...]:
    """Older year, newer year, the running year up to the last whole month before the beginning
    (half a month would look like a fall of sales), and since then."""
    month = begin.replace(day=1).isoformat()
    parts: tuple[list[Posted], ...] = ([], [], [], [])
    for item in vouchers:
        year = book_year_of(item.day)
        if year in years:
            parts[years.index(year)].append(item)
        else:
            parts[2 if item.day < month else 3].append(item)
    return parts


def _first(
    profile: SocietyProfile, opening: Mapping[str, int], vouchers: Sequence[Posted], year: str
) -> tuple[DemoFile, ...]:
    """The older year: a trial balance from societies that lend, a day book from those that trade
    (sales by quarter need dates)."""
    if profile.sector in TRADES:
        data = files.tally(profile.name_en, opening, vouchers)
        return (DemoFile(BEGIN, f"{profile.slug}-daybook-{year}.xml", data, year),)
    accounts = mapping_for(last_day(year)).accounts.values()
    codes = {account.name: account.code for account in accounts}
    title = f"{profile.name_en}: trial balance {year}"
    data = files.trial_balance(opening, vouchers, codes, title)
    return (DemoFile(BEGIN, f"{profile.slug}-trial-balance-{year}.csv", data, year),)


def _day_book(
    profile: SocietyProfile, day: int, label: str, vouchers: Sequence[Posted]
) -> DemoFile:
    data = files.tally(profile.name_en, {}, vouchers)
    return DemoFile(day, f"{profile.slug}-daybook-{label}.xml", data)


def _running(
    profile: SocietyProfile, before: Sequence[Posted], since: Sequence[Posted]
) -> list[DemoFile]:
    parts = ((BEGIN, "to-date", before), (0, "new", since))
    return [_day_book(profile, day, label, items) for day, label, items in parts if items]


def _own_meeting(at: int, today: date) -> date | None:
    """The first society adopts the newest accounts by a vote on the platform (`meetings`)."""
    return today + timedelta(days=OPENED) if at == 1 else None


def _dates(
    profile: SocietyProfile, trouble: str, today: date, meetings: Mapping[str, date]
) -> list[DemoFile]:
    day = REGISTERS if trouble == "meeting-overdue" else 0
    on = today + timedelta(days=day)
    rows = registers.date_rows(filed_years(today)[1], on, meetings)
    return [DemoFile(day, f"{profile.slug}-dates.csv", files.dates(rows))]


def _registers(
    profile: SocietyProfile, dice: Random, trouble: str, today: date, ledger: Ledger
) -> list[DemoFile]:
    """A register that sums to the books; from that of the troubled society 46 loans vanish."""
    if profile.sector not in LENDINGS:
        return []
    as_of = today + timedelta(days=REGISTERS)
    purpose = "housing" if profile.sector == "housing" else "agriculture"
    concentrated = trouble == "loan-concentration"
    rows = registers.loan_rows(dice, as_of, purpose, concentrated=concentrated)
    registers.fit(rows, _booked(profile, ledger, as_of))
    data = files.loan_register(rows)
    made = [DemoFile(REGISTERS, f"{profile.slug}-loans.csv", data)]
    if concentrated:
        later = registers.vanished(rows, today - timedelta(days=2))
        data = files.loan_register(later)
        made.append(DemoFile(0, f"{profile.slug}-loans-later.csv", data))
    return made


def _booked(profile: SocietyProfile, ledger: Ledger, day: date) -> int:
    """What stands on the society's ledger of loans at the end of a day."""
    name = LENDINGS[profile.sector].loans
    lines = (line for one in ledger.vouchers if one.day <= day.isoformat() for line in one.lines)
    return ledger.opening.get(name, 0) + sum(paise for of, paise in lines if of == name)


def _late(keeper: Bookkeeper, years: tuple[str, str], today: date) -> list[Posted]:
    """Twelve bills of the last months and six of the year whose sheet is filed."""
    recent = [today - timedelta(days=40 + 9 * at) for at in range(12)]
    filed_end = date.fromisoformat(last_day(years[1]))
    filed = [filed_end - timedelta(days=20 + 11 * at) for at in range(6)]
    return keeper.late(sorted([*recent, *filed]))
