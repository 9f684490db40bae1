"""Which vouchers of a Tally file post, one by one as they are read; keeps digests of them."""

import hashlib
import marshal
from collections import Counter
from collections.abc import Sequence

from trust.books.model import Duplicate, Fault, Skipped, SourceVoucher
from trust.books.pure.faultwords import fault
from trust.books.pure.tally import YES, RawVoucher, read_voucher
from trust.books.pure.tally_types import VoucherTypes

_FLAGS = (
    ("ISCANCELLED", YES, "cancelled in the source"),
    ("ACTION", frozenset({"cancel"}), "cancelled in the source"),
    ("ISDELETED", YES, "deleted in the source"),
    ("ACTION", frozenset({"delete", "remove"}), "deleted in the source"),
    ("ISOPTIONAL", YES, "optional: not part of the books yet"),
)

_PLAIN = 0
"""The version of marshal that writes nothing but values: no references, no interning."""


class Sorter:
    """Each voucher lands in exactly one place: it is kept, refused, skipped or a duplicate.

    Attributes:
        seen, kept, lines: vouchers of the file, vouchers that post, and their lines.
        left_out, unposted: identities of what was skipped and what was refused.
        first, last: the days of what posts; empty if nothing does.
    """

    def __init__(self, types: VoucherTypes, today: str) -> None:
        self._types, self._today = types, today
        self._bases: dict[str, str] = {}
        self._known: dict[str, tuple[int, bytes]] = {}
        self._alike: dict[bytes, str | list[str]] = {}
        self._skipped: Counter[tuple[str, str]] = Counter()
        self._repeats: Counter[str] = Counter()
        self.refused: list[Fault] = []
        self.left_out: list[str] = []
        self.unposted: list[str] = []
        self.seen = self.kept = self.lines = 0
        self.first = self.last = ""

    def take(self, raw: RawVoucher) -> SourceVoucher | None:
        """The voucher if it posts.

        One dated after `today` is left out until its day.
        """
        self.seen += 1
        voucher, faults = read_voucher(raw)
        if raw.type not in self._bases:
            self._bases[raw.type] = self._types.base(raw.type)
        reason = _left_out(raw, voucher, faults, self._types, self._today)
        if reason:
            self.left_out += [raw.guid] if raw.guid else []
            self._skipped[raw.type, reason] += 1
        elif voucher is None:
            self.refused += faults
            self.unposted += [raw.guid] if raw.guid else []
        else:
            said = _said(voucher)
            if not raw.guid or self._is_first(raw, voucher, said):
                self._keep(voucher, said)
                return voucher
        return None

    @property
    def settled(self) -> bool:
        """False if a master behind the vouchers says that a type is another than was thought: then
        they are to be read again."""
        return all(self._types.base(name) == base for name, base in self._bases.items())

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What posts nothing, with the reason."""
        return tuple(Skipped(what, why, count) for (what, why), count in self._skipped.items())

    @property
    def duplicates(self) -> tuple[Duplicate, ...]:
        """The same voucher again, and vouchers alike in date, type, lines, party and narration."""
        same = [Duplicate("id", (guid,), count + 1) for guid, count in self._repeats.items()]
        groups = (tuple(ids) for ids in self._alike.values() if isinstance(ids, list))
        return (*same, *(Duplicate("content", ids, len(ids)) for ids in groups))

    def _keep(self, voucher: SourceVoucher, said: bytes) -> None:
        self.kept += 1
        self.lines += len(voucher.lines)
        self.first = min(self.first or voucher.date, voucher.date)
        self.last = max(self.last, voucher.date)
        name = voucher.id or f"row {voucher.row}"
        others = self._alike.setdefault(_digest(said), name)
        if isinstance(others, list):
            others.append(name)
        elif others is not name:
            self._alike[_digest(said)] = [others, name]

    def _is_first(self, raw: RawVoucher, voucher: SourceVoucher, said: bytes) -> bool:
        digest = _digest(said + marshal.dumps((voucher.number, voucher.instruments), _PLAIN))
        row, known = self._known.setdefault(raw.guid, (raw.row, digest))
        if row == raw.row:
            return True
        if known == digest:
            self._repeats[raw.guid] += 1
        else:
            places: dict[str, str | int] = {"number": raw.number or raw.row, "first": row}
            self.refused.append(fault("same-id-other-content/voucher", raw.row, "GUID", **places))
        return False


def _left_out(
    raw: RawVoucher,
    voucher: SourceVoucher | None,
    faults: Sequence[Fault],
    types: VoucherTypes,
    today: str,
) -> str:
    """Why a voucher posts nothing now; empty if it posts or is refused."""
    for flag, values, what in _FLAGS:
        said = raw.flags.get(flag)
        if said and said.strip().lower() in values:
            return what
    if voucher is None and not faults:
        return "zero: none of its lines has an amount"
    if voucher is not None and voucher.date > today:
        return "dated after today: left out until its day"
    return types.reason(raw.type, balanced=voucher is not None)


def _said(voucher: SourceVoucher) -> bytes:
    """What makes vouchers alike; equal values are equal bytes."""
    lines = [(line.ledger, line.paise) for line in voucher.lines]
    said = (voucher.date, voucher.type, lines, voucher.party, voucher.narration)
    return marshal.dumps(said, _PLAIN)


def _digest(said: bytes) -> bytes:
    return hashlib.blake2b(said, digest_size=16).digest()
