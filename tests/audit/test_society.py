"""Stories about a society's package whose manifest is right: what the checks behind it see."""

from collections.abc import Callable

import pytest

from audit.verify.heads import StateLog
from audit.verify.report import Report
from audit.verify.verify import Source, verify_folder, verify_history
from tests.audit import books
from tests.audit.helpers import check, knowledge, said, states
from tests.audit.scenario import START, AuditScenario, Log, Record, bundle, folder, seed
from trust.books.pure.vouchers import from_record
from trust.formats import canon, merkle, notes
from trust.formats.checkpoints import Checkpoint, format_checkpoint
from trust.formats.notes import SignedNote

Files = dict[str, bytes]


@pytest.fixture
def scenario() -> AuditScenario:
    return AuditScenario("society")


@pytest.fixture
def log(scenario: AuditScenario) -> Log:
    return books.book(scenario)


@pytest.fixture
def files(scenario: AuditScenario, log: Log) -> Files:
    return scenario.members(log)


def test_an_honest_package_is_right(scenario: AuditScenario, files: Files) -> None:
    report = check(scenario, files)
    assert report.exit_code == 0
    open_ends = {"other-heads": "not-checked"}
    assert states(report) == dict.fromkeys(states(report), "right") | open_ends
    assert report["entries"].right == 9 and report["sheets"].right == 1


def test_without_an_outside_policy_it_says_so(files: Files) -> None:
    report = verify_folder(folder(files), knowledge(None))
    assert report.exit_code == 0
    assert "not checked against an outside copy" in said(report, "not-checked")["policy"]


def test_the_packages_own_policy_never_beats_the_verifiers(
    scenario: AuditScenario, files: Files
) -> None:
    files["policy"] = AuditScenario("mallory").policy()
    assert check(scenario, files).exit_code == 0
    report = verify_folder(folder(files), knowledge(None))
    assert report.exit_code == 1 and "state-head" in said(report)


@pytest.mark.parametrize(
    "name",
    [
        "package.json",
        "log/checkpoint",
        "log/entries",
        "log/leaves",
        "state/checkpoint",
        "state/key-entry",
        "state/key-record",
        "state/key.tlog-proof",
        "state/heads/9.tlog-proof",
        "state/heads/2.tlog-proof",
        "proof/consistency/2-8",
    ],
)
def test_a_file_left_out_of_the_manifest_as_well_is_missing(
    scenario: AuditScenario, files: Files, name: str
) -> None:
    del files[name]
    assert check(scenario, files).exit_code == 2


def test_a_public_document_left_out_is_missing_and_its_entry_named(
    scenario: AuditScenario, files: Files, log: Log
) -> None:
    digest = books.digest(books.society_record())
    del files[f"doc/{digest}"]
    report = check(scenario, files)
    assert report.exit_code == 2
    missing = report.findings("missing")[0]
    assert missing.entry is not None and (missing.entry.index, missing.entry.kind) == (0, "society")


def test_private_entries_without_openings_are_counted_not_passed(
    scenario: AuditScenario, log: Log
) -> None:
    report = check(scenario, scenario.members(log, shown=lambda index: False))
    assert report.exit_code == 0
    open_ends = said(report, "not-checked")
    assert "4 private entries" in open_ends["openings"]
    assert "4 of the vouchers" in open_ends["sheets"]
    assert report["sheets"].state == "not-checked" and report["sheets"].right == 0


def test_an_altered_entry_is_named_by_its_leaf_or_narrowed_by_the_earlier_heads(
    scenario: AuditScenario, log: Log, files: Files
) -> None:
    entries = list(log.entries)
    entries[4] = entries[4].replace(b"2026-05", b"2026-06")
    files["log/entries"] = bundle(entries)
    report = check(scenario, files)
    assert report.exit_code == 1
    assert "it is entry 4" in said(report)["entries"]
    assert "grammar" in said(report)  # the next entry is now earlier
    files["log/leaves"] = bytes(len(files["log/leaves"]))
    told = [one.text for one in check(scenario, files).findings("wrong")]
    assert any("log/leaves does not hold" in text for text in told)
    assert any("one of 2 to 7" in text for text in told)


def test_an_altered_opening_names_its_entry(scenario: AuditScenario, files: Files) -> None:
    opening = canon.parse(files["openings/4.json"])
    opening["record"] = str(opening["record"]).replace("2000000", "2000001")
    files["openings/4.json"] = canon.canonical(opening)
    report = check(scenario, files)
    found = next(one for one in report.findings("wrong") if one.member == "openings/4.json")
    assert found.entry is not None
    assert (found.entry.index, found.entry.kind) == (4, "voucher")
    assert "society/k-12" not in found.text and "does not open" in found.text


