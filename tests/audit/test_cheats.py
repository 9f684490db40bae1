"""How an operator who holds every key could cheat across years; each story ends in exit 1 or 2.

Every cheat is told with packages as clever as can be: manifests, proofs and signatures are right.
"""

import pytest

from audit.verify.history import History
from tests.audit import books
from tests.audit.eras import (
    LATER,
    NEXT,
    Eras,
    Files,
    Placed,
    Society,
    begin,
    movement,
    movements,
    post,
    society,
    verify,
    vkey,
)
from tests.audit.helpers import said
from tests.audit.scenario import START, Log, Record
from trust.formats import b64, canon, notes, origins
from trust.formats.times import Moment

pytestmark = pytest.mark.slow


def wrong(history: History, check: str) -> str:
    """What the seams, or a log, say is wrong under this check; the verdict must be 1."""
    assert history.exit_code == 1
    for report in history.reports:
        if check in said(report):
            return said(report)[check]
    raise AssertionError({report.what: said(report) for report in history.reports})


def where(history: History, check: str) -> tuple[str, int]:
    """Log and index of the first thing wrong under a check of the seams."""
    assert history.seams is not None
    (found, *_) = [one for one in history.seams[check].findings if one.state == "wrong"]
    assert found.entry is not None
    return found.entry.origin, found.entry.index


def third(found: Society, before: Log, year: str = "2028-29") -> Log:
    """A log of another year that continues one of the two."""
    time = int(LATER + 366 * books.DAY)
    after = origins.coop_origin(found.scenario.host, books.SLUG, year)
    if before is found.new:
        found.scenario.turn_state(year)
        found.scenario.close(before, after, time)
    log = found.scenario.continued(before, after)
    log.append(books.officer_record(b"\7" * 32), time + 10)
    found.scenario.publish(log)
    return log


# ---- 1, 2: a year is dropped


def test_a_year_left_out_is_missing_and_named() -> None:
    found = society()
    last = third(found, found.new)
    old, new = found.packages()
    assert verify(found.scenario, old, new, found.scenario.files(last)).exit_code == 0
    history = verify(found.scenario, old, found.scenario.files(last))
    assert history.exit_code == 2 and history.seams is not None
    assert found.new.origin in said(history.seams, "missing")["unbroken"]
    alone = history.parts[1].report
    assert "needs the package of" in said(alone, "not-checked")["society"], "nothing is carried"


def test_a_year_dropped_by_continuing_the_one_before_it() -> None:
    """2028-29 begins with the last head of 2026-27, as if 2027-28 had never been."""
    found = society()
    last = third(found, found.old)
    old, new = found.packages()
    history = verify(found.scenario, old, new, found.scenario.files(last))
    assert "both continue" in wrong(history, "continued")
    assert where(history, "continued") == (last.origin, 0)
    without = verify(found.scenario, old, found.scenario.files(last))
    assert f"goes on in {found.new.origin}, not in" in wrong(without, "years")


# ---- 3, 4, 5: a closed log is opened again


def test_a_closed_log_that_goes_on() -> None:
    found = society()
    found.old.append(books.officer_record(b"\7" * 32), LATER + 6)
    found.scenario.publish(found.old)
    history = verify(found.scenario, *found.packages())
    assert "entries stand after it" in wrong(history, "years")
    assert where(history, "continued") == (found.old.origin, len(found.old.entries) - 1)


def test_a_closed_log_rewritten_and_closed_again() -> None:
    """Another past with a closing entry of its own; the new year's log keeps the true head."""
    found, forged = society(), begin()
    forged.old.append(books.officer_record(b"\7" * 32), START + 90)
    forged.turn()
    history = verify(found.scenario, forged.scenario.files(forged.old), found.packages()[1])
    assert wrong(history, "continued")
    assert where(history, "continued")[0] == found.old.origin


def test_a_closed_log_rewritten_to_the_same_length() -> None:
    found, forged = society(), begin()
    forged.old.entries[-1] = forged.old.entries[-1].replace(b"2026-05-28T20", b"2026-05-28T21")
    forged.scenario.publish(forged.old)
    forged.turn()
    assert len(forged.old.entries) == len(found.old.entries)
    history = verify(found.scenario, forged.scenario.files(forged.old), found.packages()[1])
    assert wrong(history, "continued") and where(history, "continued") == (found.new.origin, 0)
    copies = verify(found.scenario, found.packages()[0], forged.scenario.files(forged.old))
    assert "two different versions" in wrong(copies, "one-society")
    assert where(copies, "one-society") == (found.old.origin, len(found.old.entries) - 2)


