"""Tally XML to plain values: the native day book and masters, a collection answer, and the report
shape of a widely used connector (nested amounts with ISDEBIT, ISO dates, true/false).

Bookkeeping rules are in ``trust.books.pure.tally``; here elements only become texts.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from trust.books.model import Fault, ReadFile, SourceGroup, SourceLedger, SourceVoucher
from trust.books.pure.csvtext import Unreadable, clean
from trust.books.pure.faultwords import fault
from trust.books.pure.money import MalformedAmount
from trust.books.pure.pii import add_identifiers
from trust.books.pure.tally import (
    RawLine,
    RawVoucher,
    amount_paise,
    distinct_groups,
    distinct_ledgers,
)
from trust.books.pure.tally_clean import CleanXml
from trust.books.pure.tally_lines import LEDGERS, STOCK
from trust.books.pure.tally_sorting import Sorter
from trust.books.pure.tally_types import VoucherTypes, fold
from trust.books.pure.years import parse_date
from trust.books.readers.sourcefile import SourceFile
from trust.books.readers.xml import child_text, child_texts, walk
from trust.books.spool import Spool, voucher_spool

_OBJECTS = ("VOUCHER", "LEDGER", "GROUP", "VOUCHERTYPE")
_NAMES = ("SVCURRENTCOMPANY", "REMOTECMPNAME", "COMPANYNAME", "COMPANY")
_DAYS = ("SVFROMDATE", "SVTODATE")
_COMPANY_COUNTERS = "CMPINFO"
_FLAGS = ("ISCANCELLED", "ISOPTIONAL", "ISDELETED", "ACTION")
_TEXTS = ("DATE", "GUID", "VOUCHERTYPENAME", "VOUCHERNUMBER", "NARRATION", "PARTYLEDGERNAME",
          "PARTYNAME", *_FLAGS)  # fmt: skip
_INSTRUMENT = ("INSTRUMENTNUMBER", "UNIQUEREFERENCENUMBER", "BANKNAME", "PAYMENTFAVOURING")
MAX_TEXT = 20_000
MAX_NAME = 400
MAX_INSTRUMENTS = 200
LAST_DAY = "9999-12-31"


@dataclass(slots=True)
class _Collected:
    sorter: Sorter
    types: VoucherTypes
    learnt: dict[str, str] = field(default_factory=dict)
    vouchers: Spool[SourceVoucher] = field(default_factory=voucher_spool)
    groups: list[SourceGroup] = field(default_factory=list)
    ledgers: list[SourceLedger] = field(default_factory=list)
    companies: dict[str, None] = field(default_factory=dict)
    days: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    pii: Counter[str] = field(default_factory=Counter)

    def visit(self, element: etree._Element, parent: str) -> None:
        tag = str(element.tag)
        if parent == _COMPANY_COUNTERS or parent in _OBJECTS:
            return
        if tag in _NAMES or tag in _DAYS:
            self._about(tag, element)
        elif not parent.endswith(".LIST"):
            self._object(tag, element)

    def _about(self, tag: str, element: etree._Element) -> None:
        """Whose books these are, and the days that were asked for."""
        if tag in _DAYS:
            self.days[tag] = parse_date(element.text or "") or ""
            return
        name = _name(element) if tag == "COMPANY" else clean(element.text or "")[:MAX_NAME]
        if name and name[0] not in "#$":
            self.companies.setdefault(name)

    def _object(self, tag: str, element: etree._Element) -> None:
        if tag == "VOUCHER":
            self._voucher(_voucher(element, self.sorter.seen + 1))
        elif tag == "GROUP":
            self.groups.append(_group(element))
        elif tag == "VOUCHERTYPE":
            name, above = _name(element), clean(child_text(element, "PARENT"))
            if name and above:
                self.learnt[fold(name)] = self.types.parents[fold(name)] = above
        else:
            self._ledger(element)

    def _voucher(self, raw: RawVoucher) -> None:
        add_identifiers((raw.narration, raw.party, *raw.instruments), self.pii)
        voucher = self.sorter.take(raw)
        if voucher is not None:
            self.vouchers.append(voucher)

    def _ledger(self, element: etree._Element) -> None:
        name, row = _name(element), len(self.ledgers) + 1
        opening = _amount(element, "OPENINGBALANCE", name)
        try:
            paise = amount_paise(opening) if opening is not None else 0
        except MalformedAmount as error:
            places = error.places | {"ledger": f"{name}: "}
            self.faults.append(fault(error.words, row, "OPENINGBALANCE", **places))
            paise = 0
        parent = clean(child_text(element, "PARENT"))[:MAX_NAME]
        guid = _guid(element)
        self.ledgers.append(SourceLedger(name, parent, paise, guid, _aliases(element, name)))
        add_identifiers((name, *_personal(element)), self.pii)


def read_tally(
    source: SourceFile | bytes, *, today: str = LAST_DAY, known: VoucherTypes | None = None
) -> ReadFile:
    """Read any of the known shapes; a file that is none of them is refused with a reason.

    Args:
        today: an ISO date; vouchers dated later are left out.
        known: the society's voucher types, and what was said about those of this file.
    """
    file = source if isinstance(source, SourceFile) else SourceFile(source)
    cleaned = CleanXml(file.parts, file.size)
    try:
        collected = _collect(cleaned, known or VoucherTypes(), today)
    except Unreadable as error:
        return ReadFile("tally-xml", refused=(error.fault,))
    sorter = collected.sorter
    if not (sorter.seen or collected.groups or collected.ledgers):
        return ReadFile("tally-xml", refused=(fault("nothing-known"),))
    ledgers, twice = distinct_ledgers(collected.ledgers)
    return ReadFile(
        "tally-xml",
        vouchers=collected.vouchers or (),
        groups=distinct_groups(collected.groups),
        ledgers=ledgers,
        counts=_counts(collected, len(ledgers)),
        refused=tuple(collected.faults + twice + sorter.refused),
        skipped=sorter.skipped,
        cleaned=cleaned.cleaned,
        pii=dict(sorted(collected.pii.items())),
        duplicates=sorter.duplicates,
        questions=collected.types.questions(),
        company=next(iter(collected.companies), ""),
        rows=sorter.seen or len(ledgers) or len(collected.groups),
        period=_period(collected),
        left_out=tuple(sorter.left_out),
        unposted=tuple(sorter.unposted),
        types=collected.learnt | collected.types.answered(),
    )


def _collect(cleaned: CleanXml, known: VoucherTypes, today: str) -> _Collected:
    """Everything in a file; read once more if a voucher type is told of behind its vouchers."""
    types = VoucherTypes(dict(known.parents), known.said, known.answers)
    while True:
        found = _Collected(Sorter(types, today), types)
        walk(cleaned, (*_OBJECTS, *_NAMES, *_DAYS), found.visit)
        if found.sorter.settled:
            return found
        types.met.clear()


def _period(collected: _Collected) -> tuple[str, str]:
    """The days that the file speaks of: those that were asked for, or those of its vouchers."""
    first, last = collected.sorter.first, collected.sorter.last
    asked = collected.days
    return (asked.get("SVFROMDATE") or first, asked.get("SVTODATE") or last) if first else ("", "")


def _counts(collected: _Collected, ledgers: int) -> dict[str, int]:
    counts = {
        "vouchers in file": collected.sorter.seen,
        "vouchers": collected.sorter.kept,
        "ledger lines": collected.sorter.lines,
        "groups in file": len(collected.groups),
        "groups": len(distinct_groups(collected.groups)),
        "ledgers in file": len(collected.ledgers),
        "ledgers": ledgers,
    }
    return {name: count for name, count in counts.items() if count}


def _voucher(element: etree._Element, row: int) -> RawVoucher:
    found = child_texts(element, _TEXTS)
    said = found.get
    kind = said("VOUCHERTYPENAME", "") or element.get("VCHTYPE", "")
    party = said("PARTYLEDGERNAME", "") or said("PARTYNAME", "")
    return RawVoucher(
        row,
        _safe_id(said("GUID", "") or element.get("REMOTEID", "")),
        said("DATE", "") or element.get("DATE", ""),
        clean(kind)[:80],
        clean(said("VOUCHERNUMBER", ""))[:120],
        clean(said("NARRATION", ""))[:MAX_TEXT],
        clean(party)[:MAX_NAME],
        {flag: text for flag in _FLAGS if (text := said(flag, "") or element.get(flag, ""))},
        tuple(_lines(element)),
        _instruments(element),
    )


def _lines(voucher: etree._Element) -> Iterator[RawLine]:
    """The lines in the order of the file, from all lists that post, each with its list."""
    for child in voucher.iterchildren(*LEDGERS, *STOCK):
        if child.tag in LEDGERS:
            yield from _line(child, str(child.tag))
        else:
            for allocation in child.iterfind("ACCOUNTINGALLOCATIONS.LIST"):
                yield from _line(allocation, str(child.tag))


def _line(entry: etree._Element, listed: str) -> Iterator[RawLine]:
    ledger: etree._Element | None = None
    amount: etree._Element | None = None
    for child in entry.iterchildren("LEDGERNAME", "AMOUNT"):
        if child.tag == "LEDGERNAME":
            ledger = child if ledger is None else ledger
        elif amount is None:
            amount = child
    name = "" if ledger is None else clean((ledger.text or "").strip())[:MAX_NAME]
    if name:
        found = None if amount is None else _read_amount(amount, name, listed)
        yield found if found is not None else RawLine(name, "0", None, listed)


def _amount(element: etree._Element, tag: str, name: str) -> RawLine | None:
    found = element.find(tag)
    return None if found is None else _read_amount(found, name, "")


def _read_amount(found: etree._Element, name: str, listed: str) -> RawLine | None:
    """An amount in either shape: signed text, or AMOUNT and ISDEBIT nested inside."""
    nested = found.find("AMOUNT") if len(found) else None
    if nested is not None:
        debit = child_text(found, "ISDEBIT") or "false"
        return RawLine(name, (nested.text or "").strip(), debit, listed)
    text = (found.text or "").strip()
    return RawLine(name, text, None, listed) if text else None


def _instruments(voucher: etree._Element) -> tuple[str, ...]:
    found: list[str] = []
    for allocation in voucher.iter("BANKALLOCATIONS.LIST"):
        parts = [clean(child_text(allocation, name)) for name in _INSTRUMENT]
        text = " / ".join(part for part in parts if part)
        if text and len(found) < MAX_INSTRUMENTS:
            found.append(text[:MAX_NAME])
    return tuple(found)


def _group(element: etree._Element) -> SourceGroup:
    reserved = element.get("RESERVEDNAME") or child_text(element, "RESERVEDNAME")
    parent = clean(child_text(element, "PARENT"))[:MAX_NAME]
    return SourceGroup(_name(element), parent, clean(reserved), _guid(element))


def _name(element: etree._Element) -> str:
    text = element.get("NAME") or child_text(element, "NAME")
    if not text:
        text = child_text(element, "LANGUAGENAME.LIST/NAME.LIST/NAME")
    return clean(text)[:MAX_NAME]


def _aliases(element: etree._Element, name: str) -> tuple[str, ...]:
    texts = [
        clean(found.text or "") for found in element.iterfind("LANGUAGENAME.LIST/NAME.LIST/NAME")
    ]
    return tuple(text[:MAX_NAME] for text in dict.fromkeys(texts) if text and text != name)


def _guid(element: etree._Element) -> str:
    """The GUID, only if it is safe as an id of a record: short, printable ASCII."""
    return _safe_id(child_text(element, "GUID") or element.get("REMOTEID", ""))


def _safe_id(text: str) -> str:
    return text if text.isascii() and text.isprintable() and len(text) <= 100 else ""


def _personal(ledger: etree._Element) -> list[str]:
    """The texts of a master in which identifiers of persons stand; keys of the product are not."""
    tags = ("INCOMETAXNUMBER", "EMAIL", "LEDGERMOBILE", "LEDGERPHONE", "PARTYGSTIN", "PHONENUMBER",
            "BANKDETAILS", "ACCOUNTNUMBER", "IFSCODE", "ADDRESS")  # fmt: skip
    return [(found.text or "") for tag in tags for found in ledger.iter(tag)]
