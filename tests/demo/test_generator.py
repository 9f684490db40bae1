"""The generator: pure, the same for the same day, and healthy but for what is planted."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

import pytest

from trust.books.model import SourceVoucher
from trust.books.pure.years import last_day
from trust.books.readers.files import Hints, detect, read_file
from trust.books.readers.sourcefile import SourceFile
from web.demo import generator
from web.demo.generator import filed_years, plan
from web.demo.model import BEGIN, REGISTERS, DemoFile
from web.demo.registers import CONCENTRATED

DAYS = (
    date(2026, 11, 22),
    date(2027, 1, 1),
    date(2027, 3, 31),
    date(2027, 4, 1),
    date(2027, 5, 20),
    date(2027, 7, 1),
    date(2027, 10, 1),
    date(2028, 2, 29),
)
DISTRICTS = {
    "thiruvananthapuram", "kollam", "pathanamthitta", "alappuzha", "kottayam", "idukki",
    "ernakulam", "thrissur", "palakkad", "malappuram", "kozhikode", "wayanad", "kannur",
    "kasaragod",
}  # fmt: skip


def test_the_same_day_gives_the_same_bytes_and_another_seed_others() -> None:
    assert plan(DAYS[0]) == plan(DAYS[0])
    assert plan(DAYS[0])[0].first != plan(DAYS[0], seed=7)[0].first


def test_sixteen_societies_in_every_district_and_several_sectors() -> None:
    made = plan(DAYS[0])
    assert [s.profile.registration_number for s in made] == [f"S{n}" for n in range(1, 17)]
    assert {s.profile.district for s in made} == DISTRICTS
    assert len({s.profile.sector for s in made}) >= 8
    assert all(any("\u0d00" <= char <= "\u0d7f" for char in s.profile.name_ml) for s in made)
    troubles = Counter(s.trouble for s in made)
    assert troubles.pop("") == 11 and set(troubles.values()) == {1} and len(troubles) == 5


def test_about_half_of_the_members_are_women() -> None:
    people = [m for s in plan(DAYS[0]) if s.profile.sector != "women" for m in s.members]
    women = sum(m.gender == "f" for m in people)
    assert 0.42 < women / len(people) < 0.58
    assert all(m.name.split()[1] == "Udaharanam" for m in people)


@pytest.mark.parametrize("today", DAYS)
def test_every_file_is_read_without_a_fault(today: date) -> None:
    for society in plan(today):
        assert 0 < society.vouchers <= 500
        posted: Counter[str] = Counter()
        for file in (*society.first, *society.second, *society.later):
            posted.update(_read(file, today))
        assert all(count == 1 for count in posted.values()), "a voucher in two files"


def _read(file: DemoFile, today: date) -> list[str]:
    kind = detect(SourceFile(file.data))
    assert isinstance(kind, str), file.name
    year = file.book_year or filed_years(today)[1]
    day = last_day(year) if kind == "trial-balance" else today.isoformat()
    read = read_file(SourceFile(file.data), kind, Hints(year, day))
    assert not read.refused and not read.duplicates and not read.skipped, (file.name, read.refused)
    if kind == "tally-xml":
        assert file.data.startswith(b"\xff\xfe<\x00")
    _dated_in_the_past(read.vouchers, today)
    return [voucher.id for voucher in read.vouchers if voucher.id]


def _dated_in_the_past(vouchers: Sequence[SourceVoucher], today: date) -> None:
    assert all(voucher.date < today.isoformat() for voucher in vouchers)


@pytest.mark.parametrize("today", DAYS)
def test_what_is_planted_is_in_the_files(today: date) -> None:
    by_trouble = {society.trouble: society for society in plan(today)}
    loans = next(f for f in by_trouble["loan-concentration"].later if "loans" in f.name)
    assert loans.day == REGISTERS and loans.data.count(b"SB-4410") == CONCENTRATED
    dates = next(f for f in by_trouble["meeting-overdue"].later if "dates" in f.name)
    assert dates.data.count(b"accounting_date") >= 3 > dates.data.count(b"general_meeting")
    late = [f for f in by_trouble["back-dated"].later if "late" in f.name]
    assert len(late) == 1 and late[0].day == 0


def test_filed_years_were_over_when_the_history_begins() -> None:
    assert filed_years(date(2027, 4, 1)) == ("2024-25", "2025-26")
    assert filed_years(date(2027, 5, 31)) == ("2025-26", "2026-27")
    assert BEGIN < REGISTERS < 0 and generator.SEED
