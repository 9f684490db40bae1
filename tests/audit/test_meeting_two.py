"""Stories about a meeting of version 2: it rests on a sealed register and says what is left out."""

from dataclasses import replace

from audit.verify.report import Report
from audit.verify.verify import Source, verify_folder, verify_society
from tests.audit import gathering as g
from tests.audit.books import DAY, SLUG, digest
from tests.audit.eras import LATER, NEXT, Eras
from tests.audit.helpers import knowledge, said, states
from tests.audit.scenario import START, Log, Record, folder, seed
from trust.formats import b64, canon, origins
from trust.formats.canon import Json
from trust.formats.times import format_time
from voting.pure.ballot import Officer
from voting.pure.rules import RuleBook


def test_an_honest_meeting_is_right_with_its_societys_package() -> None:
    found = g.honest()
    report = found.verify()
    assert report.exit_code == 0, said(report)
    rest = {"other-heads": "not-checked"}
    assert states(report) == dict.fromkeys(states(report), "right") | rest
    assert said(report, "note")["ballots"].startswith("A ballot does not count (ballot-revoked")
    assert (report["changes"].right, report["assisted"].right) == (2, 1)
    alone = found.alone()
    assert alone.exit_code == 0
    for check in ("books", "register", "since", "changes", "assisted"):
        assert "--society" in said(alone, "not-checked")[check]


OFFICERS = ((g.SECRETARY, "secretary"), (g.PRESIDENT, "president"))

# ---- what is left out


def wrong(found: g.Gathering, check: str) -> str:
    """What is wrong under this check with the society's package, and nothing else is."""
    report = found.verify()
    assert report.exit_code == 1, said(report, "note")
    assert list(said(report)) == [check], said(report)
    return said(report)[check]


def after(*records: Record) -> g.Gathering:
    """A meeting at which these ballots were cast, not closed yet."""
    found = g.drawn()
    found.cast(*records)
    return found


def test_a_forged_list_of_what_was_left_out() -> None:
    """The close drops an honest ballot, counts a bad one, or gives another reason."""
    found = g.drawn()
    (index, *_) = found.cast(found.ballot(1, "no"), found.ballot(2, "yes"))
    found.close(left_out=[{"index": index, "reason": "ballot-signature"}])
    assert f"leaves out the ballot at entry {index} (ballot-signature), but it counts" in wrong(
        found, "results"
    )
    forgeries: tuple[tuple[list[Json], str], ...] = (
        ([], "but the result counts it"),
        ([{"index": 4, "reason": "not-open"}], "another reason (not-open)"),
        ([{"index": 4, "reason": "ballot-replayed"}], "another reason (ballot-replayed)"),
    )
    for forged, told in forgeries:
        found = g.drawn()
        found.cast(found.ballot(1, "yes"), found.ballot(1, "no", 9))
        found.close(left_out=forged)
        assert told in wrong(found, "results")


def test_a_gap_in_the_sequence_is_left_out_and_shuts_nobody_out() -> None:
    """Officers use up all numbers before the member votes: her ballot is the one that counts."""
    found = g.drawn()
    found.cast(found.assisted(1, "no", 2**31 - 1), found.ballot(1, "yes"))
    found.close()
    report = found.verify()
    assert report.exit_code == 0 and report["results"].right == 1
    assert "sequence 1; this one has 2147483647" in said(report, "note")["ballots"]
    counted = g.drawn()
    counted.cast(counted.assisted(1, "no", 2**31 - 1), counted.ballot(1, "yes"))
    counted.close(left_out=[], accepted=2)
    assert "(ballot-sequence-gap), but the result counts it" in wrong(counted, "results")


def test_a_ballot_of_a_stopped_key_cannot_be_counted() -> None:
    """Ballot and stop fall in one second: the index decides."""
    for before in (False, True):
        found = g.drawn()
        if before:
            found.cast(found.ballot(1, "yes"))
        found.change(g.member(1), "member", "stop")
        if not before:
            found.cast(found.ballot(1, "yes"))
        found.close()
        assert found.verify().exit_code == 0
    found = g.drawn()
    found.change(g.member(1), "member", "stop")
    found.cast(found.ballot(1, "yes"))
    found.close(left_out=[], accepted=1, present=1, voted=1, **{"for": 1})
    assert "(ballot-revoked-key), but the result counts it" in wrong(found, "results")