def test_an_added_or_removed_entry_is_found(
    scenario: AuditScenario, log: Log, files: Files
) -> None:
    for entries in (log.entries[:-1], [*log.entries, log.entries[-1]]):
        files["log/entries"] = bundle(entries)
        assert "entries" in said(check(scenario, files))


def test_a_log_rewritten_after_it_was_published_is_found(scenario: AuditScenario) -> None:
    """The key holder signs a consistent-looking new log; the earlier head gives it away."""
    log = scenario.coop()
    log.append(books.society_record())
    log.append(books.officer_record())
    scenario.publish(log)
    log.entries[1] = log.entries[1].replace(b"2026-05-28", b"2026-05-29")
    log.append(books.import_open(), START + DAY)
    scenario.publish(log)
    report = check(scenario, scenario.members(log))
    assert report.exit_code == 1
    assert "rewritten after it was published" in said(report)["earlier"]


DAY = 86_400


def whole(scenario: AuditScenario, files: Files, entries: list[bytes] | None = None) -> Report:
    """Verify with the whole state log at hand, as from a server."""
    state = StateLog(scenario.state_note(), scenario.state.entries if entries is None else entries)
    source = Source("server", files=files, state_logs=[state])
    (part,) = verify_history([source], knowledge(scenario.policy())).parts
    return part.report


def test_a_withheld_head_shows_when_the_whole_state_log_is_read(
    scenario: AuditScenario, log: Log, files: Files
) -> None:
    for name in (
        "log/earlier/8",
        "state/heads/8.tlog-proof",
        "proof/consistency/2-8",
        "proof/consistency/8-9",
    ):
        del files[name]
    path = merkle.build_consistency(2, 9, log.node)
    from trust.formats import b64

    files["proof/consistency/2-9"] = "".join(f"{b64.encode(part)}\n" for part in path).encode()
    assert check(scenario, files).exit_code == 0  # a package alone cannot show it, and says so
    report = whole(scenario, files)
    assert "another head of this log" in said(report)["other-heads"]


def test_reading_the_whole_state_log_settles_the_open_question(
    scenario: AuditScenario, files: Files
) -> None:
    report = whole(scenario, files)
    assert report.exit_code == 0 and report["other-heads"].state == "right"
    report = whole(scenario, files, scenario.state.entries[:-1])
    assert "do not give the root" in said(report)["other-heads"]


def test_a_file_that_belongs_to_nothing_is_wrong(scenario: AuditScenario, files: Files) -> None:
    for name in (
        "doc/" + "0" * 64,
        "openings/0.json",
        "openings/99.json",
        "log/earlier/007",
        "notes.txt",
        "roll",
        "state/heads/5.tlog-proof",
    ):
        report = check(scenario, {**files, name: b"{}"})
        assert report.exit_code == 1, name
        assert name in said(report)["package"]


def test_an_entry_of_a_kind_of_another_log_is_wrong(scenario: AuditScenario) -> None:
    log = scenario.coop()
    log.append(books.society_record())
    log.append({"kind": "policy", "v": 1, "version": "2026-01-01", "toml": ""})
    scenario.publish(log)
    assert "has no place in this log" in said(check(scenario, scenario.members(log)))["grammar"]


def story(*records: Record, before: bool = True) -> dict[str, str]:
    """What is wrong with a book of the usual beginning and these records."""
    scenario = AuditScenario("story")
    log = scenario.coop(books.SLUG)
    if before:
        log.append(books.society_record())
        log.append(books.officer_record())
    for step, record in enumerate(records):
        log.append(record, START + 10 + step)
    scenario.publish(log)
    return said(check(scenario, scenario.members(log)))


PAIR = (("10101", -100), ("20101", 100))


def one(identity: str = "g-1", **change: object) -> Record:
    record = books.voucher(identity, *PAIR)
    return {**record, **change}  # type: ignore[dict-item]


def test_unbalanced_vouchers_are_named() -> None:
    found = story(
        books.import_open(),
        books.voucher("bad", ("10101", -100), ("20101", 99)),
        books.import_close(posted=1),
    )
    assert "bad does not balance" in found["vouchers"]


def test_a_voucher_stands_once_unless_its_first_import_is_void() -> None:
    opened, closed = books.import_open(), books.import_close(posted=2)
    assert "stands twice" in story(opened, one(), one(), closed)["vouchers"]
    again = {**one(), "import": "imp-2"}
    void = (
        books.import_open(),
        one(),
        books.import_close(posted=1, outcome="void"),
        books.import_open("imp-2"),
        again,
        books.import_close("imp-2", posted=1),
    )
    assert story(*void) == {}