def test_the_last_entries_of_a_year_are_dropped() -> None:
    """The new log begins with a stale head; what was sealed after it is to be forgotten."""
    found = begin()
    stale = found.scenario.placed[found.old.origin][-1]
    found.old.append(books.officer_record(b"\7" * 32), START + 90)
    found.turn()
    found.new.entries[0] = stale.note.encode()
    found.finish()
    history = verify(found.scenario, *found.packages())
    assert "dropped, or the log was opened again" in wrong(history, "continued")
    assert where(history, "continued") == (found.old.origin, stale.size)


def test_a_year_that_begins_without_ending_the_one_before() -> None:
    found = begin()
    found.scenario.turn_state(NEXT)
    after = origins.coop_origin(found.scenario.host, books.SLUG, NEXT)
    found.new = found.scenario.continued(found.old, after)
    found.finish()
    found.scenario.before.pop(after)
    history = verify(found.scenario, *found.packages())
    assert history.exit_code == 2 and history.seams is not None
    assert "is not closed" in said(history.seams, "missing")["unbroken"]


def test_a_year_that_begins_anew() -> None:
    """A second registration: all that was before is to be forgotten."""
    found = society()
    fresh = found.scenario.open(origins.coop_origin(found.scenario.host, books.SLUG, "2028-29"))
    fresh.append(books.society_record(), int(LATER + 366 * books.DAY))
    found.scenario.publish(fresh)
    history = verify(found.scenario, *found.packages(), found.scenario.files(fresh))
    assert "begins anew" in wrong(history, "continued")
    assert where(history, "continued") == (fresh.origin, 0)


@pytest.mark.parametrize("after", ["nowhere", "eras.example/coop/k-12/2029-30"])
def test_a_closing_entry_that_names_another_log(after: str) -> None:
    """Nothing to follow, or a log beyond the one that continues it."""
    found = begin()
    found.scenario.turn_state(NEXT)
    found.scenario.close(found.old, after, LATER + 5)
    found.new = found.scenario.continued(
        found.old, origins.coop_origin(found.scenario.host, books.SLUG, NEXT)
    )
    found.finish()
    last = third(found, found.new)
    old, new = found.packages()
    history = verify(found.scenario, old, new)
    assert f"goes on in {after}" in wrong(history, "continued")
    assert where(history, "continued") == (found.old.origin, len(found.old.entries) - 1)
    assert wrong(verify(found.scenario, old, found.scenario.files(last)), "continued")


# ---- 6: two continuations


def test_two_logs_continue_one() -> None:
    found = society()
    twin = found.scenario.continued(found.old, f"{found.new.origin}.2")
    twin.append(books.officer_record(b"\7" * 32), LATER + 10)
    found.scenario.publish(twin)
    history = verify(found.scenario, *found.packages(), found.scenario.files(twin))
    assert "two histories were made of one" in wrong(history, "continued")
    assert where(history, "continued") == (twin.origin, 0)
    alone = verify(found.scenario, found.scenario.files(found.old), found.scenario.files(twin))
    assert "not in" in wrong(alone, "years")


# ---- 7, 8, 9: figures that rest on two years


def opened(cash_paise: int) -> list[Record]:
    """The year opens with balances of its own, entered after the turn."""
    cash, savings, share, *_ = books.accounts()
    accumulated = -(cash_paise - 2_000_000 - 500_000)
    lines = (
        (cash, cash_paise),
        (savings, -2_000_000),
        (share, -500_000),
        (books.PROFIT, accumulated),
    )
    return [movement("o-1", *lines, type="Opening balances"), *movements()[2:]]