def test_an_assisted_ballot_and_the_stop_of_an_officers_key_in_one_second() -> None:
    """With seconds deciding, this meeting could never be counted."""
    found = g.drawn()
    found.cast(found.assisted(1, "yes"))
    found.change(g.PRESIDENT, "president", "stop")
    found.cast(found.assisted(2, "yes"))
    new = ((g.SECRETARY, "secretary"), (seed("new"), "president"))
    found.change(seed("new"), "president", "bind")
    found.cast(found.ballot(3, "no", 1, *new))
    found.close()
    report = found.verify()
    assert report.exit_code == 0 and report["assisted"].right == 2
    assert "two officers of this society" in said(report, "note")["ballots"]


def test_who_is_no_officer_cannot_help() -> None:
    """Alone the meeting says that it does not know the keys; with the society's log it does."""
    found = g.drawn()
    found.cast(found.ballot(1, "yes", 1, (g.SECRETARY, "secretary"), (seed("x"), "president")))
    found.officers[g.key(seed("x"))] = Officer("", "president")
    found.close()
    assert found.alone().exit_code == 0
    report = found.verify()
    assert "(ballot-not-an-officer), but the result counts it" in said(report)["results"]


def test_a_ballot_of_no_officers_may_be_left_out_before_who_does_not_know_the_officers() -> None:
    """Put in by who has the database, left out by an honest close: alone that is not checked."""
    for honest in (True, False):
        found = g.drawn()
        stranger = ((g.SECRETARY, "secretary"), (seed("x"), "president"))
        put_in = found.ballot(1, "yes", 1, *(stranger if honest else OFFICERS))
        (index, _) = found.cast(put_in, found.ballot(1, "no"))
        reason: Json = [{"index": index, "reason": "ballot-not-an-officer"}]
        forged: Record = {
            "left_out": reason,
            "accepted": 1,
            "for": 0,
            "against": 1,
            "assisted": 0,
            "carried": False,
        }
        found.close(**({} if honest else forged))
        alone = found.alone()
        assert alone.exit_code == 0, said(alone)
        assert "signer is no officer" in said(alone, "not-checked")["assisted"]
        if honest:
            assert found.verify().exit_code == 0
        else:
            assert "(ballot-not-an-officer), but it counts" in wrong(found, "results")


def test_without_the_roll_nothing_is_decided() -> None:
    found = g.drawn()
    found.cast({**found.ballot(1, "yes"), "roll_number": 2}, found.ballot(2, "yes"))
    found.close()
    assert found.alone().exit_code == 0
    found.roll = b""
    report = found.alone()
    assert report.exit_code == 2 and report["results"].right == 0
    assert "or the roll is not" in said(report, "not-checked")["results"]


def test_results_of_one_meeting_cannot_say_different_things_of_it() -> None:
    """Each figure is right in one of them; the public, who opens nothing, sees the difference."""
    for name in ("left_out", "opened", "admissions", "ended", "reissues", "stops"):
        found = g.drawn()
        second = {**canon.parse(found.log.documents[found.resolution]), "number": 2}
        again = g.drawn()
        again.log.append(second, g.NOTICE_AT + 5)
        again.close()
        other: Json = [{"index": 9, "reason": "not-open"}] if name == "left_out" else 7
        again.close(resolution=digest(second), **{name: other})
        again.log.openings.clear()
        assert f"differ in {name}" in said(again.alone())["results"]


def test_a_ballot_that_does_not_open_is_not_checked_and_blocks_nothing() -> None:
    found = g.drawn()
    lost, _ = found.cast(found.ballot(1, "no"), found.ballot(2, "yes"))
    shown = found.log.openings.pop(lost)
    found.close(left_out=[{"index": lost, "reason": "not-open"}])
    report = found.verify()
    assert report.exit_code == 2 and report["results"].right == 1
    assert "1 ballot is left out" in said(report, "not-checked")["ballots"]
    assert "do not open (1) could change whether" in said(report, "not-checked")["results"]
    found.log.openings[lost] = shown
    assert f"leaves out the ballot at entry {lost} (not-open), but it counts" in wrong(
        found, "results"
    )