@pytest.mark.parametrize(
    "make, word",
    [
        (lambda: (one(),), "not open at that place"),
        (lambda: (books.import_open(), books.import_open()), "opened a second time"),
        (lambda: (books.import_close(),), "never opened"),
        (lambda: (books.import_open(), books.import_close(posted=0), one()), "not open at that"),
        (lambda: (books.import_open(), one(), books.import_close(posted=2)), "says it posted 2"),
        (
            lambda: (
                books.import_open(),
                books.import_close(posted=0),
                books.import_close(posted=0),
            ),
            "closed a second time",
        ),
    ],
)
def test_imports_are_opened_and_closed_properly(
    make: Callable[[], tuple[Record, ...]], word: str
) -> None:
    assert word in story(*make())["imports"]


def test_corrections_name_what_stands_before_them() -> None:
    opened, closed = books.import_open(), books.import_close(posted=2)
    fix = one("g-1~1", corrects="g-1")
    assert story(opened, one(), fix, closed) == {}
    assert "does not stand before it" in story(opened, fix, one(), closed)["corrections"]


def test_the_log_begins_with_its_society_and_stays_with_it() -> None:
    assert "Entry 0" in story(books.officer_record(), before=False)["society"]
    stray = {**books.import_open(), "society": "k-99"}
    assert "is about k-99" in story(stray)["society"]


def test_officers_are_bound_before_they_sign_and_revoked_after() -> None:
    assert "already bound" in story(books.officer_record())["officers"]
    stranger = books.officer_record(seed("stranger"), "revoke")
    assert "was not bound" in story(stranger)["officers"]


def filed(change: Callable[[Log], Record]) -> dict[str, str]:
    """What is wrong with a whole book whose sheet is made by `change`."""
    scenario = AuditScenario("filed")
    log = scenario.coop(books.SLUG)
    log.append(books.society_record())
    log.append(books.officer_record())
    log.append(books.import_open(), START + 10)
    for record in books.vouchers():
        log.append(record, START + 11)
    log.append(books.import_close(), START + 12)
    scenario.publish(log)
    log.append(change(log), START + 20)
    scenario.publish(log)
    return said(check(scenario, scenario.members(log)))


def sheet(log: Log, **change: object) -> Record:
    """The honest sheet, changed and signed again by the officer."""
    record = books.statement(log, [from_record(item) for item in books.vouchers()])
    del record["signatures"]
    record |= change  # type: ignore[arg-type]
    return books.sign(record, log.origin, books.OFFICER, "secretary")


def test_the_honest_sheet_is_right() -> None:
    assert filed(sheet) == {}


def test_a_sheet_that_differs_from_the_books_is_named_line_by_line() -> None:
    def forge(log: Log) -> Record:
        lines = [dict(line) for line in sheet(log)["lines"]]  # type: ignore[union-attr, arg-type]
        lines[0]["paise"] += 1
        return sheet(log, lines=lines)

    assert "the statement says" in filed(forge)["sheets"]
    totals = {"assets": 1, "liabilities": 1, "profit": 0}
    assert "total is not the one" in filed(lambda log: sheet(log, totals=totals))["sheets"]


def test_a_sheet_over_other_books_is_refused() -> None:
    import base64

    other = base64.b64encode(bytes(32)).decode()
    assert "another root" in filed(lambda log: sheet(log, book_root=other))["sheets"]
    assert "rests on" in filed(lambda log: sheet(log, book_size=99))["sheets"]


def test_a_sheet_that_leaves_vouchers_out_differs() -> None:
    def early(log: Log) -> Record:
        return sheet(log, book_size=3, book_root=base64_root(log, 3))

    assert "the books give" in filed(early)["sheets"]


def base64_root(log: Log, size: int) -> str:
    from trust.formats import b64

    return b64.encode(log.root(size))


def test_signatures_by_strangers_roles_and_kinds_are_refused() -> None:
    def stranger(log: Log) -> Record:
        record = sheet(log)
        del record["signatures"]
        return books.sign(record, log.origin, seed("stranger"), "secretary")

    def other_role(log: Log) -> Record:
        record = sheet(log)
        del record["signatures"]
        return books.sign(record, log.origin, books.OFFICER, "president")

    def other_log(log: Log) -> Record:
        record = sheet(log)
        del record["signatures"]
        return books.sign(record, "elsewhere.example/coop/k-12/2026-27", books.OFFICER, "secretary")

    def unsigned(log: Log) -> Record:
        return {**sheet(log), "signatures": []}

    assert "not bound to a secretary" in filed(stranger)["signatures"]
    assert "not bound to a president" in filed(other_role)["signatures"]
    assert "does not verify" in filed(other_log)["signatures"]
    assert "is not signed" in filed(unsigned)["signatures"]


