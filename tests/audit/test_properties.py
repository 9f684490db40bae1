"""Whatever an honest society does is accepted; whatever is taken from or put into it is not."""

from hypothesis import given, settings
from hypothesis import strategies as st

from audit.verify.report import Check, Report
from tests.audit import books
from tests.audit.helpers import check, said
from tests.audit.scenario import START, AuditScenario, Log, bundle
from trust.books.pure.vouchers import from_record
from trust.formats import canon

SIZES = st.lists(st.integers(0, 5), min_size=1, max_size=4)


def grow(imports: list[int], filed: bool) -> tuple[AuditScenario, Log]:
    """A book with imports of these sizes, a head after each, and perhaps a sheet at the end."""
    scenario = AuditScenario("grown")
    log = scenario.coop(books.SLUG)
    log.append(books.society_record())
    log.append(books.officer_record())
    sealed = []
    for number, size in enumerate(imports):
        batch = f"imp-{number}"
        log.append(books.import_open(batch, size), START + number)
        for step in range(size):
            record = {**books.vouchers()[step % 4], "id": f"{batch}-{step}", "import": batch}
            sealed.append(from_record(record))
            log.append(record, START + number, books.detail(str(step)) if step % 2 else None)
        log.append(books.import_close(batch, size), START + number)
        scenario.publish(log)
    if filed:
        log.append(books.statement(log, sealed), START + 100)
        scenario.publish(log)
    return scenario, log


@given(SIZES, st.booleans())
@settings(max_examples=25, deadline=None)
def test_every_honest_book_is_right(imports: list[int], filed: bool) -> None:
    scenario, log = grow(imports, filed)
    report = check(scenario, scenario.members(log))
    assert report.exit_code == 0, said(report)
    assert report["entries"].right == len(log.entries)
    assert report["vouchers"].right == sum(imports)
    assert report["sheets"].right == filed


@given(SIZES, st.data())
@settings(max_examples=25, deadline=None)
def test_no_entry_can_be_dropped_swapped_or_repeated(
    imports: list[int], data: st.DataObject
) -> None:
    scenario, log = grow(imports, False)
    entries = list(log.entries)
    one = data.draw(st.integers(0, len(entries) - 1))
    other = data.draw(st.integers(0, len(entries) - 1))
    changed = data.draw(
        st.sampled_from(
            [
                entries[:one] + entries[one + 1 :],
                [*entries[:one], entries[other], *entries[one + 1 :]],
                [*entries[:one], entries[other], *entries[one:]],
            ]
        )
    )
    report = check(scenario, {**scenario.members(log), "log/entries": bundle(changed)})
    assert (report.exit_code == 0) == (changed == entries)


@given(SIZES, st.data())
@settings(max_examples=25, deadline=None)
def test_an_opening_opens_its_own_entry_only(imports: list[int], data: st.DataObject) -> None:
    scenario, log = grow([*imports, 2], False)
    files = scenario.members(log)
    names = sorted(name for name in files if name.startswith("openings/"))
    one, other = data.draw(st.sampled_from(names)), data.draw(st.sampled_from(names))
    report = check(scenario, {**files, one: files[other]})
    assert (report.exit_code == 0) == (one == other)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
@settings(max_examples=60, deadline=None)
def test_records_of_any_shape_are_refused_without_a_crash(value: object) -> None:
    scenario, log = grow([1], False)
    files = scenario.members(log)
    opening = canon.parse(files["openings/3.json"])
    for name in list(opening):
        try:
            files["openings/3.json"] = canon.canonical({**opening, name: value})  # type: ignore[dict-item]
        except Exception:
            continue
        assert check(scenario, files).exit_code == 1


@given(st.lists(st.sampled_from(["ok", "wrong", "missing", "skip"]), max_size=6))
def test_the_exit_code_follows_from_the_worst_that_was_said(words: list[str]) -> None:
    report = Report("anything")
    report.plan((str(number), "a question") for number in range(len(words) + 1))
    for number, word in enumerate(words):
        one: Check = report[str(number)]
        one.ok() if word == "ok" else getattr(one, word)("because")
    assert report.exit_code == (1 if "wrong" in words else 2)  # the last one was never reached
    report[str(len(words))].ok()
    expected = 1 if "wrong" in words else 2 if "missing" in words else 0
    assert report.exit_code == expected
    assert report.as_json()["exit"] == expected
    assert Report("nothing planned").exit_code == 2