def test_whether_ballots_that_do_not_open_could_turn_the_result_is_told() -> None:
    """An operator withholds the opening of a good ballot and lists it so: that is never right."""
    for choices, text in (
        (("yes", "yes", "yes", "yes"), "(1) are too few to change it"),
        (("yes", "yes", "no"), "(1) could change whether it is carried"),
        (("no", "yes"), "(1) could change whether it is carried"),
        (("no", "no", "no", "no"), "(1) are too few to change it"),
    ):
        found = g.drawn()
        lost, *_ = found.cast(
            found.ballot(6, "no"), *(found.ballot(n + 1, one) for n, one in enumerate(choices))
        )
        found.log.openings.pop(lost)
        found.close(left_out=[{"index": lost, "reason": "not-open"}])
        report = found.verify()
        assert report.exit_code == 2 and not said(report), said(report)
        assert text in said(report, "not-checked")["results"], choices


FORGERIES: tuple[Record, ...] = (
    {"for": 3, "accepted": 4, "voted": 4, "present": 4},
    {"against": 0, "accepted": 2, "voted": 2, "present": 2},
    {"for": 1, "against": 2},
    {"superseded": 1},
    {"members": 5},
    {"quorate": False},
)


def test_the_votes_are_counted_whatever_rule_file_the_notice_names() -> None:
    """The operator names a rule file that nobody has: the count is made, and never ends with 0."""
    for forged in (None, *FORGERIES):
        found = g.drawn()
        found.cast(*(found.ballot(n, one) for n, one in ((1, "yes"), (2, "yes"), (3, "no"))))
        found.close(**(forged or {}))
        found.publish()
        known = replace(knowledge(found.scenario.policy()), rules=RuleBook(()))
        report = verify_folder(folder(found.meeting()), known)
        if forged is None:
            assert report.exit_code == 2 and not said(report), said(report)
            assert "--rules" in said(report, "not-checked")["notice"]
        else:
            assert report.exit_code == 1 and "counted" in said(report)["results"], forged


def test_a_stranger_or_a_ballot_put_in_twice_is_told_without_the_rule_file() -> None:
    for signer in (seed("stranger"), g.member(1)):
        found = g.drawn()
        found.cast(found.ballot(1, "yes"), found.ballot(1, "yes", 1, (signer, "member")))
        found.close(left_out=[], accepted=2, superseded=1)
        found.publish()
        known = replace(knowledge(found.scenario.policy()), rules=RuleBook(()))
        report = verify_folder(folder(found.meeting()), known)
        assert report.exit_code == 1 and "but the result counts it" in said(report)["results"]


def test_a_meeting_without_a_result_is_not_right() -> None:
    """Open, or closed with the result kept back: the log's own times tell the two apart."""
    found = g.drawn()
    found.cast(found.ballot(1, "yes"))
    report = found.verify()
    assert report.exit_code == 2 and not said(report)
    assert "is not closed" in said(report, "not-checked")["results"]
    found.log.append(found.ballot(2, "yes"), found.closes)
    report = found.verify()
    assert report.exit_code == 2
    assert "Voting was over" in said(report, "not-checked")["results"]


def test_ballots_that_nobody_may_open_here_decide_nothing() -> None:
    """The public's package has no opening at all."""
    found = g.honest()
    found.log.openings.clear()
    report = found.verify()
    assert report.exit_code == 2 and report["results"].right == 0
    assert "7 ballots are not open here" in said(report, "not-checked")["ballots"]
    assert "changes of keys are not open" in said(report, "not-checked")["changes"]


def test_a_late_ballot_is_left_out_and_one_after_the_close_is_wrong() -> None:
    found = g.drawn()
    found.log.append(found.ballot(1, "yes"), found.closes)
    found.close(
        left_out=[{"index": 3, "reason": "ballot-after-close"}],
        accepted=0,
        voted=0,
        present=0,
        quorate=False,
        carried=False,
        **{"for": 0},
    )
    assert found.verify().exit_code == 0
    found.log.append(found.ballot(2, "yes"), found.closes + 9)
    assert "after the close" in wrong(found, "close")