def test_a_second_sheet_of_a_year_names_the_first() -> None:
    scenario = AuditScenario("twice")
    log = books.book(scenario)
    first = canon.parse(log.documents[list(log.documents)[-1]])
    vouchers = [from_record(item) for item in books.vouchers()]
    again = books.statement(log, vouchers, size=8)
    log.append(again, START + 40)
    scenario.publish(log)
    assert "does not name the sheet" in said(check(scenario, scenario.members(log)))["sheets"]
    scenario = AuditScenario("twice")
    log = books.book(scenario)
    log.append(books.statement(log, vouchers, size=8, supersedes=books.digest(first)), START + 40)
    scenario.publish(log)
    assert said(check(scenario, scenario.members(log))) == {}


def next_year(prior_change: int) -> dict[str, str]:
    scenario = AuditScenario("next")
    log = books.book(scenario)
    first = canon.parse(log.documents[list(log.documents)[-1]])
    vouchers = [from_record(item) for item in books.vouchers()]
    record = books.statement(log, vouchers, "2026-27", prior=first)
    del record["signatures"]
    lines = record["lines"]
    assert isinstance(lines, list) and isinstance(lines[0], dict)
    lines[0]["prior"] = int(str(lines[0]["prior"])) + prior_change
    log.append(books.sign(record, log.origin, books.OFFICER, "secretary"), START + 40)
    scenario.publish(log)
    return said(check(scenario, scenario.members(log)))


def test_last_years_column_stands_as_filed() -> None:
    assert next_year(0) == {}
    said = next_year(5)["comparative"]
    assert "5,000.00 was filed for 2025-26; the sheet of 2026-27 shows 5,000.05" in said


def test_a_sheet_cannot_pass_over_the_one_filed_before_it() -> None:
    scenario = AuditScenario("silent")
    log = books.book(scenario)
    vouchers = [from_record(item) for item in books.vouchers()]
    log.append(books.statement(log, vouchers, "2026-27"), START + 40)
    scenario.publish(log)
    assert (
        "does not name the sheet filed"
        in said(check(scenario, scenario.members(log)))["comparative"]
    )


def test_erasure_leaves_the_log_right_and_what_was_erased_unknown() -> None:
    scenario = AuditScenario("erased")
    log = books.book(scenario)
    erasure: Record = {"kind": "erasure", "v": 1, "index": 4, "part": "record", "reason": "request"}
    log.append(erasure, START + 50)
    scenario.publish(log)
    report = check(scenario, scenario.members(log))
    assert "still holds it" in said(report)["erasures"]
    del log.openings[4]
    report = check(scenario, scenario.members(log))
    assert report.exit_code == 0
    assert "1 private entry is not opened" in said(report, "not-checked")["openings"]


def test_an_erasure_of_a_public_entry_is_wrong() -> None:
    erasure: Record = {"kind": "erasure", "v": 1, "index": 0, "part": "record", "reason": "request"}
    assert "no private entry before it" in story(erasure)["erasures"]


def test_a_head_signed_by_somebody_else_is_refused(
    scenario: AuditScenario, log: Log, files: Files
) -> None:
    text = format_checkpoint(Checkpoint(log.origin, 9, log.root()))
    line = notes.sign_ed25519(text, log.origin, seed("mallory"))
    files["log/checkpoint"] = notes.format_note(SignedNote(text, (line,))).encode()
    assert "log-head" in said(check(scenario, files))


def test_hostile_shapes_of_every_file_are_refused_without_a_crash(
    scenario: AuditScenario, files: Files
) -> None:
    hostile = (
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 20_000,
        b"9" * 20_000,
        b"\n\n",
        b'{"kind":"voucher","record":1,"salt":2}',
    )
    for name in files:
        for data in hostile:
            report = check(scenario, {**files, name: data})
            same = data == files[name] or name == "policy"
            assert same or report.exit_code in (1, 2), (name, data[:20])


def test_a_sheet_that_does_not_foot_is_named_even_without_openings() -> None:
    def forge(log: Log) -> Record:
        totals = sheet(log)["totals"]
        assert isinstance(totals, dict)
        return sheet(log, totals={**totals, "assets": 11_900_000_000})

    assert "does not foot" in filed(forge)["footing"]
    scenario = AuditScenario("public")
    log = books.book(scenario)
    vouchers = [from_record(item) for item in books.vouchers()]
    first = canon.parse(log.documents[list(log.documents)[-1]])
    record = books.statement(log, vouchers, size=8, supersedes=books.digest(first))
    del record["signatures"]
    lines = record["lines"]
    assert isinstance(lines, list) and isinstance(lines[0], dict)
    lines[0]["paise"] = int(str(lines[0]["paise"])) + 5
    log.append(books.sign(record, log.origin, books.OFFICER, "secretary"), START + 40)
    scenario.publish(log)
    report = check(scenario, scenario.members(log, shown=lambda index: False))
    assert "does not foot" in said(report)["footing"]
    assert "sheets" not in said(report)
