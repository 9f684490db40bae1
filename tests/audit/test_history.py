"""Two log years and more, verified together; and what each package alone cannot say."""

from audit.verify.verify import Source, verify_society
from tests.audit import books
from tests.audit.eras import LATER, Eras, begin, movements, post, society, verify
from tests.audit.helpers import knowledge, said
from tests.audit.scenario import START, folder
from trust.formats import b64


def test_an_honest_history() -> None:
    found = society()
    history = verify(found.scenario, *reversed(found.packages()))
    assert history.exit_code == 0, [said(report) for report in history.reports]
    assert history.seams is not None
    assert {one.state for one in history.seams.checks.values()} == {"right"}
    old, new = (part.report for part in history.parts)
    assert old.facts["log"] == found.old.origin, "oldest first, in whatever order they were given"
    for report in (old, new):
        open_ends = {name for name, one in report.checks.items() if one.state != "right"}
        assert open_ends == {"other-heads"}
    assert new["sheets"].right == new["comparative"].right == new["signatures"].right == 1
    assert new["corrections"].right == 1, "the reversal of a voucher of the log year before"


def test_the_later_package_alone_says_what_it_needs() -> None:
    found = society()
    report = verify(found.scenario, found.packages()[1]).parts[0].report
    assert report.exit_code == 0
    open_ends = said(report, "not-checked")
    for name in ("society", "sheets", "signatures", "comparative", "corrections"):
        assert f"needs the package of {found.old.origin}" in open_ends[name].replace(
            "needs that of", "needs the package of"
        )
        assert report[name].right == 0
    assert report["years"].state == "right", "that it continues the other is shown by itself"


def test_what_lies_before_and_after_is_said() -> None:
    found = society()
    after = found.new.origin.replace("2027-28", "2028-29")
    found.scenario.close(found.new, after, LATER + 60)
    history = verify(found.scenario, *found.packages())
    assert history.exit_code == 0 and history.seams is not None
    assert f"goes on in {after}" in said(history.seams, "not-checked")["unbroken"]
    newer = found.scenario.continued(found.new, after)
    newer.append(books.officer_record(b"\5" * 32), LATER + 366 * books.DAY)
    found.scenario.publish(newer)
    history = verify(found.scenario, found.packages()[1], found.scenario.files(newer))
    assert history.exit_code == 0 and history.seams is not None
    assert f"continuing {found.old.origin}" in said(history.seams, "not-checked")["unbroken"]


def test_a_policy_of_years_ago_is_enough() -> None:
    """It pins the first state log only; the closing entries name every key since."""
    found = society()
    scenario = found.scenario
    for year in ("2028-29", "2029-30"):
        scenario.turn_state(year)
    history = verify(scenario, *found.packages(), states=1)
    assert history.exit_code == 0, [said(report) for report in history.reports]
    for part in history.parts:
        assert part.report["state-logs"].right == 3
        key = part.report.facts["key 2027-28"]
        assert f"log {key}\n".encode() in scenario.policy(2), (
            "to be pinned, for proofs of that year"
        )


def test_without_what_leads_to_the_new_key_an_old_policy_is_not_enough() -> None:
    found = society()
    files = {n: data for n, data in found.packages()[1].items() if not n.startswith("states/")}
    report = verify(found.scenario, files, states=1).parts[0].report
    assert (
        report.exit_code == 1 and "not signed by a log of the policy" in said(report)["state-head"]
    )
    both = verify(found.scenario, files).parts[0].report
    assert both.exit_code == 0, "a policy that pins both needs nothing to lead it"


def test_two_state_logs_in_one_package_without_a_tie_are_named() -> None:
    found = society()
    files = {n: data for n, data in found.packages()[0].items() if not n.startswith("states/")}
    report = verify(found.scenario, files).parts[0].report
    assert report.exit_code == 0
    assert "is not shown by this package" in said(report, "not-checked")["state-logs"]


def test_a_package_of_the_enclosed_policies_is_said_to_be() -> None:
    found = society()
    history = verify(found.scenario, *found.packages(), own=False)
    assert history.exit_code == 0
    for part in history.parts:
        assert "whom to believe" in said(part.report, "not-checked")["policy"]


def test_a_policy_with_other_witnesses_is_named() -> None:
    found = society()
    old, new = found.packages()
    old["policy"] = old["policy"].replace(b"quorum press", b"quorum none")
    history = verify(found.scenario, old, new, own=False)
    assert history.exit_code == 0 and history.seams is not None
    assert "not those of package 0" in said(history.seams, "not-checked")["policies"]


def test_a_policy_whose_new_key_nobody_named_is_named() -> None:
    found = society()
    old, new = found.packages()
    old["policy"] = found.scenario.policy(1)
    more = Eras("elsewhere").policy().split(b"\n")[0] + b"\n"
    new["policy"] = more + new["policy"]
    history = verify(found.scenario, old, new, own=False)
    assert history.exit_code == 0 and history.seams is not None
    assert "elsewhere.example" in said(history.seams, "not-checked")["policies"]