def test_opening_balances_that_are_not_last_years_closing() -> None:
    honest, forged = begin(), begin()
    for found, cash in ((honest, 2_550_000), (forged, 2_650_000)):
        found.turn()
        found.finish(opened(cash))
    right = verify(honest.scenario, *honest.packages())
    assert right.exit_code == 0, [said(report) for report in right.reports]
    assert right.parts[1].report["openings-carried"].right == 2, "against the books and the sheet"
    history = verify(forged.scenario, *forged.packages())
    assert "differs from last year's closing by 1,000.00" in wrong(history, "openings-carried")
    assert verify(forged.scenario, forged.packages()[1]).exit_code == 0, "alone it cannot be seen"


def test_last_years_books_changed_after_their_sheet_was_filed() -> None:
    """A late voucher of 2025-26: its sheet stands, and 2026-27 opens from other figures."""
    found = begin()
    found.turn()
    cash, savings = pair()
    late = books.voucher("g-9", cash, savings, day="2026-03-31", batch="imp-3")
    found.finish([late, *movements()[2:]])
    assert verify(found.scenario, found.packages()[1]).exit_code == 0
    said = wrong(verify(found.scenario, *found.packages()), "openings-carried")
    assert "20,000.00 was filed for 2025-26, but 2026-27 opens from books giving 21,000.00" in said


def test_an_import_of_last_year_voided_after_its_sheet_was_filed() -> None:
    found = begin()
    found.turn()
    found.new.append(books.import_close("imp-1", 4, "void"), LATER + 6)
    found.sealed = found.sealed[4:]
    found.finish()
    alone = verify(found.scenario, found.packages()[1])
    assert alone.exit_code == 0
    said = wrong(verify(found.scenario, *found.packages()), "openings-carried")
    assert "was filed for 2025-26, but 2026-27 opens from books giving" in said


def filed(column: str = "", **change: canon.Json) -> History:
    """Both packages, the later sheet with an altered member, rightly signed.

    With `column`, 100.00 more stands in that column on a line of either side.
    """
    found = begin()
    found.turn()
    post(found.new, "imp-3", movements()[2:], LATER + 10)
    found.sealed += movements()[2:]
    found.scenario.publish(found.new)
    if column:
        change["lines"] = [
            {**line, column: line[column] + 100_00 * (line["id"] in ("A1", "L5i"))}  # type: ignore[dict-item, index, operator, call-overload]
            for line in found.second()["lines"]  # type: ignore[union-attr]
        ]
    found.new.append(found.second(**change), LATER + 30)
    found.scenario.publish(found.new)
    assert verify(found.scenario, found.packages()[1]).exit_code == 0, "alone it cannot be seen"
    return verify(found.scenario, *found.packages())


def test_last_years_column_changed() -> None:
    assert "was filed for 2025-26; the sheet of 2026-27 shows" in wrong(
        filed("prior"), "comparative"
    )


def test_a_sheet_that_names_a_sheet_nobody_filed() -> None:
    assert "does not name the sheet filed for 2025-26" in wrong(
        filed(previous="ab" * 32), "comparative"
    )


def test_an_invented_figure_over_two_years() -> None:
    found = begin()
    found.turn()
    post(found.new, "imp-3", movements()[2:], LATER + 10)
    invented = movement("h-3", *((code, paise * 2) for code, paise in pair()), day="2027-03-30")
    found.sealed += [invented, movements()[3]]
    found.scenario.publish(found.new)
    found.new.append(found.second(), LATER + 30)
    found.scenario.publish(found.new)
    alone = verify(found.scenario, found.packages()[1])
    assert alone.exit_code == 0 and alone.parts[0].report["sheets"].right == 0
    assert "the books give" in wrong(verify(found.scenario, *found.packages()), "sheets")


def pair() -> tuple[tuple[str, int], tuple[str, int]]:
    """The two lines of a receipt."""
    cash, savings, *_ = books.accounts()
    return (cash, 1_000_00), (savings, -1_000_00)


# ---- 10, 11: counted twice


def test_a_voucher_of_last_year_counted_again() -> None:
    found = begin()
    found.turn()
    found.finish([movement("h-1", *pair()), *movements()[3:]])
    assert verify(found.scenario, found.packages()[1]).exit_code == 0
    assert "stands twice" in wrong(verify(found.scenario, *found.packages()), "vouchers")


