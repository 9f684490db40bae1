"""A society's package: what its book log says, beyond being a log.

Imports are opened and closed with the right counts, vouchers balance and are no one's twice,
corrections name what they correct, officers' keys are bound before they sign, and every filed
sheet is computed again from the vouchers (`sheet`).
"""

import re

from audit.verify import bylaws, filed, register, sheet
from audit.verify.carried import Carried
from audit.verify.chain import Chain
from audit.verify.links import saying
from audit.verify.openings import Opened, Record, many
from audit.verify.report import Check, Report
from audit.verify.years import continues
from trust.books.model import Voucher
from trust.books.pure import vouchers
from trust.books.pure.booked import Booked, Import, Position
from trust.formats import b64, signing
from trust.formats.errors import (
    FormatError,
    NotCheckedError,
    ProofError,
    SakshiError,
    SignatureError,
)

PLAN = (
    ("society", "The log begins with the society it is named after, and stays with it."),
    ("imports", "Every import is opened once and closed with the number of entries it brought."),
    ("vouchers", "Every voucher balances, lies in its book year, and stands once."),
    ("corrections", "Every correction names a voucher before it."),
    ("officers", "Officers' keys are bound once, and revoked or lost only after that."),
    *register.PLAN,
    ("signatures", "Every filed sheet is signed by an officer whose key was bound at that time."),
    ("footing", "Every filed sheet foots: sides, lines, totals and profit, in both columns."),
    ("sheets", "Every filed sheet, computed again from the vouchers, is the same line by line."),
    ("openings-carried", "Each book year opens as the one before it closed and was filed."),
    ("comparative", "Last year's figures stand as they were filed."),
    *filed.PLAN,
    *bylaws.PLAN,
)

REVERSAL = re.compile(r".+~[1-9][0-9]*r", re.DOTALL)
"""Id of a voucher that undoes another, as formats.md 6.1 names it."""


def check_society(
    chain: Chain, opened: Opened, known: sheet.Tables, report: Report, before: Carried | None = None
) -> Carried:
    """All checks of a book log; returns what it carries into the log that continues it.

    Args:
        known: statement mappings and rule files of filings.
        before: what the logs before this one carry into it, where they were read.
    """
    books = Carried() if before is None else before
    books.enter(chain)
    _first(chain, opened, books, report["society"])
    _imports(chain, opened, books, report["imports"])
    _vouchers(chain, opened, books, report)
    _officers(chain, opened, books, report)
    register.check_register(chain, opened, books.members, books.whole, report)
    sheet.check_sheets(chain, opened, books, known, report)
    bylaws.check_bylaws(chain, opened, books, report)
    return books


def _first(chain: Chain, opened: Opened, books: Carried, check: Check) -> None:
    check.ok(0)
    slug = chain.origin.split("/")[-2]
    if chain.subject != slug:
        check.wrong(f"The package is said to be of {chain.subject}, but its log is of {slug}.")
    for index, record in opened.records.items():
        if record.get("society", slug) != slug:
            check.wrong(
                f"{chain.ref(index)} is about {record['society']}, but the log is of {slug}.",
                entry=chain.ref(index),
            )
    if continues(chain) and books.number == 0:
        check.skip(
            "The log continues that of an earlier year; what rests on it is not checked: needs "
            f"the package of {books.needs}."
        )
    elif continues(chain):
        check.ok()
    elif opened.records.get(0, {}).get("kind") != "society":
        check.wrong("Entry 0 is not the society's registration.", entry=chain.ref(0))
    else:
        check.ok()


def _imports(chain: Chain, opened: Opened, books: Carried, check: Check) -> None:
    check.ok(0)
    books.unopened += books.all_at(_closed_by_kind(chain, opened, "voucher", "loan"))
    for index in sorted(opened.records):
        with saying(check, entry=chain.ref(index)):
            _import_step(chain, index, opened.records[index], books, check)
    for name, item in books.imports.items():
        if not item.ends and item.opened[0] == books.number:
            check.skip(f"Import {name} does not end in this log: no statement counts its entries.")


def _closed_by_kind(chain: Chain, opened: Opened, *kinds: str) -> list[int]:
    return sorted(i for i in opened.closed if chain.ref(i).kind in kinds)


def _import_step(chain: Chain, index: int, record: Record, books: Carried, check: Check) -> None:
    kind, name = record["kind"], str(record.get("import"))
    at = books.at(index)
    if kind == "import-open":
        if not books.may_open(name):
            raise ProofError(f"Import {name} is opened a second time.")
        books.imports[name] = Import(at)
    elif kind == "import-close":
        if name not in books.imports and record["outcome"] == "void" and not books.whole:
            raise NotCheckedError(
                f"Import {name}, voided here, is of an earlier log year: needs the package of "
                f"{books.needs}."
            )
        _close(at, name, record, books, check)
        books.imports[name].ends.append((at, str(record["outcome"]), chain.time(index)))
    elif "import" in record:
        item = books.imports.get(name)
        if item is None or item.ends or item.opened[0] != books.number:
            raise ProofError(
                f"This {kind} belongs to import {name}, which is not open at that place."
            )
        item.entries.append(at)


def _close(at: Position, name: str, record: Record, books: Carried, check: Check) -> None:
    item = books.imports.get(name)
    if item is None:
        raise ProofError(f"Import {name} is closed but was never opened.")
    if item.ends and ([end[1] for end in item.ends], record["outcome"]) != (["posted"], "void"):
        raise ProofError(f"Import {name} is closed a second time.")
    if item.opened[0] != books.number and record["outcome"] == "posted":
        raise ProofError(f"Import {name} was opened in an earlier log and cannot be posted here.")
    if not item.ends:
        _check_count(at, name, item, record, books, check)


