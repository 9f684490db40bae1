"""Documents and openings: every commitment that can be opened here is opened.

A public entry without its document is a missing file. A private entry without its opening is not
checked and counted: nobody but the entitled is given it, and an erased one exists no more. A kind
that this version does not know is missing knowledge: it may change what counts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from audit.verify.chain import Chain
from audit.verify.links import saying
from audit.verify.report import Check, Report
from trust.formats import b64, canon, commitments, origins, records
from trust.formats.canon import Json
from trust.formats.commitments import Opening, open_commitment
from trust.formats.entries import Entry
from trust.formats.errors import FormatError, ProofError, SakshiError

PLAN = (
    ("documents", "Every public entry's document is here and is the one committed to."),
    ("openings", "Every private entry opens to a record of its kind."),
    ("details", "Every second payload (narration, party, references) opens too."),
    ("erasures", "Every erasure names a private entry before it and its ground."),
)

Record = dict[str, Json]


@dataclass(slots=True)
class Opened:
    """Records by index, the indexes that could not be opened, and those of private entries."""

    records: dict[int, Record] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)
    details: dict[int, Record] = field(default_factory=dict)
    private: set[int] = field(default_factory=set)

    def of(self, *kinds: str) -> Iterator[tuple[int, Record]]:
        """Opened records of these kinds in the order of the log."""
        for index in sorted(self.records):
            if self.records[index]["kind"] in kinds:
                yield index, self.records[index]


def open_all(chain: Chain, report: Report, earlier: Mapping[str, Opened] | None = None) -> Opened:
    """Open whatever the package opens.

    Args:
        earlier: the logs before this one, by origin, where they were read.
    """
    opened = Opened()
    for index, entry in enumerate(chain.parsed):
        if not isinstance(entry, Entry):
            continue
        if entry.kind not in records.NAMES:
            opened.closed.add(index)
            report["openings"].missing(
                f"{chain.ref(index)} is of the kind {entry.kind!r}, which this version does not "
                "know: a newer sakshi-audit is needed. That it is in the log is checked, what it "
                "says, and whether anything rests on it, is not.",
                entry=chain.ref(index),
            )
            continue
        with saying(report["grammar"], entry=chain.ref(index)):
            found = records.newest(entry.kind)
            if not found.stands_in(origins.parse_origin(chain.origin).kind):
                raise FormatError(f"A {entry.kind!r} entry has no place in this log.")
            if found.public:
                _document(chain, index, entry, opened, report["documents"])
            else:
                opened.private.add(index)
                _opening(chain, index, entry, opened, report)
    _finish(chain, opened, report)
    _erasures(chain, opened, earlier or {}, report["erasures"])
    return opened


def _document(chain: Chain, index: int, entry: Entry, opened: Opened, check: Check) -> None:
    name = f"doc/{entry.commitment.hex()}"
    data = chain.take(name)
    if data is None:
        opened.closed.add(index)
        check.missing(
            f"The document of {chain.ref(index)} is public and must be here as {name}, but is not.",
            member=name,
            entry=chain.ref(index),
        )
        return
    try:
        opened.records[index] = open_commitment(entry.kind, entry.commitment, Opening(data, None))
    except SakshiError as error:
        opened.closed.add(index)
        check.wrong(f"{chain.ref(index)}: {error}", member=name, entry=chain.ref(index))
        return
    check.ok()


def _opening(chain: Chain, index: int, entry: Entry, opened: Opened, report: Report) -> None:
    name = f"openings/{index}.json"
    data = chain.take(name)
    if data is None:
        opened.closed.add(index)
        return
    try:
        record, detail = _read_opening(data, entry)
        opened.records[index] = record
    except SakshiError as error:
        opened.closed.add(index)
        report["openings"].wrong(
            f"{chain.ref(index)} does not open: {error}", member=name, entry=chain.ref(index)
        )
        return
    report["openings"].ok()
    if detail is not None:
        with saying(report["details"], member=name, entry=chain.ref(index)):
            opened.details[index] = commitments.open_detail(entry.kind, record, detail)
            report["details"].ok()


def _read_opening(data: bytes, entry: Entry) -> tuple[Record, Opening | None]:
    value = canon.parse(data)
    if not {"kind", "record", "salt"} <= set(value) <= {"kind", "record", "salt", "detail"}:
        raise FormatError("An opening has the members kind, record, salt and, if shown, detail.")
    if value["kind"] != entry.kind:
        raise ProofError(f"The opening is of kind {value['kind']!r}.")
    record = open_commitment(entry.kind, entry.commitment, _pair(value))
    if "detail" not in value:
        return record, None
    detail = value["detail"]
    if not isinstance(detail, dict) or set(detail) != {"record", "salt"}:
        raise FormatError("The detail of an opening is a record and a salt.")
    return record, _pair(detail)


def _pair(value: Record) -> Opening:
    record, salt = value["record"], value["salt"]
    if not isinstance(record, str) or not isinstance(salt, str):
        raise FormatError("The record and salt of an opening are text.")
    return Opening(record.encode(), b64.decode(salt))


def _finish(chain: Chain, opened: Opened, report: Report) -> None:
    report["documents"].ok(0)
    report["openings"].ok(0)
    report["details"].ok(0)
    closed = sum(1 for index in opened.private if f"openings/{index}.json" not in chain.members)
    if closed:
        report["openings"].skip(
            f"{many(closed, 'private entry', 'private entries')} not opened: the openings are not "
            "in this package, because its holder is not entitled to them or they were erased. That "
            "the entries are in the log is checked, what they say is not."
        )
    without = sum(
        1
        for index, record in opened.records.items()
        if record.get("detail") is not None and index not in opened.details
    )
    if without and "wrong" not in report["details"].states:
        report["details"].skip(f"{many(without, 'second payload')} not in this package.")


def many(count: int, one: str, more: str | None = None) -> str:
    """A count with its noun and verb: "1 voucher is", "3 vouchers are"."""
    return f"1 {one} is" if count == 1 else f"{count} {more or one + 's'} are"


def _erasures(chain: Chain, opened: Opened, earlier: Mapping[str, Opened], check: Check) -> None:
    check.ok(0)
    for index, record in opened.of("erasure"):
        target, where = record["index"], chain.ref(index)
        assert isinstance(target, int)
        if "origin" in record:
            _erased_elsewhere(chain, index, record, target, earlier, check)
        elif target >= index or target not in opened.private:
            check.wrong(
                f"{where} says that the payload of entry {target} was erased, but that is no "
                "private entry before it.",
                entry=where,
            )
        elif record["part"] == "record" and target in opened.records:
            check.wrong(
                f"{where} says that the payload of entry {target} was erased, but this package "
                "still holds it.",
                member=f"openings/{target}.json",
                entry=chain.ref(target),
            )
        else:
            check.ok()


def _erased_elsewhere(
    chain: Chain,
    index: int,
    record: Record,
    target: int,
    earlier: Mapping[str, Opened],
    check: Check,
) -> None:
    """An erasure of an entry of an earlier log. A package of that log may be older than it."""
    origin, where = str(record["origin"]), chain.ref(index)
    held = earlier.get(origin)
    if held is None:
        check.skip(
            f"{where} says that a payload of {origin} was erased: needs the package of {origin}.",
            entry=where,
        )
    elif target not in held.private:
        check.wrong(
            f"{where} says that the payload of entry {target} of {origin} was erased, but that is "
            "no private entry of that log.",
            entry=where,
        )
    elif record["part"] == "record" and target in held.records:
        check.skip(
            f"The payload of entry {target} of {origin} was erased later by {where}; the package "
            "of that log was made before, or holds what should be gone.",
            entry=where,
        )
    else:
        check.ok()
