"""A society's package: what its book log says, beyond being a log.

Imports are opened and closed with the right counts, vouchers balance and are no one's twice,
corrections name what they correct, officers' keys are bound before they sign, and every filed
sheet is computed again from the vouchers (`sheet`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from audit.verify import sheet
from audit.verify.chain import Chain
from audit.verify.links import saying
from audit.verify.openings import Opened, Record, many
from audit.verify.report import Check, Report
from audit.verify.years import continues
from trust.books.model import Voucher
from trust.books.pure import vouchers
from trust.books.pure.mapping import StatementMapping
from trust.formats import b64, signing
from trust.formats.entries import NoteEntry
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
    ("officers", "Officers' keys are bound once and revoked only after that."),
    ("signatures", "Every filed sheet is signed by an officer whose key was bound at that time."),
    ("footing", "Every filed sheet foots: sides, lines, totals and profit, in both columns."),
    ("sheets", "Every filed sheet, computed again from the vouchers, is the same line by line."),
    ("comparative", "Last year's figures stand as they were filed."),
)

Mappings = Callable[[str], StatementMapping | None]


@dataclass
class Import:
    """One import as the log shows it."""

    opened: int
    ends: list[tuple[int, str]] = field(default_factory=list)
    entries: list[int] = field(default_factory=list)


def check_society(chain: Chain, opened: Opened, mappings: Mappings, report: Report) -> None:
    """All checks of a book log; `mappings` gives the statement mapping of a hash, or None."""
    _first(chain, opened, report["society"])
    imports = _imports(chain, opened, report["imports"])
    posted = _vouchers(chain, opened, imports, report)
    _officers(chain, opened, report)
    sheet.check_sheets(chain, opened, posted, mappings, report)


def _first(chain: Chain, opened: Opened, check: Check) -> None:
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
    first = chain.parsed[0] if chain.parsed else None
    if isinstance(first, NoteEntry):
        check.skip("The log continues an earlier year's; that one needs a package of its own.")
    elif opened.records.get(0, {}).get("kind") != "society":
        check.wrong("Entry 0 is not the society's registration.", entry=chain.ref(0))
    else:
        check.ok()


def _imports(chain: Chain, opened: Opened, check: Check) -> dict[str, Import]:
    check.ok(0)
    imports: dict[str, Import] = {}
    unopened = _closed_by_kind(chain, opened, "voucher", "loan")
    for index in sorted(opened.records):
        with saying(check, entry=chain.ref(index)):
            _import_step(chain, index, opened.records[index], imports, unopened, check)
    for name, item in imports.items():
        if not item.ends:
            check.skip(f"Import {name} is not closed yet: no statement counts its entries.")
    return imports


def _closed_by_kind(chain: Chain, opened: Opened, *kinds: str) -> list[int]:
    return sorted(i for i in opened.closed if chain.ref(i).kind in kinds)


def _import_step(
    chain: Chain,
    index: int,
    record: Record,
    imports: dict[str, Import],
    unopened: list[int],
    check: Check,
) -> None:
    kind, name = record["kind"], str(record.get("import"))
    if kind == "import-open":
        if name in imports:
            raise ProofError(f"Import {name} is opened a second time.")
        imports[name] = Import(index)
    elif kind == "import-close":
        if name not in imports and record["outcome"] == "void" and continues(chain):
            raise NotCheckedError(f"Import {name}, voided here, is of an earlier log year.")
        _close(index, name, record, imports, unopened, check)
    elif "import" in record:
        item = imports.get(name)
        if item is None or item.ends:
            raise ProofError(
                f"This {kind} belongs to import {name}, which is not open at that place."
            )
        item.entries.append(index)


def _close(
    index: int,
    name: str,
    record: Record,
    imports: dict[str, Import],
    unopened: list[int],
    check: Check,
) -> None:
    item = imports.get(name)
    if item is None:
        raise ProofError(f"Import {name} is closed but was never opened.")
    if item.ends and ([end[1] for end in item.ends], record["outcome"]) != (["posted"], "void"):
        raise ProofError(f"Import {name} is closed a second time.")
    if not item.ends:
        hidden = sum(1 for i in unopened if item.opened < i < index)
        low, said = len(item.entries), record["posted"]
        assert isinstance(said, int)
        if not low <= said <= low + hidden:
            raise ProofError(
                f"Import {name} says it posted {said} entries, but {low} stand under it"
                + (f" and at most {hidden} more could." if hidden else ".")
            )
        if hidden:
            check.skip(
                f"Import {name}: {hidden} entries are not open here, so they are not counted."
            )
        else:
            check.ok()
    item.ends.append((index, str(record["outcome"])))


def _vouchers(
    chain: Chain, opened: Opened, imports: dict[str, Import], report: Report
) -> sheet.Posted:
    """Every voucher that opens, with whether an import that was posted brought it."""
    posted = sheet.Posted(
        hidden=_closed_by_kind(chain, opened, "voucher"),
        imports={name: item.ends for name, item in imports.items()},
    )
    known: dict[str, bool] = {}  # id → whether the import that brought it is void
    check = report["vouchers"]
    check.ok(0)
    report["corrections"].ok(0)
    for index, record in opened.of("voucher"):
        with saying(check, member=f"openings/{index}.json", entry=chain.ref(index)):
            voucher = vouchers.from_record(record)
            if not known.get(voucher.id, True):
                raise ProofError(f"Voucher {voucher.id} stands twice in the books.")
            item = imports.get(voucher.import_id)
            _correction(chain, index, voucher, known, posted, report["corrections"])
            known[voucher.id] = item is not None and bool(item.ends) and item.ends[-1][1] == "void"
            posted.vouchers.append((index, voucher))
            check.ok()
    if posted.hidden:
        check.skip(f"{many(len(posted.hidden), 'voucher')} not open here.")
    return posted


def _correction(
    chain: Chain,
    index: int,
    voucher: Voucher,
    known: dict[str, bool],
    posted: sheet.Posted,
    check: Check,
) -> None:
    if voucher.corrects is None:
        return
    if voucher.corrects in known:
        check.ok()
    elif continues(chain):
        check.skip("A correction names a voucher of an earlier log year.", entry=chain.ref(index))
    elif any(hidden < index for hidden in posted.hidden):
        check.skip("A correction names a voucher that is not open here.", entry=chain.ref(index))
    else:
        check.wrong(
            f"Voucher {voucher.id} corrects {voucher.corrects}, which does not stand before it.",
            entry=chain.ref(index),
        )


def _officers(chain: Chain, opened: Opened, report: Report) -> None:
    """Follow the bound keys through the log; each sheet is judged by those bound at its place."""
    bound: dict[bytes, str | None] = {}
    report["officers"].ok(0)
    report["signatures"].ok(0)
    for index, record in opened.of("officer-key", "statement"):
        if record["kind"] == "officer-key":
            with saying(report["officers"], entry=chain.ref(index)):
                _bind(chain, record, bound)
                report["officers"].ok()
        else:
            with saying(report["signatures"], entry=chain.ref(index)):
                _check_signed(chain, record, bound)
                report["signatures"].ok()


def _bind(chain: Chain, record: Record, bound: dict[bytes, str | None]) -> None:
    """Bound keys hold their role, revoked ones None; a key not known here may be of an earlier
    log year."""
    key = b64.decode(str(record["key"]))
    held = bound.get(key)
    if record["action"] == "bind":
        if held is not None:
            raise ProofError("This officer's key is already bound.")
        bound[key] = str(record["role"])
        return
    unknown = key not in bound
    bound[key] = None
    if unknown and continues(chain):
        raise NotCheckedError("The key revoked here was bound in an earlier log year.")
    if held is None:
        raise ProofError("A key is revoked that was not bound.")


def _check_signed(chain: Chain, record: Record, bound: dict[bytes, str | None]) -> None:
    if record["origin"] != chain.origin:
        raise FormatError(f"The statement was made for {record['origin']}.")
    try:
        signers = signing.verify(record, "statement", chain.origin)
    except SakshiError as fault:
        raise SignatureError(f"Sheet of {record['book_year']}: {fault}") from None
    for signer in signers:
        if signer.key not in bound and continues(chain):
            raise NotCheckedError(
                f"The signature under the sheet of {record['book_year']} is right; that the key is "
                "an officer's stands in an earlier log year."
            )
        if bound.get(signer.key) != signer.role:
            raise SignatureError(
                f"The sheet of {record['book_year']} is signed by a key that was not bound to a "
                f"{signer.role} of this society at that time."
            )