def test_an_import_of_last_year_opened_again() -> None:
    found = begin()
    found.turn()
    post(found.new, "imp-2", [movement("h-9", *pair(), batch="imp-2")], LATER + 5)
    found.finish()
    assert "opened a second time" in wrong(verify(found.scenario, *found.packages()), "imports")


def test_an_import_left_open_over_the_turn_is_posted_from_the_next_log() -> None:
    """Half of it stands in a log of its own; whoever holds one year could not count it."""
    found = begin()
    post(found.old, "imp-9", [movement("h-9", *pair(), batch="imp-9")], START + 60, closed=False)
    found.turn()
    found.new.append(books.import_close("imp-9", 1), LATER + 6)
    found.finish()
    history = verify(found.scenario, *found.packages())
    assert "opened in an earlier log" in wrong(history, "imports")


def test_a_correction_of_a_voucher_that_never_was() -> None:
    found = begin()
    found.turn()
    found.finish([movement("x~1", *pair(), corrects="x")])
    assert verify(found.scenario, found.packages()[1]).exit_code == 0
    assert "does not stand before it" in wrong(
        verify(found.scenario, *found.packages()), "corrections"
    )


def test_a_reversal_that_moves_something_else() -> None:
    """By its name it undoes a voucher of the year before; its lines put the money elsewhere."""
    cash, savings, share, *_ = books.accounts()
    for lines in (((cash, -301_00), (savings, 301_00)), ((cash, -300_00), (share, 300_00))):
        found = begin()
        found.turn()
        found.finish([movement("h-2~1r", *lines, corrects="h-2")])
        assert verify(found.scenario, found.packages()[1]).exit_code == 0
        assert "sides exchanged" in wrong(verify(found.scenario, *found.packages()), "corrections")


# ---- 12, 13: keys


def test_a_sheet_signed_with_a_key_revoked_the_year_before() -> None:
    found = begin()
    found.old.append(books.officer_record(action="revoke"), START + 90)
    found.turn()
    found.finish()
    assert verify(found.scenario, found.packages()[1]).exit_code == 0
    assert "not bound" in wrong(verify(found.scenario, *found.packages()), "signatures")


def test_the_new_log_uses_the_key_of_the_old() -> None:
    found = begin()
    found.scenario.turn_state(NEXT)
    after = origins.coop_origin(found.scenario.host, books.SLUG, NEXT)
    found.scenario.close(found.old, after, LATER + 5)
    found.new = found.scenario.continued(found.old, after, secret=found.old.secret)
    found.finish()
    assert "used again" in wrong(verify(found.scenario, *found.packages()), "own-keys")


def test_another_key_for_the_old_log_in_the_new_package() -> None:
    """The state log states two keys for one log; the new year rests on the second."""
    found = begin()
    scenario, old = found.scenario, found.old
    found.turn()
    second = Log(old.origin, b"\x11" * 32, old.entries, documents=old.documents)
    key = scenario.state.append(scenario.log_key(second, None))
    scenario.state.entries.append(second.note().encode())
    place = Placed(len(old.entries), second.note(), scenario.state, len(scenario.state.entries) - 1)
    found.new.entries[0] = second.note().encode()
    found.finish()
    first = scenario.files(old)
    scenario.stated[scenario.state.origin, old.origin] = key
    scenario.placed[old.origin] = [place]
    history = verify(scenario, first, scenario.files(found.new))
    assert "another key" in wrong(history, "continued")
    assert where(history, "continued") == (found.new.origin, 0)


# ---- 14: back-dating


@pytest.mark.parametrize("time", [LATER - 1, START])
def test_an_entry_dated_into_the_year_before(time: int) -> None:
    found = begin()
    found.turn()
    found.new.append(books.officer_record(b"\7" * 32), time)
    found.scenario.publish(found.new)
    history = verify(found.scenario, *found.packages())
    assert "is not in the year of this log" in wrong(history, "grammar")
    assert str(Moment(time)) in wrong(history, "grammar")


def test_an_entry_dated_after_the_years_end() -> None:
    """Sealed in April, shown as of the old year's log, before its closing entry."""
    found = begin()
    found.old.append(books.officer_record(b"\7" * 32), LATER + 1)
    found.turn()
    found.finish()
    assert "is not in the year" in wrong(verify(found.scenario, *found.packages()), "grammar")