def test_the_share_of_officers_and_what_they_opened_are_counted_again() -> None:
    for name in ("assisted", "opened", "from_opening", "accepted", "for"):
        found = g.drawn()
        found.cast(found.ballot(1, "yes"), found.assisted(2, "yes"))
        found.opened(2)
        found.close(**{name: 3})
        assert f"{name}: sealed 3" in wrong(found, "results")


# ---- changes of keys in two logs


def test_a_hidden_change_of_a_key() -> None:
    """Thirty cards are stopped in the society's log, and the meeting's log does not say so."""
    found = g.drawn()
    found.book_only(g.enrolment(g.member(1), "revoke"))
    found.close()
    told = wrong(found, "changes")
    assert "stop of a member's key was sealed in the society's log" in told


def test_a_surplus_change_of_a_key() -> None:
    """The meeting's log says that a key was stopped, so that its ballot falls; it never was."""
    found = g.drawn()
    found.log_only(g.member(1), "member", "stop")
    found.cast(found.ballot(1, "no"))
    found.close()
    assert found.alone().exit_code == 0, "by itself it is in order"
    assert "stands in the meeting's log, but was not sealed" in wrong(found, "changes")


def test_changes_in_another_order_and_of_another_holder() -> None:
    found = g.drawn()
    found.book_only(g.enrolment(g.member(1), "revoke"))
    found.book_only(g.enrolment(g.member(2), "revoke"))
    found.log_only(g.member(2), "member", "stop")
    found.log_only(g.member(1), "member", "stop")
    found.close()
    assert "another order" in wrong(found, "changes")
    found = g.drawn()
    found.book_only(g.officer(seed("new"), "president"))
    found.log_only(seed("new"), "secretary", "bind")
    found.close()
    assert "changes" in said(found.verify())


def test_a_lost_officers_key_is_a_stop() -> None:
    found = g.drawn()
    found.book_only(g.loss(g.PRESIDENT, "president", "secretary", "clerk"))
    found.log_only(g.PRESIDENT, "president", "stop")
    found.close()
    assert found.verify().exit_code == 0


def test_one_officer_alone_while_the_roll_is_drawn() -> None:
    """One stopped a card in a second, or wrote a new member in: each takes two, or the member."""
    for kind, officers, right in (
        ("enrolment", ["s"], False),
        ("enrolment", ["s", "s"], False),
        ("enrolment", [], True),
        ("enrolment", ["s", "p"], True),
        ("admission", ["s"], False),
        ("admission", [], False),
        ("admission-end", ["s"], False),
        ("admission-end", [], True),
        ("admission-change", ["s", "p"], True),
    ):
        found = g.drawn()
        listed: list[Json] = list(officers)
        if kind == "enrolment":
            found.book_only(g.enrolment(g.member(1), "revoke", listed))
            found.log_only(g.member(1), "member", "stop")
        else:
            found.book_only(g.admission(kind, listed))
        found.close()
        if kind == "admission" and not officers:
            assert found.society().exit_code == 1
            continue
        if right:
            assert found.verify().exit_code == 0, (kind, officers)
        else:
            assert "not by two officers" in wrong(found, "changes")


# ---- the register


def test_forty_members_admitted_ten_minutes_before_the_opening() -> None:
    """Two officers write "joined 1990". The day of sealing counts, whatever the register says."""
    found = g.begin(members=8, late=40)
    found.call()
    found.draw(48, from_opening=8)
    found.cast(*(found.ballot(number, "yes") for number in range(9, 49)))
    found.close()
    told = wrong(found, "register")
    assert "40 names on the roll are not of the opening register, but only 0" in told


def test_a_roll_that_says_more_is_of_the_opening_than_it_held() -> None:
    found = g.begin(members=8, late=40)
    found.call()
    found.draw(48, from_opening=48)
    found.close()
    assert "48 of its 48 names are of the opening register, which held 8" in wrong(
        found, "register"
    )