def test_an_older_copy_of_a_log_is_contained_in_the_newer() -> None:
    found = society()
    early = found.packages()[1]
    found.new.append(books.officer_record(b"\5" * 32), LATER + 60)
    found.scenario.publish(found.new)
    history = verify(found.scenario, found.packages()[0], early, found.packages()[1])
    assert history.exit_code == 0 and history.seams is not None
    assert "older copy" in said(history.seams, "not-checked")["one-society"]


def test_an_import_over_the_turn_begins_again_and_counts_once() -> None:
    """Posted half in the old log and never ended there; opened anew and whole in the next."""
    found = begin()
    post(found.old, "imp-3", movements()[2:3], START + 60, closed=False)
    found.turn()
    found.finish()
    history = verify(found.scenario, *found.packages())
    assert history.exit_code == 0, [said(report) for report in history.reports]
    assert "does not end in this log" in said(history.parts[0].report, "not-checked")["imports"]
    assert history.parts[1].report["sheets"].right == 1


def test_vouchers_that_are_closed_in_either_year_leave_the_sheet_open() -> None:
    found = society()
    files = [found.scenario.files(log, shown=log is found.new) for log in (found.old, found.new)]
    history = verify(found.scenario, *files)
    assert history.exit_code == 0
    assert "6 of the vouchers" in said(history.parts[1].report, "not-checked")["sheets"]


def test_an_erasure_of_an_earlier_year_is_checked_against_its_log() -> None:
    def erased(index: int) -> dict[str, str]:
        found = society()
        found.new.append(
            {
                "kind": "erasure",
                "v": 1,
                "index": index,
                "part": "record",
                "reason": "ground",
                "origin": found.old.origin,
            },
            LATER + 60,
        )
        found.scenario.publish(found.new)
        old, new = found.packages()
        alone = verify(found.scenario, new).parts[0].report
        assert f"needs the package of {found.old.origin}" in said(alone, "not-checked")["erasures"]
        report = verify(found.scenario, old, new).parts[1].report
        later = {name: data for name, data in old.items() if name != f"openings/{index}.json"}
        clean = verify(found.scenario, later, new).parts[1].report
        return {
            "with": str(said(report)) + str(said(report, "not-checked").get("erasures")),
            "without": f"{said(clean)} {clean['erasures'].right}",
        }

    voucher, document = erased(4), erased(1)
    assert "made before, or holds what should be gone" in voucher["with"]
    assert voucher["without"] == "{} 1"
    assert "no private entry of that log" in document["with"]


def test_a_log_that_was_given_up_continues_by_the_state_logs_word() -> None:
    found = begin()
    scenario, old = found.scenario, found.old
    size, root = len(old.entries), old.root()
    after = f"{old.origin}.2"
    index = scenario.state.append(
        {
            "kind": "abandonment",
            "v": 1,
            "origin": old.origin,
            "size": size,
            "root": b64.encode(root),
            "kept": size - 1,
            "successor": after,
            "reason": "disk lost",
        }
    )
    found.new = scenario.continued(old, after)
    found.new.append(books.officer_record(b"\5" * 32), START + 90)
    scenario.publish(found.new)
    scenario.before.pop(after)
    new = scenario.files(found.new)
    told = new | scenario.entry(scenario.state, index, "previous/given-up")
    history = verify(scenario, scenario.files(old), told)
    assert history.exit_code == 0, [said(report) for report in history.reports]
    assert "disk lost" in said(history.parts[1].report, "not-checked")["years"]
    silent = verify(scenario, scenario.files(old), new)
    assert silent.exit_code == 2 and silent.seams is not None
    assert "nothing here shows that it was given up" in said(silent.seams, "missing")["unbroken"]


def test_logs_of_two_societies_are_no_history() -> None:
    found = society()
    other = society(Eras("other"))
    history = verify(found.scenario, found.packages()[0], other.packages()[1])
    assert history.exit_code == 1, "the other scenario's keys are not in the policy"
    assert history.seams is not None
    assert "Verify each society by itself" in said(history.seams, "missing")["one-society"]


def test_a_package_that_cannot_be_read_is_two() -> None:
    found = society()
    old, new = found.packages()
    del old["log/entries"]
    history = verify(found.scenario, old, new)
    assert history.exit_code == 2 and history.seams is not None
    assert "cannot be read" in said(history.seams, "missing")["unbroken"]


def test_a_meeting_learns_of_officers_and_stopped_keys_from_every_year() -> None:
    found = society()
    sources = [Source(str(n), files=folder(files)) for n, files in enumerate(found.packages())]
    history, officers = verify_society(sources, knowledge(found.scenario.policy()))
    assert history.exit_code == 0 and officers is not None
    assert officers.whole and officers.until == LATER + 30
    assert set(officers.at(LATER)) == set(officers.at(START)) != set()
    _, later = verify_society(sources[1:], knowledge(found.scenario.policy()))
    assert later is not None and not later.whole and later.at(LATER) == {}