def test_an_entry_dated_before_the_end_of_a_log_of_the_same_year() -> None:
    """An emergency closes a log in the middle of its year; the next one is dated back into it."""
    found = begin()
    after = f"{found.old.origin}.2"
    found.scenario.close(found.old, after, START + 5000, reason="emergency")
    found.new = found.scenario.continued(found.old, after)
    for time, code in ((START + 5000, 0), (START + 4999, 1)):
        found.new.entries = found.new.entries[:1]
        found.scenario.placed.pop(after, None)
        found.new.append(books.officer_record(b"\7" * 32), time)
        found.scenario.publish(found.new)
        history = verify(found.scenario, *found.packages())
        assert history.exit_code == code, [said(report) for report in history.reports]
    assert "dated back" in wrong(history, "continued")
    assert where(history, "continued") == (after, 1)


# ---- 15 to 18: state logs


def test_a_state_log_that_nobody_named() -> None:
    """Its key is another than the closing entry of the old state log names."""
    scenario = Eras()
    found = begin(scenario)
    other = Log(origins.state_origin(scenario.host, NEXT), b"\x13" * 32)
    scenario.turn_state(NEXT, key=other)
    after = origins.coop_origin(scenario.host, books.SLUG, NEXT)
    scenario.close(found.old, after, LATER + 5)
    found.new = scenario.continued(found.old, after)
    found.finish()
    assert "is not signed by a log" in wrong(
        verify(scenario, *found.packages(), states=1), "state-logs"
    )
    assert "another key" in wrong(verify(scenario, *found.packages()), "state-logs")


def test_a_state_log_that_begins_with_a_stale_head() -> None:
    scenario = Eras()
    found = begin(scenario)
    scenario.turn_state(NEXT, start=scenario.state.note(3).encode())
    after = origins.coop_origin(scenario.host, books.SLUG, NEXT)
    scenario.close(found.old, after, LATER + 5)
    found.new = scenario.continued(found.old, after)
    found.finish()
    history = verify(scenario, *found.packages())
    assert "does not begin with the last head" in wrong(history, "state-logs")


def test_a_state_log_that_uses_the_key_of_the_old() -> None:
    scenario = Eras()
    found = begin(scenario)
    again = Log(origins.state_origin(scenario.host, NEXT), scenario.state.secret)
    scenario.turn_state(NEXT, key=again).secret = scenario.states[0].secret
    after = origins.coop_origin(scenario.host, books.SLUG, NEXT)
    scenario.close(found.old, after, LATER + 5)
    found.new = scenario.continued(found.old, after)
    found.finish()
    history = verify(scenario, *found.packages(), states=1)
    assert "used again" in wrong(history, "state-logs")


def test_a_closed_state_log_that_goes_on() -> None:
    """After its closing entry it takes another entry, under a head shown to one auditor."""
    found = society()
    honest = found.packages()
    state = found.scenario.states[0]
    state.entries.append(found.old.note(3).encode())
    place = found.scenario.placed[found.old.origin][0]
    name = f"state/heads/{place.size}.tlog-proof"
    forged = honest[0] | {name: found.scenario.proof_in(state, place.index)}
    assert "was opened again" in wrong(verify(found.scenario, forged), "state-head")
    without = {name: data for name, data in forged.items() if not name.startswith("states/")}
    history = verify(found.scenario, without, honest[1])
    assert "it was opened again" in wrong(history, "state-history")


def test_two_state_logs_of_one_year() -> None:
    """Each auditor is shown a state log of their own: same size, other root."""
    stories = []
    for reason in ("one", "two"):
        found = begin()
        found.scenario.state.append(
            {
                "kind": "abandonment",
                "v": 1,
                "origin": "eras.example/coop/k-77/2026-27",
                "size": 1,
                "root": b64.encode(bytes(32)),
                "kept": 1,
                "successor": None,
                "reason": reason,
            }
        )
        found.turn()
        found.finish()
        stories.append(found)
    scenario = stories[0].scenario
    for found in stories:
        assert verify(scenario, *found.packages()).exit_code == 0, "each by itself is in order"
    history = verify(scenario, stories[0].packages()[0], stories[1].packages()[1])
    assert "the state log was forked" in wrong(history, "state-history")