def _check_count(
    at: Position, name: str, item: Import, record: Record, books: Carried, check: Check
) -> None:
    hidden = sum(1 for place in books.unopened if item.opened < place < at)
    low, said = len(item.entries), record["posted"]
    assert isinstance(said, int)
    if not low <= said <= low + hidden:
        raise ProofError(
            f"Import {name} says it posted {said} entries, but {low} stand under it"
            + (f" and at most {hidden} more could." if hidden else ".")
        )
    if hidden:
        check.skip(f"Import {name}: {hidden} entries are not open here, so they are not counted.")
    else:
        check.ok()


def _vouchers(chain: Chain, opened: Opened, books: Carried, report: Report) -> None:
    """Every voucher that opens, with the import that brought it."""
    closed = _closed_by_kind(chain, opened, "voucher")
    books.hidden += books.all_at(closed)
    check = report["vouchers"]
    check.ok(0)
    report["corrections"].ok(0)
    for index, record in opened.of("voucher"):
        with saying(check, member=f"openings/{index}.json", entry=chain.ref(index)):
            voucher, at = vouchers.from_record(record), books.at(index)
            if books.stands(voucher.id):
                raise ProofError(f"Voucher {voucher.id} stands twice in the books.")
            _correction(chain, index, voucher, books, report["corrections"])
            books.known[voucher.id] = (voucher.import_id, at)
            books.said[voucher.id] = voucher
            books.vouchers.append(Booked(at, voucher, chain.time(index)))
            check.ok()
    if closed:
        check.skip(f"{many(len(closed), 'voucher')} not open here.")


def _correction(chain: Chain, index: int, voucher: Voucher, books: Carried, check: Check) -> None:
    if voucher.corrects is None:
        return
    if voucher.corrects in books.known:
        if REVERSAL.fullmatch(voucher.id) and not _reverses(voucher, books.said[voucher.corrects]):
            check.wrong(
                f"Voucher {voucher.id} reverses {voucher.corrects} by its name, but its lines are "
                "not those of that voucher with the sides exchanged.",
                entry=chain.ref(index),
            )
            return
        check.ok()
    elif not books.whole:
        check.skip(
            f"A correction names a voucher of an earlier log year: needs the package of "
            f"{books.needs}.",
            entry=chain.ref(index),
        )
    elif any(hidden < books.at(index) for hidden in books.hidden):
        check.skip("A correction names a voucher that is not open here.", entry=chain.ref(index))
    else:
        check.wrong(
            f"Voucher {voucher.id} corrects {voucher.corrects}, which does not stand before it.",
            entry=chain.ref(index),
        )


def _reverses(voucher: Voucher, other: Voucher) -> bool:
    """Whether the lines of a reversal undo the other's, line by line (formats.md 6.1)."""
    undone = [(line.account, -line.paise) for line in other.lines]
    same_year = voucher.book_year == other.book_year
    return same_year and [(line.account, line.paise) for line in voucher.lines] == undone


def _officers(chain: Chain, opened: Opened, books: Carried, report: Report) -> None:
    """Follow the bound keys through the log; each sheet is judged by those bound at its place."""
    report["officers"].ok(0)
    report["signatures"].ok(0)
    for index, record in opened.of("officer-key", "officer-key-loss", "statement"):
        if record["kind"] != "statement":
            with saying(report["officers"], entry=chain.ref(index)):
                _bind(record, books)
                report["officers"].ok()
        else:
            with saying(report["signatures"], entry=chain.ref(index)):
                _check_signed(chain, record, books)
                report["signatures"].ok()


def _bind(record: Record, books: Carried) -> None:
    """Bound keys hold their role, revoked ones None; a key not known here may be of an earlier
    log year."""
    key = b64.decode(str(record["key"]))
    held = books.bound.get(key)
    if record["kind"] == "officer-key-loss":
        _check_loss(record, held)
    elif record["action"] == "bind":
        if held is not None:
            raise ProofError("This officer's key is already bound.")
        books.bound[key] = str(record["role"])
        return
    unknown = key not in books.bound
    books.bound[key] = None
    if unknown and not books.whole:
        raise NotCheckedError(
            f"The key revoked here was bound in an earlier log year: needs the package of "
            f"{books.needs}."
        )
    if held is None:
        raise ProofError("A key is revoked that was not bound.")


def _check_loss(record: Record, held: str | None) -> None:
    """A lost key: given up by two, and of the office that it had."""
    offices = record["officers"]
    assert isinstance(offices, list)
    if len(offices) < 2:
        raise ProofError("The loss of this officer's key was sealed by one officer; it takes two.")
    if held is not None and record["role"] != held:
        raise ProofError(f"The key lost is said to be of the {record['role']}, but is of {held}.")


def _check_signed(chain: Chain, record: Record, books: Carried) -> None:
    if record["origin"] != chain.origin:
        raise FormatError(f"The statement was made for {record['origin']}.")
    try:
        signers = signing.verify(record, "statement", chain.origin)
    except SakshiError as error:
        raise SignatureError(f"Sheet of {record['book_year']}: {error}") from None
    for signer in signers:
        if signer.key not in books.bound and not books.whole:
            raise NotCheckedError(
                f"The signature under the sheet of {record['book_year']} is right; that the key is "
                f"an officer's stands in an earlier log year: needs the package of {books.needs}."
            )
        if books.bound.get(signer.key) != signer.role:
            raise SignatureError(
                f"The sheet of {record['book_year']} is signed by a key that was not bound to a "
                f"{signer.role} of this society at that time."
            )
