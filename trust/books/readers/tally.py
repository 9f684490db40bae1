"""Tally XML to plain values: the native day book and masters, a collection answer, and the report
shape of a widely used connector (nested amounts with ISDEBIT, ISO dates, true/false).

Bookkeeping rules are in ``trust.books.pure.tally``; here elements only become texts.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from trust.books.model import Fault, ReadFile, SourceGroup, SourceLedger
from trust.books.pure.csvtext import Unreadable, clean
from trust.books.pure.faultwords import fault
from trust.books.pure.money import MalformedAmount
from trust.books.pure.pii import count_identifiers
from trust.books.pure.tally import (
    RawLine,
    RawVoucher,
    Sorted,
    amount_paise,
    distinct_groups,
    distinct_ledgers,
    sort_vouchers,
)
from trust.books.pure.tally_clean import clean_xml
from trust.books.pure.tally_lines import LEDGERS, STOCK
from trust.books.pure.tally_types import VoucherTypes, fold
from trust.books.pure.years import parse_date
from trust.books.readers.xml import child_text, walk

_OBJECTS = ("VOUCHER", "LEDGER", "GROUP", "VOUCHERTYPE")
_NAMES = ("SVCURRENTCOMPANY", "REMOTECMPNAME", "COMPANYNAME", "COMPANY")
_DAYS = ("SVFROMDATE", "SVTODATE")
_COMPANY_COUNTERS = "CMPINFO"
_FLAGS = ("ISCANCELLED", "ISOPTIONAL", "ISDELETED", "ACTION")
_INSTRUMENT = ("INSTRUMENTNUMBER", "UNIQUEREFERENCENUMBER", "BANKNAME", "PAYMENTFAVOURING")
MAX_TEXT = 20_000
MAX_NAME = 400
MAX_INSTRUMENTS = 200
LAST_DAY = "9999-12-31"


@dataclass(slots=True)
class _Collected:
    vouchers: list[RawVoucher] = field(default_factory=list)
    groups: list[SourceGroup] = field(default_factory=list)
    ledgers: list[SourceLedger] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)
    companies: dict[str, None] = field(default_factory=dict)
    days: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

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
            raw = _voucher(element, len(self.vouchers) + 1)
            self.vouchers.append(raw)
            self.texts += [raw.narration, raw.party, *raw.instruments]
        elif tag == "GROUP":
            self.groups.append(_group(element))
        elif tag == "VOUCHERTYPE":
            name, above = _name(element), clean(child_text(element, "PARENT"))
            if name and above:
                self.types[fold(name)] = above
        else:
            self._ledger(element)

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
        self.texts += [name, *_personal(element)]


def read_tally(
    data: bytes, *, today: str = LAST_DAY, known: VoucherTypes | None = None
) -> ReadFile:
    """Read any of the known shapes; a file that is none of them is refused with a reason.

    Args:
        today: an ISO date; vouchers dated later are left out.
        known: the society's voucher types, and what was said about those of this file.
    """
    collected = _Collected()
    try:
        cleaned = clean_xml(data)
        walk(cleaned.data, (*_OBJECTS, *_NAMES, *_DAYS), collected.visit)
    except Unreadable as error:
        return ReadFile("tally-xml", refused=(error.fault,))
    if not (collected.vouchers or collected.groups or collected.ledgers):
        return ReadFile("tally-xml", refused=(fault("nothing-known"),))
    types = known or VoucherTypes()
    types.parents |= collected.types
    done = sort_vouchers(collected.vouchers, types, today)
    ledgers, twice = distinct_ledgers(collected.ledgers)
    return ReadFile(
        "tally-xml",
        vouchers=tuple(done.vouchers),
        groups=distinct_groups(collected.groups),
        ledgers=ledgers,
        counts=_counts(collected, done, len(ledgers)),
        refused=tuple(collected.faults + twice + done.refused),
        skipped=tuple(done.skipped),
        cleaned=cleaned.cleaned,
        pii=count_identifiers(collected.texts),
        duplicates=tuple(done.duplicates),
        questions=done.questions,
        company=next(iter(collected.companies), ""),
        rows=len(collected.vouchers) or len(ledgers) or len(collected.groups),
        period=_period(collected, done),
        left_out=tuple(done.left_out),
        unposted=tuple(done.unposted),
        types=collected.types | types.answered(),
    )


def _period(collected: _Collected, done: Sorted) -> tuple[str, str]:
    """The days that the file speaks of: those that were asked for, or those of its vouchers."""
    first, last = done.period
    asked = collected.days
    return (asked.get("SVFROMDATE") or first, asked.get("SVTODATE") or last) if first else ("", "")


def _counts(collected: _Collected, done: Sorted, ledgers: int) -> dict[str, int]:
    counts = {
        "vouchers in file": len(collected.vouchers),
        "vouchers": len(done.vouchers),
        "ledger lines": done.lines,
        "groups in file": len(collected.groups),
        "groups": len(distinct_groups(collected.groups)),
        "ledgers in file": len(collected.ledgers),
        "ledgers": ledgers,
    }
    return {name: count for name, count in counts.items() if count}


def _voucher(element: etree._Element, row: int) -> RawVoucher:
    kind = child_text(element, "VOUCHERTYPENAME") or element.get("VCHTYPE", "")
    return RawVoucher(
        row,
        _guid(element),
        child_text(element, "DATE") or element.get("DATE", ""),
        clean(kind)[:80],
        clean(child_text(element, "VOUCHERNUMBER"))[:120],
        clean(child_text(element, "NARRATION"))[:MAX_TEXT],
        clean(child_text(element, "PARTYLEDGERNAME") or child_text(element, "PARTYNAME"))[
            :MAX_NAME
        ],
        {flag: child_text(element, flag) or element.get(flag, "") for flag in _FLAGS},
        tuple(_lines(element)),
        _instruments(element),
    )


def _lines(voucher: etree._Element) -> Iterator[RawLine]:
    """The lines in the order of the file, from all lists that post, each with its list."""
    for child in voucher:
        if child.tag in LEDGERS:
            yield from _line(child, str(child.tag))
        elif child.tag in STOCK:
            for allocation in child.iterfind("ACCOUNTINGALLOCATIONS.LIST"):
                yield from _line(allocation, str(child.tag))


def _line(entry: etree._Element, listed: str) -> Iterator[RawLine]:
    name = clean(child_text(entry, "LEDGERNAME"))[:MAX_NAME]
    if name:
        found = _amount(entry, "AMOUNT", name, listed)
        yield found if found is not None else RawLine(name, "0", None, listed)


def _amount(element: etree._Element, tag: str, name: str, listed: str = "") -> RawLine | None:
    """An amount in either shape: signed text, or AMOUNT and ISDEBIT nested inside."""
    found = element.find(tag)
    if found is None:
        return None
    nested = found.find("AMOUNT")
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
    text = child_text(element, "GUID") or element.get("REMOTEID", "")
    return text if text.isascii() and text.isprintable() and len(text) <= 100 else ""


def _personal(ledger: etree._Element) -> list[str]:
    """The texts of a master in which identifiers of persons stand; keys of the product are not."""
    tags = ("INCOMETAXNUMBER", "EMAIL", "LEDGERMOBILE", "LEDGERPHONE", "PARTYGSTIN", "PHONENUMBER",
            "BANKDETAILS", "ACCOUNTNUMBER", "IFSCODE", "ADDRESS")  # fmt: skip
    return [(found.text or "") for tag in tags for found in ledger.iter(tag)]
