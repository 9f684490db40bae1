"""From one year's logs to the next: the chain of closed logs, and lies about it."""

from collections.abc import Callable

import pytest

from tests.audit.monitor.conftest import Watcher, kinds
from tests.audit.monitor.liar import Liar, abandonment, date
from trust.formats.entries import Entry, format_entry, parse_entry
from trust.formats.merkle import leaf_hash, root_of
from trust.formats.notes import ED25519, VerifierKey
from trust.log import service as logs
from trust.log import shards


def turn(liar: Liar, watcher: Watcher) -> str:
    """Let the year end; gives the society's log of the new one."""
    watcher.clock.advance(330 * 86_400)
    opened = shards.turn_year(liar.rt)
    (book,) = (origin for origin in opened if "/coop/" in origin)
    with liar.rt.db.write() as conn:
        logs.append(conn, book, [date(99)], now=watcher.clock())
    liar.rt.publish([liar.book, book])
    return book


@pytest.mark.parametrize("given", [False, True])
def test_closed_logs_vouch_for_those_that_continue_them(
    liar: Liar, watcher: Watcher, given: bool
) -> None:
    old = liar.policy()
    assert watcher.look(policy=old if given else None).exit_code == 0
    turn(liar, watcher)
    assert liar.policy() != old
    outcome = watcher.look()
    assert outcome.exit_code == 0, outcome.as_json()
    assert outcome.counts["logs"] == 4


def test_a_monitor_that_begins_after_the_turn_checks_both_years(
    liar: Liar, watcher: Watcher, another: Callable[[str], Watcher]
) -> None:
    turn(liar, watcher)
    assert watcher.look().exit_code == 0
    assert another("b").look(policy=liar.policy()).exit_code == 0


def test_a_state_log_that_nobody_vouches_for_is_not_followed(liar: Liar, watcher: Watcher) -> None:
    assert watcher.look().exit_code == 0
    strange = f"{liar.rt.host}/state/2031-32"
    vkey = VerifierKey.make(strange, ED25519, b"\7" * 32).format()
    liar.lies["/policy"] = f"log {vkey}\n".encode() + liar.policy()
    outcome = watcher.look()
    assert outcome.exit_code == 2 and strange in outcome.unchecked[0]


def test_an_entry_after_the_closing_one_is_named(liar: Liar, watcher: Watcher) -> None:
    turn(liar, watcher)
    entries = liar.entries(liar.book)
    last = parse_entry(entries[-1])
    assert isinstance(last, Entry) and last.kind == "log-closed"
    entries.append(format_entry(Entry("voucher", last.time, b"\1" * 32)))
    liar.serve_log(liar.book, entries)
    found = kinds(watcher.look())
    assert found["after-close"] == (liar.book, len(entries) - 1)


def test_a_new_log_that_begins_with_another_head_is_a_fork(liar: Liar, watcher: Watcher) -> None:
    assert watcher.look().exit_code == 0
    book = turn(liar, watcher)
    old = liar.entries(liar.book)
    other = [*old[:-1], old[0]]
    entries = liar.entries(book)
    entries[0] = liar.sign(liar.book, len(other), root_of([leaf_hash(entry) for entry in other]))
    liar.serve_log(book, entries)
    assert kinds(watcher.look())["fork"][0] == book


def test_a_log_given_up_is_reported_and_left_alone(liar: Liar, watcher: Watcher) -> None:
    assert watcher.look().exit_code == 0
    size, root, _ = liar.head(liar.book)
    with liar.rt.db.write() as conn:
        entry = abandonment(liar.book, size, root)
        logs.append(conn, liar.state, [entry], now=watcher.clock())
    liar.rt.publish([])
    liar.lies[liar.path(liar.book, "checkpoint")] = 404
    outcome = watcher.look()
    assert outcome.exit_code == 1 and kinds(outcome) == {"abandoned": (liar.book, None)}


def test_giving_up_at_a_smaller_size_than_was_signed_is_a_fork(
    liar: Liar, watcher: Watcher
) -> None:
    assert watcher.look().exit_code == 0
    with liar.rt.db.write() as conn:
        entry = abandonment(liar.book, 2, b"\1" * 32)
        logs.append(conn, liar.state, [entry], now=watcher.clock())
    liar.rt.publish([])
    assert set(kinds(watcher.look())) == {"abandoned", "fork"}