class OtherKey(Eras):
    """The same state, but its second state log has another key."""

    def _make(self, origin: str) -> Log:
        made = super()._make(origin)
        if origin.endswith(f"/state/{NEXT}"):
            made.secret = b"\x23" * 32
        return made


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_endings_of_one_state_log(order: tuple[int, int]) -> None:
    """One auditor sees it closed early, with one next key; another one later, with another."""
    stories = []
    for scenario, more in ((Eras(), 0), (OtherKey(), 2)):
        found = begin(scenario)
        found.scenario.state.entries += [b"sooner or later\n"] * more
        found.turn()
        found.finish()
        stories.append([files | {"policy": scenario.policy(1)} for files in found.packages()])
    scenario = begin().scenario
    for packages in stories:
        alone = verify(scenario, *packages, states=1)
        assert alone.exit_code == 0, [said(report) for report in alone.reports]
    both = [stories[0][0], stories[1][1]]
    history = verify(scenario, *(both[at] for at in order), states=1)
    assert "two different endings" in wrong(history, "state-history")


def test_an_opening_head_that_nobody_signed() -> None:
    """Entry 0 has the right text over 64 zeros, and the files that would tell are left out."""
    found = begin()
    found.turn()
    note = notes.parse_note(found.new.entries[0].decode())
    (line,) = note.signatures
    zeros = notes.SignedNote(note.text, (line._replace(signature=bytes(64)),))
    found.new.entries[0] = notes.format_note(zeros).encode()
    found.finish()
    old, new = found.packages()
    new = {name: data for name, data in new.items() if not name.startswith("previous/")}
    assert verify(found.scenario, new).exit_code == 0, "alone it says that this is not checked"
    history = verify(found.scenario, old, new)
    assert "not its signature" in wrong(history, "continued")
    assert where(history, "continued") == (found.new.origin, 0)


def test_a_closed_log_whose_key_was_never_ended() -> None:
    found = society()
    old, new = found.packages()
    old = {name: data for name, data in old.items() if not name.startswith("state/key-end")}
    assert "not shown" in said(verify(found.scenario, old).reports[0], "not-checked")["years"]
    history = verify(found.scenario, old, new)
    assert history.exit_code == 2 and history.seams is not None
    assert "ended its key" in said(history.seams, "missing")["unbroken"]


def test_a_fork_below_the_next_state_log_within_one_package() -> None:
    """The opening of the next state log is shown under another tree of the same size."""
    found = society()
    scenario, new = found.scenario, found.scenario.files(found.new)
    true = scenario.states[1]
    twin = Log(true.origin, true.secret, [*true.entries[:-1], b"another\n"], {}, true.documents)
    new["states/2026-27/next.tlog-proof"] = scenario.proof_in(twin, 0)
    history = verify(scenario, new)
    assert "the state log was forked" in wrong(history, "state-head")


def test_policies_that_pin_two_keys_for_one_state_log() -> None:
    found = society()
    old, new = found.packages()
    other = Log(found.scenario.states[1].origin, b"\x17" * 32)
    new["policy"] = new["policy"].replace(
        vkey(found.scenario.states[1]).format().encode(), vkey(other).format().encode()
    )
    history = verify(found.scenario, old, new)
    assert "another key" in wrong(history, "policies")


# ---- every file that ties the years


TIES = ("states/", "previous/", "state/key-end")


@pytest.mark.parametrize("which", [0, 1])
def test_every_byte_region_of_the_ties_counts(which: int) -> None:
    found = society()
    packages = found.packages()
    names = [name for name in packages[which] if name.startswith(TIES)]
    assert len(names) == (7 if which == 0 else 11)
    for name in names:
        for flip in (0, len(packages[which][name]) // 2, len(packages[which][name]) - 1):
            data = bytearray(packages[which][name])
            data[flip] ^= 1
            files: list[Files] = list(packages)
            files[which] = {**packages[which], name: bytes(data)}
            history = verify(found.scenario, *files, states=1)
            assert history.exit_code == 1, (name, flip)
        gone = {n: d for n, d in packages[which].items() if n != name}
        files = list(packages)
        files[which] = gone
        assert verify(found.scenario, *files, states=1).exit_code != 0, name