def test_newcomers_who_were_admitted_early_enough_stand_on_the_roll() -> None:
    found = g.drawn(members=6, newcomers=2)
    found.close()
    assert found.verify().exit_code == 0
    one_more = g.begin(members=6, newcomers=2, late=1)
    one_more.call()
    one_more.draw(9, 6)
    one_more.close()
    assert "3 names on the roll" in wrong(one_more, "register")


def test_a_key_on_the_roll_that_was_never_bound() -> None:
    """The operator puts a key of his own behind a number of the roll."""
    found = g.begin()
    found.call()
    found.draw(7, from_opening=6)
    found.close()
    told = said(found.verify())["register"]
    assert "only 0 members were admitted" in told
    assert "key that was not in force" in str(found.verify()["register"].findings)


def test_a_stopped_key_on_the_roll() -> None:
    found = g.begin()
    found.book.append(g.enrolment(g.member(2), "revoke"), g.NOTICE_AT - 5)
    found.call()
    found.draw()
    found.close()
    assert "Number 2 of the roll has a key that was not in force" in wrong(found, "register")


def test_what_was_done_since_the_notice_cannot_be_kept_silent() -> None:
    """Forty admissions, one end, a re-issue and a stop; each count is made again."""
    for name, index in (("admissions", 3), ("ended", 1), ("reissues", 1), ("stops", 2)):
        found = g.begin()
        found.call()
        for _ in range(3):
            found.book.append(g.admission(), g.NOTICE_AT + 1)
        found.book.append(g.admission("admission-end"), g.NOTICE_AT + 2)
        found.book.append(g.enrolment(g.member(6), "revoke"), g.NOTICE_AT + 3)
        found.book.append(g.enrolment(seed("new"), "reissue"), g.NOTICE_AT + 4)
        found.draw(5, 5)
        found.change(g.member(1), "member", "stop")
        found.close(**{name: 0})
        assert f"{name}: sealed 0, counted {index}" in wrong(found, "since")


def test_places_of_the_books_are_looked_up() -> None:
    forged: tuple[Record, ...] = ({"book_root": b64.encode(bytes(32))}, {"book_size": 4})
    for change in forged:
        found = g.begin()
        found.call(**change)
        found.draw()
        found.close()
        assert "another root of the society's books" in said(found.verify())["books"]
    found = g.drawn()
    found.close(book_size=3)
    assert "books never shrink" in said(found.alone())["books"]
    found = g.begin()
    found.call(book_origin="two.example/coop/k-99/2026-27")
    found.draw()
    found.close()
    assert "is no book log of k-12" in said(found.alone())["books"]


def test_an_older_package_of_the_society_is_said_to_be_too_short() -> None:
    found = g.honest()
    found.scenario.publish(found.log)
    short = found.noticed
    del found.book.entries[short:]
    for index in [index for index in found.book.openings if index >= short]:
        del found.book.openings[index]
    found.scenario.publish(found.book)
    report = found.verify()
    assert report.exit_code == 0
    assert "a newer one is needed" in said(report, "not-checked")["books"]
    assert "do not reach" in said(report, "not-checked")["changes"]


def test_no_roll_before_the_register_is_sealed_and_no_other_opening() -> None:
    found = g.begin()
    found.call()
    found.draw(opening="0" * 64)
    found.close()
    assert "another opening of the register" in wrong(found, "register")
    found = g.begin(sealed=False)
    found.call()
    found.draw()
    found.close()
    assert "before the society's register was sealed" in wrong(found, "register")


# ---- versions


def test_versions_do_not_mix() -> None:
    """A meeting ends under the version of its notice."""
    found = g.drawn()
    found.cast(found.ballot(1, "yes", v=1))
    found.close()
    report = found.verify()
    assert report.exit_code == 0
    assert "(ballot-version)" in said(report, "note")["ballots"]
    old = g.drawn()
    members = ("kind", "meeting", "cut_off", "count", "with_key", "root")
    first = {name: old.roll_record[name] for name in members}
    old.log.append({**first, "v": 1}, g.NOTICE_AT + 200)
    assert "this roll is of version 1" in said(old.verify())["versions"]


