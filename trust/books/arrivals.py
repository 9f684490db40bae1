"""A trial balance on its way into the plan: what it adds to what the books hold of its year.

Into an empty year it comes as it is; a closing list as the difference from the carried balance. If
the year holds something, nothing is guessed: the same figures change nothing, and otherwise
somebody says what the file is (`standing`): of another branch (added), of the same books (the
difference is posted by vouchers that name what they correct), or only to be compared.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from trust.books.model import ReadFile
from trust.books.parts import SOURCE, Part, parts
from trust.books.plan import Plan
from trust.books.pure import closings, labels
from trust.books.pure.balances import OPENING_TYPE, YearSums
from trust.books.pure.closings import Balances, less, total
from trust.books.pure.faultwords import fault, question
from trust.books.pure.mapping import StatementMapping
from trust.books.pure.money import format_paise
from trust.books.pure.trial_balance import CLOSINGS_TYPE, MOVEMENTS_TYPE
from trust.books.pure.vouchers import Record
from trust.books.queries import year_sums
from trust.formats.canon import Json

_SHOWN = 40
Arrived = tuple[Record, Record]


def meet(
    conn: Connection,
    society: str,
    read: ReadFile,
    composed: Iterable[Arrived],
    plan: Plan,
    mapping: StatementMapping,
) -> Iterable[Arrived]:
    """The vouchers of a file as they are to be posted; only a trial balance is changed."""
    if read.format != SOURCE:
        return composed
    arrived = list(composed)
    if not arrived:
        return arrived
    return _TrialBalance(conn, society, read.label, arrived, plan, mapping).records()


@dataclass(frozen=True, slots=True)
class _Said:
    """What a file says by account: openings, movements or closings; None if it does not."""

    opening: Balances | None
    moves: Balances | None
    closing: Balances | None


class _TrialBalance:
    """One trial balance and the books of its year."""

    def __init__(
        self,
        conn: Connection,
        society: str,
        label: str,
        arrived: Sequence[Arrived],
        plan: Plan,
        mapping: StatementMapping,
    ) -> None:
        self._arrived, self._plan, self._label = arrived, plan, label
        self._tag = closings.tag_of(label)
        self._society, self._year = society, str(arrived[0][0]["book_year"])
        self._said = _said(arrived)
        sums = year_sums(conn, society)
        self._begun, self._held = self._year in sums, sums.get(self._year) or YearSums()
        self._opens, self._closes = closings.year_of(sums, self._year, mapping)
        self._moves = closings.moved(sums, self._year)
        self._parts = parts(conn, society, self._year) if self._begun else []
        self._day = max(str(record["date"]) for record, _ in arrived)
        self._made = 0

    def records(self) -> list[Arrived]:
        """What is to be posted."""
        if not self._begun:
            return self._first()
        if self._same():
            self._plan.unchanged += len(self._arrived)
            return []
        how = self._asked()
        if how == "compare":
            self._compare()
            return []
        return self._added() if how == "branch" else self._revised()

    def _first(self) -> list[Arrived]:
        closing = self._said.closing
        if closing is None:
            return self._as_they_are()
        self._ask_gone(self._opens, closing)
        made = self._closing(less(closing, self._opens), closing, None)
        if self._opens or len(self._arrived) > 1:
            return made
        said, detail = self._arrived[0]  # zero is carried: the balances by their own ledgers
        return [(record | {"lines": said["lines"]}, detail) for record, _ in made]

    def _ask_gone(self, held: Balances, closing: Balances) -> None:
        """Ask whether accounts that have a balance and are not in a closing list close to zero."""
        gone = sorted(set(held) - set(closing))
        if gone:
            self._plan.ask(
                question("closed-accounts", year=self._year, count=len(gone), codes=_listed(gone))
            )

    def _as_they_are(self) -> list[Arrived]:
        """The vouchers of the file, marked with the set of books that they are of."""
        for record, _ in self._arrived:
            record["id"] = closings.tagged(str(record["id"]), self._tag)
        return list(self._arrived)

    # What stands already

    def _mine(self) -> list[Part]:
        """The parts that the file is about if it is of these books: those of its name, or all."""
        named = [part for part in self._parts if self._tag and part.tag == self._tag]
        return named or self._parts

    def _held_by(self, mine: Sequence[Part]) -> Balances:
        """What the year closes with, without the other parts; the first part carries the year
        before."""
        others = [part for part in self._parts if part not in mine]
        gone: list[Balances] = [total(part.opening, part.moves) for part in others]
        if others and others[0] is self._parts[0] and not self._held.opened:
            gone.append(self._opens)
        return less(self._closes, *gone)

    def _opened_by(self, mine: Sequence[Part]) -> Balances:
        """What of the opening belongs to some parts."""
        if not self._parts:
            return self._opens
        own = total(*(part.opening for part in mine))
        carried = not self._held.opened and self._parts[0] in mine
        return total(own, self._opens) if carried else own

    def _target(self, mine: Sequence[Part]) -> Balances:
        """What the file says that those parts close with."""
        said = self._said
        if said.closing is not None:
            return said.closing
        opening = self._opened_by(mine) if said.opening is None else said.opening
        return total(opening, said.moves or {})

    def _same(self) -> bool:
        """Whether the books hold what the file says: as a whole, or as one of their parts."""
        return any(self._equal(mine) for mine in (self._parts, *([part] for part in self._parts)))

    def _equal(self, mine: Sequence[Part]) -> bool:
        opening = self._said.opening
        fits = opening is None or not less(opening, self._opened_by(mine))
        return fits and not less(self._target(mine), self._held_by(mine))

    def _asked(self) -> str:
        day = max((part.day for part in self._parts), default="")
        known = labels.names_branch(self._label) and any(p.tag == self._tag for p in self._parts)
        answers: tuple[str, ...] = ("revised", "branch", "compare")
        if not self._parts:
            variant, answers = "vouchers", ("compare", "revised", "branch")
        elif day > self._day:
            variant, answers = "earlier", ("compare", "branch")
        elif day < self._day:
            variant = "later"
        elif known:
            variant, answers = "again", ("revised", "compare")
        else:
            variant = "sum"
            if labels.names_branch(self._label):
                answers = ("branch", "revised", "compare")
        asked = question(
            f"standing/{variant}",
            answers=answers,
            year=self._year,
            day=day or self._day,
            label=self._label,
        )
        return self._plan.ask(asked) or answers[0]

    # What is done about it

    def _compare(self) -> None:
        """Name the accounts on which file and books differ; post nothing."""
        file, books = self._target(self._mine()), self._held_by(self._mine())
        gaps = sorted(less(file, books))
        self._plan.odd += [
            fault(
                "books-differ",
                None,
                code,
                account=code,
                file=format_paise(file.get(code, 0)),
                books=format_paise(books.get(code, 0)),
            )
            for code in gaps[:_SHOWN]
        ]
        if len(gaps) > _SHOWN:
            self._plan.odd.append(fault("books-differ/more", count=len(gaps) - _SHOWN))
        self._plan.unchanged += len(self._arrived)

    def _added(self) -> list[Arrived]:
        """The file is of another branch: it comes on top of what stands."""
        said = self._said
        if said.closing is not None:
            return self._closing(said.closing, total(self._closes, said.closing), None)
        if self._opens and not self._held.opened:  # the year before left the branch's balance too
            self._arrived = [one for one in self._arrived if one[0]["type"] != OPENING_TYPE]
        return self._as_they_are()

    def _revised(self) -> list[Arrived]:
        """The file is of the same books: what is missing, naming what it corrects."""
        mine, said = self._mine(), self._said
        later = bool(mine) and self._day > max(part.day for part in mine)
        corrects = mine[-1].named if mine and not later else None
        if said.closing is None and not any(part.closes for part in mine):
            return self._by_column(mine, corrects)
        gap = less(self._target(mine), self._held_by(mine))
        if said.closing is not None:
            self._ask_gone(self._held_by(mine), said.closing)
            return self._closing(gap, total(self._closes, gap), corrects)
        return self._voucher(MOVEMENTS_TYPE, gap, corrects)

    def _by_column(self, mine: Sequence[Part], corrects: str | None) -> list[Arrived]:
        """Openings and movements, each compared with its like."""
        said, made = self._said, list[Arrived]()
        if said.opening is not None:
            opened = next((part.opened for part in reversed(mine) if part.opened), corrects)
            held = self._opened_by(mine) if self._held.opened else {}
            made += self._voucher(OPENING_TYPE, less(said.opening, held), opened)
        if said.moves is not None:
            others = [part.moves for part in self._parts if part not in mine]
            gap = less(said.moves, less(self._moves, *others))
            made += self._voucher(MOVEMENTS_TYPE, gap, corrects)
        return made

    def _closing(self, gap: Balances, closed: Balances, corrects: str | None) -> list[Arrived]:
        made = self._voucher(CLOSINGS_TYPE, gap, corrects)
        for record, _ in made:
            record["id"] = closings.tagged(closings.closing_id(closed, self._mark()), self._tag)
        return made

    def _mark(self) -> str:
        return f"{self._plan.import_id}.{self._made}"

    def _voucher(self, kind: str, gap: Balances, corrects: str | None) -> list[Arrived]:
        """A voucher of balances; none if nothing is missing."""
        if not gap:
            return []
        self._made += 1
        day = min(str(r["date"]) for r, _ in self._arrived) if kind == OPENING_TYPE else self._day
        record = closings.balance_record(
            self._society, self._plan.import_id, self._year, day, kind, corrects=corrects
        )
        record["lines"] = closings.as_lines(gap)
        record["id"] = closings.tagged(f"df-{self._mark()}", self._tag)
        return [(record, self._arrived[0][1] | {"ledgers": list[Json]()})]


def _said(arrived: Sequence[Arrived]) -> _Said:
    by_type: dict[str, Balances] = {}
    for record, _ in arrived:
        kind = str(record["type"])
        by_type[kind] = total(by_type.get(kind, {}), closings.of_lines(record["lines"]))
    return _Said(by_type.get(OPENING_TYPE), by_type.get(MOVEMENTS_TYPE), by_type.get(CLOSINGS_TYPE))


def _listed(codes: Sequence[str]) -> str:
    more = f" +{len(codes) - 12}" if len(codes) > 12 else ""
    return ", ".join(codes[:12]) + more