def test_a_meeting_of_version_1_after_the_register_was_sealed() -> None:
    """The convener chooses the weaker rules."""
    sealed = START + 10
    for at, code in ((sealed, 2), (sealed + 1, 1)):
        found = g.begin()
        record = {
            name: value for name, value in found.notice().items() if not name.startswith("book_")
        }
        notice = {**record, "v": 1, "notice_given": format_time(at)}
        found.log.append(notice, at)
        report = found.verify()
        assert report.exit_code == code, said(report)
    assert "register had been sealed" in said(report)["versions"]
    found.log.append(found.changed(g.SECRETARY, "secretary", "stop"), at)
    assert "has no roll-change" in said(found.alone())["versions"]


# ---- over the turn of the year


def over_the_turn(*, told: bool = True) -> tuple[Eras, g.Gathering, Log]:
    """Called and drawn in one log year of the society, closed in the next; a card is stopped and
    an officer's key bound between."""
    scenario = Eras("turn")
    found = g.begin(scenario=scenario, at=LATER - 10 * DAY)
    found.call()
    found.draw()
    scenario.publish(found.book)
    scenario.turn_state(NEXT)
    old, after = found.book, origins.coop_origin(scenario.host, SLUG, NEXT)
    scenario.close(old, after, LATER + 5)
    found.book = scenario.continued(old, after)
    found.cast(found.ballot(1, "yes"))
    if told:
        found.change(g.member(1), "member", "stop")
    else:
        found.book_only(g.enrolment(g.member(1), "revoke"))
    found.change(seed("new"), "president", "bind")
    found.cast(found.ballot(1, "no", 2))
    found.officers[g.key(seed("new"))] = Officer("", "president")
    found.noticed = 1
    found.close(stops=1)
    scenario.publish(found.book)
    scenario.publish(found.log)
    return scenario, found, old


def looked_up(scenario: Eras, found: g.Gathering, *books: Log) -> Report:
    """The meeting's package with those of these logs of the society."""
    known = knowledge(scenario.policy())
    sources = [Source(log.origin, files=folder(scenario.files(log))) for log in books]
    history, officers = verify_society(sources, known)
    assert history.exit_code == 0, [said(one) for one in history.reports]
    about = canon.parse(scenario.files(found.log)["package.json"]) | {"kind": "meeting"}
    files = scenario.files(found.log) | {"roll": found.roll, "package.json": canon.canonical(about)}
    return verify_folder(folder(files), replace(known, officers=officers))


def test_a_meeting_over_the_turn_of_the_year_is_held_against_both_logs() -> None:
    scenario, found, old = over_the_turn()
    report = looked_up(scenario, found, old, found.book)
    assert report.exit_code == 0, said(report)
    assert (report["changes"].right, report["since"].right) == (2, 1)
    assert "not-checked" not in report["register"].states
    alone = looked_up(scenario, found, found.book)
    assert alone.exit_code == 0
    assert f"package of {old.origin} is needed" in said(alone, "not-checked")["books"]
    scenario, found, old = over_the_turn(told=False)
    report = looked_up(scenario, found, old, found.book)
    assert "stands in no entry of the meeting's log" in said(report)["changes"]
    assert report["changes"].findings[0].entry is not None
    assert report["changes"].findings[0].entry.origin == found.book.origin


def test_a_second_opening_is_told_and_a_second_binding_is_wrong_in_all_years() -> None:
    again = Eras("again")
    second = g.begin(scenario=again)
    again.publish(second.book)
    again.turn_state(NEXT)
    after = origins.coop_origin(again.host, SLUG, NEXT)
    again.close(second.book, after, LATER + 5)
    new = again.continued(second.book, after)
    new.append(g.opening(46), LATER + 9)
    new.append(g.enrolment(g.member(1)), LATER + 9)
    again.publish(new)
    sources = [Source(log.origin, files=folder(again.files(log))) for log in (second.book, new)]
    history = verify_society(sources, knowledge(again.policy()))[0]
    wrong = [said(one) for one in history.reports if said(one)]
    assert history.exit_code == 1 and len(wrong) == 1
    assert set(wrong[0]) == {"keys"} and "bound before" in wrong[0]["keys"]
    told = [one.text for report in history.reports for one in report.findings("note")]
    assert sum("sealed a second time" in text for text in told) == 1
